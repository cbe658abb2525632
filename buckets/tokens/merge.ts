/** A token: revoked wins, and where copies differ the lesser right. */

import { firstTime, withUnknown } from '../lattice.ts'
import type { Scope, TokenValue } from './schema.ts'

const rights: Readonly<Record<Scope, number>> = { read: 0, write: 1, admin: 2 }

export function mergeTokens(a: TokenValue, b: TokenValue): TokenValue {
  const expiresAtMs = firstTime(a.expiresAtMs, b.expiresAtMs)
  const revokedAtMs = firstTime(a.revokedAtMs, b.revokedAtMs)
  return withUnknown<TokenValue>(a, b, {
    schema: 1,
    kind: a.kind >= b.kind ? a.kind : b.kind,
    name: a.name >= b.name ? a.name : b.name,
    scope: rights[a.scope] <= rights[b.scope] ? a.scope : b.scope,
    createdAtMs: Math.min(a.createdAtMs, b.createdAtMs),
    ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
    ...(revokedAtMs === undefined ? {} : { revokedAtMs }),
  })
}

/** Neither revoked nor past its end. */
export function isLive(value: TokenValue, nowMs: number): boolean {
  return (
    value.revokedAtMs === undefined &&
    (value.expiresAtMs === undefined || nowMs < value.expiresAtMs)
  )
}

/** Scopes nest: admin ⊃ write ⊃ read. */
export function allows(scope: Scope, needed: Scope): boolean {
  return rights[scope] >= rights[needed]
}
