/**
 * The terms of one post: in which fields, how often, and at which places.
 *
 *     text   1 │ 2    │ 3    │ 4        title   131073 …        tags   262145 …
 *            I │ node │ js   │ again
 *                nodejs nodejs          the whole name stands where its parts do, at their first and last
 *
 * Words side by side have places that follow each other, within a field, a title, a tag. Pure.
 */

import { inText, inTitle } from './postings.ts'
import { termsOf, tokens } from './tokens.ts'
import type { Token } from './tokens.ts'

/** More than a text can have words. */
const fieldPlaces = 131_072

interface Found {
  fields: number
  times: number
  places: number[]
}

export class FoundTerms {
  readonly terms: Map<string, Found> = new Map<string, Found>()
  #place = 0

  /**
   * The text first, then the title, then each tag: places ascend.
   *
   * @returns how many words were read.
   */
  read(text: string, field: number): number {
    const first = field === inText ? 0 : field === inTitle ? fieldPlaces : fieldPlaces * 2
    // A tag does not go on where the one before it ended.
    this.#place = Math.max(first, this.#place + 1)
    let words = 0
    for (const token of tokens(text)) {
      words += 1
      this.#add(token, field)
    }
    return words
  }

  #add(token: Token, field: number): void {
    const { parts } = token
    const first = this.#place + 1
    const last = this.#place + Math.max(1, parts.length)
    for (const [index, part] of parts.entries()) this.#addTerm(part, field, first + index)
    for (const whole of termsOf(token).slice(parts.length)) {
      this.#addTerm(whole, field, first)
      if (last > first) this.#stands(whole, last)
    }
    this.#place = last
  }

  #addTerm(term: string, field: number, place: number): void {
    const found = this.terms.get(term)
    const times = field === inText ? 1 : 0
    if (found === undefined) {
      this.terms.set(term, { fields: field, times, places: [place] })
      return
    }
    found.fields |= field
    found.times += times
    this.#stands(term, place)
  }

  /** A part may be equal to its whole. */
  #stands(term: string, place: number): void {
    const places = this.terms.get(term)?.places
    if (places !== undefined && (places.at(-1) ?? 0) < place) places.push(place)
  }
}
