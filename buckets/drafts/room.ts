import type { Room } from '../room.ts'
import { mergeDrafts, trimmedDraft } from './merge.ts'
import { draftType } from './props.ts'
import { draftCodec } from './schema.ts'
import type { DraftValue } from './schema.ts'

export const drafts: Room<DraftValue> = {
  ...draftType,
  parse: (bytes) => {
    const parsed = draftCodec.parse(bytes)
    return parsed.kind === 'value'
      ? { kind: 'value', value: mergeDrafts(parsed.value, parsed.value) }
      : parsed
  },
  encode: (value) => draftCodec.encode(trimmedDraft(value)),
  merge: mergeDrafts,
  tombstone: 'deletion',
  indexes: () => [],
}
