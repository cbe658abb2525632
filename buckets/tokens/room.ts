import type { Room, RoomIndex } from '../room.ts'
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
  indexes: (value) => sessionIndex(value),
}

/** Sessions of an account that may still be open, found by its name and the time they end at the latest. */
export const sessionField = 'session_bin'

/** Sorts as its numbers do. @param endMs - epoch ms. */
export function sessionTerm(name: string, endMs: number): string {
  return `${name}/${String(endMs).padStart(16, '0')}`
}

function sessionIndex({ kind, name, expiresAtMs, revokedAtMs }: TokenValue): readonly RoomIndex[] {
  if (kind !== 'session' || expiresAtMs === undefined || revokedAtMs !== undefined) return []
  return [{ field: sessionField, value: sessionTerm(name, Math.max(0, expiresAtMs)) }]
}
