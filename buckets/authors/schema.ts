/**
 * Accounts: registers that are written apart.
 *
 *     authors/<site>/<name>   AuthorValue
 */

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
