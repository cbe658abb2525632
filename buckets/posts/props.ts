import { mergedType } from '../room-props.ts'
import type { RoomType } from '../room.ts'

export const postType: RoomType = mergedType('posts', {
  allow_mult: 'Two saves at once are two heads; the value of a post is the set of them.',
})
