/**
 * A ring as preflists show it: which nodes own which partitions, and who stands in for those away. Keys
 * are spread by a hash that is not Riak's; fallbacks follow its rule.
 *
 * Source: basho/riak_core src/riak_core_apl.erl.
 */

import type { Location } from '../../src/kernel/ids.ts'
import type { PreflistEntry, RiakKv } from '../../src/riak/riak-kv.ts'

export interface FakeRing {
  readonly down: Set<string>
  /** Owner of each partition; may be changed. */
  readonly owners: string[]
  preflist(at: Location): readonly PreflistEntry[]
}

export function fakeRing(size: number, nodes: readonly string[]): FakeRing {
  const owners = Array.from({ length: size }, (_, partition) => nodes[partition % nodes.length]!)
  const down = new Set<string>()
  return {
    down,
    owners,
    preflist({ key }) {
      const first = hash(key) % size
      const own = [0, 1, 2].map((step) => (first + step) % size)
      const rest = owners.map((_, step) => owners[(first + 3 + step) % size]!)
      const standIns = rest.filter((node) => !down.has(node))
      return own.flatMap((partition): readonly PreflistEntry[] => {
        const node = owners[partition]!
        if (!down.has(node)) return [{ partition, node, isPrimary: true }]
        const fallback = standIns.shift()
        return fallback === undefined ? [] : [{ partition, node: fallback, isPrimary: false }]
      })
    },
  }
}

/** The same store, whose preflists are this ring's. `asked` gathers the keys. */
export function onRing(riak: RiakKv, ring: FakeRing, asked: string[] = []): RiakKv {
  const preflist: RiakKv['preflist'] = async (at) => {
    // Fails as the store does.
    await riak.preflist(at)
    asked.push(at.key)
    return ring.preflist(at)
  }
  return new Proxy(riak, {
    get(target, name) {
      if (name === 'preflist') return preflist
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
