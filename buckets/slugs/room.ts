import type { Room } from '../room.ts'
import { mergeSlugs } from './merge.ts'
import { slugType } from './props.ts'
import { slugCodec } from './schema.ts'
import type { SlugValue } from './schema.ts'

export const slugs: Room<SlugValue> = {
  ...slugType,
  parse: slugCodec.parse,
  encode: slugCodec.encode,
  merge: mergeSlugs,
  tombstone: 'nothing',
  indexes: () => [],
}
