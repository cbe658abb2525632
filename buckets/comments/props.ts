import { mergedType } from '../room-props.ts'
import type { RoomType } from '../room.ts'

export const commentType: RoomType = mergedType('comments', {
  allow_mult: 'An edit and a decision made at once are two registers of one comment.',
})
