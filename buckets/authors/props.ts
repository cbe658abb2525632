import { mergedType } from '../room-props.ts'
import type { RoomType } from '../room.ts'

export const authorType: RoomType = mergedType('authors', {
  allow_mult: 'A role and a password changed at once are two registers of one account.',
})
