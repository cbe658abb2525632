/**
 * A map phase: each input is looked up where a replica of it is, and the function called with it.
 *
 *     inputs ──▶ targets ──▶ read, some at once ──▶ call ──▶ rows
 *
 * Source: basho/riak_kv src/riak_kv_mrc_map.erl, riak_kv_pipe_get.erl; RIAK.md §7.3.
 */

import { atom, isAtomOf, tuple } from '../../causality/external-term.ts'
import type { Term } from '../../causality/external-term.ts'
import { limits } from '../../kernel/limits.ts'
import type { JavascriptFunction } from '../javascript/javascript-engine.ts'
import type { BuiltInMap, MapArgument } from './built-ins.ts'
import { ahead } from './flow.ts'
import type { Flow, FlowItem, JobContext } from './flow.ts'
import type { Json, MapFunction } from './functions.ts'
import { NoCodeError, argumentText, callJavascript, codeOf, errorTerm } from './javascript-calls.ts'
import { FunctionError, inputFailed, inputRefused, workerNotStarted } from './job-errors.ts'
import { targetOf, undefinedTerm } from './job.ts'
import type { MapTarget } from './job.ts'
import { jsonElements } from './json-elements.ts'
import { objectJson } from './object-json.ts'
import { objectTerm } from './object-term.ts'
import type { MapCall, PhaseCall } from './phase-functions.ts'
import { ReadAhead, readObjects } from './read-objects.ts'
import { asTerms, jsonOfTerm, termOfJson } from './rows.ts'
import type { Rows } from './rows.ts'

export interface MapPhase {
  readonly number: number
  readonly phase: Extract<PhaseCall, { readonly kind: 'map' }>
  /** The next phase is a map: what this one makes must be keys of objects. */
  readonly feedsMap: boolean
}

/** What a worker is handed: shown where its function fails on it. */
export function inputOf({ target, object }: MapArgument): Term {
  if (object === undefined) {
    return tuple(tuple(atom('error'), atom('notfound')), target.bkey, target.keyData)
  }
  return tuple(atom('ok'), objectTerm(target.at, object), target.keyData)
}

type Read =
  | { readonly kind: 'kept'; readonly item: FlowItem }
  | { readonly kind: 'read'; readonly inputs: readonly MapArgument[] }

/** Rows of a map phase; what earlier phases keep passes through. */
export async function* runMap(context: JobContext, map: MapPhase, source: Flow): Flow {
  const { call } = map.phase
  const reads = ahead(targetBatches(context, map, source), 1, (batch) => read(context, batch))
  const rows =
    call.kind === 'javascript'
      ? javascriptRows(context, map, call, reads)
      : ownRows(context, map, reads)
  for await (const item of rows) {
    if (item.kind === 'kept') {
      yield item
      continue
    }
    if (item.rows.list.length === 0) continue
    if (map.phase.isKept) {
      yield { kind: 'kept', results: { phase: map.number, rows: item.rows } }
    }
    yield item
  }
}

interface TargetBatch {
  readonly kind: 'targets'
  readonly targets: readonly MapTarget[]
  readonly reading: ReadAhead
}

type Batch = TargetBatch | { readonly kind: 'kept'; readonly item: FlowItem }

async function* targetBatches(
  context: JobContext,
  map: MapPhase,
  source: Flow,
): AsyncGenerator<Batch, void, undefined> {
  const reading = new ReadAhead()
  for await (const item of source) {
    if (item.kind === 'kept') {
      yield { kind: 'kept', item }
      continue
    }
    const targets = asTerms(item.rows).map((input) => targetOf(input) ?? noTarget(map, input))
    for (let at = 0; at < targets.length;) {
      const batch = targets.slice(at, at + reading.count)
      at += batch.length
      yield { kind: 'targets', targets: batch, reading }
      if (context.turns.isOver()) await context.turns.next()
    }
  }
}

/**
 * Outputs that are no keys of objects: the worker that sends them on notices, over its own input. What
 * is kept is sent on by one that has the output itself for its input.
 */
function requireKeys(map: MapPhase, input: MapArgument, rows: readonly Term[]): void {
  const bad = rows.find((row) => targetOf(row) === undefined)
  if (bad === undefined) return
  const { number, phase } = map
  throw inputFailed(number, atom('function_clause'), phase.isKept ? bad : inputOf(input))
}

function noTarget(map: MapPhase, input: Term): never {
  throw inputFailed(Math.max(0, map.number - 1), atom('function_clause'), input)
}

async function read(context: JobContext, batch: Batch): Promise<Read> {
  if (batch.kind === 'kept') return batch
  const inputs = await readObjects(context.world, batch.targets)
  batch.reading.onRead(inputs)
  return { kind: 'read', inputs }
}

async function* ownRows(context: JobContext, map: MapPhase, reads: AsyncIterable<Read>): Flow {
  const { turns } = context
  for await (const batch of reads) {
    if (batch.kind === 'kept') {
      yield batch.item
      continue
    }
    await turns.next()
    const terms: Term[] = []
    const values: Json[] = []
    for (const input of batch.inputs) {
      if (turns.isOver()) await turns.next()
      const made = { terms: terms.length, values: values.length }
      callOwn(map, input, terms, values)
      if (!map.feedsMap) continue
      requireKeys(map, input, terms.slice(made.terms))
      requireKeys(map, input, values.slice(made.values).map(termOfJson))
    }
    const isRegistered = map.phase.call.kind === 'registered'
    const rows: Rows = isRegistered
      ? { kind: 'values', list: values }
      : { kind: 'terms', list: terms }
    yield { kind: 'rows', rows }
  }
}

function callOwn(map: MapPhase, input: MapArgument, terms: Term[], values: Json[]): void {
  const { call, arg } = map.phase
  switch (call.kind) {
    case 'built-in':
      for (const term of callBuiltIn(map, call.call, input, arg)) terms.push(term)
      return
    case 'registered':
      for (const value of callRegistered(map, call.call, input, arg)) values.push(value)
      return
    case 'link':
      for (const term of links(call, input)) terms.push(term)
      return
    case 'javascript':
      return
    case 'not-allowed':
      throw workerNotStarted(map.number, input.target.bkey)
  }
}

function callBuiltIn(
  map: MapPhase,
  call: BuiltInMap,
  input: MapArgument,
  arg: Term,
): readonly Term[] {
  let result: Term
  try {
    result = call(input, arg)
  } catch (error) {
    if (!(error instanceof FunctionError)) throw error
    throw inputFailed(map.number, error.reason, inputOf(input))
  }
  if (Array.isArray(result)) return result as readonly Term[]
  throw inputRefused(map.number, atom('non_list_result'), inputOf(input))
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString()

/** None given: a registered function is told so. */
export function jsonArgument(arg: Term): Json | undefined {
  return isAtomOf(arg, 'none') ? undefined : jsonOfTerm(arg)
}

function callRegistered(
  map: MapPhase,
  call: MapFunction,
  input: MapArgument,
  arg: Term,
): readonly Json[] {
  const { target, object } = input
  const { keyData } = target
  const hasNone = isAtomOf(keyData, 'undefined')
  let result: unknown
  try {
    result = call(
      {
        type: text(target.at.type),
        bucket: text(target.at.bucket),
        key: text(target.at.key),
        values: object?.values,
        keyData: hasNone ? undefined : jsonOfTerm(keyData),
      },
      jsonArgument(arg),
    )
  } catch (error) {
    throw inputFailed(map.number, thrownTerm(error), inputOf(input))
  }
  if (Array.isArray(result)) return result as readonly Json[]
  throw inputRefused(map.number, atom('non_list_result'), inputOf(input))
}

/** What a registered function throws, as a term: its words, and nothing of this machine. */
export function thrownTerm(error: unknown): Term {
  if (error instanceof FunctionError) return error.reason
  const message = error instanceof Error ? error.message : String(error)
  return tuple(atom('error'), Buffer.from(message))
}

function links(call: Extract<MapCall, { readonly kind: 'link' }>, { object }: MapArgument): Term[] {
  const rows: Term[] = []
  for (const value of object?.values ?? []) {
    for (const link of value.links ?? []) {
      const isWanted =
        (call.bucket === undefined || Buffer.compare(call.bucket, link.bucket) === 0) &&
        (call.tag === undefined || Buffer.compare(call.tag, link.tag) === 0)
      if (isWanted) rows.push([link.bucket, link.key, link.tag])
    }
  }
  return rows
}

/** Inputs of one call of the engine. A missing object is not shown to the code: it is its own row. */
interface CallBatch {
  readonly inputs: readonly MapArgument[]
  readonly argumentLists: readonly string[]
}

type Called =
  | { readonly kind: 'kept'; readonly item: FlowItem }
  | {
      readonly kind: 'rows'
      readonly inputs: readonly MapArgument[]
      /** One JSON list an input. */
      readonly lists: readonly string[]
    }

async function* javascriptRows(
  context: JobContext,
  map: MapPhase,
  call: Extract<MapCall, { readonly kind: 'javascript' }>,
  reads: AsyncIterable<Read>,
): Flow {
  let what: JavascriptFunction | undefined
  const batches = callBatches(context, map, reads)
  const called = ahead(
    batches,
    limits.mapReduceJavascriptCalls - 1,
    async (batch): Promise<Called> => {
      if (batch.kind === 'kept') return batch
      what ??= await codeFor(context, map, call, batch.inputs)
      const lists = await callBatch(context, map, what, batch)
      return { kind: 'rows', inputs: batch.inputs, lists }
    },
  )
  for await (const batch of called) {
    if (batch.kind === 'kept') {
      yield batch.item
      continue
    }
    await context.turns.next()
    const texts: string[] = []
    for (const [at, list] of batch.lists.entries()) {
      if (context.turns.isOver()) await context.turns.next()
      const rows = await jsonElements(list, context.turns)
      const input = batch.inputs[at]
      if (map.feedsMap && input !== undefined) {
        requireKeys(map, input, asTerms({ kind: 'texts', list: rows }))
      }
      for (const row of rows) texts.push(row)
    }
    yield { kind: 'rows', rows: { kind: 'texts', list: texts } }
  }
}

async function codeFor(
  context: JobContext,
  map: MapPhase,
  call: Extract<MapCall, { readonly kind: 'javascript' }>,
  inputs: readonly MapArgument[],
): Promise<JavascriptFunction> {
  try {
    return await codeOf(context, call.code)
  } catch (error) {
    if (!(error instanceof NoCodeError)) throw error
    const [input] = inputs
    throw workerNotStarted(map.number, input?.target.bkey ?? undefinedTerm)
  }
}

async function* callBatches(
  context: JobContext,
  map: MapPhase,
  reads: AsyncIterable<Read>,
): AsyncGenerator<
  (CallBatch & { readonly kind: 'call' }) | { readonly kind: 'kept'; readonly item: FlowItem }
> {
  const arg = argumentText(map.phase.arg)
  for await (const batch of reads) {
    if (batch.kind === 'kept') {
      yield batch
      continue
    }
    await context.turns.next()
    let inputs: MapArgument[] = []
    let argumentLists: string[] = []
    let chars = 0
    for (const input of batch.inputs) {
      if (context.turns.isOver()) await context.turns.next()
      const list = `[${valueText(map, input)},${argumentText(input.target.keyData)},${arg}]`
      inputs.push(input)
      argumentLists.push(list)
      chars += list.length
      const isFull =
        inputs.length >= limits.mapReduceJavascriptInputs ||
        chars >= limits.mapReduceJavascriptChars
      if (!isFull) continue
      yield { kind: 'call', inputs, argumentLists }
      inputs = []
      argumentLists = []
      chars = 0
    }
    if (inputs.length > 0) yield { kind: 'call', inputs, argumentLists }
  }
}

const noValue = 'null'

function valueText(map: MapPhase, input: MapArgument): string {
  const { object, target } = input
  if (object === undefined) return noValue
  const bytes = object.values.reduce((sum, value) => sum + value.value.length, 0)
  if (bytes > limits.javascriptObjectBytesMax) {
    throw inputRefused(map.number, tuple(atom('too_large'), bytes), inputOf(input))
  }
  const json = objectJson(target.at, object)
  if (json !== undefined) return json
  throw inputRefused(map.number, atom('bad_utf8_character_code'), inputOf(input))
}

async function callBatch(
  context: JobContext,
  map: MapPhase,
  what: JavascriptFunction,
  batch: CallBatch,
): Promise<readonly string[]> {
  const found = batch.argumentLists.filter((_list, at) => batch.inputs[at]?.object !== undefined)
  const results = found.length === 0 ? [] : await callJavascript(context, what, found)
  const answers = results.values()
  return batch.inputs.map((input) => {
    if (input.object === undefined) return `[${notFoundText(input.target)}]`
    const answer = answers.next().value
    if (answer?.kind === 'list') return answer.json
    const error = answer === undefined ? atom('no_vms') : errorTerm(answer)
    throw inputRefused(map.number, error, inputOf(input))
  })
}

function notFoundText({ at, keyData }: MapTarget): string {
  const data = isAtomOf(keyData, 'undefined') ? 'undefined' : jsonOfTerm(keyData)
  const isTyped = text(at.type) !== 'default'
  const members = {
    ...(isTyped ? { bucket_type: text(at.type) } : {}),
    bucket: text(at.bucket),
    key: text(at.key),
    keydata: data,
  }
  return JSON.stringify({ not_found: members })
}
