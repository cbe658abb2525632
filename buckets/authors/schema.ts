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

export interface AuthorValue {
  readonly schema: 1
  readonly name: string
  readonly createdAtMs: number
  /** `none`: the account is closed. At one clock the lesser right wins. */
  readonly role: Register<Role | 'none'>
  /** Encoded password hash with its parameters; empty: no login by password. */
  readonly password: Register<string>
  readonly displayName: Register<string>
  readonly email: Register<string>
  readonly url: Register<string>
}

const text = registerSchema(z.string())

const authorSchema: z.ZodType<AuthorValue> = z.looseObject({
  schema: z.literal(1),
  name: z.string().min(1),
  createdAtMs: timeMsSchema,
  role: registerSchema<Role | 'none'>(z.enum(['admin', 'editor', 'author', 'none'])),
  password: text,
  displayName: text,
  email: text,
  url: text,
})

export const authorCodec: JsonCodec<AuthorValue> = jsonCodec('author', authorSchema)
