/**
 * Erlang's external term format, the part that clocks, continuations and MapReduce jobs need. Pure.
 *
 *     131 | tag | …        97 byte · 98 int32 · 110/111 big · 70 float · 100/115/118/119 atom
 *                          109 binary · 104/105 tuple · 106 [] · 107 list of bytes · 108 list · 116 map
 *
 * Invariant: what `encodeTerm` writes is what `term_to_binary` of OTP 25 writes for the same term.
 * Bytes from outside are checked at every step: lengths against what is there, depth against a bound.
 * Not here: pids, references, funs, bit strings, compressed terms: they are refused.
 *
 * Source: Erlang/OTP "External Term Format" (erts user's guide).
 */

import { assert } from '../kernel/assert.ts'
import { concatBytes } from './bytes.ts'

export interface Atom {
  readonly atom: string
}
export interface Tuple {
  readonly tuple: readonly Term[]
}
/** A float, whatever its value: `1.0` is not `1`. */
export interface Float {
  readonly float: number
}
/** A list that does not end in `[]`: `[a,b|tail]`; `head` is not empty. */
export interface Improper {
  readonly head: readonly Term[]
  readonly tail: Term
}
export interface TermMap {
  readonly map: readonly (readonly [key: Term, value: Term])[]
}
/** Integers beyond 2^53 are bigint; binaries are bytes; arrays are proper lists. */
export type Term =
  number | bigint | Uint8Array | Atom | Tuple | Float | Improper | TermMap | readonly Term[]

/** Bytes that are not a term, or a term of a kind that is not known here. */
export class TermError extends Error {
  override readonly name = 'TermError'
}

/** Deeper nesting is refused: a hostile term must not exhaust the stack. */
const depthMax = 64
const latin1 = new TextDecoder('latin1')
const utf8 = new TextDecoder('utf-8', { fatal: true })
const toUtf8 = new TextEncoder()

export function atom(name: string): Atom {
  return { atom: name }
}

export function tuple(...elements: readonly Term[]): Tuple {
  return { tuple: elements }
}

export function isTuple(term: Term): term is Tuple {
  return typeof term === 'object' && 'tuple' in term
}

export function isAtom(term: Term): term is Atom {
  return typeof term === 'object' && 'atom' in term
}

export function isFloat(term: Term): term is Float {
  return typeof term === 'object' && 'float' in term
}

export function isImproper(term: Term): term is Improper {
  return typeof term === 'object' && 'tail' in term
}

export function isTermMap(term: Term): term is TermMap {
  // An array has a `map` too: its method.
  return typeof term === 'object' && !Array.isArray(term) && Object.hasOwn(term, 'map')
}

export function isList(term: Term): term is readonly Term[] {
  return Array.isArray(term)
}

/** @returns 131 and the term. */
export function encodeTerm(term: Term): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(131)]
  write(term, parts)
  return concatBytes(parts)
}

function uint32(tag: number, value: number): Uint8Array {
  return Uint8Array.of(tag, value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255)
}

function write(term: Term, parts: Uint8Array[]): void {
  if (typeof term === 'number' || typeof term === 'bigint') {
    parts.push(integerBytes(term))
  } else if (term instanceof Uint8Array) {
    parts.push(uint32(109, term.length), term)
  } else if (isAtom(term)) {
    writeAtom(term.atom, parts)
  } else if (isTuple(term)) {
    const arity = term.tuple.length
    parts.push(arity < 256 ? Uint8Array.of(104, arity) : uint32(105, arity))
    for (const element of term.tuple) write(element, parts)
  } else if (isFloat(term)) {
    parts.push(floatBytes(term.float))
  } else if (isImproper(term)) {
    parts.push(uint32(108, term.head.length))
    for (const element of term.head) write(element, parts)
    write(term.tail, parts)
  } else if (isList(term)) {
    writeList(term, parts)
  } else {
    parts.push(uint32(116, term.map.length))
    for (const pair of term.map) for (const part of pair) write(part, parts)
  }
}

function floatBytes(value: number): Uint8Array {
  assert(Number.isFinite(value), 'Erlang has no infinite float')
  const bytes = new Uint8Array(9)
  bytes[0] = 70
  new DataView(bytes.buffer).setFloat64(1, value)
  return bytes
}

function isByte(term: Term): term is number {
  return typeof term === 'number' && Number.isInteger(term) && term >= 0 && term <= 255
}

function writeList(list: readonly Term[], parts: Uint8Array[]): void {
  if (list.length > 0 && list.length <= 65_535 && list.every(isByte)) {
    parts.push(Uint8Array.of(107, list.length >>> 8, list.length & 255), Uint8Array.from(list))
    return
  }
  if (list.length > 0) {
    parts.push(uint32(108, list.length))
    for (const element of list) write(element, parts)
  }
  parts.push(Uint8Array.of(106))
}

function writeAtom(name: string, parts: Uint8Array[]): void {
  const codes = Array.from(name, (char) => char.codePointAt(0) ?? 0)
  assert(codes.length <= 255, 'an atom has at most 255 characters')
  if (codes.every((code) => code <= 255)) {
    parts.push(Uint8Array.of(100, 0, codes.length, ...codes))
    return
  }
  const bytes = toUtf8.encode(name)
  parts.push(Uint8Array.of(118, bytes.length >>> 8, bytes.length & 255), bytes)
}

function integerBytes(value: number | bigint): Uint8Array {
  if (typeof value === 'number') assert(Number.isSafeInteger(value), 'a number must be whole')
  if (value >= 0 && value <= 255) return Uint8Array.of(97, Number(value))
  if (value >= -0x80000000 && value <= 0x7fffffff) return uint32(98, Number(value) | 0)
  const magnitude: number[] = []
  let rest = BigInt(value)
  const sign = rest < 0n ? 1 : 0
  if (sign === 1) rest = -rest
  for (; rest > 0n; rest >>= 8n) magnitude.push(Number(rest & 255n))
  const head =
    magnitude.length < 256
      ? Uint8Array.of(110, magnitude.length, sign)
      : concatBytes([uint32(111, magnitude.length), Uint8Array.of(sign)])
  return concatBytes([head, Uint8Array.from(magnitude)])
}

/**
 * @returns the one term that the bytes hold.
 * @throws {TermError} on anything else. Binaries are views into `bytes`.
 */
export function decodeTerm(bytes: Uint8Array): Term {
  const reader = new Reader(bytes)
  if (reader.byte() !== 131) throw new TermError('not an external term')
  const term = reader.term(0)
  if (reader.at !== bytes.length) throw new TermError('bytes after the term')
  return term
}

class Reader {
  at = 0
  private readonly bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  byte(): number {
    const value = this.bytes[this.at]
    if (value === undefined) throw new TermError('the term ends early')
    this.at++
    return value
  }

  uint16(): number {
    return this.byte() * 256 + this.byte()
  }

  uint32(): number {
    return this.uint16() * 65_536 + this.uint16()
  }

  take(length: number): Uint8Array {
    if (length > this.bytes.length - this.at) throw new TermError('the term ends early')
    const part = this.bytes.subarray(this.at, this.at + length)
    this.at += length
    return part
  }

  term(depth: number): Term {
    if (depth > depthMax) throw new TermError('the term is too deep')
    const tag = this.byte()
    switch (tag) {
      case 97:
        return this.byte()
      case 98:
        return this.uint32() | 0
      case 110:
        return this.big(this.byte())
      case 111:
        return this.big(this.uint32())
      case 100:
        return { atom: latin1.decode(this.take(this.uint16())) }
      case 115:
        return { atom: latin1.decode(this.take(this.byte())) }
      case 118:
        return { atom: this.utf8(this.uint16()) }
      case 119:
        return { atom: this.utf8(this.byte()) }
      case 109:
        return this.take(this.uint32())
      case 104:
        return { tuple: this.elements(this.byte(), depth) }
      case 105:
        return { tuple: this.elements(this.uint32(), depth) }
      case 106:
        return []
      case 107:
        return [...this.take(this.uint16())]
      case 70:
        return this.float()
      case 108:
        return this.list(depth)
      case 116:
        return { map: this.pairs(this.uint32(), depth) }
      default:
        throw new TermError(`unknown tag ${tag}`)
    }
  }

  private float(): Float {
    const bytes = this.take(8)
    const float = new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0)
    if (!Number.isFinite(float)) throw new TermError('no float of Erlang')
    return { float }
  }

  private list(depth: number): Term {
    const head = this.elements(this.uint32(), depth)
    const tail = this.term(depth + 1)
    if (isList(tail) && tail.length === 0) return head
    if (head.length === 0) throw new TermError('a list without elements')
    return isList(tail) ? [...head, ...tail] : { head, tail }
  }

  private pairs(count: number, depth: number): (readonly [Term, Term])[] {
    if (count > this.bytes.length - this.at) throw new TermError('the term ends early')
    const pairs: (readonly [Term, Term])[] = []
    for (let n = 0; n < count; n++) pairs.push([this.term(depth + 1), this.term(depth + 1)])
    return pairs
  }

  private utf8(length: number): string {
    try {
      return utf8.decode(this.take(length))
    } catch {
      throw new TermError('an atom that is not UTF-8')
    }
  }

  private elements(count: number, depth: number): Term[] {
    // Each element takes a byte at least: a lying count allocates nothing.
    if (count > this.bytes.length - this.at) throw new TermError('the term ends early')
    const elements: Term[] = []
    for (let n = 0; n < count; n++) elements.push(this.term(depth + 1))
    return elements
  }

  private big(length: number): number | bigint {
    const sign = this.byte()
    const magnitude = this.take(length)
    if (length <= 6) {
      let small = 0
      for (let at = length - 1; at >= 0; at--) small = small * 256 + (magnitude[at] ?? 0)
      return sign === 1 ? -small : small
    }
    // A decimal conversion of a huge number is quadratic: no field of Riak's is that long.
    if (length > 4_096) throw new TermError('an integer is too long')
    let hex = ''
    for (let at = length - 1; at >= 0; at--) {
      hex += (magnitude[at] ?? 0).toString(16).padStart(2, '0')
    }
    const value = BigInt(`0x${hex}`) * (sign === 1 ? -1n : 1n)
    const narrow = Number(value)
    return Number.isSafeInteger(narrow) ? narrow : value
  }
}
