/**
 * What changed between two lists of tokens.
 *
 * Pure, and bounded by a count of steps, never by time: every server gives up at the same place.
 *
 *     base   a b c d e        hunks: [2,4) → [2,3)      base [from, to) became side [from, to)
 *     side   a b X e
 *
 * Tokens that stand once in both texts anchor the comparison (patience); between anchors it is Myers'
 * by jsdiff. Anchors keep 6,000 half-blank lines cheap: Myers alone costs the square of the changes.
 * Invariant: hunks ascend and never touch; replaying them over the base gives the side.
 *
 * Source: Myers 1986, "An O(ND) difference algorithm"; Bram Cohen's patience diff.
 */

import { diffArrays } from 'diff'

/** [from, to) */
export type Range = readonly [from: number, to: number]

export interface Hunk {
  readonly base: Range
  readonly side: Range
}

/** Steps left to spend; shared by comparisons that are bounded together. */
export interface Budget {
  steps: number
}

/** About 25 ms of Myers: seven hundred changes between two anchors. */
export const stepsMax = 500_000

/** Anchors within anchors, so deep at most. */
const depthMax = 16

interface Span {
  readonly base: Range
  readonly side: Range
}

/** @returns undefined where the budget does not suffice; it is then spent. */
export function diffTokens(
  base: readonly string[],
  side: readonly string[],
  budget: Budget,
): readonly Hunk[] | undefined {
  const numbers = new Map<string, number>()
  const numberOf = (token: string): number => {
    const known = numbers.get(token)
    if (known !== undefined) return known
    numbers.set(token, numbers.size)
    return numbers.size - 1
  }
  const texts = { base: base.map(numberOf), side: side.map(numberOf) }
  const hunks: Hunk[] = []
  const whole: Span = { base: [0, base.length], side: [0, side.length] }
  return compare(texts, whole, budget, hunks, depthMax) ? joinTouching(hunks) : undefined
}

/** Where a range of the base lies in the side; hunks it cuts into, or insertions at its borders, whole. */
export function mapRange(hunks: readonly Hunk[], [from, to]: Range): Range {
  let start = from
  let end = to
  let shift = 0
  let isMet = false
  for (const { base, side } of hunks) {
    const isInsertion = base[0] === base[1]
    const isBehind = isInsertion ? base[0] > to : base[0] >= to
    if (isBehind) break
    const isBefore = isInsertion ? base[1] < from : base[1] <= from
    if (!isBefore) {
      if (!isMet) start = Math.min(from, base[0]) + shift
      isMet = true
      end = Math.max(to, base[1])
    }
    shift = side[1] - base[1]
  }
  return [isMet ? start : from + shift, end + shift]
}

interface Texts {
  readonly base: readonly number[]
  readonly side: readonly number[]
}

function compare(texts: Texts, span: Span, budget: Budget, hunks: Hunk[], depth: number): boolean {
  const rest = stripped(texts, span)
  const [baseFrom, baseTo] = rest.base
  const [sideFrom, sideTo] = rest.side
  if (baseFrom === baseTo && sideFrom === sideTo) return true
  if (baseFrom === baseTo || sideFrom === sideTo) {
    hunks.push(rest)
    return true
  }
  const anchors = depth === 0 ? [] : anchorsIn(texts, rest)
  if (anchors.length === 0) return compareByMyers(texts, rest, budget, hunks)
  let base = baseFrom
  let side = sideFrom
  for (const [baseAt, sideAt] of [...anchors, [baseTo, sideTo] as const]) {
    const gap: Span = { base: [base, baseAt], side: [side, sideAt] }
    if (!compare(texts, gap, budget, hunks, depth - 1)) return false
    base = baseAt + 1
    side = sideAt + 1
  }
  return true
}

/** Less what both begin and end with. */
function stripped({ base, side }: Texts, span: Span): Span {
  let [baseFrom, baseTo] = span.base
  let [sideFrom, sideTo] = span.side
  while (baseFrom < baseTo && sideFrom < sideTo && base[baseFrom] === side[sideFrom]) {
    baseFrom++
    sideFrom++
  }
  while (baseFrom < baseTo && sideFrom < sideTo && base[baseTo - 1] === side[sideTo - 1]) {
    baseTo--
    sideTo--
  }
  return { base: [baseFrom, baseTo], side: [sideFrom, sideTo] }
}

/** Positions of tokens that stand exactly once in both, the longest chain that ascends in both. */
function anchorsIn({ base, side }: Texts, span: Span): readonly (readonly [number, number])[] {
  const inBase = onlyOnce(base, span.base)
  const inSide = onlyOnce(side, span.side)
  const pairs: (readonly [number, number])[] = []
  for (let at = span.base[0]; at < span.base[1]; at++) {
    const token = base[at] ?? -1
    const sideAt = inSide.get(token)
    if (inBase.get(token) === at && sideAt !== undefined && sideAt >= 0) pairs.push([at, sideAt])
  }
  return longestAscent(pairs)
}

/** Token → its position; -1 where it stands more than once. */
function onlyOnce(tokens: readonly number[], [from, to]: Range): ReadonlyMap<number, number> {
  const at = new Map<number, number>()
  for (let index = from; index < to; index++) {
    const token = tokens[index] ?? -1
    at.set(token, at.has(token) ? -1 : index)
  }
  return at
}

/** Patience sorting: of pairs ascending in the first, the longest chain ascending in the second. */
function longestAscent(
  pairs: readonly (readonly [number, number])[],
): readonly (readonly [number, number])[] {
  const tops: number[] = []
  const previous: number[] = []
  for (const [index, pair] of pairs.entries()) {
    let low = 0
    let high = tops.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((pairs[tops[middle] ?? 0]?.[1] ?? 0) < pair[1]) low = middle + 1
      else high = middle
    }
    previous.push(low === 0 ? -1 : (tops[low - 1] ?? -1))
    tops[low] = index
  }
  const chain: (readonly [number, number])[] = []
  for (let index = tops.at(-1) ?? -1; index >= 0; index = previous[index] ?? -1) {
    const pair = pairs[index]
    if (pair !== undefined) chain.push(pair)
  }
  return chain.reverse()
}

/** The square of the edits is what Myers costs: that is taken from the budget. */
function compareByMyers({ base, side }: Texts, span: Span, budget: Budget, hunks: Hunk[]): boolean {
  const changes = diffArrays(base.slice(...span.base), side.slice(...span.side), {
    maxEditLength: Math.floor(Math.sqrt(Math.max(0, budget.steps))),
  }) as readonly { added: boolean; removed: boolean; count: number }[] | undefined
  if (changes === undefined) {
    budget.steps = 0
    return false
  }
  let [baseAt] = span.base
  let [sideAt] = span.side
  let edits = 0
  for (const { added, removed, count } of changes) {
    const baseTo = added ? baseAt : baseAt + count
    const sideTo = removed ? sideAt : sideAt + count
    if (added || removed) {
      hunks.push({ base: [baseAt, baseTo], side: [sideAt, sideTo] })
      edits += count
    }
    baseAt = baseTo
    sideAt = sideTo
  }
  budget.steps -= edits * edits
  return true
}

function joinTouching(hunks: readonly Hunk[]): readonly Hunk[] {
  const joined: Hunk[] = []
  for (const hunk of hunks) {
    const last = joined.at(-1)
    if (last?.base[1] === hunk.base[0] && last.side[1] === hunk.side[0]) {
      joined.pop()
      joined.push({ base: [last.base[0], hunk.base[1]], side: [last.side[0], hunk.side[1]] })
    } else joined.push(hunk)
  }
  return joined
}
