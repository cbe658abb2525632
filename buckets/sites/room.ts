import type { Room } from '../room.ts'
import { mergeSites } from './merge.ts'
import { siteType } from './props.ts'
import { siteCodec } from './schema.ts'
import type { SiteValue } from './schema.ts'

export const sites: Room<SiteValue> = {
  ...siteType,
  parse: siteCodec.parse,
  encode: siteCodec.encode,
  merge: mergeSites,
  tombstone: 'nothing',
  indexes: () => [],
}
