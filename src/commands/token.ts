/** `ringpost token create`: a bearer token, shown once, as the last line and alone in it. */

import { isReservedName } from '../kernel/own-names.ts'
import type { Scope } from '../store/blog.ts'
import { CommandError } from './command-error.ts'
import { openStore, type StoreRequest } from './open-store.ts'
import type { Terminal } from './terminal.ts'

export async function createToken(
  input: { readonly name: string; readonly scope: Scope },
  request: StoreRequest,
  terminal: Terminal,
): Promise<void> {
  const name = input.name.trim()
  if (name === '') throw new CommandError('a token needs a name: --name NAME', 2)
  if (isReservedName(name)) {
    throw new CommandError(`"${name}" is a name the program uses itself: choose another`, 2)
  }
  const store = await openStore(request)
  try {
    const token = await store.blog.tokens.create({ name, scope: input.scope })
    terminal.tell(`A token for "${name}" with scope ${input.scope}. It is not shown again:`)
    terminal.print(token)
  } finally {
    await store.close()
  }
}
