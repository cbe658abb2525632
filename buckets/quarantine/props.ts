import { mergedType } from '../room-props.ts'
import type { RoomType } from '../room.ts'

export const quarantineType: RoomType = mergedType('quarantine', {
  allow_mult: 'Copies of one damaged value are equal; the first time of copying stands.',
})
