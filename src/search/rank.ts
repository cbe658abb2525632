/**
 * Which posts answer a query, the best first.
 *
 * A post must have every word; words that half of the posts have are not insisted on. Where none has
 * them all, those with some are shown, and it is said (`isLoose`); words in quotes are insisted on in any
 * case. Title beats tags beats text; a rare
 * word weighs more than a common one (BM25); of equals the newer comes first, then the id. Pure.
 *
 * Source: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009).
 */

import { limits } from '../kernel/limits.ts'
import { documentsOfPhrase } from './phrase.ts'
import type { Alternative, Choice, Phrase, Plan, Wish } from './plan.ts'
import { inTags, inTitle } from './postings.ts'
import type { SearchIndex } from './search-index.ts'

const titleWorth = 5
/** On top, for a title that says nothing else. */
const titleAlone = 2
const tagWorth = 3.5
/** What a text can be worth at most, and how soon: k1 + 1, k1 and b of BM25. */
const textWorth = 2.2
const saturation = 1.2
const lengthShare = 0.75
/** A word that more of the posts have says little; it is not insisted on. */
const commonShare = 0.5
const commonAmong = 20

export interface Ranked {
  /** Document numbers, at most `searchResultsMax`. */
  readonly documents: readonly number[]
  readonly total: number
  readonly isLoose: boolean
}

/** Documents with a score each; 0: not among them. */
interface Hits {
  readonly documents: readonly number[]
  readonly scores: Float32Array
}

export function rank(index: SearchIndex, { wishes, phrases }: Plan, nowMs: number): Ranked {
  const hits = wishes.map((wish) => weighed(index, hitsOfWish(index, wish, nowMs)))
  const quoted = phrases.map((phrase) => hitsOfPhrase(index, { phrase, wishes }, hits))
  const strict = matching(index, hits, [...quoted, ...requiredOf(index, hits)])
  if (strict.documents.length > 0 || hits.length < 2)
    return { ...best(index, strict), isLoose: false }
  return { ...best(index, matching(index, hits, quoted)), isLoose: true }
}

/** Scores say which documents they are, and no more: the words have theirs. */
function hitsOfPhrase(
  index: SearchIndex,
  of: { readonly phrase: Phrase; readonly wishes: readonly Wish[] },
  hits: readonly Hits[],
): Hits {
  const words = of.phrase.flatMap(({ wish }) => hits[wish] ?? [])
  const [rarest = nothing, ...others] = words.toSorted(
    (a, b) => a.documents.length - b.documents.length,
  )
  const candidates = rarest.documents.filter((document) =>
    others.every(({ scores }) => (scores[document] ?? 0) > 0),
  )
  const scores = new Float32Array(index.documents.size)
  const documents = documentsOfPhrase(index, of, candidates)
  for (const document of documents) scores[document] = 1
  return { documents, scores }
}

const nothing: Hits = { documents: [], scores: new Float32Array(0) }

/** All words that are not common; where all are, all. */
function requiredOf(index: SearchIndex, hits: readonly Hits[]): readonly Hits[] {
  const { shown } = index.documents
  if (shown < commonAmong) return hits
  const telling = hits.filter(({ documents }) => documents.length <= shown * commonShare)
  return telling.length === 0 ? hits : telling
}

/** @param required - each must hold a document; none: any of `hits` will do. */
function matching(index: SearchIndex, hits: readonly Hits[], required: readonly Hits[]): Hits {
  const scores = new Float32Array(index.documents.size)
  const seeds = required.length > 0 ? required.slice(0, 1) : hits
  const documents: number[] = []
  for (const { documents: candidates } of seeds) {
    for (const document of candidates) {
      if ((scores[document] ?? 0) > 0) continue
      if (required.some((each) => each.scores[document] === 0)) continue
      scores[document] = hits.reduce((sum, each) => sum + (each.scores[document] ?? 0), 0)
      documents.push(document)
    }
  }
  return { documents, scores }
}

function hitsOfWish(index: SearchIndex, wish: Wish, nowMs: number): Hits {
  const each = wish.alternatives.map((alternative) => hitsOfAll(index, alternative, nowMs))
  const [only] = each
  if (each.length === 1 && only !== undefined) return only
  const scores = new Float32Array(index.documents.size)
  const documents: number[] = []
  for (const hits of each) {
    for (const document of hits.documents) {
      const before = scores[document] ?? 0
      if (before === 0) documents.push(document)
      scores[document] = Math.max(before, hits.scores[document] ?? 0)
    }
  }
  return { documents, scores }
}

/** Parts of one word, such as `node` and `js`: worth their mean. */
function hitsOfAll(index: SearchIndex, { all }: Alternative, nowMs: number): Hits {
  const each = all.map((choices) => hitsOf(index, choices, nowMs))
  const [first] = each
  if (first === undefined) return { documents: [], scores: new Float32Array(index.documents.size) }
  if (each.length === 1) return first
  const found = matching(index, each, each)
  for (const document of found.documents) {
    found.scores[document] = (found.scores[document] ?? 0) / each.length
  }
  return found
}

function hitsOf(index: SearchIndex, choices: readonly Choice[], nowMs: number): Hits {
  const { documents: all, postings } = index
  const scores = new Float32Array(all.size)
  const documents: number[] = []
  const average = all.textWordsAverage
  for (const { term, weight } of choices) {
    postings.each(term, (document, fields, times) => {
      if (!all.isShown(document, nowMs)) return
      let worth = 0
      if ((fields & inTitle) !== 0) {
        worth += titleWorth + titleAlone / Math.max(1, all.titleWords(document))
      }
      if ((fields & inTags) !== 0) worth += tagWorth
      if (times > 0) {
        const length = 1 - lengthShare + (lengthShare * all.textWords(document)) / average
        worth += (textWorth * times) / (times + saturation * length)
      }
      const before = scores[document] ?? 0
      if (before === 0) documents.push(document)
      scores[document] = Math.max(before, worth * weight)
    })
  }
  return { documents, scores }
}

/** A word that few posts have weighs more. */
function weighed(index: SearchIndex, hits: Hits): Hits {
  const { shown } = index.documents
  const having = hits.documents.length
  const rarity = Math.log(1 + (shown - having + 0.5) / (having + 0.5))
  for (const document of hits.documents) {
    hits.scores[document] = (hits.scores[document] ?? 0) * Math.max(rarity, 0.01)
  }
  return hits
}

/** The first `searchResultsMax`, without sorting all that match. */
function best(index: SearchIndex, { documents, scores }: Hits): Omit<Ranked, 'isLoose'> {
  const all = index.documents
  const score = (document: number): number => scores[document] ?? 0
  let finalists = documents
  if (documents.length > limits.searchResultsMax) {
    const sorted = Float32Array.from(documents, score).sort()
    const least = sorted[sorted.length - limits.searchResultsMax] ?? 0
    finalists = documents.filter((document) => score(document) >= least)
  }
  const order = [...finalists].sort(
    (a, b) =>
      score(b) - score(a) ||
      all.shownFromMs(b) - all.shownFromMs(a) ||
      (all.id(a) < all.id(b) ? -1 : 1),
  )
  return { documents: order.slice(0, limits.searchResultsMax), total: documents.length }
}
