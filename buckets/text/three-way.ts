/**
 * Two lists of tokens that were made of one: which regions only one side changed, which both.
 *
 * Pure; symmetric in its two sides.
 *
 *     base      a  b  c  d  e
 *     earlier   a  X  c  d  e       regions: [b] earlier, [d e] later
 *     later     a  b  c  Y
 *
 * Edits that touch (no unchanged token between them) are one region, as diff3 has it: whether they
 * belong together cannot be told by lines. `merge-text.ts` then looks at the words of that region,
 * where the unchanged words between two edits usually part them again.
 *
 * Source: Khanna, Kunal, Pierce 2007, "A formal investigation of diff3".
 */

import { diffTokens } from './hunks.ts'
import type { Budget, Hunk, Range } from './hunks.ts'

export interface Region {
  /** Whose tokens are taken; `conflict`: both sides changed it, differently. */
  readonly kind: 'unchanged' | 'earlier' | 'later' | 'same' | 'conflict'
  readonly base: Range
  readonly earlier: Range
  readonly later: Range
}

export interface Budgets {
  readonly earlier: Budget
  readonly later: Budget
}

/**
 * @param budgets - one a side, so that exchanging the sides changes nothing.
 * @returns every token of each list in exactly one region; undefined beyond a budget.
 */
export function threeWay(
  base: readonly string[],
  earlier: readonly string[],
  later: readonly string[],
  budgets: Budgets,
): readonly Region[] | undefined {
  const byEarlier = diffTokens(base, earlier, budgets.earlier)
  const byLater = byEarlier && diffTokens(base, later, budgets.later)
  if (byEarlier === undefined || byLater === undefined) {
    // Both are spent, whichever side was compared first: exchanged sides give up alike.
    budgets.earlier.steps = 0
    budgets.later.steps = 0
    return undefined
  }
  const cursors = { earlier: new Cursor(byEarlier), later: new Cursor(byLater) }
  const regions: Region[] = []
  let at = 0
  for (;;) {
    const start = Math.min(cursors.earlier.nextStart(), cursors.later.nextStart())
    if (start > at) {
      const to = Math.min(start, base.length)
      const kept: Range = [at, to]
      regions.push({
        kind: 'unchanged',
        base: kept,
        earlier: cursors.earlier.keep(kept),
        later: cursors.later.keep(kept),
      })
    }
    if (start === Infinity) return regions
    const changed: Range = [start, endOfRegion(start, cursors)]
    const isEarlier = cursors.earlier.nextStart() <= changed[1]
    const isLater = cursors.later.nextStart() <= changed[1]
    const ranges = {
      base: changed,
      earlier: cursors.earlier.take(changed),
      later: cursors.later.take(changed),
    }
    const isSame = isEarlier && isLater && isEqual(earlier, ranges.earlier, later, ranges.later)
    const kind = isSame
      ? 'same'
      : isEarlier && isLater
        ? 'conflict'
        : isEarlier
          ? 'earlier'
          : 'later'
    regions.push({ kind, ...ranges })
    at = changed[1]
  }
}

/** Walks the hunks of one side. */
class Cursor {
  readonly #hunks: readonly Hunk[]
  #next = 0
  /** Side position less base position, behind the hunks taken so far. */
  #shift = 0

  constructor(hunks: readonly Hunk[]) {
    this.#hunks = hunks
  }

  nextStart(): number {
    return this.#hunks[this.#next]?.base[0] ?? Infinity
  }

  /** The end of the last hunk that begins at or before `end`, at least `end`. */
  reach(end: number): number {
    let reached = end
    for (let index = this.#next; index < this.#hunks.length; index++) {
      const hunk = this.#hunks[index]
      if (hunk === undefined || hunk.base[0] > reached) break
      reached = Math.max(reached, hunk.base[1])
    }
    return reached
  }

  /** Where an unchanged range of the base lies in the side. */
  keep([from, to]: Range): Range {
    return [from + this.#shift, to + this.#shift]
  }

  /** Pass all hunks that begin within the range or touch its end; where it lies in the side. */
  take([from, to]: Range): Range {
    const start = from + this.#shift
    for (; this.nextStart() <= to; this.#next++) {
      const hunk = this.#hunks[this.#next]
      if (hunk !== undefined) this.#shift = hunk.side[1] - hunk.base[1]
    }
    return [start, to + this.#shift]
  }
}

/** Hunks of either side reach into each other: on to where neither does. */
function endOfRegion(
  start: number,
  cursors: { readonly earlier: Cursor; readonly later: Cursor },
): number {
  let end = start
  for (;;) {
    const reached = cursors.later.reach(cursors.earlier.reach(end))
    if (reached === end) return end
    end = reached
  }
}

function isEqual(
  a: readonly string[],
  [aFrom, aTo]: Range,
  b: readonly string[],
  [bFrom, bTo]: Range,
): boolean {
  if (aTo - aFrom !== bTo - bFrom) return false
  for (let index = 0; index < aTo - aFrom; index++) {
    if (a[aFrom + index] !== b[bFrom + index]) return false
  }
  return true
}
