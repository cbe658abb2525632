/**
 * API tokens and sessions: one object each, so that revoking is a write of its own.
 *
 *     tokens/<site>/<SHA-256 of the token, hex>   TokenValue
 */

export type Scope = 'read' | 'write' | 'admin'

export interface TokenValue {
  readonly schema: 1
  readonly kind: 'token' | 'session'
  readonly name: string
  readonly scope: Scope
  readonly createdAtMs: number
  /** Sessions end; tokens may. */
  readonly expiresAtMs?: number
  /** Once revoked, always revoked. */
  readonly revokedAtMs?: number
}
