/** Connections of the suite itself, apart from those of the programs that it starts. */

import { connectRiak } from '../../src/riak/basho-riak-kv.ts'
import type { RiakKv } from '../../src/riak/riak-kv.ts'
import { cryptoDice } from '../../src/runtime/crypto-dice.ts'
import { systemClock } from '../../src/runtime/system-clock.ts'

/** @throws OperationError where none of them answers. */
export function connectTo(nodes: readonly string[]): Promise<RiakKv> {
  const log = { write: () => undefined }
  return connectRiak({ nodes, clock: systemClock(), dice: cryptoDice(), log })
}

/**
 * The same cluster, whose writes end on every replica's disk: index queries, key lists and jobs ask one
 * replica, and are asked right after the write by those who wrote it for a cluster of one.
 */
export function thorough(riak: RiakKv): RiakKv {
  return withWrites(riak, (options) => ({ w: 'all', dw: 'all', ...options }))
}

/** The same for whoever names a quorum with each write, as the store does. */
export function insistent(riak: RiakKv): RiakKv {
  return withWrites(riak, (options) => ({ ...options, w: 'all', dw: 'all' }))
}

function withWrites(
  riak: RiakKv,
  tune: (options: Parameters<RiakKv['put']>[2]) => Parameters<RiakKv['put']>[2],
): RiakKv {
  const put: RiakKv['put'] = (at, content, options) => riak.put(at, content, tune(options))
  const remove: RiakKv['delete'] = (at, options) => riak.delete(at, { rw: 'all', ...options })
  return new Proxy(riak, {
    get(target, name) {
      if (name === 'put') return put
      if (name === 'delete') return remove
      const member: unknown = Reflect.get(target, name, target)
      return typeof member === 'function' ? (member.bind(target) as unknown) : member
    },
  })
}
