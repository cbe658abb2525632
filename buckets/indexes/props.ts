import { mergedType } from '../room-props.ts'
import type { RoomType } from '../room.ts'

export const indexType: RoomType = mergedType('indexes', {
  allow_mult: 'Posts are listed by many servers at once; the union of their lines is the listing.',
})
