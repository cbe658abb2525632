/**
 * The ring: which node owns which partition.
 *
 * Pure. A ring never changes in place; a new one replaces it.
 *
 *     size 8, members a b c:   0a 1b 2c 3a 4b 5c 6a 7b   (a closed circle of 2^160)
 *
 * Invariants: every partition has one owner, who is a member; the size is a power of two.
 * Not here: gossip, joins and transfers between nodes; who is up (handed to `preflist.ts`).
 *
 * Source: basho/riak_core src/riak_core_ring.erl; RIAK.md §1.2–1.4.
 */

import { assert } from '../../kernel/assert.ts'

export interface Ring {
  readonly size: number
  /** Partition id → the node's name. */
  readonly owners: readonly string[]
  /** Valid members, ascending. */
  readonly members: readonly string[]
  /** The one member that decides on changes of ownership. */
  readonly claimant: string
}

export const ringSizeMax = 1_024

export function isRingSize(size: number): boolean {
  return Number.isInteger(size) && size >= 8 && size <= ringSizeMax && (size & (size - 1)) === 0
}

/** @throws {AssertionError} where an invariant does not hold. */
export function makeRing(owners: readonly string[], claimant: string): Ring {
  assert(isRingSize(owners.length), 'the ring size is a power of two from 8 to 1024')
  const members = [...new Set(owners)].toSorted()
  assert(members.includes(claimant), 'the claimant is a member')
  return { size: owners.length, owners, members, claimant }
}

/** How many partitions each member owns. */
export function ownership(ring: Ring): readonly (readonly [node: string, partitions: number])[] {
  return ring.members.map((node) => [node, ring.owners.filter((owner) => owner === node).length])
}
