/**
 * How long a term is in print, and what of it is shown within a limit: the first half of `~p`. Pure.
 *
 *     term ──measure──▶ piece ──deepen, until the limit is met──▶ piece ──lay out──▶ text
 *
 * A piece knows its length on one line. One that was cut off knows how to be measured again, deeper.
 * Without a limit nothing is cut off. With one, the depth is the least at which the text is longer than
 * the limit: so a text may be longer, and its ends are `...`.
 *
 * Not here: line breaks (`pretty-term.ts`).
 *
 * Source: Erlang/OTP stdlib io_lib_pretty.erl (what `~p` prints; `{chars_limit, N}`).
 */

import { isAtom, isFloat, isImproper, isInteger, isTermMap, isTuple } from './external-term.ts'
import type { Term, TermMap, Tuple } from './external-term.ts'
import { isPrintable, printAtom, printFloat, quoteLatin1 } from './print-term.ts'

/** Measure again: so much deeper, within so many characters. */
type Deepen = (limit: number, deeper: number) => Piece

export type Piece = TextPiece | NumbersPiece | GroupPiece

interface Measured {
  /** Characters on one line. */
  readonly length: number
  /** Characters of `...` in it: 0 where all is shown. */
  readonly dots: number
  /** undefined: its parts know. */
  readonly deepen: Deepen | undefined
}

/** Never broken over lines. */
export interface TextPiece extends Measured {
  readonly kind: 'text'
  readonly text: string
}

/** A binary as numbers: `<<1,2,3>>`, may be broken after a comma. */
export interface NumbersPiece extends Measured {
  readonly kind: 'numbers'
  /** Without the brackets; the last may be `...`. */
  readonly numbers: readonly string[]
}

export interface GroupPiece extends Measured {
  readonly kind: 'list' | 'tuple'
  /** A tuple of more than one element whose first is an atom. */
  readonly isTagged: boolean
  readonly chain: Chain
}

/** Elements, and what follows: nothing, the tail of an improper list, or dots. */
export interface Chain {
  readonly items: readonly Piece[]
  readonly tail: Piece | Dots | undefined
}

export interface Dots {
  readonly kind: 'dots'
  readonly deepen: (limit: number, deeper: number) => Chain
}

/** No limit, of characters or depth. */
export const unlimited = -1

const dotsLength = 3

/** A limit less what is used up; none stays none. */
function less(limit: number, used: number): number {
  if (limit < 0) return limit
  return Math.max(0, limit - used)
}

/** @param limitChars - may be passed by some characters; `unlimited`: everything is shown. */
export function measureTerm(term: Term, limitChars: number = unlimited): Piece {
  if (limitChars < 0) return measure(term, unlimited, unlimited)
  const first = measure(term, 1, limitChars)
  if (first.dots === 0 || first.length > limitChars) return first
  return deepenTwofold(first, limitChars)
}

/** Go deeper in growing steps until it is too long, then back to where it just is. */
function deepenTwofold(from: Piece, limit: number): Piece {
  let lower = from
  let depth = 1
  for (let step = 4; ; step *= 2) {
    const piece = deepened(lower, limit, step)
    if (piece.dots === 0 || piece.length === lower.length) return piece
    if (piece.length > limit) return searchDepth(lower, piece, limit, depth, depth + step)
    lower = piece
    depth += step
  }
}

function searchDepth(from: Piece, to: Piece, limit: number, low: number, high: number): Piece {
  let [lower, upper, least, most] = [from, to, low, high]
  while (most - least > 1) {
    const middle = Math.floor((least + most) / 2)
    const piece = deepened(lower, limit, middle - least)
    if (piece.length > limit) {
      upper = piece
      most = middle
    } else {
      lower = piece
      least = middle
    }
  }
  return lower.length === limit ? lower : upper
}

function deepened(piece: Piece, limit: number, deeper: number): Piece {
  if (piece.deepen !== undefined) return piece.deepen(limit, deeper)
  if (piece.dots === 0 || (piece.kind !== 'list' && piece.kind !== 'tuple')) return piece
  return group(piece.kind, piece.isTagged, deepenedChain(piece.chain, less(limit, 2), deeper))
}

function deepenedChain(chain: Chain, limit: number, deeper: number): Chain {
  const items: Piece[] = []
  let left = limit
  const { tail } = chain
  for (const [at, item] of chain.items.entries()) {
    const isLast = at === chain.items.length - 1 && tail === undefined
    if (!isLast) left = less(left, 1)
    const piece = deepened(item, left, deeper)
    left = less(left, piece.length)
    items.push(piece)
  }
  if (tail === undefined) return { items, tail }
  if (tail.kind !== 'dots') return { items, tail: deepened(tail, left, deeper) }
  const rest = tail.deepen(left, deeper)
  return { items: [...items, ...rest.items], tail: rest.tail }
}

function text(of: string): TextPiece {
  return { kind: 'text', text: of, length: of.length, dots: 0, deepen: undefined }
}

function cutText(of: string, length: number, deepen: Deepen): TextPiece {
  return { kind: 'text', text: of, length, dots: dotsLength, deepen }
}

function group(
  kind: 'list' | 'tuple',
  isTagged: boolean,
  chain: Chain,
  deepen?: Deepen,
): GroupPiece {
  let length = 2 + Math.max(0, chain.items.length - 1)
  let dots = 0
  for (const item of chain.items) {
    length += item.length
    dots += item.dots
  }
  const { tail } = chain
  if (tail !== undefined) {
    if (chain.items.length > 0) length++
    length += tail.kind === 'dots' ? dotsLength : tail.length
    dots += tail.kind === 'dots' ? dotsLength : tail.dots
  }
  return { kind, isTagged, chain, length, dots, deepen: dots > 0 ? deepen : undefined }
}

/** @param depth - ≥ 1, or below 0: no limit. */
function measure(term: Term, depth: number, limit: number): Piece {
  if (isInteger(term)) return text(String(term))
  if (term instanceof Uint8Array) return measureBinary(term, depth, limit)
  if (isAtom(term)) return text(printAtom(term.atom))
  if (isFloat(term)) return text(printFloat(term.float))
  if (isTuple(term)) return measureTuple(term, depth, limit)
  if (isTermMap(term)) return measureMap(term, depth)
  if (isImproper(term)) return measureList(term, term.head, term.tail, depth, limit)
  return term.length === 0 ? text('[]') : measureList(term, term, undefined, depth, limit)
}

function measureTuple(term: Tuple, depth: number, limit: number): Piece {
  const elements = term.tuple
  const [first] = elements
  if (first === undefined) return text('{}')
  if (depth === 1) return cutText('{...}', 5, (to, deeper) => measureTuple(term, 1 + deeper, to))
  const isTagged = elements.length > 1 && isAtom(first)
  return group('tuple', isTagged, measureChain(elements, 0, undefined, depth, less(limit, 2)))
}

function measureMap(term: TermMap, depth: number): Piece {
  if (term.map.length === 0) return text('#{}')
  if (depth === 1) return cutText('#{...}', 6, (_to, deeper) => measureMap(term, 1 + deeper))
  // Maps are small where Riak prints any: they are shown whole, on one line.
  const pairs = term.map.map((pair) => pair.map((part) => oneLine(measureTerm(part))).join(' => '))
  return text(`#{${pairs.join(',')}}`)
}

function measureList(
  whole: Term,
  elements: readonly Term[],
  tail: Term | undefined,
  depth: number,
  limit: number,
): Piece {
  const charsMax = limit < 0 ? Infinity : less(limit, 2)
  const codes = depth === 1 ? undefined : printablePrefix(elements, charsMax)
  // An improper list is shown as text only where its end is not.
  if (codes !== undefined && (tail === undefined || codes.length === charsMax)) {
    const quoted = quoteLatin1(codes)
    // Deeper does not make it longer: no dots are counted.
    const isWhole = tail === undefined && codes.length === elements.length
    return text(isWhole ? quoted : `${quoted}...`)
  }
  const chain = measureChain(elements, 0, tail, depth, less(limit, 2))
  return group('list', false, chain, (to, deeper) => measure(whole, depth + deeper, to))
}

function measureChain(
  elements: readonly Term[],
  from: number,
  tail: Term | undefined,
  depth: number,
  limit: number,
): Chain {
  const items: Piece[] = []
  let [level, left] = [depth, limit]
  let at = from
  const dots = (): Dots => {
    const [stoppedAt, stoppedLevel] = [at, level]
    return {
      kind: 'dots',
      deepen: (to, deeper) => measureChain(elements, stoppedAt, tail, stoppedLevel + deeper, to),
    }
  }
  for (; at < elements.length; at++) {
    if (level === 1 || left === 0) return { items, tail: dots() }
    const isLast = at === elements.length - 1 && tail === undefined
    if (!isLast) left = less(left, 1)
    const piece = measure(elements[at] ?? [], level - 1, left)
    left = less(left, piece.length)
    level--
    items.push(piece)
  }
  if (tail === undefined) return { items, tail }
  if (level === 1 || left === 0) return { items, tail: dots() }
  return { items, tail: measure(tail, level - 1, left) }
}

/** @returns the characters that are shown as a string; undefined where it is no text. */
function printablePrefix(list: readonly Term[], charsMax: number): readonly number[] | undefined {
  const codes: number[] = []
  for (const code of list) {
    if (codes.length === charsMax) break
    if (!isPrintable(code)) return undefined
    codes.push(code)
  }
  return codes
}

/** So many characters of a text count as one level of depth. */
const charsPerLevel = 4

function measureBinary(bytes: Uint8Array, depth: number, limit: number): Piece {
  if (bytes.length === 0) return text('<<>>')
  const again: Deepen = (to, deeper) => measureBinary(bytes, depth + deeper, to)
  if (depth === 1) return cutText('<<...>>', 7, again)
  const shown = printableBytes(bytes, depth - 1, less(limit, 6))
  if (shown === 0) return measureNumbers(bytes, depth, limit, again)
  const quoted = quoteLatin1(bytes.subarray(0, shown))
  if (shown === bytes.length) return text(`<<${quoted}>>`)
  return cutText(`<<${quoted}...>>`, 7 + quoted.length, again)
}

/** @returns how many bytes are shown as a string; 0 where it is no text. */
function printableBytes(bytes: Uint8Array, depth: number, limit: number): number {
  let most = depth < 0 ? bytes.length : Math.min(charsPerLevel * depth, bytes.length)
  if (limit >= 0) most = Math.min(most, limit)
  let count = 0
  while (count < most && isPrintable(bytes[count])) count++
  if (count === most) return most
  return depth > 0 && count >= depth ? count : 0
}

function measureNumbers(
  bytes: Uint8Array,
  depth: number,
  limit: number,
  again: Deepen,
): NumbersPiece {
  const numbers: string[] = []
  let length = 4
  let [level, left] = [depth, less(limit, 4)]
  for (const [at, byte] of bytes.entries()) {
    if (level === 1 || left === 0) {
      numbers.push('...')
      length += dotsLength
      return { kind: 'numbers', numbers, length, dots: dotsLength, deepen: again }
    }
    const number = String(byte)
    numbers.push(number)
    const isLast = at === bytes.length - 1
    length += number.length + (isLast ? 0 : 1)
    left = less(left, number.length + 1)
    level--
  }
  return { kind: 'numbers', numbers, length, dots: 0, deepen: undefined }
}

/** A piece on one line. */
export function oneLine(piece: Piece): string {
  if (piece.kind === 'text') return piece.text
  if (piece.kind === 'numbers') return `<<${piece.numbers.join(',')}>>`
  const [open, separator, close] = piece.kind === 'list' ? ['[', '|', ']'] : ['{', ',', '}']
  const { items, tail } = piece.chain
  const parts = items.map(oneLine).join(',')
  if (tail === undefined) return `${open}${parts}${close}`
  const rest = tail.kind === 'dots' ? '...' : oneLine(tail)
  return `${open}${parts}${items.length > 0 ? separator : ''}${rest}${close}`
}
