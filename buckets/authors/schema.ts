/**
 * Accounts: registers that are written apart.
 *
 *     authors/<site>/<name>   AuthorValue
 */

import { z } from 'zod'

import { jsonCodec, registerSchema, timeMsSchema } from '../json-codec.ts'
import type { JsonCodec } from '../json-codec.ts'
import type { Register } from '../lattice.ts'

export type Role = 'admin' | 'editor' | 'author'

/** An account of the same name that was made apart, later, and does not count. */
export interface RivalAccount {
  readonly id: string
  readonly createdAtMs: number
}

export interface AuthorValue {
  readonly schema: 1
  readonly name: string
  /** A ULID: which account of this name it is. Of two the earlier stands (`merge.ts`). */
  readonly id?: string
  readonly createdAtMs: number
  /** `none`: the account is closed. At one clock the lesser right wins. */
  readonly role: Register<Role | 'none'>
  /** Encoded password hash with its parameters; empty: no login by password. */
  readonly password: Register<string>
  readonly displayName: Register<string>
  readonly email: Register<string>
  readonly url: Register<string>
  /** Sessions carry its value; a new one ends them all, whatever the clocks say. */
  readonly sessions?: Register<string>
  readonly rivals?: readonly RivalAccount[]
}

const text = registerSchema(z.string())

const rival: z.ZodType<RivalAccount> = z.looseObject({ id: z.string(), createdAtMs: timeMsSchema })

const authorSchema: z.ZodType<AuthorValue> = z.looseObject({
  schema: z.literal(1),
  name: z.string().min(1),
  id: z.exactOptional(z.string()),
  createdAtMs: timeMsSchema,
  role: registerSchema<Role | 'none'>(z.enum(['admin', 'editor', 'author', 'none'])),
  password: text,
  displayName: text,
  email: text,
  url: text,
  sessions: z.exactOptional(text),
  rivals: z.exactOptional(z.array(rival)),
})

export const authorCodec: JsonCodec<AuthorValue> = jsonCodec('author', authorSchema)
