/**
 * Who descends from whom, as far as the value and the snapshots at hand say.
 *
 * Pure.
 *
 *     r1 ◀── r2 ◀── r4 ◀── h1       nearest common ancestors of h1 and h2: r3 and r4 (criss-cross)
 *        ◀── r3 ◀── h2              a revision that is named as parent but not known: a stub
 *
 * Invariant: an answer without `stubs` is exact, whatever part of the history the value has forgotten;
 * with stubs it may change once they are known. A parent's clock is below its child's: the stub that
 * may be youngest is asked for first, and none that could hide nothing.
 *
 * Source: git's merge-base algorithm (commit-reach.c) for the idea of dominated candidates.
 */

import { byClock } from '../heads.ts'
import type { Lineage } from '../heads.ts'
import { compareText } from '../lattice.ts'
import type { Revision } from '../revision-schema.ts'
import type { PostValue } from './schema.ts'

export interface Graph {
  /** Known versions by id, with the smallest clock met. */
  readonly known: ReadonlyMap<string, Lineage>
}

export function graphOf(value: PostValue, bases: ReadonlyMap<string, Revision>): Graph {
  const known = new Map<string, Lineage>()
  for (const version of [...value.heads, ...value.ancestors, ...bases.values()]) {
    const other = known.get(version.id)
    const clock = Math.min(version.clock, other?.clock ?? version.clock)
    known.set(version.id, { id: version.id, parents: version.parents, clock })
  }
  return { known }
}

/** The ids themselves and all their ancestors, stubs included. */
export function reach(graph: Graph, ids: Iterable<string>): ReadonlySet<string> {
  const reached = new Set<string>()
  const edge = [...ids]
  for (let id = edge.pop(); id !== undefined; id = edge.pop()) {
    if (reached.has(id)) continue
    reached.add(id)
    edge.push(...(graph.known.get(id)?.parents ?? []))
  }
  return reached
}

export interface Nearest {
  /** Common ancestors that are no ancestors of other common ones, ascending by (clock, id). */
  readonly ids: readonly string[]
  /** Must be known before `ids` is certain; only the youngest are asked for at a time. */
  readonly stubs: readonly string[]
}

/** Nearest common ancestors of two sets of versions (a version is its own ancestor). */
export function nearestCommon(
  graph: Graph,
  left: readonly string[],
  right: readonly string[],
): Nearest {
  const fromLeft = reach(graph, left)
  const fromRight = reach(graph, right)
  const common = [...fromLeft].filter((id) => fromRight.has(id))
  const below = reach(
    graph,
    common.flatMap((id) => graph.known.get(id)?.parents ?? []),
  )
  const nearest = common.filter((id) => !below.has(id))
  const bounds = clockBounds(graph, new Set([...fromLeft, ...fromRight]))
  // Under a common ancestor lie only ancestors of it: no nearer one can hide there. Whether one of
  // several nearest descends from another shows when these are folded into a base themselves.
  const isUnder = new Set([...common, ...below])
  const stubs = [...bounds.keys()].filter((id) => !isUnder.has(id))
  const youngest = stubs.reduce((most, id) => Math.max(most, bounds.get(id) ?? 0), 0)
  return {
    ids: nearest.sort(inOrder(graph)),
    stubs: stubs.filter((id) => (bounds.get(id) ?? 0) >= youngest).sort(compareText),
  }
}

/** Heads that others descend from: no heads, though the value could not tell. */
export function provenAmong(graph: Graph, ids: readonly string[]): ReadonlySet<string> {
  const proven = new Set<string>()
  for (const id of ids) {
    const below = reach(graph, graph.known.get(id)?.parents ?? [])
    for (const other of ids) if (other !== id && below.has(other)) proven.add(other)
  }
  return proven
}

/** Ascending by (clock, id); what is not known comes first. */
export function inOrder(graph: Graph): (a: string, b: string) => number {
  const versionOf = (id: string): Lineage => graph.known.get(id) ?? { id, parents: [], clock: -1 }
  return (a, b) => byClock(versionOf(a), versionOf(b))
}

/** Each stub among `ids`, with the clock that it must be below. */
function clockBounds(graph: Graph, ids: ReadonlySet<string>): ReadonlyMap<string, number> {
  const bounds = new Map<string, number>()
  for (const id of ids) {
    const version = graph.known.get(id)
    if (version === undefined) continue
    for (const parent of version.parents) {
      if (graph.known.has(parent)) continue
      bounds.set(parent, Math.min(version.clock, bounds.get(parent) ?? Infinity))
    }
  }
  return bounds
}
