import { mergedType } from '../room-props.ts'
import type { RoomType } from '../room.ts'

export const slugType: RoomType = mergedType('slugs', {
  allow_mult: 'Two posts may claim one slug at once; both claims stay and a rule names the owner.',
})
