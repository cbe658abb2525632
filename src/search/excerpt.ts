/**
 * The place of a text where most of the query is met, with what was found marked.
 *
 *     passages ─▶ the first that may hold every word (or else those with most) ─▶ read ─▶ a window of it
 *
 * Few passages are read with care, however long the text: an excerpt needs one place. Pure.
 */

import { limits } from '../kernel/limits.ts'
import { Needles, passages, withSurroundings } from './passages.ts'
import type { Passage, Sought } from './passages.ts'
import { readableText } from './readable-text.ts'
import { termsOf, tokens } from './tokens.ts'
import type { Token } from './tokens.ts'

/** A piece of plain text: never HTML. */
export interface Piece {
  readonly text: string
  readonly isMatch: boolean
}

/** What was looked for, for any number of texts. */
export class Seeker {
  readonly words: ReadonlyMap<string, number>
  readonly phrases: Sought['phrases']
  readonly needles: Needles

  constructor(sought: Sought) {
    this.words = new Map(sought.words)
    this.phrases = sought.phrases
    this.needles = new Needles(sought)
  }
}

interface Match {
  readonly at: number
  readonly end: number
  readonly wish: number
}

function matchesIn(text: string, { words, phrases }: Seeker): readonly Match[] {
  const matches: Match[] = []
  /** The words of the text, one after the other, with their matches; for phrases. */
  const inOrder: (Match | undefined)[] = []
  for (const token of tokens(text)) {
    const numbers = numbersOf(token, words)
    const wish = numbers.find((number) => number !== undefined)
    const match = wish === undefined ? undefined : { at: token.at, end: token.end, wish }
    if (match !== undefined) matches.push(match)
    if (phrases.length === 0) continue
    inOrder.push(...numbers.map((number) => match && { ...match, wish: number ?? -1 }))
  }
  return phrases.length === 0 ? matches : withinPhrases(matches, inOrder, phrases)
}

/** What a word of the text stands for: each of its parts, or all of it. */
function numbersOf(
  token: Token,
  words: ReadonlyMap<string, number>,
): readonly (number | undefined)[] {
  const parts = token.parts.map((part) => words.get(part))
  const whole = termsOf(token).slice(parts.length)
  if (whole.length === 0 || parts.some((number) => number !== undefined)) return parts
  return [whole.map((term) => words.get(term)).find((number) => number !== undefined)]
}

/** Words in quotes are marked where they stand side by side, and nowhere else. */
function withinPhrases(
  matches: readonly Match[],
  inOrder: readonly (Match | undefined)[],
  phrases: Sought['phrases'],
): readonly Match[] {
  const quoted = new Set(phrases.flat())
  const starts = new Set<number>()
  for (const phrase of phrases) {
    for (let at = 0; at + phrase.length <= inOrder.length; at++) {
      if (!phrase.every((wish, step) => inOrder[at + step]?.wish === wish)) continue
      for (const match of inOrder.slice(at, at + phrase.length)) starts.add(match?.at ?? -1)
    }
  }
  return matches.filter(({ at, wish }) => !quoted.has(wish) || starts.has(at))
}

/** A title, whole. */
export function marked(text: string, seeker: Seeker): readonly Piece[] {
  return pieces(text, 0, text.length, matchesIn(text, seeker))
}

/**
 * @param markdown - the post's text; its beginning where nothing of the query is in it.
 * @returns nothing where there is no text.
 */
export function excerptOf(markdown: string, seeker: Seeker): readonly Piece[] {
  const text = markdown.slice(0, limits.searchTextCharsMax)
  const place = bestPlace(text, seeker) ?? beginning(text)
  const { from, to, isBegun, isCut } = place
  const shown = pieces(place.text, from, to, place.matches)
  if (shown.length === 0) return []
  return [
    ...(from > 0 || isBegun ? [{ text: '… ', isMatch: false }] : []),
    ...shown,
    ...(to < place.text.length || isCut ? [{ text: ' …', isMatch: false }] : []),
  ]
}

/** A window of a passage that was read. */
interface Place extends Window {
  /** What of the passage a reader meets. */
  readonly text: string
  readonly matches: readonly Match[]
  /** Text stands before the passage, and after it. */
  readonly isBegun: boolean
  readonly isCut: boolean
}

/** @returns undefined where no word of the query is in the text. */
function bestPlace(markdown: string, seeker: Seeker): Place | undefined {
  const { needles } = seeker
  const others: { readonly passage: Passage; readonly promised: number }[] = []
  let best: Place | undefined
  let left: number = limits.searchPassagesReadMax
  const look = (passage: Passage): void => {
    left -= 1
    const place = placeIn(markdown, passage, seeker)
    if (place.worth > (best?.worth ?? 0)) best = place
  }
  const isDone = (promised: number): boolean => left === 0 || (best?.worth ?? 0) >= promised

  for (const passage of passages(markdown)) {
    const promised = needles.count(markdown.slice(passage.from, passage.to))
    if (promised === 0) continue
    if (promised < needles.wishes) others.push({ passage, promised })
    else look(passage)
    if (isDone(needles.wishes)) return best
  }
  for (const { passage, promised } of others.sort((a, b) => b.promised - a.promised)) {
    if (isDone(promised)) break
    look(passage)
  }
  return best
}

function placeIn(markdown: string, passage: Passage, seeker: Seeker): Place {
  const { from, to } = withSurroundings(markdown, passage)
  const text = readableText(markdown.slice(from, to))
  const matches = matchesIn(text, seeker)
  const isBegun = from > 0
  const isCut = to < markdown.length
  return { text, matches, isBegun, isCut, ...windowOf(text, matches) }
}

/** More of it is read only where much of it is marks and addresses. */
function beginning(markdown: string): Place {
  const enough = limits.searchExcerptChars * 1.5
  let chars: number = limits.searchPassageChars
  let text = readableText(markdown.slice(0, chars))
  while (text.length < enough && chars < markdown.length) {
    chars *= 4
    text = readableText(markdown.slice(0, chars))
  }
  const isCut = chars < markdown.length
  return { text, matches: [], isBegun: false, isCut, ...windowOf(text, []) }
}

interface Window {
  readonly from: number
  readonly to: number
  /** Different words of the query that are met in it. */
  readonly worth: number
}

/** Where most of the different words of the query are met close together, the earliest such place. */
function windowOf(text: string, matches: readonly Match[]): Window {
  const chars = limits.searchExcerptChars
  const [first] = matches
  if (first === undefined) return { from: 0, to: lastWordEnd(text, 0, chars), worth: 0 }
  let best = { first, last: first, worth: 0 }
  const inside = new Map<number, number>()
  let left = 0
  for (const match of matches) {
    inside.set(match.wish, (inside.get(match.wish) ?? 0) + 1)
    for (;;) {
      const leftmost = matches[left]
      if (leftmost === undefined || match.end - leftmost.at <= chars * 0.8) break
      const rest = (inside.get(leftmost.wish) ?? 1) - 1
      if (rest === 0) inside.delete(leftmost.wish)
      else inside.set(leftmost.wish, rest)
      left += 1
    }
    const worth = inside.size
    if (worth > best.worth) best = { first: matches[left] ?? match, last: match, worth }
  }
  const room = Math.max(0, chars - (best.last.end - best.first.at))
  const from = wordStart(text, Math.max(0, best.first.at - Math.floor(room / 3)), best.first.at)
  const to = lastWordEnd(text, from, Math.max(chars, best.last.end - from))
  return { from, to, worth: best.worth }
}

function wordStart(text: string, from: number, before: number): number {
  if (from === 0) return 0
  const space = text.indexOf(' ', from)
  return space === -1 || space >= before ? wholeLetter(text, from) : space + 1
}

function lastWordEnd(text: string, from: number, chars: number): number {
  const end = from + chars
  if (end >= text.length) return text.length
  const space = text.lastIndexOf(' ', end)
  return space > from + chars * 0.7 ? space : wholeLetter(text, end)
}

/** Not between the two halves of a letter beyond the first 65,536. */
function wholeLetter(text: string, at: number): number {
  const code = text.charCodeAt(at)
  return code >= 0xdc00 && code <= 0xdfff ? at + 1 : at
}

function pieces(
  text: string,
  from: number,
  to: number,
  matches: readonly Match[],
): readonly Piece[] {
  const found: Piece[] = []
  let at = from
  const add = (end: number, isMatch: boolean): void => {
    const last = found.at(-1)
    const piece = text.slice(at, end)
    at = Math.max(at, end)
    if (piece === '') return
    // Pairs of letters overlap: what is found in one stretch is marked in one.
    if (last?.isMatch === isMatch) found.splice(-1, 1, { text: last.text + piece, isMatch })
    else found.push({ text: piece, isMatch })
  }
  for (const match of matches) {
    if (match.at < from || match.end > to || match.end <= at) continue
    add(match.at, false)
    add(match.end, true)
  }
  add(to, false)
  return found
}
