/**
 * An account: register by register, the later write; of two roles at one clock the lesser right.
 *
 * Two accounts of one name can be made on two sides of a partition, by two people who know nothing of
 * each other. Their registers are never mixed, for one would get the other's rights with a password of
 * its own: the account that was made first (the smaller id) stands whole, the other is remembered as a
 * rival by its id alone. Its sessions, which name it, have ended with that.
 *
 *     ana#1 {role, password, …} ─┐
 *                                ├─▶ ana#1 {role, password, …}, rivals: ana#2
 *     ana#2 {role, password, …} ─┘
 */

import { compareText, later, unionBy, withUnknown } from '../lattice.ts'
import type { AuthorValue, RivalAccount } from './schema.ts'

const caution: Readonly<Record<AuthorValue['role']['value'], number>> = {
  admin: 0,
  editor: 1,
  author: 2,
  none: 3,
}

export function mergeAuthors(a: AuthorValue, b: AuthorValue): AuthorValue {
  if (accountId(a) === accountId(b)) return mergeRegisters(a, b)
  const [first, second] = accountId(a) < accountId(b) ? [a, b] : [b, a]
  const rival = { id: accountId(second), createdAtMs: second.createdAtMs }
  return { ...first, ...rivalsOf([first, second, { rivals: [rival] }]) }
}

/** Which account it is; those of the first programs have no id, and come before all others. */
export function accountId(value: AuthorValue): string {
  return value.id ?? ''
}

function mergeRegisters(a: AuthorValue, b: AuthorValue): AuthorValue {
  const { sessions = b.sessions } = a
  return withUnknown<AuthorValue>(a, b, {
    schema: 1,
    name: a.name >= b.name ? a.name : b.name,
    ...(a.id === undefined ? {} : { id: a.id }),
    createdAtMs: Math.min(a.createdAtMs, b.createdAtMs),
    role: later(a.role, b.role, ({ value }) => caution[value]),
    password: later(a.password, b.password),
    displayName: later(a.displayName, b.displayName),
    email: later(a.email, b.email),
    url: later(a.url, b.url),
    ...(sessions === undefined ? {} : { sessions: later(sessions, b.sessions ?? sessions) }),
    ...rivalsOf([a, b]),
  })
}

function rivalsOf(values: readonly Pick<AuthorValue, 'rivals'>[]): Pick<AuthorValue, 'rivals'> {
  const all = values.reduce<readonly RivalAccount[]>(
    (sum, { rivals = [] }) => unionBy(sum, rivals, ({ id }) => id, earlier, byId),
    [],
  )
  return all.length === 0 ? {} : { rivals: all }
}

function earlier(a: RivalAccount, b: RivalAccount): RivalAccount {
  return withUnknown(a, b, { id: a.id, createdAtMs: Math.min(a.createdAtMs, b.createdAtMs) })
}

function byId(a: RivalAccount, b: RivalAccount): number {
  return compareText(a.id, b.id)
}
