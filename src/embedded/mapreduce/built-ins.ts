/**
 * The functions of `riak_kv_mapreduce`, on terms, with their own crashes.
 *
 * Pure, but for giving way in lists so long that they would hold the thread.
 *
 * Source: basho/riak_kv src/riak_kv_mapreduce.erl; RIAK.md §7.2; captures/mapred.
 */

import {
  atom,
  integer,
  isAtomOf,
  isFloat,
  isInteger,
  isList,
  isTuple,
  tuple,
} from '../../causality/external-term.ts'
import type { Float, Term } from '../../causality/external-term.ts'
import type { RiakObject } from '../vnode/riak-object.ts'
import { builtInFrame, kvLine, otpLine } from './erlang-stack.ts'
import type { StackFrame } from './erlang-stack.ts'
import { FunctionError } from './job-errors.ts'
import type { MapTarget } from './job.ts'
import { contentTerms, objectTerm } from './object-term.ts'
import { structOf } from './json-writer.ts'
import { compareTerms, termId } from './term-order.ts'
import type { Turns } from './turns.ts'

/** The object looked up for an input; undefined: not found. */
export interface MapArgument {
  readonly target: MapTarget
  readonly object: RiakObject | undefined
}

/** @returns anything: what is no list fails the job. @throws FunctionError */
export type BuiltInMap = (input: MapArgument, arg: Term) => Term

/** @throws FunctionError */
export type BuiltInReduce = (
  list: readonly Term[],
  turns: Turns,
) => Promise<readonly Term[]> | readonly Term[]

const notFound = tuple(atom('error'), atom('notfound'))

export const builtInMaps: ReadonlyMap<string, BuiltInMap> = new Map<string, BuiltInMap>([
  [
    'map_identity',
    ({ target, object }) => [object === undefined ? notFound : objectTerm(target.at, object)],
  ],
  ['map_object_value', (input, arg) => valueOf(input, arg, (value) => [value])],
  ['map_object_value_list', (input, arg) => valueOf(input, arg, (value) => value)],
])

function valueOf(input: MapArgument, arg: Term, make: (value: Uint8Array) => Term): Term {
  const { object, target } = input
  if (object === undefined) return absent(target, arg)
  const [first, ...others] = object.values
  if (first !== undefined && others.length === 0) return make(first.value)
  throw new FunctionError(tuple(atom('badmatch'), contentTerms(object)))
}

function absent(target: MapTarget, arg: Term): Term {
  const action = arg instanceof Uint8Array ? Buffer.from(arg).toString('latin1') : ''
  if (action === 'filter_notfound') return []
  if (action === 'include_notfound') return [notFound]
  if (action === 'include_keydata') return [target.keyData]
  const [member, ...others] = structOf(arg) ?? []
  const [name, value] = member !== undefined && isTuple(member) ? member.tuple : []
  const isSub = name instanceof Uint8Array && Buffer.from(name).toString('latin1') === 'sub'
  if (isSub && value !== undefined && others.length === 0) return value
  throw new FunctionError(atom('function_clause'))
}

/** Elements of a list that are worked on between two looks at the clock. */
const elementsBetweenLooks = 1_000

async function* inTurns<T>(list: readonly T[], turns: Turns): AsyncGenerator<readonly T[]> {
  for (let from = 0; from < list.length; from += elementsBetweenLooks) {
    if (from > 0 && turns.isOver()) await turns.next()
    yield list.slice(from, from + elementsBetweenLooks)
  }
}

/** `step` for each element; without a promise where the list is short. */
function overAll<R>(
  list: readonly Term[],
  turns: Turns,
  step: (element: Term, at: number) => void,
  end: () => R,
): R | Promise<R> {
  if (list.length <= elementsBetweenLooks) {
    for (const [at, element] of list.entries()) step(element, at)
    return end()
  }
  const work = async (): Promise<R> => {
    let at = 0
    for await (const part of inTurns(list, turns)) for (const element of part) step(element, at++)
    return end()
  }
  return work()
}

const mapReduceLine = (name: string, args: number | readonly Term[], line: number): StackFrame =>
  kvLine('riak_kv_mapreduce', name, args, line)
const foldLine = (at: number): StackFrame =>
  at === 0 ? otpLine('lists', 'foldl', 3, 1350) : otpLine('lists', 'foldl_1', 3, 1355)

/** `{not_found,…}` is no datum. */
function isDatum(term: Term): boolean {
  if (!isTuple(term) || term.tuple.length < 2 || term.tuple.length > 3) return true
  const [tag] = term.tuple
  return !isAtomOf(tag, 'not_found')
}

function floatOf(term: number | bigint | Float): number {
  return isFloat(term) ? term.float : Number(term)
}

/** @returns undefined where one of them is no number. */
function add(a: Term, b: Term): Term | undefined {
  if (isInteger(a) && isInteger(b)) return integer(BigInt(a) + BigInt(b))
  const isNumbers = (isInteger(a) || isFloat(a)) && (isInteger(b) || isFloat(b))
  return isNumbers ? { float: floatOf(a) + floatOf(b) } : undefined
}

const reduceSum: BuiltInReduce = (list, turns) => {
  let sum: Term = 0
  let count = 0
  const step = (term: Term): void => {
    if (!isDatum(term)) return
    const next = add(term, sum)
    if (next === undefined) {
      throw new FunctionError(atom('badarith'), [
        builtInFrame('+', [term, sum]),
        foldLine(count),
        mapReduceLine('reduce_sum', 2, 182),
      ])
    }
    sum = next
    count++
  }
  return overAll(list, turns, step, () => [sum])
}

const reduceCountInputs: BuiltInReduce = (list, turns) => {
  let count: Term = 0
  const step = (term: Term): void => {
    // What is an integer already is taken for a count: so it is miscounted where it is a value.
    count = add(isInteger(term) ? term : 1, count) ?? count
  }
  return overAll(list, turns, step, () => [count])
}

const reduceSetUnion: BuiltInReduce = (list, turns) => {
  const set = new Map<string, Term>()
  const step = (term: Term): void => {
    const id = termId(term)
    if (!set.has(id)) set.set(id, term)
  }
  return overAll(list, turns, step, () => [...set.values()])
}

const reduceIdentity: BuiltInReduce = (list, turns) => {
  const pairs: Term[] = []
  const step = (term: Term): void => {
    pairs.push(bucketAndKey(term) ?? unhandled(term))
  }
  return overAll(list, turns, step, () => pairs.reverse())
}

function bucketAndKey(term: Term): Term | undefined {
  if (isList(term)) return term.length === 2 ? term : undefined
  if (!isTuple(term) || term.tuple.length !== 2) return undefined
  const [first] = term.tuple
  const isKeyed = first !== undefined && isTuple(first) && first.tuple.length === 2
  return isKeyed ? first.tuple : term.tuple
}

function unhandled(term: Term): never {
  throw new FunctionError(tuple(atom('unhandled_entry'), term), [], 'throw')
}

const reducePlistSum: BuiltInReduce = (list, turns) => {
  const [head] = list
  if (head === undefined) return []
  const sums = new Map<string, { readonly key: Term; value: Term }>()
  const step = (term: Term, at: number): void => {
    const [key, value] = isTuple(term) && term.tuple.length === 2 ? term.tuple : []
    if (key === undefined || value === undefined) throw noPair(term, sums.size, at)
    const id = termId(key)
    const known = sums.get(id)
    if (known === undefined) sums.set(id, { key, value })
    else known.value = add(value, known.value) ?? noSum(value, known.value, at)
  }
  const plain = isTuple(head) ? list : flatten(list)
  return overAll(plain, turns, step, () =>
    [...sums.values()].map(({ key, value }) => tuple(key, value)),
  )
}

function flatten(list: readonly Term[]): readonly Term[] {
  return list.flatMap((term) => (isList(term) ? flatten(term) : [term]))
}

const plistFrames = (at: number): readonly StackFrame[] => [
  foldLine(at),
  mapReduceLine('reduce_plist_sum', 2, 198),
]

function noPair(term: Term, size: number, at: number): FunctionError {
  const none: Term = { tuple: Array.from({ length: 16 }, () => []) }
  const dict: Term = { tuple: [atom('dict'), size, 16, 16, 8, 80, 48, none, tuple(none)] }
  const frame = mapReduceLine('-reduce_plist_sum/2-fun-1-', [term, dict], 199)
  return new FunctionError(atom('function_clause'), [frame, ...plistFrames(at)])
}

function noSum(value: Term, known: Term, at: number): never {
  const frames = [
    builtInFrame('+', [value, known]),
    mapReduceLine('-reduce_plist_sum/2-fun-0-', 2, 200),
    otpLine('dict', 'update_bkt', 4, 341),
    otpLine('dict', 'on_bucket', 3, 433),
    otpLine('dict', 'update', 4, 336),
    ...plistFrames(at),
  ]
  throw new FunctionError(atom('badarith'), frames)
}

const reduceStringToInteger: BuiltInReduce = (list, turns) => {
  const integers: Term[] = []
  const step = (term: Term): void => {
    if (isDatum(term)) integers.push(integerOf(term, integers.length))
  }
  return overAll(list, turns, step, () => integers)
}

/** Of the same frame a stack holds no more. */
const equalFramesMax = 8

/** @param before - elements before it: the comprehension has called itself for each. */
function integerOf(term: Term, before: number): Term {
  if (isInteger(term)) return term
  const comprehension = mapReduceLine('-reduce_string_to_integer/2-lc$^0/1-0-', 1, 257)
  const inList = (): readonly StackFrame[] =>
    Array.from({ length: Math.min(before + 1, equalFramesMax) }, () => comprehension)
  const chars = term instanceof Uint8Array ? [...term] : isList(term) ? term : undefined
  if (chars === undefined) {
    const frame = mapReduceLine('value_to_integer', [term], 259)
    throw new FunctionError(atom('function_clause'), [frame, ...inList()])
  }
  const isText = chars.every((code) => typeof code === 'number')
  const text = isText ? String.fromCharCode(...chars) : ''
  if (/^[+-]?[0-9]+$/.test(text)) {
    return integer(BigInt(text.replace('+', '')))
  }
  const frame = builtInFrame('list_to_integer', [chars])
  throw new FunctionError(atom('badarg'), [
    frame,
    mapReduceLine('value_to_integer', 1, 260),
    ...inList(),
  ])
}

const reduceSort: BuiltInReduce = (list, turns) =>
  list.length <= elementsBetweenLooks ? list.toSorted(compareTerms) : mergeSort(list, turns)

async function mergeSort(list: readonly Term[], turns: Turns): Promise<readonly Term[]> {
  let runs: (readonly Term[])[] = []
  for await (const part of inTurns(list, turns)) runs.push(part.toSorted(compareTerms))
  while (runs.length > 1) {
    const merged: (readonly Term[])[] = []
    for (let at = 0; at < runs.length; at += 2) {
      merged.push(await merge(runs[at] ?? [], runs[at + 1] ?? [], turns))
    }
    runs = merged
  }
  return runs[0] ?? []
}

async function merge(
  a: readonly Term[],
  b: readonly Term[],
  turns: Turns,
): Promise<readonly Term[]> {
  if (b.length === 0) return a
  const merged: Term[] = []
  let atA = 0
  let atB = 0
  while (merged.length < a.length + b.length) {
    const [left, right] = [a[atA], b[atB]]
    const isLeft = right === undefined || (left !== undefined && compareTerms(left, right) <= 0)
    if (isLeft && left !== undefined) {
      merged.push(left)
      atA++
    } else if (right !== undefined) {
      merged.push(right)
      atB++
    }
    if (merged.length % elementsBetweenLooks === 0 && turns.isOver()) await turns.next()
  }
  return merged
}

export const builtInReduces: ReadonlyMap<string, BuiltInReduce> = new Map<string, BuiltInReduce>([
  ['reduce_identity', reduceIdentity],
  ['reduce_set_union', reduceSetUnion],
  ['reduce_sum', reduceSum],
  ['reduce_plist_sum', reducePlistSum],
  ['reduce_sort', reduceSort],
  ['reduce_count_inputs', reduceCountInputs],
  ['reduce_string_to_integer', reduceStringToInteger],
])
