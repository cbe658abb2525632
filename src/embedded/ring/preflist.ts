/**
 * Preference lists: the vnodes that answer for a key, in order.
 *
 * Pure; who is up is handed in.
 *
 *     q=8, owners a b c d a b c d, first primary 0, N=3
 *     all up      0a 1b 2c
 *     a down      1b 2c │ 0d          a fallback carries the partition of the primary it stands for
 *     a, b down   2c │ 0d 1c          and may be a node that is in the list already
 *
 * Invariant: up primaries first, in ring order; at most N entries; no partition twice.
 *
 * Source: basho/riak_core src/riak_core_apl.erl `get_apl_ann/3`; RIAK.md §1.2.
 */

import type { Ring } from './ring.ts'

/** A vnode: the partition it answers for, and the node it lives on. */
export interface VnodeRef {
  readonly partition: number
  readonly node: string
}

export interface PreflistEntry extends VnodeRef {
  readonly role: 'primary' | 'fallback'
}

export type IsUp = (node: string) => boolean

/** All N primaries, up or not. */
export function primaries(ring: Ring, first: number, n: number): readonly VnodeRef[] {
  return Array.from({ length: Math.min(n, ring.size) }, (_, step) => at(ring, first + step))
}

function at(ring: Ring, id: number): VnodeRef {
  const partition = id % ring.size
  return { partition, node: ring.owners[partition] ?? ring.claimant }
}

/** The up primaries, then one fallback for each primary that is down, as far as nodes are up. */
export function activePreflist(
  ring: Ring,
  first: number,
  n: number,
  isUp: IsUp,
): readonly PreflistEntry[] {
  const list: PreflistEntry[] = []
  const missing: number[] = []
  const count = Math.min(n, ring.size)
  for (let step = 0; step < count; step++) {
    const { partition, node } = at(ring, first + step)
    if (isUp(node)) list.push({ partition, node, role: 'primary' })
    else missing.push(partition)
  }
  let step = count
  for (const partition of missing) {
    while (step < ring.size && !isUp(at(ring, first + step).node)) step++
    if (step >= ring.size) break
    const { node } = at(ring, first + step++)
    list.push({ partition, node, role: 'fallback' })
  }
  return list
}

/** Up primaries alone: what `sloppy_quorum=false` asks for. */
export function activePrimaries(
  ring: Ring,
  first: number,
  n: number,
  isUp: IsUp,
): readonly PreflistEntry[] {
  return primaries(ring, first, n)
    .filter((vnode) => isUp(vnode.node))
    .map((vnode) => ({ ...vnode, role: 'primary' }))
}
