import { mergedType } from '../room-props.ts'
import type { RoomType } from '../room.ts'

export const draftType: RoomType = mergedType('drafts', {
  allow_mult: 'One author may type in two windows; both texts stay until one replaces the other.',
})
