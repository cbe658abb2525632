/** Whether an account bears a name under which the program itself writes: its owner's doings look like ours. */

import { reservedNames } from '../../kernel/own-names.ts'
import type { AuthorView } from '../../store/blog.ts'
import type { Check } from './check.ts'
import { ok, wrong } from './finding.ts'
import type { Finding } from './finding.ts'

export const accountsCheck: Check = {
  name: 'accounts',
  isQuick: false,
  run: async ({ blog }) => {
    const found = await Promise.all(reservedNames.map((name) => blog.authors.read(name)))
    return judgeAccounts(found.filter((account) => account !== undefined))
  },
}

/** @param reserved - accounts of such names; closed ones do nothing any more. */
export function judgeAccounts(
  reserved: readonly Pick<AuthorView, 'name' | 'role'>[],
): readonly Finding[] {
  const open = reserved.filter(({ role }) => role !== 'none')
  if (open.length === 0) return [ok('accounts', 'no account bears a name the program uses itself')]
  return open.map(({ name, role }) =>
    wrong(
      'accounts',
      `the account "${name}" bears a name the program uses itself: who decided what cannot be told apart`,
      `ringpost author add ANOTHER-NAME --role ${role}, then ringpost author close ${name}`,
    ),
  )
}
