/**
 * API tokens and sessions: one object each, so that revoking is a write of its own.
 *
 *     tokens/<site>/<SHA-256 of the token, hex>   TokenValue
 */

import { z } from 'zod'

import { jsonCodec, timeMsSchema } from '../json-codec.ts'
import type { JsonCodec } from '../json-codec.ts'

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
  /** Of a session: which account of that name, and its `sessions` register when it began. */
  readonly account?: string
  readonly generation?: string
  /** Of a session: when it was last used, to the hour. */
  readonly seenAtMs?: number
  /** Of a session: the browser's own words. */
  readonly agent?: string
}

const tokenSchema: z.ZodType<TokenValue> = z.looseObject({
  schema: z.literal(1),
  kind: z.enum(['token', 'session']),
  name: z.string(),
  scope: z.enum(['read', 'write', 'admin']),
  createdAtMs: timeMsSchema,
  expiresAtMs: timeMsSchema.exactOptional(),
  revokedAtMs: timeMsSchema.exactOptional(),
  account: z.exactOptional(z.string()),
  generation: z.exactOptional(z.string()),
  seenAtMs: timeMsSchema.exactOptional(),
  agent: z.exactOptional(z.string()),
})

export const tokenCodec: JsonCodec<TokenValue> = jsonCodec('token', tokenSchema)
