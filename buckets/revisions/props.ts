import { mergedType } from '../room-props.ts'
import type { RoomType } from '../room.ts'

export const revisionType: RoomType = mergedType('revisions', {
  allow_mult: 'Copies of one revision are equal; siblings only show that it was put twice.',
})
