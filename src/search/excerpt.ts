/** The place of a text where most of the query is met, with what was found marked. Pure. */

import { limits } from '../kernel/limits.ts'
import { readableText } from './readable-text.ts'
import { termsOf, tokens } from './tokens.ts'

/** A piece of plain text: never HTML. */
export interface Piece {
  readonly text: string
  readonly isMatch: boolean
}

/** Words of the index that were looked for, with the number of the query's word they stand for. */
export type Sought = ReadonlyMap<string, number>

interface Match {
  readonly at: number
  readonly end: number
  readonly wish: number
}

function matchesIn(text: string, sought: Sought): readonly Match[] {
  const matches: Match[] = []
  for (const token of tokens(text)) {
    for (const term of termsOf(token)) {
      const wish = sought.get(term)
      if (wish === undefined) continue
      matches.push({ at: token.at, end: token.end, wish })
      break
    }
  }
  return matches
}

/** A title, whole. */
export function marked(text: string, sought: Sought): readonly Piece[] {
  return pieces(text, 0, text.length, matchesIn(text, sought))
}

/**
 * @param markdown - the post's text; its beginning where nothing of the query is in it.
 * @returns nothing where there is no text.
 */
export function excerptOf(markdown: string, sought: Sought): readonly Piece[] {
  const text = readableText(markdown.slice(0, limits.searchTextCharsMax))
  const matches = matchesIn(text, sought)
  const [from, to] = windowOf(text, matches)
  const shown = pieces(text, from, to, matches)
  if (shown.length === 0) return []
  return [
    ...(from > 0 ? [{ text: '… ', isMatch: false }] : []),
    ...shown,
    ...(to < text.length ? [{ text: ' …', isMatch: false }] : []),
  ]
}

/** Where most of the different words of the query are met close together, the earliest such place. */
function windowOf(text: string, matches: readonly Match[]): readonly [from: number, to: number] {
  const chars = limits.searchExcerptChars
  const [first] = matches
  if (first === undefined) return [0, lastWordEnd(text, 0, chars)]
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
  return [from, lastWordEnd(text, from, Math.max(chars, best.last.end - from))]
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
