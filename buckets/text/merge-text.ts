/**
 * The text that two edits of one text make together.
 *
 * Pure; the same on every server; bounded by a count of steps.
 *
 *     lines ──three ways──▶ regions ──both changed it──▶ words ──three ways──▶ one text
 *                                                         └──still both──▶ later side, a conflict
 *
 * Invariants: `merge(b, a, b) = a`, `merge(b, b, a) = a`, `merge(b, a, a) = a`; without conflict the
 * sides may be exchanged; every line of the result stands in one of the sides or is made of words of
 * both; readers never see markers. Beyond the budget the later side is shown whole: one conflict.
 * Not here: fields other than the body, and whose side is the later (`posts/fold.ts`).
 *
 * Source: DESIGN §4 "The fold"; Khanna, Kunal, Pierce 2007.
 */

import { diffTokens, mapRange, stepsMax } from './hunks.ts'
import type { Range } from './hunks.ts'
import { threeWay } from './three-way.ts'
import type { Budgets, Region } from './three-way.ts'
import { isBlank, splitLines, splitWords } from './tokens.ts'

/** Both sides changed these lines, each its own way; the later side's are in the text. */
export interface TextConflict {
  /** Line ranges [from, to) in base, earlier and later side. */
  readonly base: Range
  readonly earlier: Range
  readonly later: Range
}

export interface MergedText {
  readonly text: string
  readonly conflicts: readonly TextConflict[]
}

/** @param budget - steps for lines and again for words, a side; see `hunks.ts`. */
export function mergeText(
  base: string,
  earlier: string,
  later: string,
  budget: number = stepsMax,
): MergedText {
  if (earlier === later || earlier === base) return { text: later, conflicts: [] }
  if (later === base) return { text: earlier, conflicts: [] }
  const lines = {
    base: splitLines(base),
    earlier: splitLines(earlier),
    later: splitLines(later),
  }
  const regions = threeWay(lines.base, lines.earlier, lines.later, budgets(budget))
  if (regions === undefined) return { text: later, conflicts: [wholeOf(lines)] }
  const wordBudgets = budgets(budget)
  const conflicts: TextConflict[] = []
  const parts = regions.map((region) => {
    if (region.kind !== 'conflict') return textOf(region, lines)
    const text = mergeWords(
      lines.base.slice(...region.base).join(''),
      lines.earlier.slice(...region.earlier).join(''),
      lines.later.slice(...region.later).join(''),
      wordBudgets,
    )
    if (text !== undefined) return text
    conflicts.push({ base: region.base, earlier: region.earlier, later: region.later })
    return lines.later.slice(...region.later).join('')
  })
  return { text: parts.join(''), conflicts }
}

/**
 * Where lines of one text lie in another that was made of it, or that it was made of.
 *
 * @returns undefined where they are too far apart to be compared within the budget.
 */
export function mapLines(from: string, to: string, lines: Range): Range | undefined {
  const hunks = diffTokens(splitLines(from), splitLines(to), { steps: stepsMax })
  return hunks === undefined ? undefined : mapRange(hunks, lines)
}

export function linesOf(text: string, range: Range): string {
  return splitLines(text)
    .slice(...range)
    .join('')
}

interface ThreeTexts {
  readonly base: readonly string[]
  readonly earlier: readonly string[]
  readonly later: readonly string[]
}

/** The later side's tokens where it took part, the earlier side's where only that did. */
function textOf(region: Region, texts: ThreeTexts): string {
  return region.kind === 'earlier'
    ? texts.earlier.slice(...region.earlier).join('')
    : texts.later.slice(...region.later).join('')
}

/** @returns undefined where the sides changed the same words, or nearly all of them. */
function mergeWords(
  base: string,
  earlier: string,
  later: string,
  shared: Budgets,
): string | undefined {
  const words = {
    base: splitWords(base),
    earlier: splitWords(earlier),
    later: splitWords(later),
  }
  const regions = threeWay(words.base, words.earlier, words.later, shared)
  if (regions === undefined) return undefined
  if (regions.some((region) => region.kind === 'conflict')) return undefined
  // Two rewritten sentences share "the" and "of": woven together they would be nobody's sentence.
  if (isRewritten(regions, words, 'earlier') && isRewritten(regions, words, 'later')) {
    return undefined
  }
  return regions.map((region) => textOf(region, words)).join('')
}

/** Whether a side replaced more than half of the words. */
function isRewritten(
  regions: readonly Region[],
  words: ThreeTexts,
  side: 'earlier' | 'later',
): boolean {
  const count = (tokens: readonly string[]): number =>
    tokens.filter((token) => !isBlank(token)).length
  const gone = regions
    .filter((region) => region.kind === side || region.kind === 'same')
    .reduce((sum, region) => sum + count(words.base.slice(...region.base)), 0)
  return gone * 2 > count(words.base)
}

function wholeOf({ base, earlier, later }: ThreeTexts): TextConflict {
  let head = 0
  const shortest = Math.min(base.length, earlier.length, later.length)
  while (head < shortest && base[head] === earlier[head] && base[head] === later[head]) {
    head++
  }
  let tail = 0
  while (
    tail < shortest - head &&
    base.at(-1 - tail) === earlier.at(-1 - tail) &&
    base.at(-1 - tail) === later.at(-1 - tail)
  ) {
    tail++
  }
  return {
    base: [head, base.length - tail],
    earlier: [head, earlier.length - tail],
    later: [head, later.length - tail],
  }
}

function budgets(steps: number): Budgets {
  return { earlier: { steps }, later: { steps } }
}
