/** Whether anybody may sign in: on a cluster no server offers a link for the first account. */

import type { AuthorView } from '../../store/blog.ts'
import type { Check } from './check.ts'
import { count, note, ok } from './finding.ts'
import type { Finding } from './finding.ts'

export const administratorsCheck: Check = {
  name: 'accounts',
  isQuick: true,
  run: async ({ blog, isEmbedded }) => {
    const accounts = await blog.authors.list()
    // With nodes away accounts may be there that nobody finds.
    if (accounts.length === 0 && !(await blog.health()).isSettled) return []
    return [judgeAdministrators(accounts, isEmbedded)]
  },
}

/** @param isEmbedded - a server of a fresh store prints a link that makes the first account. */
export function judgeAdministrators(
  accounts: readonly Pick<AuthorView, 'role'>[],
  isEmbedded: boolean,
): Finding {
  const open = accounts.filter(({ role }) => role !== 'none')
  const admins = open.filter(({ role }) => role === 'admin')
  const add = 'ringpost author add NAME --role admin'
  if (open.length === 0) {
    const link = isEmbedded ? 'the link that npm start prints makes the first account; or ' : ''
    return note('accounts', 'nobody can sign in yet: comments that wait, wait', link + add)
  }
  if (admins.length === 0) {
    const what = `${count(open.length, 'account')}, none of them an administrator: nobody can change settings`
    return note('accounts', what, add)
  }
  const others = open.length - admins.length
  const more = others === 0 ? '' : ` and ${count(others, 'other account')}`
  return ok('accounts', `${count(admins.length, 'administrator')}${more} may sign in`)
}
