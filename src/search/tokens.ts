/**
 * What of a text can be found: its words, folded, each with where it stands.
 *
 *     "Node.js"    node, js, nodejs        "$BIGCMS"   bigcms, $bigcms
 *     "v20.11.1"   20, 20.11.1             "C++"       c, c++
 *     "l'été"      l, ete, lete            "搜索引擎"   搜索, 索引, 引擎, 擎
 *
 * Scripts written without spaces are cut into overlapping pairs: no dictionary agrees with every
 * reader. Pure.
 */

import { limits } from '../kernel/limits.ts'
import { fold } from './fold.ts'

/** A word where it stands; an ordinary word is one term, one with signs in it several. */
export interface Token {
  /** UTF-16 offsets in the text, `end` exclusive. */
  readonly at: number
  readonly end: number
  /** Folded. Parts first, in order; then the whole, where it differs from them. */
  readonly parts: readonly string[]
  /** Without the signs between the parts, e.g. `nodejs`; undefined where there is one part. */
  readonly joined: string | undefined
  /** With the sign that makes it a name, e.g. `c++`, `$bigcms`. */
  readonly signed: string | undefined
  /** A pair (or the last letter) of a script without spaces. */
  readonly isDense: boolean
}

const word =
  /[$@#.]?[\p{L}\p{N}\p{M}]+(?:[.'’_-][\p{L}\p{N}\p{M}]+)*(?:\+\+|(?<=(?<![\p{L}\p{N}])\p{L})#)?/gu
const signs = /^[$@#.]|(?:\+\+|#)$/g
const connectors = /[.'’_-]/
const version = /^v?\d+$/
const outsideAscii = /[^\u0000-\u007f]/
const dense =
  /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]+/u
const denseSplit = new RegExp(`(${dense.source})`, 'u')
/** A joined word of more parts is an address or a list, not a name. */
const partsJoinedMax = 4

/** Whether it is written without spaces. */
export function isDense(term: string): boolean {
  return outsideAscii.test(term) && dense.test(term)
}

/** In the order in which they stand; pairs of letters overlap. */
export function* tokens(text: string): Generator<Token> {
  for (const match of text.matchAll(word)) {
    const [whole] = match
    if (isDense(whole)) yield* mixed(whole, match.index)
    else yield spaced(whole, match.index)
  }
}

/** Every term of a token. */
export function termsOf(token: Token): readonly string[] {
  const { parts, joined, signed } = token
  if (joined === undefined && signed === undefined) return parts
  return [
    ...parts,
    ...(joined === undefined ? [] : [joined]),
    ...(signed === undefined ? [] : [signed]),
  ]
}

function spaced(whole: string, at: number): Token {
  const end = at + whole.length
  const unsigned = whole.replace(signs, '')
  const bare = fold(unsigned)
  const signed = unsigned === whole ? undefined : fit(fold(whole))
  const each = connectors.test(bare) ? bare.split(connectors) : [bare]
  if (each.every((part) => version.test(part))) {
    const numbers = each.map((part) => part.replace(/^v/, ''))
    const joined = numbers.length > 1 ? fit(numbers.join('.')) : undefined
    // Every second text has a 1 somewhere: of a version the first number tells.
    return { at, end, parts: numbers.slice(0, 1).filter(isFit), joined, signed, isDense: false }
  }
  const parts = each.filter(isFit)
  const isName = each.length > 1 && each.length <= partsJoinedMax
  const joined = isName ? fit(parts.join('')) : undefined
  return { at, end, parts, joined, signed, isDense: false }
}

/** What is longer is no word: a checksum, a key, an address. */
function fit(term: string): string | undefined {
  return term === '' || term.length > limits.searchTermCharsMax ? undefined : term
}

function isFit(part: string): boolean {
  return fit(part) !== undefined
}

/** Letters without spaces between letters with them, e.g. `用Riak存储`. */
function* mixed(whole: string, at: number): Generator<Token> {
  let from = at
  for (const piece of whole.split(denseSplit)) {
    if (dense.test(piece)) yield* pairs(piece, from)
    else if (/[\p{L}\p{N}]/u.test(piece)) yield spaced(piece, from)
    from += piece.length
  }
}

function* pairs(run: string, from: number): Generator<Token> {
  let at = from
  const letters = Array.from(run)
  for (const [index, letter] of letters.entries()) {
    const next = letters[index + 1] ?? ''
    const end = at + letter.length + next.length
    const term = fold(letter + next)
    yield { at, end, parts: [term], joined: undefined, signed: undefined, isDense: true }
    at += letter.length
  }
}
