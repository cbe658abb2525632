/**
 * The words of the index: found whole, by their beginning, and by what was probably meant.
 *
 *     words    receive  ring  recent  …          by number, as they came
 *     sorted   recent  receive  ring  …          a beginning is a range
 *     traits   7│ceirv  4│ginr  6│cenrt …        length and letters of each: 32 bits
 *
 * Whoever mistypes a letter adds one kind of letter at most and loses one at most: a look at the traits
 * tells which words can be meant at all. Of 300,000 words they leave a few hundred to be compared, in
 * less than a millisecond.
 *
 * Invariant: the order in which words came shows in nothing but their numbers. Pure.
 */

import { limits } from '../kernel/limits.ts'
import { distanceWithin } from './edit-distance.ts'
import { GrowingUint32 } from './growing.ts'

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
  readonly #traits = new GrowingUint32()

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
    this.#traits.set(term, traitsOf(word))
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

  /** Words that differ from this one by at most so many letters, itself excepted; in no order. */
  near(word: string, distanceMax: number): readonly Near[] {
    const found: Near[] = []
    const traits = this.#traits.values
    const wanted = traitsOf(word)
    const { size } = this
    for (let term = 0; term < size; term++) {
      if (!mayBeNear(wanted, traits[term] ?? 0, distanceMax)) continue
      const candidate = this.word(term)
      const distance = distanceWithin(distanceMax, word, candidate)
      if (distance > 0 && distance <= distanceMax) found.push({ term, word: candidate, distance })
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

const kinds = 26
const kindsMask = 2 ** kinds - 1

/** Which kinds of letters a word has (`a` to `z` each its own, others share), and above them its length. */
function traitsOf(word: string): number {
  let letters = 0
  for (let at = 0; at < word.length; at++) letters |= 1 << (word.charCodeAt(at) % kinds)
  return ((Math.min(word.length, 63) << kinds) | letters) >>> 0
}

/** False only where more than `max` letters would have to be added, taken away or changed. */
function mayBeNear(a: number, b: number, max: number): boolean {
  if (Math.abs((a >>> kinds) - (b >>> kinds)) > max) return false
  let lost = a & ~b & kindsMask
  let gained = b & ~a & kindsMask
  for (let edit = 0; edit < max; edit++) {
    lost &= lost - 1
    gained &= gained - 1
  }
  return (lost | gained) === 0
}
