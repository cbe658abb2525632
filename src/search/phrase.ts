/**
 * Whether words stand side by side: told by their places, without reading a text.
 *
 *     “event loop”     event  … 7 … 31 …
 *                      loop   … 8 …           7, 8: it stands there
 *
 * The posts that have all the words are gone through once, all words in step; the work grows with the
 * postings of the words, not with the texts. Pure.
 */

import type { Phrase, Wish } from './plan.ts'
import type { Cursor } from './postings.ts'
import type { SearchIndex } from './search-index.ts'

/** @param candidates - documents that have every word of it. @returns those that have them side by side. */
export function documentsOfPhrase(
  index: SearchIndex,
  of: { readonly phrase: Phrase; readonly wishes: readonly Wish[] },
  candidates: readonly number[],
): readonly number[] {
  const steps = of.phrase.map(({ wish, mayFollowLetter }) => ({
    mayFollowLetter,
    sequences: sequencesOf(of.wishes[wish]),
  }))
  const terms = new Set(steps.flatMap(({ sequences }) => sequences.flat()))
  const cursors = Array.from(terms, (term): [number, Cursor] => [term, index.postings.cursor(term)])
  return Array.from(Uint32Array.from(candidates).sort()).filter((document) => {
    const places = new Map<number, Places>()
    for (const [term, cursor] of cursors) {
      if (cursor.seek(document)) places.set(term, cursor.places())
    }
    return isMet(steps, places)
  })
}

/** Ascending. */
type Places = readonly number[]

interface Step {
  readonly mayFollowLetter: boolean
  /** Terms one after the other; any of the sequences will do. */
  readonly sequences: readonly (readonly number[])[]
}

/** A word in quotes stands for itself only: one choice each. */
function sequencesOf(wish: Wish | undefined): Step['sequences'] {
  const alternatives = wish?.alternatives ?? []
  return alternatives.map(({ all }) => all.flatMap(([choice]) => (choice ? [choice.term] : [])))
}

function isMet(steps: readonly Step[], places: ReadonlyMap<number, Places>): boolean {
  /** Where the words so far may end; undefined: anywhere, nothing is read yet. */
  let ends: Places | undefined
  for (const { mayFollowLetter, sequences } of steps) {
    const from: Places | undefined = mayFollowLetter ? ends?.flatMap((end) => [end, end + 1]) : ends
    const reached = sequences.flatMap((sequence) => {
      let at = from
      for (const term of sequence) at = following(at, places.get(term) ?? [])
      return at ?? []
    })
    if (reached.length === 0) return false
    ends = sequences.length === 1 ? reached : reached.sort((a, b) => a - b)
  }
  return true
}

/** Those of the places that come right after an end. */
function following(ends: Places | undefined, places: Places): Places {
  if (ends === undefined) return places
  const found: number[] = []
  let at = 0
  let reached = -1
  for (const place of places) {
    while ((ends[at] ?? Infinity) < place - 1) at += 1
    const isNext = ends[at] === place - 1
    // A name of two parts stands at both: who reached the first is at the last as well. So a word that a
    // text says twice in a row may count as once.
    if (isNext || reached === place - 1) found.push(place)
    if (isNext) reached = place
  }
  return found
}
