/**
 * A ring as Protocol Buffers show it: preflists name the owners of a key, up or not; a read that wants
 * every primary (`pr=all`) is refused where one is away. Keys are spread by a hash that is not Riak's.
 *
 * Seen on a real Riak 3.2.3 with one and two of three nodes stopped.
 */

import { OperationError, QuorumUnmetError } from '../../src/kernel/errors.ts'
import type { PreflistEntry, RiakKv } from '../../src/riak/riak-kv.ts'

export interface FakeRing {
  readonly down: Set<string>
  /** Nodes that are thought to be up, and answer nothing. */
  readonly silent: Set<string>
  /** Owner of each partition; may be changed. */
  readonly owners: string[]
  preflist(key: string): readonly PreflistEntry[]
  /** Primaries of the key that are down. */
  missing(key: string): number
}

export function fakeRing(size: number, nodes: readonly string[]): FakeRing {
  const owners = Array.from({ length: size }, (_, partition) => nodes[partition % nodes.length]!)
  const down = new Set<string>()
  const preflist = (key: string): readonly PreflistEntry[] => {
    const first = hash(key) % size
    return [0, 1, 2].map((step) => {
      const partition = (first + step) % size
      return { partition, node: owners[partition]!, isPrimary: true }
    })
  }
  return {
    down,
    silent: new Set<string>(),
    owners,
    preflist,
    missing: (key) => preflist(key).filter(({ node }) => down.has(node)).length,
  }
}

/** The same store on this ring. `asked` gathers the keys. */
export function onRing(riak: RiakKv, ring: FakeRing, asked: string[] = []): RiakKv {
  const preflist: RiakKv['preflist'] = async (at) => {
    // Fails as the store does.
    await riak.preflist(at)
    asked.push(at.key)
    return ring.preflist(at.key)
  }
  const get: RiakKv['get'] = async (at, options) => {
    const found = await riak.get(at, options)
    if (options?.pr !== 'all') return found
    const missing = ring.missing(at.key)
    if (missing > 0) {
      throw new QuorumUnmetError({ operation: 'read', required: 3, answered: 3 - missing })
    }
    if (ring.preflist(at.key).some(({ node }) => ring.silent.has(node))) {
      throw new OperationError('BLOG_TIMEOUT', 'get: no answer in time')
    }
    return found
  }
  return new Proxy(riak, {
    get(target, name) {
      if (name === 'preflist') return preflist
      if (name === 'get') return get
      const member: unknown = Reflect.get(target, name, target)
      return typeof member === 'function' ? (member.bind(target) as unknown) : member
    },
  })
}

function hash(text: string): number {
  let value = 0x811c9dc5
  for (const byte of new TextEncoder().encode(text)) {
    value = Math.imul(value ^ byte, 0x01000193) >>> 0
  }
  return value
}
