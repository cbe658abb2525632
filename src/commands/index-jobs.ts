/** `ringpost index rebuild` and `ringpost index verify`. */

import { CommandError } from './command-error.ts'
import { openStore, type StoreRequest } from './open-store.ts'
import { showProgress } from './progress.ts'
import type { Terminal } from './terminal.ts'

export async function rebuildIndexes(request: StoreRequest, terminal: Terminal): Promise<void> {
  const store = await openStore(request)
  const progress = showProgress(terminal, request.machine.clock, 'sources')
  try {
    progress.begin(0)
    const { posts, written } = await store.blog.jobs.rebuild(progress.reached)
    progress.end()
    terminal.print(`${posts} posts looked at, ${written} derived objects written`)
  } finally {
    progress.end()
    await store.close()
  }
}

/** @throws CommandError (1) where a difference was found; each is a line on stdout. */
export async function verifyIndexes(request: StoreRequest, terminal: Terminal): Promise<void> {
  const store = await openStore(request)
  const progress = showProgress(terminal, request.machine.clock, 'sources')
  try {
    progress.begin(0)
    const differences = await store.blog.jobs.verify(progress.reached)
    progress.end()
    for (const { kind, object, id, detail } of differences) {
      terminal.print(`${kind}  ${object}  ${id}  ${detail}`)
    }
    if (differences.length === 0) {
      terminal.print('no differences')
      return
    }
    throw new CommandError(
      `${differences.length} differences between the indexes and what they are made from: ` +
        'a running server heals what was just saved within a minute and the rest at night; ' +
        'at once: ringpost index rebuild',
    )
  } finally {
    progress.end()
    await store.close()
  }
}
