/**
 * Coverage: the fewest up vnodes that together hold every key once.
 *
 * Pure.
 *
 *     N=3: the vnode of partition p holds the keys whose first primary is p, p−1 or p−2
 *     q=8: vnodes 2, 5 and 7 cover 0 1 2 │ 3 4 5 │ 6 7
 *
 * Invariant: every first primary is assigned to exactly one vnode of the plan.
 *
 * Source: basho/riak_core src/riak_core_coverage_plan.erl; RIAK.md §5.3.
 */

import type { IsUp, VnodeRef } from '../ring/preflist.ts'
import type { Ring } from '../ring/ring.ts'

export interface CoveredVnode {
  readonly vnode: VnodeRef
  /** The first primaries whose keys are to be taken from this vnode. */
  readonly firsts: ReadonlySet<number>
}

/** @returns `undefined` where some partition's replicas are all down: `insufficient_vnodes_available`. */
export function planCoverage(
  ring: Ring,
  n: number,
  isUp: IsUp,
): readonly CoveredVnode[] | undefined {
  const missing = new Set(Array.from({ length: ring.size }, (_, id) => id))
  const plan: CoveredVnode[] = []
  // A bucket may ask for more replicas than there are partitions: by the thousand million, if it likes.
  const reach = Math.min(n, ring.size)
  const held = (partition: number): number[] =>
    Array.from({ length: reach }, (_, back) => (partition - back + ring.size) % ring.size).filter(
      (first) => missing.has(first),
    )
  while (missing.size > 0) {
    let best: { partition: number; node: string; firsts: number[] } | undefined
    for (const [partition, node] of ring.owners.entries()) {
      if (!isUp(node)) continue
      const firsts = held(partition)
      if (firsts.length > (best?.firsts.length ?? 0)) best = { partition, node, firsts }
    }
    if (best === undefined) return undefined
    const { partition, node, firsts } = best
    plan.push({ vnode: { partition, node }, firsts: new Set(firsts) })
    for (const first of firsts) missing.delete(first)
  }
  return plan
}
