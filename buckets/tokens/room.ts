import type { Room } from '../room.ts'
import { mergeTokens } from './merge.ts'
import { tokenType } from './props.ts'
import { tokenCodec } from './schema.ts'
import type { TokenValue } from './schema.ts'

export const tokens: Room<TokenValue> = {
  ...tokenType,
  parse: tokenCodec.parse,
  encode: tokenCodec.encode,
  merge: mergeTokens,
  tombstone: 'deletion',
  indexes: () => [],
}
