/**
 * Sets of heads: what concurrent saves of one text merge to.
 *
 * Pure.
 *
 *     r1 ◀── r2 ◀── r3      heads: r3, r4        an edge points to a parent
 *       ◀──── r4            ancestors: r1, r2
 *
 * A version is proven an ancestor when it stands among the ancestors of either side, or when anything
 * known names it as a parent. Union of heads less proven ancestors is a join: both the set of versions
 * and the set of proofs only grow, and which versions are heads follows from the two.
 *
 * Invariants: no head is a proven ancestor; a head that is not proven an ancestor is never dropped;
 * a merge cuts nothing, because a cut inside a merge would make the result depend on the order
 * (`newestAncestors` cuts when a value is written, and what a cut forgot is found again by walking
 * `revisions`).
 * Not here: the text a set of heads shows (`posts/view.ts`).
 *
 * Source: Almeida, Shoker, Baquero 2018, "Delta state replicated data types"; DESIGN §4.
 */

import { compareText, largerJson, unionBy, withUnknown } from './lattice.ts'

/** What heads and ancestors have in common. */
export interface Lineage {
  readonly id: string
  readonly parents: readonly string[]
  readonly clock: number
}

export interface HeadSet<H extends Lineage, A extends Lineage> {
  readonly heads: readonly H[]
  readonly ancestors: readonly A[]
}

/** Ascending by (clock, id). */
export function byClock(a: Lineage, b: Lineage): number {
  return a.clock - b.clock || compareText(a.id, b.id)
}

/** Descending by (clock, id). */
export function newestFirst(a: Lineage, b: Lineage): number {
  return byClock(b, a)
}

/**
 * @param joinHead - two copies of one head; keeps the smaller clock.
 * @param extraProofs - ids known to be ancestors for another reason (a walk through `revisions`).
 */
export function joinHeads<H extends Lineage>(
  a: HeadSet<H, Lineage>,
  b: HeadSet<H, Lineage>,
  joinHead: (a: H, b: H) => H,
  extraProofs: ReadonlySet<string> = new Set(),
): HeadSet<H, Lineage> {
  const idOf = (version: Lineage): string => version.id
  const versions = unionBy(a.heads, b.heads, idOf, joinHead, byClock)
  const superseded = unionBy(a.ancestors, b.ancestors, idOf, joinLineage, newestFirst)
  const proven = new Set(extraProofs)
  for (const version of superseded) {
    proven.add(version.id)
    for (const parent of version.parents) proven.add(parent)
  }
  for (const version of versions) for (const parent of version.parents) proven.add(parent)
  const heads = versions.filter((version) => !proven.has(version.id))
  // Hashes of parents make a cycle impossible; a forged one must not leave a text without a head.
  if (heads.length === 0) return { heads: versions, ancestors: superseded }
  const dropped = versions.filter((version) => proven.has(version.id)).map(lineageOf)
  return { heads, ancestors: unionBy(superseded, dropped, idOf, joinLineage, newestFirst) }
}

/** Cut for writing: the newest by (clock, id). Parents have smaller clocks, so they go first. */
export function newestAncestors<A extends Lineage>(
  ancestors: readonly A[],
  most: number,
): readonly A[] {
  return ancestors.length <= most ? ancestors : ancestors.toSorted(newestFirst).slice(0, most)
}

function lineageOf(version: Lineage): Lineage {
  return { id: version.id, parents: version.parents, clock: version.clock }
}

/** One id has one list of parents (it is hashed); clocks may differ, the smaller stands. */
function joinLineage(a: Lineage, b: Lineage): Lineage {
  const parents = largerJson(a.parents, b.parents)
  return withUnknown(a, b, { id: a.id, parents, clock: Math.min(a.clock, b.clock) })
}
