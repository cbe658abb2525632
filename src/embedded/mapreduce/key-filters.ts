/**
 * Key filters: a key goes through a chain of functions, and stays where the last one says true.
 *
 *     [["tokenize","-",2],["string_to_int"],["less_than",10]]       key → "2026" → 2026 → true
 *
 * Values are terms: a comparison may meet a number or a text, and orders them as Erlang does. A filter
 * that cannot take its value throws; whatever it was, Riak tells `function_clause` of it (`inputs.ts`).
 *
 * Pure. Patterns are run within bounds of time (`query/term-filter.ts`).
 *
 * Source: basho/riak_kv src/riak_kv_mapred_filters.erl; captures/mapred 040–04h.
 */

import {
  atom,
  integer,
  isAtom,
  isAtomOf,
  isFloat,
  isInteger,
  isList,
} from '../../causality/external-term.ts'
import type { Term } from '../../causality/external-term.ts'
import { bytesOf, charIds, charsOf, codes, floatText, isPrefix } from './filter-texts.ts'
import { mapLetters, plainText, tokensOf } from './filter-texts.ts'
import { FunctionError } from './job-errors.ts'
import { levenshtein } from './levenshtein.ts'
import { compareTerms, termId } from './term-order.ts'

/** Matches many texts against one pattern, within a bound of time; undefined where it is none. */
export type MakePattern = (pattern: string) => ((text: Uint8Array) => boolean) | undefined

export type KeyFilters =
  /** @throws FunctionError on a key that a function has no clause for. */
  | { readonly kind: 'filters'; readonly accepts: (key: Uint8Array) => boolean }
  /** No function of this name. */
  | { readonly kind: 'unknown'; readonly name: Term }
  /** Arguments that no function can be made of: Riak's vnodes crash, and nobody answers. */
  | { readonly kind: 'broken' }

type Filter = (value: Term) => Term
type Maker = (args: readonly Term[], context: Context) => Filter

interface Context {
  readonly pattern: MakePattern
}

/** Thrown while filters are made. */
class BrokenFilterError extends Error {
  override readonly name = 'BrokenFilterError'
}

function broken(): never {
  throw new BrokenFilterError('a filter has the wrong arguments')
}

function first(args: readonly Term[]): Term {
  return args[0] ?? broken()
}

function second(args: readonly Term[]): Term {
  return args[1] ?? broken()
}

function clause(): never {
  throw new FunctionError(atom('function_clause'))
}

function badArgument(): never {
  throw new FunctionError(atom('badarg'))
}

const truth = (is: boolean): Term => atom(String(is))
const isTrue = (term: Term): boolean => isAtomOf(term, 'true')

function compared(judge: (order: number) => boolean): Maker {
  return (args) => {
    const other = first(args)
    return (value) => truth(judge(compareTerms(value, other)))
  }
}

/** Exactly equal: a number and its float are not. */
function isSame(a: Term, b: Term): boolean {
  if (typeof a === 'object' && typeof b === 'object' && isFloat(a) !== isFloat(b)) return false
  const isMixed = typeof a !== typeof b
  return !isMixed && compareTerms(a, b) === 0
}

function equal(wanted: boolean): Maker {
  return (args) => {
    const other = first(args)
    return (value) => truth(isSame(value, other) === wanted)
  }
}

const stringToInt: Maker = () => (value) => {
  const text = plainText(charsOf(value)) ?? ''
  if (!/^[+-]?[0-9]+$/.test(text)) return badArgument()
  return integer(BigInt(text.replace('+', '')))
}

const stringToFloat: Maker = () => (value) => {
  const text = plainText(charsOf(value)) ?? ''
  // A fraction is needed: "1" is no float.
  if (!/^[+-]?[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?$/.test(text)) return badArgument()
  const float = Number(text)
  return Number.isFinite(float) ? { float } : badArgument()
}

const intToString: Maker = () => (value) =>
  isInteger(value) ? Buffer.from(String(value)) : badArgument()

const floatToString: Maker = () => (value) =>
  isFloat(value) ? Buffer.from(floatText(value.float)) : badArgument()

function cased(letters: RegExp, shift: number): Maker {
  // Latin1 letters as Erlang's `string` knows them: byte by byte.
  const change = (text: string): string =>
    text.replace(letters, (char) => String.fromCharCode(char.charCodeAt(0) + shift))
  return () => (value) => mapLetters(charsOf(value), change)
}

const tokenize: Maker = (args) => {
  const separators = charsOf(first(args))
  const wanted = second(args)
  return (value) => {
    const tokens = tokensOf(charsOf(value), separators)
    const found = typeof wanted === 'number' && wanted > 0 ? tokens[wanted - 1] : undefined
    return found === undefined ? clause() : (bytesOf(found) ?? badArgument())
  }
}

const urldecode: Maker = () => (value) => {
  const chars = charsOf(value)
  const whole = plainText(chars)
  if (whole === undefined) return chars
  // Up to what would end a parameter of a query.
  const [text = ''] = whole.split(/[&;]/)
  const plain = text
    .replaceAll('+', ' ')
    .replace(/%([0-9a-fA-F]{2})/g, (_escape, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
  return codes(plain)
}

const between: Maker = (args) => {
  const [low, high, inclusive] = [first(args), second(args), args[2]]
  const flag = inclusive !== undefined && isAtom(inclusive) ? inclusive.atom : 'true'
  if (args.length === 3 && (!isAtom(inclusive ?? []) || !/^(?:true|false)$/.test(flag))) broken()
  const isInclusive = args.length !== 3 || flag === 'true'
  return (value) => {
    const [above, below] = [compareTerms(value, low), compareTerms(value, high)]
    return truth(isInclusive ? above >= 0 && below <= 0 : above > 0 && below < 0)
  }
}

const matches: Maker = (args, { pattern }) => {
  const source = textBytes(first(args)) ?? broken()
  const isMatch = pattern(source.toString('latin1')) ?? broken()
  return (value) => truth(isMatch(textBytes(value) ?? badArgument()))
}

/** What a pattern is held against: a binary, or a list of bytes; undefined for anything else. */
function textBytes(value: Term): Buffer | undefined {
  if (value instanceof Uint8Array) return Buffer.from(value)
  return isList(value) ? bytesOf(value) : undefined
}

const setMember: Maker = (args) => {
  const members = new Set(args.map((arg) => termId(charsOf(arg))))
  return (value) => truth(members.has(termId(charsOf(value))))
}

const similarTo: Maker = (args) => {
  const [other, most] = [charIds(charsOf(first(args))), second(args)]
  return (value) => truth(compareTerms(levenshtein(charIds(charsOf(value)), other), most) <= 0)
}

const startsWith: Maker = (args) => {
  const part = charIds(charsOf(first(args)))
  return (value) => truth(isPrefix(part, charsOf(value)))
}

const endsWith: Maker = (args) => {
  const part = charIds(charsOf(first(args))).toReversed()
  return (value) => truth(isPrefix(part, charsOf(value).toReversed()))
}

/** Several chains at once: what one makes of a key must be true or false. */
function logical(judge: (chains: readonly Judge[], value: Term) => boolean): Maker {
  return (args, context) => {
    const chains = args.map((chain) => judgeOf(chain, context))
    return (value) => truth(judge(chains, value))
  }
}

type Judge = (value: Term) => boolean

function judgeOf(exprs: Term, context: Context): Judge {
  const chain = compose(isList(exprs) ? exprs : broken(), context)
  return (value) => {
    const found = chain(value)
    if (isTrue(found)) return true
    return isAtomOf(found, 'false') ? false : clause()
  }
}

const not: Maker = (args, context) => {
  const judge = judgeOf(first(args), context)
  return (value) => truth(!judge(value))
}

const makers: ReadonlyMap<string, Maker> = new Map<string, Maker>([
  ['int_to_string', intToString],
  ['string_to_int', stringToInt],
  ['float_to_string', floatToString],
  ['string_to_float', stringToFloat],
  ['to_upper', cased(/[a-z\u00e0-\u00f6\u00f8-\u00fe]/g, -32)],
  ['to_lower', cased(/[A-Z\u00c0-\u00d6\u00d8-\u00de]/g, 32)],
  ['tokenize', tokenize],
  ['urldecode', urldecode],
  ['greater_than', compared((order) => order > 0)],
  ['less_than', compared((order) => order < 0)],
  ['greater_than_eq', compared((order) => order >= 0)],
  ['less_than_eq', compared((order) => order <= 0)],
  ['between', between],
  ['matches', matches],
  ['neq', equal(false)],
  ['eq', equal(true)],
  ['set_member', setMember],
  ['similar_to', similarTo],
  ['starts_with', startsWith],
  ['ends_with', endsWith],
  ['and', logical((chains, value) => chains.every((chain) => chain(value)))],
  ['or', logical((chains, value) => chains.some((chain) => chain(value)))],
  ['not', not],
])

function compose(exprs: readonly Term[], context: Context): Filter {
  const chain = exprs.map((expr) => {
    const [name, ...args] = isList(expr) ? expr : broken()
    const maker = name instanceof Uint8Array ? makers.get(Buffer.from(name).toString()) : undefined
    return maker === undefined ? broken() : maker(args, context)
  })
  if (chain.length === 0) return () => truth(true)
  return (value) => chain.reduce((passed, filter) => filter(passed), value)
}

/** @param exprs - the outermost names are checked by the node, all else where the keys are. */
export function makeKeyFilters(exprs: readonly Term[], pattern: MakePattern): KeyFilters {
  for (const expr of exprs) {
    const [name] = isList(expr) ? expr : []
    if (name === undefined) return { kind: 'broken' }
    const isKnown = name instanceof Uint8Array && makers.has(Buffer.from(name).toString())
    if (!isKnown) return { kind: 'unknown', name }
  }
  try {
    const chain = compose(exprs, { pattern })
    return { kind: 'filters', accepts: (key) => isTrue(chain(key)) }
  } catch (error) {
    if (error instanceof BrokenFilterError) return { kind: 'broken' }
    throw error
  }
}

/** The name that a filter has in Riak's own module, as its errors print it. */
export function filterName(name: string): string {
  return /^(?:and|or|not)$/.test(name) ? `logical_${name}` : name
}
