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

/** A text as a string of Erlang, which prints as one: the list of its bytes. */
export function chars(text: string): readonly number[] {
  return [...Buffer.from(text)]
}

/** A number where one holds it exactly. */
export function integer(value: bigint): number | bigint {
  const narrow = Number(value)
  return Number.isSafeInteger(narrow) ? narrow : value
}

export function isInteger(term: Term | undefined): term is number | bigint {
  return typeof term === 'number' || typeof term === 'bigint'
}

export function isTuple(term: Term): term is Tuple {
  return typeof term === 'object' && 'tuple' in term
}

export function isAtom(term: Term): term is Atom {
  return typeof term === 'object' && 'atom' in term
}

/** Whether it is the atom of this name. */
export function isAtomOf(term: Term | undefined, name: string): boolean {
  return term !== undefined && isAtom(term) && term.atom === name
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
  const writer = new Writer()
  writer.byte(131)
  write(term, writer)
  return writer.written()
}

/** Every term is written here first: clocks and dots, most of them, then take what they need and no more. */
const scratch = new Uint8Array(1_024)

class Writer {
  private bytes = scratch
  private at = 0

  byte(value: number): void {
    if (this.at === this.bytes.length) this.grow(1)
    this.bytes[this.at++] = value
  }

  uint16(value: number): void {
    this.byte(value >>> 8)
    this.byte(value)
  }

  uint32(value: number): void {
    this.uint16(value >>> 16)
    this.uint16(value)
  }

  raw(bytes: ArrayLike<number>): void {
    if (this.at + bytes.length > this.bytes.length) this.grow(bytes.length)
    this.bytes.set(bytes, this.at)
    this.at += bytes.length
  }

  /** Bytes of their own. */
  written(): Uint8Array {
    return this.bytes.slice(0, this.at)
  }

  private grow(by: number): void {
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.at + by))
    larger.set(this.bytes)
    this.bytes = larger
  }
}

function write(term: Term, to: Writer): void {
  if (isInteger(term)) {
    writeInteger(term, to)
  } else if (term instanceof Uint8Array) {
    to.byte(109)
    to.uint32(term.length)
    to.raw(term)
  } else if (isList(term)) {
    writeList(term, to)
  } else if (isTuple(term)) {
    writeTupleHead(term.tuple.length, to)
    for (const element of term.tuple) write(element, to)
  } else if (isAtom(term)) {
    writeAtom(term.atom, to)
  } else if (isFloat(term)) {
    writeFloat(term.float, to)
  } else if (isImproper(term)) {
    to.byte(108)
    to.uint32(term.head.length)
    for (const element of term.head) write(element, to)
    write(term.tail, to)
  } else {
    to.byte(116)
    to.uint32(term.map.length)
    for (const pair of term.map) for (const part of pair) write(part, to)
  }
}

function writeFloat(value: number, to: Writer): void {
  assert(Number.isFinite(value), 'Erlang has no infinite float')
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setFloat64(0, value)
  to.byte(70)
  to.raw(bytes)
}

function writeTupleHead(arity: number, to: Writer): void {
  if (arity < 256) {
    to.byte(104)
    to.byte(arity)
  } else {
    to.byte(105)
    to.uint32(arity)
  }
}

function isByte(term: Term): term is number {
  return typeof term === 'number' && Number.isInteger(term) && term >= 0 && term <= 255
}

function writeList(list: readonly Term[], to: Writer): void {
  if (list.length > 0 && list.length <= 65_535 && list.every(isByte)) {
    to.byte(107)
    to.uint16(list.length)
    to.raw(list)
    return
  }
  if (list.length > 0) {
    to.byte(108)
    to.uint32(list.length)
    for (const element of list) write(element, to)
  }
  to.byte(106)
}

function writeAtom(name: string, to: Writer): void {
  if (/^[\0-\xff]*$/.test(name)) {
    assert(name.length <= 255, 'an atom has at most 255 characters')
    to.byte(100)
    to.uint16(name.length)
    for (let at = 0; at < name.length; at++) to.byte(name.charCodeAt(at))
    return
  }
  assert(Array.from(name).length <= 255, 'an atom has at most 255 characters')
  const bytes = toUtf8.encode(name)
  to.byte(118)
  to.uint16(bytes.length)
  to.raw(bytes)
}

function writeInteger(value: number | bigint, to: Writer): void {
  if (typeof value === 'number') assert(Number.isSafeInteger(value), 'a number must be whole')
  if (value >= 0 && value <= 255) {
    to.byte(97)
    to.byte(Number(value))
    return
  }
  if (value >= -0x80000000 && value <= 0x7fffffff) {
    to.byte(98)
    to.uint32(Number(value) | 0)
    return
  }
  const magnitude = typeof value === 'number' ? bytesOfNumber(value) : bytesOfBigint(value)
  if (magnitude.length < 256) {
    to.byte(110)
    to.byte(magnitude.length)
  } else {
    to.byte(111)
    to.uint32(magnitude.length)
  }
  to.byte(value < 0 ? 1 : 0)
  to.raw(magnitude)
}

/** The magnitude, least significant byte first. */
function bytesOfNumber(value: number): number[] {
  const bytes: number[] = []
  for (let rest = Math.abs(value); rest > 0; rest = Math.floor(rest / 256)) bytes.push(rest % 256)
  return bytes
}

function bytesOfBigint(value: bigint): number[] {
  const bytes: number[] = []
  for (let rest = value < 0n ? -value : value; rest > 0n; rest >>= 8n) {
    bytes.push(Number(rest & 255n))
  }
  return bytes
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
    return integer(BigInt(`0x${hex}`) * (sign === 1 ? -1n : 1n))
  }
}
