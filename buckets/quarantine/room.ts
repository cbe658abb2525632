import type { Room } from '../room.ts'
import { mergeQuarantine } from './merge.ts'
import { quarantineType } from './props.ts'
import { quarantineCodec } from './schema.ts'
import type { QuarantineValue } from './schema.ts'

export const quarantine: Room<QuarantineValue> = {
  ...quarantineType,
  parse: quarantineCodec.parse,
  encode: quarantineCodec.encode,
  merge: mergeQuarantine,
  tombstone: 'nothing',
  indexes: () => [],
}
