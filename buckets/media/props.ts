import { mergedType } from '../room-props.ts'
import type { RoomType } from '../room.ts'

export const mediaType: RoomType = mergedType('media', {
  allow_mult:
    'Equal bytes give equal objects; siblings only unite the names they were uploaded under.',
})
