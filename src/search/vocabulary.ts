/**
 * The words of the index: found whole, by their beginning, and by what was probably meant.
 *
 * Sorted, so that a beginning is a range, and that the distance to a misspelt word is computed along
 * common beginnings as in a tree, without the tree: 300,000 words take 30 MB instead of 150.
 *
 *     sorted   …  receipt  receive  received  recent  …      rows of the distance table are kept
 *                 └─ recei ───────────┘                      as far as neighbours agree
 *
 * Pure.
 * Source: Damerau 1964, Levenshtein 1966 (optimal string alignment: a swap of two neighbours is one
 * step); Schulz and Mihov 2002 for walking a dictionary with the table.
 */

import { limits } from '../kernel/limits.ts'

const unsortedMax = 10_000

/** A word of the index that a word of a query stands for. */
export interface Near {
  readonly term: number
  readonly word: string
  readonly distance: number
}

export class Vocabulary {
  readonly #ids = new Map<string, number>()
  readonly #words: string[] = []
  /** Term numbers in the order of their words. */
  #sorted: Uint32Array = new Uint32Array(0)

  /** @param sorted - as `sorted` was when they were saved. */
  static of(words: readonly string[], sorted: Uint32Array): Vocabulary {
    const vocabulary = new Vocabulary()
    for (const word of words) vocabulary.number(word)
    vocabulary.#sorted = sorted
    return vocabulary
  }

  get sorted(): Uint32Array {
    this.#sort()
    return this.#sorted
  }

  get size(): number {
    return this.#words.length
  }

  get words(): readonly string[] {
    return this.#words
  }

  /** @returns undefined where no post has ever had the word. */
  find(word: string): number | undefined {
    return this.#ids.get(word)
  }

  word(term: number): string {
    return this.#words[term] ?? ''
  }

  /** The number of a word; a new one where it is new. */
  number(word: string): number {
    const known = this.#ids.get(word)
    if (known !== undefined) return known
    const term = this.#words.length
    this.#words.push(word)
    this.#ids.set(word, term)
    return term
  }

  /** Words that begin so, longer ones only, in their order; `searchPrefixesSeenMax` of them at most. */
  beginning(with_: string): readonly number[] {
    this.#sort()
    const from = this.#lowerBound(with_)
    const found: number[] = []
    for (let at = from; at < this.#sorted.length; at++) {
      const term = this.#sorted[at] ?? 0
      const word = this.word(term)
      if (!word.startsWith(with_) || found.length === limits.searchPrefixesSeenMax) break
      if (word.length > with_.length) found.push(term)
    }
    return found
  }

  /** Words that differ from this one by at most so many letters, itself excepted. */
  near(word: string, distanceMax: number): readonly Near[] {
    this.#sort()
    const found: Near[] = []
    const table = new DistanceTable(word, distanceMax)
    let at = 0
    while (at < this.#sorted.length) {
      const term = this.#sorted[at] ?? 0
      const candidate = this.word(term)
      const failedAt = table.measure(candidate)
      if (failedAt !== undefined) {
        at = Math.max(at + 1, this.#lowerBound(after(candidate.slice(0, failedAt))))
        continue
      }
      const { distance } = table
      if (distance > 0 && distance <= distanceMax) found.push({ term, word: candidate, distance })
      at += 1
    }
    return found
  }

  /** Before so many new words have come that sorting them would hold up a question. */
  tidy(): void {
    if (this.#words.length - this.#sorted.length >= unsortedMax) this.#sort()
  }

  /** Once after words were added; what was sorted already is merged with the rest. */
  #sort(): void {
    const from = this.#sorted.length
    if (from === this.#words.length) return
    const added = Array.from({ length: this.#words.length - from }, (_, index) => from + index)
    added.sort((a, b) => (this.word(a) < this.word(b) ? -1 : 1))
    const merged = new Uint32Array(this.#words.length)
    let left = 0
    let right = 0
    for (let at = 0; at < merged.length; at++) {
      const older = this.#sorted[left]
      const newer = added[right]
      const takesOlder =
        newer === undefined || (older !== undefined && this.word(older) < this.word(newer))
      merged[at] = (takesOlder ? older : newer) ?? 0
      if (takesOlder) left += 1
      else right += 1
    }
    this.#sorted = merged
  }

  #lowerBound(word: string): number {
    let low = 0
    let high = this.#sorted.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.word(this.#sorted[middle] ?? 0) < word) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** The least string above all that begin so. */
function after(beginning: string): string {
  const last = beginning.charCodeAt(beginning.length - 1)
  return beginning.slice(0, -1) + String.fromCharCode(Math.min(0xffff, last + 1))
}

/** Distances of one word to beginnings of another; consecutive words share the rows they agree on. */
class DistanceTable {
  readonly #word: string
  readonly #max: number
  readonly #rows: number[][]
  #last = ''
  /** Rows of `#last` that are computed. */
  #known = 0
  distance = 0

  constructor(word: string, max: number) {
    this.#word = word
    this.#max = max
    this.#rows = [Array.from({ length: word.length + 1 }, (_, index) => index)]
  }

  /**
   * Sets `distance`.
   *
   * @returns the length of a beginning after which every word is too far; undefined: none.
   */
  measure(candidate: string): number | undefined {
    let depth = 0
    const common = Math.min(this.#known, this.#last.length, candidate.length)
    while (depth < common && candidate[depth] === this.#last[depth]) depth += 1
    this.#last = candidate
    this.#known = depth
    while (depth < candidate.length) {
      depth += 1
      this.#fill(candidate, depth)
      this.#known = depth
      if (this.#least(depth) > this.#max && this.#least(depth - 1) + 1 > this.#max) return depth
    }
    this.distance = this.#rows[depth]?.[this.#word.length] ?? Infinity
    return undefined
  }

  #fill(candidate: string, depth: number): void {
    const word = this.#word
    const above = this.#rows[depth - 1] ?? []
    const row: number[] = (this.#rows[depth] ??= [])
    row[0] = depth
    for (let at = 1; at <= word.length; at++) {
      const isSame = candidate[depth - 1] === word[at - 1]
      let best = Math.min(
        (above[at] ?? 0) + 1,
        (row[at - 1] ?? 0) + 1,
        (above[at - 1] ?? 0) + (isSame ? 0 : 1),
      )
      const isSwap = candidate[depth - 1] === word[at - 2] && candidate[depth - 2] === word[at - 1]
      if (at > 1 && depth > 1 && isSwap) {
        best = Math.min(best, (this.#rows[depth - 2]?.[at - 2] ?? 0) + 1)
      }
      row[at] = best
    }
  }

  #least(depth: number): number {
    return Math.min(...(this.#rows[depth] ?? []))
  }
}
