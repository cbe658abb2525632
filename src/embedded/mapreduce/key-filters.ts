/**
 * Key filters: a key goes through a chain of functions, and stays where the last one says true.
 *
 *     [["tokenize","-",2],["string_to_int"],["less_than",10]]       key → "2026" → 2026 → true
 *
 * Values are terms: a comparison may meet a number or a text, and orders them as Erlang does.
 *
 * Pure. Patterns are run within bounds of time (`query/term-filter.ts`).
 *
 * Source: basho/riak_kv src/riak_kv_mapred_filters.erl; captures/mapred 040–04h.
 */

import { compareBytes } from '../../causality/bytes.ts'
import { atom, isAtom, isFloat, isList } from '../../causality/external-term.ts'
import type { Term } from '../../causality/external-term.ts'
import { printFloat, printTerm } from '../../causality/print-term.ts'
import { FunctionError } from './job-errors.ts'
import { levenshtein } from './levenshtein.ts'
import { compareTerms } from './term-order.ts'

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

/** `to_string/1`: the bytes of a text, or of a number in print. */
function textOf(value: Term): Buffer {
  if (value instanceof Uint8Array) return Buffer.from(value)
  if (typeof value === 'number' || typeof value === 'bigint') return Buffer.from(String(value))
  if (typeof value === 'object' && isFloat(value)) return Buffer.from(value.float.toExponential(20))
  if (isList(value) && value.every((code) => typeof code === 'number')) {
    return Buffer.from(value)
  }
  return Buffer.from(printTerm(value), 'latin1')
}

/** Texts that functions make are lists in Riak, and not equal to a binary. */
function asList(bytes: Buffer): Term {
  return [...bytes]
}

const truth = (is: boolean): Term => atom(String(is))
const isTrue = (term: Term): boolean => isAtom(term) && term.atom === 'true'

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

const stringToInt: Maker = () => (value) => {
  const text = textOf(value).toString('latin1')
  if (!/^[+-]?[0-9]+$/.test(text)) return clauseOfText()
  const whole = BigInt(text.replace('+', ''))
  const narrow = Number(whole)
  return Number.isSafeInteger(narrow) ? narrow : whole
}

/** Riak's vnode tells this as a function without a clause (captures/mapred 04g). */
function clauseOfText(): never {
  return clause()
}

const stringToFloat: Maker = () => (value) => {
  const text = textOf(value).toString('latin1')
  // A fraction is needed: "1" is no float.
  if (!/^[+-]?[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?$/.test(text)) return clauseOfText()
  const float = Number(text)
  return Number.isFinite(float) ? { float } : badArgument()
}

function cased(change: (text: string) => string): Maker {
  // Latin1 letters as Erlang's `string` knows them: byte by byte.
  return () => (value) => asList(Buffer.from(change(textOf(value).toString('latin1')), 'latin1'))
}

const tokenize: Maker = (args) => {
  const separators = new Set(textOf(first(args)))
  const wanted = second(args)
  return (value) => {
    const tokens: number[][] = []
    let token: number[] = []
    for (const byte of textOf(value)) {
      if (!separators.has(byte)) {
        token.push(byte)
        continue
      }
      if (token.length > 0) tokens.push(token)
      token = []
    }
    if (token.length > 0) tokens.push(token)
    const found = typeof wanted === 'number' && wanted > 0 ? tokens[wanted - 1] : undefined
    return found === undefined ? clause() : Buffer.from(found)
  }
}

const urldecode: Maker = () => (value) => {
  // Up to what would end a parameter of a query.
  const [text = ''] = textOf(value).toString('latin1').split(/[&;]/)
  const plain = text
    .replaceAll('+', ' ')
    .replace(/%([0-9a-fA-F]{2})/g, (_escape, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
  return asList(Buffer.from(plain, 'latin1'))
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
  const source = first(args)
  if (!(source instanceof Uint8Array) && !isList(source)) broken()
  const isMatch = pattern(textOf(source).toString('latin1')) ?? broken()
  return (value) => {
    const isText = value instanceof Uint8Array || isList(value)
    return isText ? truth(isMatch(textOf(value))) : badArgument()
  }
}

const setMember: Maker = (args) => {
  const members = new Set(args.map((arg) => textOf(arg).toString('latin1')))
  return (value) => truth(members.has(textOf(value).toString('latin1')))
}

const similarTo: Maker = (args) => {
  const [other, most] = [textOf(first(args)), second(args)]
  return (value) => truth(compareTerms(levenshtein(textOf(value), other), most) <= 0)
}

function affix(isAt: (text: Buffer, part: Buffer) => boolean): Maker {
  return (args) => {
    const part = textOf(first(args))
    return (value) => truth(isAt(textOf(value), part))
  }
}

/** Several chains at once. */
function logical(judge: (chains: readonly Filter[], value: Term) => boolean): Maker {
  return (args, context) => {
    const chains = args.map((chain) => compose(isList(chain) ? chain : broken(), context))
    return (value) => truth(judge(chains, value))
  }
}

const not: Maker = (args, context) => {
  const chain = first(args)
  const judge = compose(isList(chain) ? chain : broken(), context)
  return (value) => {
    const found = judge(value)
    if (isTrue(found)) return truth(false)
    return isAtom(found) && found.atom === 'false' ? truth(true) : clause()
  }
}

const makers: ReadonlyMap<string, Maker> = new Map<string, Maker>([
  [
    'int_to_string',
    () => (value) => {
      const isWhole = typeof value === 'number' || typeof value === 'bigint'
      return isWhole ? Buffer.from(String(value)) : badArgument()
    },
  ],
  ['string_to_int', stringToInt],
  [
    'float_to_string',
    () => (value) => {
      const isOne = typeof value === 'object' && isFloat(value)
      return isOne ? Buffer.from(printFloat(value.float)) : badArgument()
    },
  ],
  ['string_to_float', stringToFloat],
  [
    'to_upper',
    cased((text) =>
      text.replace(/[a-z\u00e0-\u00f6\u00f8-\u00fe]/g, (char) =>
        String.fromCharCode(char.charCodeAt(0) - 32),
      ),
    ),
  ],
  [
    'to_lower',
    cased((text) =>
      text.replace(/[A-Z\u00c0-\u00d6\u00d8-\u00de]/g, (char) =>
        String.fromCharCode(char.charCodeAt(0) + 32),
      ),
    ),
  ],
  ['tokenize', tokenize],
  ['urldecode', urldecode],
  ['greater_than', compared((order) => order > 0)],
  ['less_than', compared((order) => order < 0)],
  ['greater_than_eq', compared((order) => order >= 0)],
  ['less_than_eq', compared((order) => order <= 0)],
  ['between', between],
  ['matches', matches],
  ['neq', (args) => (value) => truth(!isSame(value, first(args)))],
  ['eq', (args) => (value) => truth(isSame(value, first(args)))],
  ['set_member', setMember],
  ['similar_to', similarTo],
  ['starts_with', affix((text, part) => compareBytes(text.subarray(0, part.length), part) === 0)],
  [
    'ends_with',
    affix(
      (text, part) =>
        part.length <= text.length && text.subarray(text.length - part.length).equals(part),
    ),
  ],
  ['and', logical((chains, value) => chains.every((chain) => isTrue(chain(value))))],
  ['or', logical((chains, value) => chains.some((chain) => isTrue(chain(value))))],
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
