/**
 * The index of a blog's posts: words to posts, in memory, within a bound.
 *
 *     post ─▶ tokens ─▶ vocabulary (word ─▶ term) ─▶ postings (term ─▶ documents, fields, times, places)
 *
 * Posts are only added; one that changes is added again, and once `searchStalePercent` of the numbers
 * are dead, `rewrite` makes the index anew without them.
 *
 * Invariant: within the bound what is found is a function of the posts and of nothing else: not of the
 * order in which they came, nor of what they were before. A post never goes back: one that is older
 * than what is known of it (a replica that was away) is left alone.
 * Not here: threads and files (`search-thread.ts`, `snapshot.ts`), what a query means (`plan.ts`). Pure.
 */

import { limits } from '../kernel/limits.ts'
import { Documents } from './documents.ts'
import { FoundTerms } from './found-terms.ts'
import { inTags, inText, inTitle, Postings } from './postings.ts'
import { readableText } from './readable-text.ts'
import { Vocabulary } from './vocabulary.ts'

/** A post as it is put into the index. */
export interface SearchPost {
  readonly id: string
  readonly version: number
  readonly changedMs: number
  /** Epoch ms; undefined: nobody may see it, its texts are not looked at. */
  readonly shownFromMs: number | undefined
  readonly title: string
  readonly tags: readonly string[]
  /** Markdown; cut at `searchTextCharsMax` by whoever sends it. */
  readonly text: string
}

export class SearchIndex {
  readonly documents: Documents
  readonly vocabulary: Vocabulary
  readonly postings: Postings
  readonly #bytesMax: number

  constructor(
    bytesMax: number = limits.searchIndexBytesMax,
    parts: {
      readonly documents: Documents
      readonly vocabulary: Vocabulary
      readonly postings: Postings
    } = { documents: new Documents(), vocabulary: new Vocabulary(), postings: new Postings() },
  ) {
    this.#bytesMax = bytesMax
    this.documents = parts.documents
    this.vocabulary = parts.vocabulary
    this.postings = parts.postings
  }

  /** What it takes, about: columns and blocks counted, strings estimated. */
  get bytes(): number {
    // A word of ten letters as a string, its place in the map and in the order.
    return this.postings.bytes + this.documents.bytes + this.vocabulary.size * 96
  }

  /** Texts of further posts are not taken any more. */
  get isFull(): boolean {
    return this.bytes > this.#bytesMax
  }

  get isStale(): boolean {
    const { size, known } = this.documents
    return size > 1_000 && (size - known) * 100 > size * limits.searchStalePercent
  }

  /** @returns whether anything is new. */
  put(post: SearchPost): boolean {
    const known = this.documents.find(post.id)
    if (known !== undefined && post.changedMs < known.changedMs) return false
    if (known?.version === post.version) {
      if (known.changedMs === post.changedMs) return false
      this.documents.touch(post.id, post.changedMs)
      return true
    }
    if (post.shownFromMs === undefined) {
      this.documents.add({ ...post, titleWords: 0, textWords: 0 })
      return true
    }
    const found = new FoundTerms()
    const textWords = this.isFull ? 0 : found.read(readableText(post.text), inText)
    const titleWords = found.read(post.title, inTitle)
    for (const tag of post.tags) found.read(tag, inTags)
    const number = this.documents.add({ ...post, titleWords, textWords })
    for (const [word, posting] of found.terms) {
      this.postings.add(this.vocabulary.number(word), number, posting)
    }
    return true
  }

  /** The same index without what is dead; a piece of the work each turn. The old one stands meanwhile. */
  *rewrite(): Generator<void, SearchIndex> {
    const next = new SearchIndex(this.#bytesMax)
    const numbers = new Map<number, number>()
    for (let number = 0; number < this.documents.size; number++) {
      const document = this.documents.at(number)
      if (document !== undefined) numbers.set(number, next.documents.add(document))
      if (number % 1_024 === 0) yield
    }
    for (let term = 0; term < this.vocabulary.size; term++) {
      const word = this.vocabulary.word(term)
      const cursor = this.postings.cursor(term)
      while (cursor.next()) {
        const renumbered = numbers.get(cursor.document)
        if (renumbered === undefined) continue
        const { fields, times } = cursor
        const places = cursor.places()
        next.postings.add(next.vocabulary.number(word), renumbered, { fields, times, places })
      }
      if (term % 64 === 0) yield
    }
    return next
  }
}
