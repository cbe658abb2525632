/** A token: revoked wins, and where copies differ the lesser right. */

import { firstTime, largerJson, lastTime, withUnknown } from '../lattice.ts'
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
    ...sessionPart(a, b),
  })
}

/** What only sessions have. It is written once, but for the time of the last use. */
function sessionPart(a: TokenValue, b: TokenValue): Partial<TokenValue> {
  const seenAtMs = lastTime(a.seenAtMs, b.seenAtMs)
  return {
    ...larger('account', a.account, b.account),
    ...larger('generation', a.generation, b.generation),
    ...larger('agent', a.agent, b.agent),
    ...(seenAtMs === undefined ? {} : { seenAtMs }),
  }
}

function larger<Name extends 'account' | 'generation' | 'agent'>(
  name: Name,
  a: string | undefined,
  b: string | undefined,
): Pick<TokenValue, Name> {
  const value = a === undefined || b === undefined ? (a ?? b) : largerJson(a, b)
  return (value === undefined ? {} : { [name]: value }) as Pick<TokenValue, Name>
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
