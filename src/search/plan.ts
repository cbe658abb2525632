/**
 * What a query asks for: each of its words as the words of the index that it may stand for.
 *
 *     "recieve post"   recieve → receive (a typo)       post → post, posts, poster … (beginnings)
 *     "node.js"        nodejs, or both of node and js
 *     "“event loop”"   these very words, side by side
 *
 * Misspellings are looked for only where a word is all but unknown: who types `node` means no `note`.
 * Pure.
 */

import { limits } from '../kernel/limits.ts'
import { fold } from './fold.ts'
import type { SearchIndex } from './search-index.ts'
import { tokens } from './tokens.ts'
import type { Token } from './tokens.ts'

/** A word of the index, and how well it answers (1: it is the very word). */
export interface Choice {
  readonly term: number
  readonly weight: number
}

/** All of the lists must hold a post; one of the choices of each. */
export interface Alternative {
  readonly all: readonly (readonly Choice[])[]
}

/** What a query asks for. */
export interface Plan {
  readonly wishes: readonly Wish[]
  readonly phrases: readonly Phrase[]
}

/** Words in quotes: they stand side by side. */
export type Phrase = readonly {
  /** Number of the wish. */
  readonly wish: number
  /** One place may lie before it: the last letter of a script without spaces is a term of its own. */
  readonly mayFollowLetter: boolean
}[]

/** One word of the query. */
export interface Wish {
  readonly alternatives: readonly Alternative[]
  /** What was probably meant, where nothing has the word itself. */
  readonly meant: string | undefined
  /** Where it stands in the query. */
  readonly at: number
  readonly end: number
}

const stemWeight = 0.8
const beginningWeight = 0.75
/** Of words one, and two letters away. */
const typoWeights = [1, 0.5, 0.3] as const
/** So few posts may have the word by the same mistake. */
const rareMax = 2

export function planQuery(index: SearchIndex, query: string): Plan {
  const quoted = quotedRanges(query)
  const wishes: Wish[] = []
  const phrases: Phrase[number][][] = quoted.map(() => [])
  let before: Token | undefined
  let mayFollowLetter = false
  for (const token of tokens(query)) {
    // The last letter of a run is in the pair before it.
    const isTail = token.isDense && before?.isDense === true && before.end === token.end
    before = token
    if (isTail) {
      mayFollowLetter = true
      continue
    }
    const range = quoted.findIndex(([from, to]) => token.at >= from && token.end <= to)
    phrases[range]?.push({ wish: wishes.length, mayFollowLetter })
    wishes.push(wishOf(index, token, range !== -1))
    mayFollowLetter = false
    if (wishes.length === limits.searchWordsMax) break
  }
  return { wishes, phrases: phrases.filter(({ length }) => length > 1) }
}

const quotes = /["“„«]([^"“”„«»]*)["”“»]/g

/** @returns undefined where there are none. */
export function withoutQuotes(query: string): string | undefined {
  const bare = query.replace(quotes, ' $1 ').replace(/\s+/g, ' ').trim()
  return bare === query ? undefined : bare
}

function quotedRanges(query: string): readonly (readonly [number, number])[] {
  return Array.from(query.matchAll(quotes), (match) => [match.index, match.index + match[0].length])
}

function wishOf(index: SearchIndex, token: Token, isExact: boolean): Wish {
  const { at, end, parts, joined, signed } = token
  const alternatives: Alternative[] = []
  let meant: string | undefined
  const add = (words: readonly string[], looksNear: boolean): void => {
    const all = words.map((word) => {
      const near = choicesFor(index, word, { isExact, looksNear, isDense: token.isDense })
      if (words.length === 1) meant = near.meant
      return near.choices
    })
    if (all.every((choices) => choices.length > 0)) alternatives.push({ all })
  }
  if (signed !== undefined) {
    const exact = index.vocabulary.find(signed)
    if (exact !== undefined) alternatives.push({ all: [[{ term: exact, weight: 1 }]] })
    // C++ is not C; but $PATH is also PATH.
    if ((parts[0]?.length ?? 0) < 3) return { alternatives, meant, at, end }
  }
  if (joined !== undefined) add([joined], false)
  // A part of a version is no answer to it.
  if (joined?.includes('.') !== true) add(parts, true)
  return { alternatives, meant, at, end }
}

function choicesFor(
  index: SearchIndex,
  word: string,
  how: { readonly isExact: boolean; readonly looksNear: boolean; readonly isDense: boolean },
): { readonly choices: readonly Choice[]; readonly meant: string | undefined } {
  const { vocabulary, postings } = index
  const weights = new Map<number, number>()
  const add = (term: number | undefined, weight: number): void => {
    if (term === undefined || postings.count(term) === 0) return
    weights.set(term, Math.max(weight, weights.get(term) ?? 0))
  }
  add(vocabulary.find(word), 1)
  if (how.isExact || (how.isDense && Array.from(word).length > 1)) return listed(weights)
  const stem = singular(word)
  if (stem !== undefined) add(vocabulary.find(stem), stemWeight)
  if (how.isDense || word.length >= beginningLength(word)) {
    for (const term of frequent(index, vocabulary.beginning(word))) {
      add(term, (beginningWeight * word.length) / vocabulary.word(term).length)
    }
  }
  const known = [...weights.keys()].reduce((sum, term) => sum + postings.count(term), 0)
  if (!how.looksNear || known > rareMax || !mayBeMisspelt(word)) return listed(weights)
  const near = vocabulary
    .near(word, word.length >= 8 ? 2 : 1)
    .filter(({ term }) => postings.count(term) > 0)
    .sort(
      (a, b) =>
        a.distance - b.distance ||
        postings.count(b.term) - postings.count(a.term) ||
        (a.word < b.word ? -1 : 1),
    )
    .slice(0, limits.searchTyposMax)
  for (const { term, distance } of near) add(term, typoWeights[distance] ?? 0)
  return { ...listed(weights), meant: known === 0 ? near[0]?.word : undefined }
}

function listed(weights: ReadonlyMap<number, number>): {
  readonly choices: readonly Choice[]
  readonly meant: undefined
} {
  const choices = Array.from(weights, ([term, weight]) => ({ term, weight }))
  return { choices, meant: undefined }
}

/** Languages that form plurals with an s are many; where it is none, the word itself is there as well. */
function singular(word: string): string | undefined {
  return word.length >= 4 && word.endsWith('s') && !word.endsWith('ss')
    ? word.slice(0, -1)
    : undefined
}

/** Two letters of an alphabet begin half of all words; a syllable of Korean says more. */
function beginningLength(word: string): number {
  return /[\u0000-\u024f]/.test(word) ? 3 : 2
}

function mayBeMisspelt(word: string): boolean {
  return word.length >= 4 && !/\p{N}/u.test(word)
}

function frequent(index: SearchIndex, terms: readonly number[]): readonly number[] {
  if (terms.length <= limits.searchPrefixesMax) return terms
  const count = (term: number): number => index.postings.count(term)
  // Up to 20,000: sorted as numbers first, of which only the least that is wanted is needed.
  const counts = Uint32Array.from(terms, count).sort()
  const least = counts[counts.length - limits.searchPrefixesMax] ?? 0
  return terms
    .filter((term) => count(term) >= least)
    .sort(
      (a, b) =>
        count(b) - count(a) || (index.vocabulary.word(a) < index.vocabulary.word(b) ? -1 : 1),
    )
    .slice(0, limits.searchPrefixesMax)
}

/** The query with what was probably meant in the place of what is unknown; undefined: nothing was. */
export function correctedQuery(query: string, wishes: readonly Wish[]): string | undefined {
  let corrected = ''
  let from = 0
  for (const { at, end, meant } of wishes) {
    if (meant === undefined || meant === fold(query.slice(at, end))) continue
    corrected += query.slice(from, at) + meant
    from = end
  }
  return from === 0 ? undefined : corrected + query.slice(from)
}
