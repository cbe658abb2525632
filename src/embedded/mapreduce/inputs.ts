/**
 * The inputs of a job as batches of terms: a list as it came, or the keys that a query finds.
 *
 * Source: basho/riak_kv src/riak_kv_mrc_pipe.erl `send_inputs/3`, riak_kv_pipe_listkeys.erl,
 * riak_kv_pipe_index.erl; captures/mapred 02x–04x.
 */

import { atom, chars, isList, tuple } from '../../causality/external-term.ts'
import type { Term } from '../../causality/external-term.ts'
import type { BucketId } from '../requests.ts'
import { codeLine, kvLine, otpLine, stackTerm } from './erlang-stack.ts'
import type { Flow, JobContext } from './flow.ts'
import { FunctionError, inputFailed, inputsFailed } from './job-errors.ts'
import type { JobBucket, JobInputs } from './job.ts'
import { bucketTerm, inputTerm } from './job.ts'
import { filterName, makeKeyFilters } from './key-filters.ts'

const batchInputs = 256

/** @throws JobFailedError where they cannot be had. */
export async function* inputsOf(context: JobContext, inputs: JobInputs): Flow {
  switch (inputs.kind) {
    case 'keys':
      for (let at = 0; at < inputs.list.length; at += batchInputs) {
        const list = inputs.list.slice(at, at + batchInputs)
        yield { kind: 'rows', rows: { kind: 'terms', list } }
      }
      return
    case 'bucket':
      yield* keysOf(context, inputs.of, undefined)
      return
    case 'filtered':
      yield* filteredKeys(context, inputs.of, inputs.filters)
      return
    case 'index':
      yield* indexedKeys(context, inputs)
      return
    case 'function':
      throw noSuchFunction(inputs.module, inputs.function, inputs.arg)
    case 'search':
      throw inputsFailed(tuple(atom('error'), chars('search not enabled')))
  }
}

/** A type that is not there is found out where its N is looked up. */
function requireType(context: JobContext, of: BucketId, module: string): void {
  if (context.world.cluster.buckets.settings(of) !== undefined) return
  throw inputsFailed(noType(module, 'queue_existing_pipe', 3, 120))
}

/** The crash over the properties of an unknown type: `{function_clause, Stack}`. */
export function noType(module: string, name: string, arity: number, line: number): Term {
  const asked = [atom('n_val'), tuple(atom('error'), atom('no_type')), atom('undefined')]
  const frames = [
    otpLine('proplists', 'get_value', asked, 216),
    kvLine(module, name, arity, line),
    kvLine('riak_kv_mrc_pipe', '-send_inputs_async/3-fun-0-', 3, 627),
  ]
  return tuple(atom('function_clause'), stackTerm(frames))
}

async function* keysOf(
  context: JobContext,
  of: JobBucket,
  accepts: ((key: Uint8Array) => boolean) | undefined,
): Flow {
  requireType(context, of, 'riak_kv_pipe_listkeys')
  if (of.isVoid === true) return
  const { world, turns } = context
  for await (const keys of world.listKeys(of, { timeoutMs: context.leftMs() })) {
    if (turns.isOver()) await turns.next()
    const wanted = accepts === undefined ? keys : keys.filter(accepts)
    if (wanted.length === 0) continue
    const list = wanted.map((key) => inputTerm(of, key))
    yield { kind: 'rows', rows: { kind: 'terms', list } }
  }
}

async function* filteredKeys(context: JobContext, of: JobBucket, exprs: readonly Term[]): Flow {
  const filters = makeKeyFilters(exprs, context.world.pattern)
  if (filters.kind === 'unknown') {
    throw inputsFailed(tuple(atom('error'), tuple(atom('bad_filter'), filters.name)))
  }
  if (filters.kind === 'filters') {
    const accepts = (key: Uint8Array): boolean => {
      try {
        return filters.accepts(key)
      } catch (error) {
        if (!(error instanceof FunctionError)) throw error
        // The vnode's fold dies, and the worker has no clause for what it hears then.
        throw inputFailed('listkeys', atom('function_clause'), coverInput(context, of, exprs))
      }
    }
    yield* keysOf(context, of, accepts)
    return
  }
  // The vnodes crash over them and nobody answers: the job waits for its timeout, as in Riak.
  await new Promise<never>(() => undefined)
}

/** What a vnode was asked: a partition, the bucket, and the filters by their names in Riak. */
function coverInput(context: JobContext, of: JobBucket, exprs: readonly Term[]): Term {
  const { size } = context.world.cluster.ring
  const partition = (2n ** 160n / BigInt(size)) * BigInt(size - 1)
  const filters = exprs.map((expr) => {
    const [name, ...args] = isList(expr) ? expr : []
    const text = name instanceof Uint8Array ? Buffer.from(name).toString('latin1') : ''
    return tuple(atom('riak_kv_mapred_filters'), atom(filterName(text)), args)
  })
  const covered = [tuple(partition, [partition])]
  return tuple(atom('cover'), covered, tuple(bucketTerm(of), filters))
}

async function* indexedKeys(
  context: JobContext,
  inputs: Extract<JobInputs, { readonly kind: 'index' }>,
): Flow {
  const { of, field, from, to, isRange } = inputs
  requireType(context, of, 'riak_kv_pipe_index')
  if (of.isVoid === true) return
  const { world, turns } = context
  const results = world.index({
    of,
    field,
    match: isRange ? { kind: 'range', from, to } : { kind: 'equals', value: from },
    returnTerms: false,
    timeoutMs: context.leftMs(),
  })
  for await (const batch of results) {
    if (turns.isOver()) await turns.next()
    const list = batch.map(({ key }) => inputTerm(of, key))
    yield { kind: 'rows', rows: { kind: 'terms', list } }
  }
}

/** Functions of inputs write into Riak's own pipe: none can be registered here. */
function noSuchFunction(module: string, name: string, arg: Term): Error {
  const called = tuple(atom('modfun'), atom(module), atom(name), arg)
  const frames = [
    { module, function: name, args: 3, info: [] },
    kvLine('riak_kv_mrc_pipe', 'send_inputs', 3, 721),
    codeLine(
      'riak_kv_mrc_pipe',
      '-send_inputs_async/3-fun-0-',
      3,
      'riak_kv/src/riak_kv_mrc_pipe.erl',
      627,
    ),
  ]
  return inputsFailed(tuple(called, atom('error'), atom('undef'), stackTerm(frames)))
}
