/** An account: register by register, the later write; of two roles at one clock the lesser right. */

import { later, withUnknown } from '../lattice.ts'
import type { AuthorValue } from './schema.ts'

const caution: Readonly<Record<AuthorValue['role']['value'], number>> = {
  admin: 0,
  editor: 1,
  author: 2,
  none: 3,
}

export function mergeAuthors(a: AuthorValue, b: AuthorValue): AuthorValue {
  return withUnknown(a, b, {
    schema: 1,
    name: a.name >= b.name ? a.name : b.name,
    createdAtMs: Math.min(a.createdAtMs, b.createdAtMs),
    role: later(a.role, b.role, ({ value }) => caution[value]),
    password: later(a.password, b.password),
    displayName: later(a.displayName, b.displayName),
    email: later(a.email, b.email),
    url: later(a.url, b.url),
  })
}
