/**
 * Terms as JSON, as Riak writes them.
 *
 *     <<"a">> → "a"   none → "none"   [{a,1},{a,2}] → {"a":1,"a":2}   {struct,[]} → {}
 *     {a,b} → crash   <<255>> → crash   é → \u00e9
 *
 * A list whose first element is a pair becomes an object, names repeated: Riak cannot tell the two
 * apart. What is no JSON ends in a crash, whose words and stack clients are shown.
 *
 * Pure. `writeJson` makes the text of a small term; `jsonPieces` that of a large one, a piece at a
 * time; `jsonIolist` the nested list of bytes that Riak has in hand instead, which its texts print.
 *
 * Source: mochiweb src/mochijson2.erl `encode/1`, mochinum.erl `digits/1` (3.x); captures/mapred.
 */

import { isUtf8 } from 'node:buffer'

import {
  atom,
  chars,
  isAtom,
  isAtomOf,
  isFloat,
  isInteger,
  isList,
  isTuple,
  tuple,
} from '../../causality/external-term.ts'
import type { Term } from '../../causality/external-term.ts'
import { decimalText } from '../../causality/print-term.ts'
import type { StackFrame } from './erlang-stack.ts'
import { codeLine, otpLine } from './erlang-stack.ts'

/** A term that is no JSON: class, reason and innermost frames of the exception. */
export class JsonWriteError extends Error {
  readonly class: 'error' | 'exit'
  readonly reason: Term
  readonly frames: readonly StackFrame[]

  constructor(kind: 'error' | 'exit', reason: Term, frames: readonly StackFrame[]) {
    super('the term is no JSON')
    this.name = 'JsonWriteError'
    this.class = kind
    this.reason = reason
    this.frames = frames
  }
}

const file = 'mochiweb/src/mochijson2.erl'
const line = (name: string, args: number | readonly Term[], at: number): StackFrame =>
  codeLine('mochijson2', name, args, file, at)

/** What the reader of JSON makes of an object. */
export function structOf(term: Term): readonly Term[] | undefined {
  if (!isTuple(term) || term.tuple.length !== 2) return undefined
  const [tag, props] = term.tuple
  if (!isAtomOf(tag, 'struct')) return undefined
  return props !== undefined && isList(props) ? props : undefined
}

function pairOf(term: Term): readonly [Term, Term] | undefined {
  if (!isTuple(term) || term.tuple.length !== 2) return undefined
  const [name, value] = term.tuple
  return name === undefined || value === undefined ? undefined : [name, value]
}

const notNames = new Set(['struct', 'array', 'json'])

/** A list that Riak takes for an object: its first element is a pair. */
export function isProplist(list: readonly Term[]): boolean {
  const pair = list[0] === undefined ? undefined : pairOf(list[0])
  if (pair === undefined) return false
  const [name] = pair
  return !isAtom(name) || !notNames.has(name.atom)
}

/** As `writeText` would, with what is beyond ASCII escaped. */
export function asciiJson(text: string): string {
  if (!/[^\u0000-\u007e]/.test(text)) return text
  return text.replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** @returns undefined where the bytes are not UTF-8. */
export function jsonString(bytes: Uint8Array): string | undefined {
  if (!isUtf8(bytes)) return undefined
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
  return asciiJson(JSON.stringify(text))
}

/** `digits/1` of mochinum: few zeros are written out, many become an exponent. */
export function jsonFloat(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  const [mantissa = '', exponent = ''] = Math.abs(value).toExponential().split('e')
  const digits = mantissa.replace('.', '')
  const scale = Number(exponent)
  const isPlain = scale >= -6 && scale + 1 - digits.length < 6
  const sign = value < 0 ? '-' : ''
  if (isPlain) return sign + decimalText(digits, scale)
  const rest = digits.slice(1) || '0'
  return `${sign}${digits[0] ?? ''}.${rest}e${scale < 0 ? '-' : '+'}${Math.abs(scale)}`
}

/** @throws JsonWriteError */
export function writeJson(term: Term): string {
  try {
    return write(term)
  } catch (error) {
    if (error !== noJson) throw error
    // Written again as Riak does, to say in its words where it fails.
    jsonIolist(term)
    throw error
  }
}

const noJson = new Error('a part of the term is no JSON')

function fail(): never {
  throw noJson
}

function write(term: Term): string {
  if (isInteger(term)) return String(term)
  if (term instanceof Uint8Array) return jsonString(term) ?? fail()
  if (isAtom(term)) return writeAtom(term.atom)
  if (isFloat(term)) return jsonFloat(term.float)
  if (isList(term)) return isProplist(term) ? writeObject(term) : writeArray(term)
  const struct = structOf(term)
  if (struct !== undefined) return writeObject(struct)
  return fail()
}

function writeAtom(name: string): string {
  if (name === 'true' || name === 'false' || name === 'null') return name
  return asciiJson(JSON.stringify(name))
}

function writeArray(list: readonly Term[]): string {
  return `[${list.map(write).join(',')}]`
}

function writeObject(props: readonly Term[]): string {
  const members = props.map((prop) => {
    const [name, value] = pairOf(prop) ?? fail()
    return `${writeName(name)}:${write(value)}`
  })
  return `{${members.join(',')}}`
}

function writeName(name: Term): string {
  if (name instanceof Uint8Array) return jsonString(name) ?? fail()
  if (isInteger(name)) return `"${name}"`
  if (isAtom(name)) return asciiJson(JSON.stringify(name.atom))
  const text = isList(name) ? charsOf(name) : undefined
  return text === undefined ? fail() : asciiJson(JSON.stringify(text))
}

function charsOf(list: readonly Term[]): string | undefined {
  const isText = list.every(
    (code) => typeof code === 'number' && Number.isInteger(code) && code >= 0 && code <= 0x10ffff,
  )
  return isText ? String.fromCodePoint(...(list as readonly number[])) : undefined
}

/**
 * The text as Riak has it before it is sent: lists of bytes and binaries, nested.
 *
 * @throws JsonWriteError
 */
export function jsonIolist(term: Term): Term {
  return iolist(term, [])
}

/** @param outer - frames of the calls around this one, innermost first. */
function iolist(term: Term, outer: readonly StackFrame[]): Term {
  if (isInteger(term)) return chars(String(term))
  if (term instanceof Uint8Array) return iolistString(term, outer)
  if (isAtom(term)) {
    const word = writeAtom(term.atom)
    return word.startsWith('"') ? iolistString(Buffer.from(term.atom), outer) : Buffer.from(word)
  }
  if (isFloat(term)) return chars(jsonFloat(term.float))
  if (isList(term)) return isProplist(term) ? iolistObject(term, outer) : iolistArray(term, outer)
  const struct = structOf(term)
  if (struct !== undefined) return iolistObject(struct, outer)
  const reason = tuple(atom('json_encode'), tuple(atom('bad_term'), term))
  throw new JsonWriteError('exit', reason, [line('json_encode', 2, 191), ...outer])
}

function isSafe(text: string): boolean {
  return /^[\u0020-\u007e]*$/.test(text) && !/["\\]/.test(text)
}

/** Safe ones stay binaries; others become one list of escaped characters, quotes included. */
function iolistString(bytes: Uint8Array, outer: readonly StackFrame[]): Term {
  const plain = Buffer.from(bytes).toString('latin1')
  if (isSafe(plain)) return [0x22, bytes, 0x22]
  const text = jsonString(bytes)
  if (text === undefined) throw badUtf8(bytes, outer)
  return escapedChars(text)
}

/** Escapes of one character are lists of their own, two of them for one beyond the first plane. */
function escapedChars(text: string): readonly Term[] {
  const parts = text.match(/\\ud[89ab]..\\u....|\\u....|[^]/g) ?? []
  return parts.map((part) => {
    if (part.length === 1) return part.charCodeAt(0)
    return part.length === 6 ? chars(part) : [chars(part.slice(0, 6)), chars(part.slice(6))]
  })
}

/** The conversion's answer, and not its text, is what Riak goes on with. */
function badUtf8(bytes: Uint8Array, outer: readonly StackFrame[]): JsonWriteError {
  let good = 0
  for (let end = 1; end <= bytes.length; end++) if (isUtf8(bytes.subarray(0, end))) good = end
  const start = Buffer.from(bytes.subarray(0, good)).toString()
  const decoded = Array.from(start, (char) => char.codePointAt(0) ?? 0)
  const answer = tuple(atom('error'), decoded, bytes.subarray(good))
  const encoder = tuple(atom('encoder'), atom('null'), atom('false'))
  const args = [answer, encoder, [0x22]]
  const frame = line('json_encode_string_unicode', args, 295)
  return new JsonWriteError('error', atom('function_clause'), [frame, ...outer])
}

/** `foldl` names itself otherwise from its second step on. */
const fold = (step: number): StackFrame =>
  step === 0 ? otpLine('lists', 'foldl', 3, 1350) : otpLine('lists', 'foldl_1', 3, 1355)

function iolistArray(list: readonly Term[], outer: readonly StackFrame[]): Term {
  if (list.length === 0) return Buffer.from('[]')
  const whole = line('json_encode_array', 2, 201)
  const items: Term[] = [0x5b]
  for (const [at, element] of list.entries()) {
    const inside = [line('-json_encode_array/2-fun-0-', 3, 199), fold(at), whole, ...outer]
    if (at > 0) items.push(0x2c)
    items.push(iolist(element, inside))
  }
  // The opening bracket is a string of one character, the closing one a character.
  return [...items, 0x5d]
}

function iolistObject(props: readonly Term[], outer: readonly StackFrame[]): Term {
  if (props.length === 0) return Buffer.from('{}')
  const whole = line('json_encode_proplist', 2, 212)
  const items: Term[] = [0x7b]
  for (const [at, prop] of props.entries()) {
    const around = [fold(at), whole, ...outer]
    const pair = pairOf(prop)
    if (pair === undefined) throw noPair(prop, items, around)
    const [name, value] = pair
    if (at > 0) items.push(0x2c)
    items.push(iolistName(name, around), 0x3a)
    items.push(iolist(value, [line('-json_encode_proplist/2-fun-0-', 3, 209), ...around]))
  }
  return [...items, 0x7d]
}

/** What is gathered so far is told, newest first. */
function noPair(prop: Term, items: readonly Term[], around: readonly StackFrame[]): JsonWriteError {
  const gathered = items.length > 1 ? [0x2c, ...items.toReversed()] : [0x7b]
  const frame = line('-json_encode_proplist/2-inlined-0-', [prop, gathered], 207)
  return new JsonWriteError('error', atom('function_clause'), [frame, ...around])
}

function iolistName(name: Term, around: readonly StackFrame[]): Term {
  const outer = [line('-json_encode_proplist/2-fun-0-', 3, 208), ...around]
  if (name instanceof Uint8Array) return iolistString(name, outer)
  if (isInteger(name)) return [0x22, chars(String(name)), 0x22]
  if (isAtom(name)) return iolistString(Buffer.from(name.atom), outer)
  const text = isList(name) ? charsOf(name) : undefined
  if (text !== undefined && isSafe(text)) return [0x22, name, 0x22]
  if (text !== undefined) return escapedChars(asciiJson(JSON.stringify(text)))
  const encoder = tuple(atom('encoder'), atom('null'), atom('false'))
  const frame = line('json_encode_string', [name, encoder], 216)
  throw new JsonWriteError('error', atom('function_clause'), [frame, ...outer])
}
