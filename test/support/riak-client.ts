/** The facade over real sockets, for tests: quiet, seeded, stopped when the test ends. */

import { onTestFinished } from 'vitest'
import { seededDice } from '../../src/kernel/prng.ts'
import { connectRiak } from '../../src/riak/basho-riak-kv.ts'
import type { ConnectOptions } from '../../src/riak/basho-riak-kv.ts'
import type { RiakKv } from '../../src/riak/riak-kv.ts'
import { systemClock } from '../../src/runtime/system-clock.ts'
import { openStubRiak } from './stub-riak.ts'
import type { StubRiak } from './stub-riak.ts'

export interface LogLine {
  readonly level: string
  readonly event: string
  readonly fields: Readonly<Record<string, unknown>> | undefined
}

export async function connect(
  nodes: readonly string[],
  more: Partial<ConnectOptions> & { readonly lines?: LogLine[] } = {},
): Promise<RiakKv> {
  const kv = await connectRiak({
    nodes,
    clock: systemClock(),
    dice: seededDice(1),
    log: {
      write: (level, event, fields) => {
        more.lines?.push({ level, event, fields })
      },
    },
    ...more,
  })
  onTestFinished(() => kv.stop())
  return kv
}

/** A stub that is closed when the test ends. */
export async function stub(port = 0): Promise<StubRiak> {
  const opened = await openStubRiak(port)
  onTestFinished(() => opened.close())
  return opened
}

/** @returns `work`'s result and how long it took, ms. */
export async function timed<T>(work: () => Promise<T>): Promise<{ value: T; ms: number }> {
  const start = performance.now()
  const value = await work()
  return { value, ms: performance.now() - start }
}
