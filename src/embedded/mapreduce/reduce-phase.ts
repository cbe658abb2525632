/**
 * A reduce phase: its function is called with a batch of inputs, then with its own output and the next
 * batch, and so on. At the end its output goes on.
 *
 *     [1..20] ─▶ f ─▶ acc      acc ++ [21..40] ─▶ f ─▶ acc      …      rest ─▶ f ─▶ rows
 *
 * Invariants: each input is handed over once; without any input the function is called once with
 * nothing. What is held is counted (`held-bytes.ts`).
 *
 * Source: basho/riak_kv src/riak_kv_w_reduce.erl; RIAK.md §7.3.
 */

import { atom, isAtomOf, isFloat, isInteger, isList, tuple } from '../../causality/external-term.ts'
import type { Term } from '../../causality/external-term.ts'
import { limits } from '../../kernel/limits.ts'
import type { JavascriptFunction } from '../javascript/javascript-engine.ts'
import type { BuiltInReduce } from './built-ins.ts'
import type { Flow, JobContext } from './flow.ts'
import type { Json, ReduceFunction } from './functions.ts'
import { NoCodeError, argumentText, callJavascript, codeOf, errorTerm } from './javascript-calls.ts'
import {
  FunctionError,
  inputFailed,
  outputNotKey,
  reduceExited,
  reduceFailed,
} from './job-errors.ts'
import { targetOf } from './job.ts'
import { jsonElements } from './json-elements.ts'
import { structOf } from './json-writer.ts'
import { jsonArgument, thrownTerm } from './map-phase.ts'
import type { PhaseCall, ReduceCall } from './phase-functions.ts'
import { memberOf, optionOf } from './props.ts'
import { asTerms, asTexts, asValues, termOfJson, weightOf } from './rows.ts'
import type { Rows } from './rows.ts'

/** Inputs the function waits for; Infinity: it is called once, at the end. */
export function batchSizeOf(arg: Term): number {
  const props = isList(arg) ? arg : undefined
  const struct = structOf(arg)
  const of = (name: string): Term | undefined => {
    if (struct !== undefined) return memberOf(struct, name)
    return props === undefined ? undefined : optionOf(props, name)
  }
  const once = of('reduce_phase_only_1')
  if (isAtomOf(once, 'true')) return Infinity
  const size = of('reduce_phase_batch_size')
  if (size === undefined) return limits.mapReduceBatch
  if (isInteger(size)) return Number(size)
  // Any other term is greater than any number, in Erlang's order.
  return isFloat(size) ? size.float : Infinity
}

/** One function with what it has gathered. */
export interface Reducer {
  add(rows: Rows): Promise<void>
  /** The last call, and its output. */
  end(): Promise<Rows>
}

export type ReducePhase = Extract<PhaseCall, { readonly kind: 'reduce' }>

/** @param feedsMap - the next phase is a map: what this one makes must be keys of objects. */
export async function* runReduce(
  context: JobContext,
  number: number,
  phase: ReducePhase,
  source: Flow,
  feedsMap = false,
): Flow {
  const reducer = makeReducer(context, number, phase)
  let hasInput = false
  for await (const item of source) {
    if (item.kind === 'kept') {
      yield item
      continue
    }
    hasInput ||= item.rows.list.length > 0
    await reducer.add(item.rows)
  }
  const rows = await reducer.end()
  if (rows.list.length === 0) return
  if (phase.isKept) yield { kind: 'kept', results: { phase: number, rows } }
  const bad = feedsMap ? asTerms(rows).find((row) => targetOf(row) === undefined) : undefined
  if (bad === undefined) {
    yield { kind: 'rows', rows }
    return
  }
  // What is kept is passed on by a worker of its own, which has it for its input.
  if (phase.isKept) throw inputFailed(number, atom('function_clause'), bad)
  if (hasInput) throw outputNotKey(number, bad)
  // Without an input no worker runs: the phase's process calls the function, and swallows the crash.
}

/**
 * The outputs of a map phase, reduced batch by batch where they are made (`do_prereduce`).
 *
 * @param number - the map phase's: its failures are told as that one's.
 */
export async function* runPrereduce(
  context: JobContext,
  number: number,
  phase: ReducePhase,
  source: Flow,
): Flow {
  for await (const item of source) {
    if (item.kind === 'kept') {
      yield item
      continue
    }
    const reducer = makeReducer(context, number, phase)
    await reducer.add(item.rows)
    const rows = await reducer.end()
    if (rows.list.length > 0) yield { kind: 'rows', rows }
  }
}

function makeReducer(context: JobContext, number: number, phase: ReducePhase): Reducer {
  const { call, arg } = phase
  switch (call.kind) {
    case 'built-in':
      return new BatchReducer<Term>(context, {
        batchSize: batchSizeOf(arg),
        take: asTerms,
        give: (list) => ({ kind: 'terms', list }),
        call: (list, last) => callBuiltIn(context, number, call.call, list, last),
      })
    case 'registered':
      return new BatchReducer<Json>(context, {
        batchSize: batchSizeOf(arg),
        take: asValues,
        give: (list) => ({ kind: 'values', list }),
        call: (list, last) => {
          const input = last === undefined ? undefined : termOfJson(last)
          return callRegistered(number, call.call, list, jsonArgument(arg), input)
        },
      })
    case 'javascript':
      return javascriptReducer(context, number, call, arg)
  }
}

interface ReducerOptions<T> {
  readonly batchSize: number
  readonly take: (rows: Rows) => readonly T[]
  readonly give: (list: readonly T[]) => Rows
  /** @param last - the input that filled the batch; undefined at the end. */
  readonly call: (list: readonly T[], last: T | undefined) => Promise<readonly T[]> | readonly T[]
}

class BatchReducer<T> implements Reducer {
  readonly #context: JobContext
  readonly #options: ReducerOptions<T>
  #output: readonly T[] = []
  #waiting: T[] = []
  #hasRun = false
  /** Bytes held, as last weighed. */
  #weight = 0

  constructor(context: JobContext, options: ReducerOptions<T>) {
    this.#context = context
    this.#options = options
  }

  async add(rows: Rows): Promise<void> {
    const { turns, held } = this.#context
    const { batchSize, take } = this.#options
    const weight = weightOf(rows)
    held.take(weight)
    this.#weight += weight
    for (const row of take(rows)) {
      this.#waiting.push(row)
      if (this.#waiting.length < batchSize) continue
      if (turns.isOver()) await turns.next()
      await this.#reduce(row)
    }
  }

  async end(): Promise<Rows> {
    const isNeeded = this.#waiting.length > 0 || !this.#hasRun
    if (isNeeded) {
      if (this.#context.turns.isOver()) await this.#context.turns.next()
      await this.#reduce(undefined)
    }
    this.#context.held.give(this.#weight)
    this.#weight = 0
    return this.#options.give(this.#output)
  }

  async #reduce(last: T | undefined): Promise<void> {
    const { call, give } = this.#options
    const inputs = this.#output.length === 0 ? this.#waiting : [...this.#output, ...this.#waiting]
    this.#waiting = []
    this.#hasRun = true
    const output = call(inputs, last)
    this.#output = output instanceof Promise ? await output : output
    this.#weigh(give(this.#output))
  }

  #weigh(rows: Rows): void {
    const { held } = this.#context
    held.give(this.#weight)
    this.#weight = weightOf(rows)
    held.take(this.#weight)
  }
}

/** @param last - the input at hand; undefined at the end, where the worker dies of it. */
function failed(number: number, error: unknown, last: Term | undefined): Error {
  if (!(error instanceof FunctionError)) {
    const reason = thrownTerm(error)
    return last === undefined ? reduceExited(number, reason) : inputFailed(number, reason, last)
  }
  const { reason, frames, type } = error
  if (last !== undefined) return inputFailed(number, reason, last, type)
  // A throw is taken for an answer there, and a wrong one.
  if (type === 'throw') return reduceExited(number, tuple(atom('bad_return_value'), reason))
  return frames.length === 0 ? reduceExited(number, reason) : reduceFailed(number, reason, frames)
}

function callBuiltIn(
  context: JobContext,
  number: number,
  call: BuiltInReduce,
  list: readonly Term[],
  last: Term | undefined,
): Promise<readonly Term[]> | readonly Term[] {
  try {
    const output = call(list, context.turns)
    if (!(output instanceof Promise)) return output
    return output.catch((error: unknown) => {
      throw failed(number, error, last)
    })
  } catch (error) {
    throw failed(number, error, last)
  }
}

function callRegistered(
  number: number,
  call: ReduceFunction,
  list: readonly Json[],
  arg: Json | undefined,
  last: Term | undefined,
): readonly Json[] {
  let output: unknown
  try {
    output = call(list, arg)
  } catch (error) {
    throw failed(number, error, last)
  }
  if (Array.isArray(output)) return output as readonly Json[]
  throw reduceExited(number, atom('non_list_result'))
}

function javascriptReducer(
  context: JobContext,
  number: number,
  call: Extract<ReduceCall, { readonly kind: 'javascript' }>,
  arg: Term,
): Reducer {
  let what: JavascriptFunction | undefined
  const argText = argumentText(arg)
  return new BatchReducer<string>(context, {
    batchSize: batchSizeOf(arg),
    take: asTexts,
    give: (list) => ({ kind: 'texts', list }),
    call: async (list) => {
      what ??= await codeFor(context, number, call)
      const [answer] = await callJavascript(context, what, [`[[${list.join(',')}],${argText}]`])
      if (answer?.kind === 'list') return jsonElements(answer.json, context.turns)
      throw reduceExited(number, answer === undefined ? atom('no_vms') : errorTerm(answer))
    },
  })
}

async function codeFor(
  context: JobContext,
  number: number,
  call: Extract<ReduceCall, { readonly kind: 'javascript' }>,
): Promise<JavascriptFunction> {
  try {
    return await codeOf(context, call.code)
  } catch (error) {
    if (error instanceof NoCodeError) throw reduceExited(number, error.reason)
    throw error
  }
}
