import { mergedType } from '../room-props.ts'
import type { RoomType } from '../room.ts'

export const tokenType: RoomType = mergedType('tokens', {
  allow_mult:
    'A revocation made beside another write of the token must win whatever the clocks say.',
})
