/**
 * Where in a long text the words of a query may stand, before anything is read with care.
 *
 *     Markdown ─▶ passages of some 1,000 characters ─▶ those that hold letters of the words
 *
 * To cut a text into words costs forty times as much as to look for some letters in it. What is said
 * here may be too much, never too little: a word counts where its letters stand, though it be in an
 * address or in another word. Pure.
 */

import { limits } from '../kernel/limits.ts'
import { fold } from './fold.ts'
import { isDense } from './tokens.ts'

/** What was looked for, to be marked. */
export interface Sought {
  /** Words of the index, with the number of the query's word they stand for. */
  readonly words: readonly (readonly [word: string, wish: number])[]
  /** Of words in quotes the numbers, in their order. */
  readonly phrases: readonly (readonly number[])[]
}

/** UTF-16 offsets in the text, `to` exclusive. */
export interface Passage {
  readonly from: number
  readonly to: number
}

/** In order, without gaps; cut between paragraphs, or else lines, or words. */
export function* passages(text: string): Generator<Passage> {
  const chars = limits.searchPassageChars
  let from = 0
  // A short rest belongs to what stands before it.
  while (text.length - from > chars * 1.5) {
    const to = from + cutOf(text.slice(from, from + chars))
    yield { from, to }
    from = to
  }
  if (from < text.length) yield { from, to: text.length }
}

function cutOf(part: string): number {
  const least = part.length / 2
  for (const gap of ['\n\n', '\n', ' ']) {
    const at = part.lastIndexOf(gap)
    if (at >= least) return at + gap.length
  }
  return part.length
}

/** A passage with some lines around it: half a line may end within the address of a link. */
export function withSurroundings(text: string, { from, to }: Passage): Passage {
  const chars = limits.searchExcerptChars
  const lineBefore = from <= chars ? 0 : text.indexOf('\n', from - chars) + 1
  const start = lineBefore > from || (lineBefore === 0 && from > chars) ? from : lineBefore
  // Addresses take more than half of many lines.
  const after = text.slice(to, to + chars * 2)
  if (to + after.length === text.length) return { from: start, to: text.length }
  const lineEnd = after.lastIndexOf('\n')
  return { from: start, to: to + (lineEnd === -1 ? Math.max(0, after.lastIndexOf(' ')) : lineEnd) }
}

/** Signs that stand within words, or around letters of one; without them `Node.js` is `nodejs`. */
const signs = /[.'’_\-*`~\\]+/g

/** Words of a query by the letters they begin with. */
export class Needles {
  /** One a word of the query, or one a phrase; with the number of words. */
  readonly #patterns: readonly (readonly [pattern: RegExp, wishes: number])[]
  /** How many words of the query there are. */
  readonly wishes: number

  constructor({ words, phrases }: Sought) {
    const byWish = new Map<number, string[]>()
    for (const [word, wish] of words) {
      const letters = word.replace(signs, '')
      const others = byWish.get(wish)
      if (others === undefined) byWish.set(wish, [letters])
      else others.push(letters)
    }
    this.wishes = byWish.size
    const sources = new Map(
      Array.from(byWish, ([wish, all]) => [wish, beginnings(all).map(escaped).join('|')]),
    )
    // Pairs of letters overlap: each is looked for by itself.
    const apart = new Set(words.filter(([word]) => isDense(word)).map(([, wish]) => wish))
    const whole = phrases.filter((phrase) => !phrase.some((wish) => apart.has(wish)))
    const quoted = new Set(whole.flat())
    this.#patterns = [
      ...whole.map((phrase): [RegExp, number] => [
        new RegExp(phrase.map((wish) => `(?:${sources.get(wish) ?? ''})`).join(betweenWords), 'u'),
        new Set(phrase).size,
      ]),
      ...Array.from(sources)
        .filter(([wish]) => !quoted.has(wish))
        .map(([, source]): [RegExp, number] => [new RegExp(source), 1]),
    ]
  }

  /** How many of them the text may hold. */
  count(text: string): number {
    const letters = fold(text).replace(signs, '')
    let count = 0
    for (const [pattern, wishes] of this.#patterns) if (pattern.test(letters)) count += wishes
    return Math.min(count, this.wishes)
  }
}

/** Few, so that no text makes it slow. */
const betweenWords = '[^\\p{L}\\p{N}]{0,40}'

/** Without words that begin like one of the others. */
function beginnings(words: readonly string[]): readonly string[] {
  const kept: string[] = []
  for (const word of words.toSorted()) {
    const last = kept.at(-1)
    if (last === undefined || !word.startsWith(last)) kept.push(word)
  }
  return kept
}

function escaped(word: string): string {
  return word.replace(/[$()*+.?[\\\]^{|}/]/g, '\\$&')
}
