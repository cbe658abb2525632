/** Blogs on the memory backend: two `openBlog` on one `RiakKv` are two programs on one cluster. */

import { ringpostModule, ringpostModuleName } from '../../mapreduce/ringpost-mapreduce.ts'
import type { Clock } from '../../src/kernel/ports.ts'
import type { Log, Passwords } from '../../src/kernel/ports.ts'
import { seededDice } from '../../src/kernel/prng.ts'
import { MemoryRiakKv } from '../../src/riak/memory-riak-kv.ts'
import type { RiakKv } from '../../src/riak/riak-kv.ts'
import type { Blog } from '../../src/store/blog.ts'
import { openBlog } from '../../src/store/open-blog.ts'
import { cheapPasswords } from './cheap-passwords.ts'
import { realClock } from './real-clock.ts'

export interface LogLine {
  readonly level: string
  readonly event: string
  readonly fields: Readonly<Record<string, unknown>>
}

export function recordingLog(): Log & { readonly lines: readonly LogLine[] } {
  const lines: LogLine[] = []
  return {
    lines,
    write: (level, event, fields = {}) => {
      lines.push({ level, event, fields })
    },
  }
}

/** @param modules - `none`: a cluster that cannot run our jobs; every source is read. */
export function memoryRiak(
  clock: Clock = realClock(),
  seed = 1,
  modules: 'registered' | 'none' = 'registered',
): MemoryRiakKv {
  return new MemoryRiakKv({
    clock,
    dice: seededDice(seed),
    tombstoneMs: Infinity,
    modules: new Map(modules === 'none' ? [] : [[ringpostModuleName, ringpostModule]]),
  })
}

let opened = 0

export async function blogOn(
  riak: RiakKv,
  options: {
    readonly clock?: Clock
    readonly log?: Log
    readonly site?: string
    readonly isSingleNode?: boolean
    readonly passwords?: Passwords
  } = {},
): Promise<Blog> {
  return openBlog({
    riak,
    clock: options.clock ?? realClock(),
    dice: seededDice(1_000 + ++opened),
    log: options.log ?? recordingLog(),
    passwords: options.passwords ?? cheapPasswords(),
    site: options.site ?? 'blog',
    isSingleNode: options.isSingleNode ?? true,
  })
}
