import { mergedType } from '../room-props.ts'
import type { RoomType } from '../room.ts'

export const siteType: RoomType = mergedType('sites', {
  allow_mult: 'Two settings changed at once are two registers of one site.',
})
