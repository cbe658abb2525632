import { mergedType } from '../room-props.ts'
import type { RoomType } from '../room.ts'

export const threadType: RoomType = mergedType('threads', {
  allow_mult: 'Comments arrive at many servers at once; the union of their lines is the thread.',
})
