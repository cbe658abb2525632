/**
 * Which posts a term stands in, and where in them.
 *
 *     documents   (document - the one before) * 8 + fields │ times, if in the text │ …
 *     places      (place - the one before) * 2 + (1: more follow) │ …   0: nowhere that counts
 *
 * Two lists a term, in step: a question for words reads the first only, one for words side by side both.
 * Most postings take two or three bytes, most places one.
 *
 * Invariant: documents of one term ascend, and so do the places of one document. Pure.
 * Not here: which documents still count (`documents.ts`), what a posting is worth (`rank.ts`).
 */

import { assert } from '../kernel/assert.ts'
import { ByteLists } from './byte-lists.ts'
import type { SavedLists } from './byte-lists.ts'
import { GrowingUint32 } from './growing.ts'

export const inTitle = 1
export const inTags = 2
export const inText = 4

/** @param times - in the text; 0 where it stands elsewhere only. */
export type Visit = (document: number, fields: number, times: number) => void

/** Where one term stands in one document. */
export interface Posting {
  readonly fields: number
  readonly times: number
  /** From 1 on; words side by side have places that follow each other. */
  readonly places: readonly number[]
}

/** As it is written to disk, and read again. */
export interface SavedPostings {
  /** Last document and number of documents, a row each term. */
  readonly columns: readonly Uint32Array[]
  readonly documents: SavedLists
  readonly places: SavedLists
}

export class Postings {
  #documents = new ByteLists()
  #places = new ByteLists()
  /** One row a term. */
  readonly #last = new GrowingUint32()
  readonly #count = new GrowingUint32()

  get bytes(): number {
    return this.#documents.bytes + this.#places.bytes + this.#last.bytes + this.#count.bytes
  }

  /** Postings of the term, of documents that no longer count among them. */
  count(term: number): number {
    return this.#count.get(term)
  }

  /** @param document - greater than the last one of this term. */
  add(term: number, document: number, { fields, times, places }: Posting): void {
    const count = this.#count.get(term)
    const last = count === 0 ? -1 : this.#last.get(term)
    assert(document > last, 'documents of a term ascend')
    this.#documents.append(term, (document - last) * 8 + fields)
    if ((fields & inText) !== 0) this.#documents.append(term, times)
    this.#addPlaces(term, places)
    this.#last.set(term, document)
    this.#count.set(term, count + 1)
  }

  each(term: number, visit: Visit): void {
    const count = this.#count.get(term)
    const next = this.#documents.reader(term)
    let document = -1
    for (let index = 0; index < count; index++) {
      const head = next()
      const fields = head % 8
      document += (head - fields) / 8
      visit(document, fields, (fields & inText) === 0 ? 0 : next())
    }
  }

  cursor(term: number): Cursor {
    return new Cursor({
      count: this.#count.get(term),
      documents: this.#documents.reader(term),
      places: this.#places.reader(term),
    })
  }

  save(terms: number): SavedPostings {
    return {
      columns: [this.#last, this.#count].map((column) => column.values.subarray(0, terms)),
      documents: this.#documents.save(terms),
      places: this.#places.save(terms),
    }
  }

  static load({ columns, documents, places }: SavedPostings): Postings {
    const postings = new Postings()
    postings.#documents = ByteLists.load(documents)
    postings.#places = ByteLists.load(places)
    const [last = [], count = []] = columns
    postings.#last.values = Uint32Array.from(last)
    postings.#count.values = Uint32Array.from(count)
    return postings
  }

  #addPlaces(term: number, places: readonly number[]): void {
    if (places.length === 0) this.#places.append(term, 0)
    let before = 0
    for (const [index, place] of places.entries()) {
      assert(place > before, 'places of a document ascend')
      const hasMore = index + 1 < places.length
      this.#places.append(term, (place - before) * 2 + (hasMore ? 1 : 0))
      before = place
    }
  }
}

/** Goes through the documents of a term once, and tells the places of those that are asked for. */
export class Cursor {
  /** Where it stands; -1: before the first. */
  document = -1
  fields = 0
  times = 0
  #left: number
  readonly #documents: () => number
  readonly #places: () => number
  /** The places of `document` are still to be read, or passed. */
  #isAhead = false

  constructor(of: {
    readonly count: number
    readonly documents: () => number
    readonly places: () => number
  }) {
    this.#left = of.count
    this.#documents = of.documents
    this.#places = of.places
  }

  /** @returns whether there was one more. */
  next(): boolean {
    if (this.#left === 0) return false
    if (this.#isAhead) this.#pass()
    const head = this.#documents()
    this.fields = head % 8
    this.document += (head - this.fields) / 8
    this.times = (this.fields & inText) === 0 ? 0 : this.#documents()
    this.#left -= 1
    this.#isAhead = true
    return true
  }

  /** Goes on to a document, or past it. @returns whether the term stands in it. */
  seek(document: number): boolean {
    while (this.document < document) if (!this.next()) return false
    return this.document === document
  }

  /** Of `document`; once. */
  places(): readonly number[] {
    this.#isAhead = false
    const found: number[] = []
    let place = 0
    for (;;) {
      const head = this.#places()
      if (head > 1) found.push((place += head >>> 1))
      if ((head & 1) === 0) return found
    }
  }

  #pass(): void {
    while ((this.#places() & 1) === 1);
  }
}
