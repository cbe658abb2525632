/**
 * The index answers requests, one after another; what takes long is done between them.
 *
 *     put ─▶ too many dead? ─▶ rewrite, `searchSliceMs` a turn; questions are answered from the old one,
 *                              puts wait for the new one
 *
 * Runs in the thread of the index (`search-worker.ts`) and, in tests, wherever they like.
 */

import { limits } from '../kernel/limits.ts'
import { Seeker, excerptOf, marked } from './excerpt.ts'
import type { Piece } from './excerpt.ts'
import type { Sought } from './passages.ts'
import { correctedQuery, planQuery, withoutQuotes } from './plan.ts'
import type { Plan } from './plan.ts'
import { rank } from './rank.ts'
import { SearchIndex } from './search-index.ts'
import type { SearchPost } from './search-index.ts'
import { decodeSnapshot, encodeSnapshot } from './snapshot.ts'
import type { SnapshotFacts } from './snapshot.ts'

/** How the index stands, told with every change of it. */
export interface IndexState {
  /** Posts that can be found. */
  readonly posts: number
  /** Posts that were looked at: drafts and deleted ones among them. */
  readonly known: number
  readonly bytes: number
  /** Texts of further posts are not taken: titles and tags only. */
  readonly isFull: boolean
}

export interface FoundIds {
  readonly ids: readonly string[]
  readonly total: number
  /** No post has all of the words: these have some. */
  readonly isLoose: boolean
  /** The query as it was probably meant. */
  readonly meant: string | undefined
  /** To be marked. */
  readonly sought: Sought
}

export interface Excerpt {
  readonly title: readonly Piece[]
  readonly text: readonly Piece[]
}

/** What may be asked, and what is answered. */
export interface Exchange {
  /** Instead of whatever is there. @returns why not, where not. */
  load: {
    request: { readonly bytes: Uint8Array }
    answer: {
      readonly facts?: SnapshotFacts
      readonly unusable?: string
      readonly state: IndexState
    }
  }
  put: { request: { readonly posts: readonly SearchPost[] }; answer: IndexState }
  /** @returns ids of those that the index does not have as they are. */
  unknown: {
    request: { readonly changes: readonly { readonly id: string; readonly changedMs: number }[] }
    answer: readonly string[]
  }
  find: {
    request: {
      readonly query: string
      readonly nowMs: number
      readonly offset: number
      readonly limit: number
    }
    answer: FoundIds
  }
  excerpts: {
    request: {
      readonly sought: Sought
      readonly texts: readonly { readonly title: string; readonly text: string }[]
    }
    answer: readonly Excerpt[]
  }
  /** @returns undefined where this machine cannot save it. */
  save: {
    request: { readonly markMs: number; readonly isWhole: boolean }
    answer: Uint8Array | undefined
  }
}

export type Asked = {
  [K in keyof Exchange]: { readonly kind: K } & Exchange[K]['request']
}[keyof Exchange]
export type Answered = Exchange[keyof Exchange]['answer']

export class SearchEngine {
  readonly #site: string
  readonly #bytesMax: number | undefined
  readonly #elapsedMs: () => number
  #index: SearchIndex
  #rewriting: Generator<void, SearchIndex> | undefined
  /** Puts that wait for the end of a rewriting. */
  #waiting: (() => void)[] = []

  /** @param options.elapsedMs - milliseconds from any origin, never going back. */
  constructor(options: {
    readonly site: string
    readonly elapsedMs: () => number
    readonly bytesMax?: number | undefined
  }) {
    this.#site = options.site
    this.#bytesMax = options.bytesMax
    this.#elapsedMs = options.elapsedMs
    this.#index = new SearchIndex(this.#bytesMax)
  }

  /** Whether `work` has something to do. */
  get isWorking(): boolean {
    return this.#rewriting !== undefined
  }

  /** @param answer - called once; later only for a put during a rewriting. */
  handle(asked: Asked, answer: (value: Answered) => void): void {
    switch (asked.kind) {
      case 'load':
        answer(this.#load(asked.bytes))
        break
      case 'put':
        if (this.#rewriting !== undefined)
          this.#waiting.push(() => {
            answer(this.#put(asked.posts))
          })
        else answer(this.#put(asked.posts))
        break
      case 'unknown':
        answer(this.#unknown(asked.changes))
        break
      case 'find':
        answer(this.#find(asked))
        break
      case 'excerpts': {
        const seeker = new Seeker(asked.sought)
        answer(
          asked.texts.map(({ title, text }) => ({
            title: marked(title, seeker),
            text: excerptOf(text, seeker),
          })),
        )
        break
      }
      case 'save':
        answer(
          encodeSnapshot(this.#index, {
            site: this.#site,
            markMs: asked.markMs,
            isWhole: asked.isWhole,
          }),
        )
        break
    }
  }

  /** A slice of what is to be done between requests. */
  work(): void {
    const untilMs = this.#elapsedMs() + limits.searchSliceMs
    while (this.#rewriting !== undefined && this.#elapsedMs() < untilMs) {
      const step = this.#rewriting.next()
      if (step.done !== true) continue
      this.#index = step.value
      this.#rewriting = undefined
      for (const waiting of this.#waiting.splice(0)) waiting()
    }
  }

  #state(): IndexState {
    const { documents, bytes, isFull } = this.#index
    return { posts: documents.shown, known: documents.known, bytes, isFull }
  }

  #load(bytes: Uint8Array): Exchange['load']['answer'] {
    const loaded = decodeSnapshot(bytes, this.#site, this.#bytesMax)
    if (loaded.kind === 'unusable') return { unusable: loaded.reason, state: this.#state() }
    this.#index = loaded.index
    return { facts: loaded.facts, state: this.#state() }
  }

  #put(posts: readonly SearchPost[]): IndexState {
    for (const post of posts) this.#index.put(post)
    this.#index.vocabulary.tidy()
    if (this.#index.isStale) this.#rewriting ??= this.#index.rewrite()
    return this.#state()
  }

  #unknown(changes: Exchange['unknown']['request']['changes']): readonly string[] {
    const { documents } = this.#index
    const isKnown = (id: string, changedMs: number): boolean =>
      (documents.find(id)?.changedMs ?? -Infinity) >= changedMs
    const unknown = changes.filter(({ id, changedMs }) => !isKnown(id, changedMs))
    return [...new Set(unknown.map(({ id }) => id))]
  }

  #find({ query, nowMs, offset, limit }: Exchange['find']['request']): FoundIds {
    const index = this.#index
    const plan = planQuery(index, query)
    const { documents, total, isLoose } = rank(index, plan, nowMs)
    const sought = soughtOf(index, plan)
    return {
      ids: documents.slice(offset, offset + limit).map((each) => index.documents.id(each)),
      total,
      isLoose,
      meant:
        correctedQuery(query, plan.wishes) ??
        (total === 0 ? looser(index, query, nowMs) : undefined),
      sought,
    }
  }
}

/** The words without their quotes, where that finds something. */
function looser(index: SearchIndex, query: string, nowMs: number): string | undefined {
  const bare = withoutQuotes(query)
  if (bare === undefined) return undefined
  const plan = planQuery(index, bare)
  return rank(index, plan, nowMs).total === 0
    ? undefined
    : (correctedQuery(bare, plan.wishes) ?? bare)
}

function soughtOf(index: SearchIndex, { wishes, phrases }: Plan): Sought {
  const words = new Map<string, number>()
  for (const [number, { alternatives }] of wishes.entries()) {
    for (const { term } of alternatives.flatMap(({ all }) => all.flat())) {
      words.set(index.vocabulary.word(term), number)
    }
  }
  // A word that is asked for twice has one number.
  const numberOf = (wish: number): number => {
    const term = wishes[wish]?.alternatives[0]?.all[0]?.[0]?.term
    return (term === undefined ? undefined : words.get(index.vocabulary.word(term))) ?? wish
  }
  return {
    words: [...words],
    phrases: phrases.map((phrase) => phrase.map(({ wish }) => numberOf(wish))),
  }
}
