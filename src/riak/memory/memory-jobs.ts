/**
 * MapReduce of the memory backend: functions of registered modules, run at once over what is stored.
 *
 * Map once for each input, reduce in batches that are fed their own output, as Riak does it. Neither
 * Riak's built-in functions nor JavaScript: a cluster of 3.x that has only our module answers alike.
 */

import { JobRefusedError } from '../../kernel/errors.ts'
import type { Location } from '../../kernel/ids.ts'
import type { JsonValue } from '../../kernel/json.ts'
import { limits } from '../../kernel/limits.ts'
import { functionOf } from '../check-request.ts'
import type { JobFunction, JobKey, MapReducePhase, Sibling } from '../riak-kv.ts'

/** What a map function is given; `values` undefined: not found. A tombstone's value is empty. */
export interface JobInput {
  readonly type: string
  readonly bucket: string
  readonly key: string
  readonly values:
    readonly { readonly value: Uint8Array; readonly isTombstone: boolean }[] | undefined
  readonly keyData: JsonValue | undefined
}

/** One module: function name → function. */
export interface JobModule {
  readonly map: Readonly<
    Record<string, (input: JobInput, arg: JsonValue | undefined) => readonly JsonValue[]>
  >
  readonly reduce: Readonly<
    Record<
      string,
      (values: readonly JsonValue[], arg: JsonValue | undefined) => readonly JsonValue[]
    >
  >
}

export interface JobData {
  readonly modules: ReadonlyMap<string, JobModule>
  readonly inputs: readonly JobKey[]
  /** Undefined: not found. */
  readonly read: (at: Location) => readonly Sibling[] | undefined
}

/**
 * @param answering - the phase whose results are the answer.
 * @throws JobRefusedError
 */
export function runJob(
  query: readonly MapReducePhase[],
  answering: number | undefined,
  data: JobData,
): readonly JsonValue[] {
  let values: readonly JsonValue[] = data.inputs.map(({ type, bucket, key, keyData }) =>
    type === 'default' && keyData === undefined
      ? [bucket, key]
      : [bucket, key, keyData ?? null, type],
  )
  let answer: readonly JsonValue[] = []
  // Before anything runs, as Riak judges a job.
  const phases = query.map((phase, at) => ({ phase, run: prepared(data.modules, phase, at) }))
  for (const [at, { phase, run }] of phases.entries()) {
    try {
      values = 'map' in phase ? mapAll(values, run, data) : reduceAll(values, run, phase.reduce)
    } catch (error) {
      if (error instanceof JobRefusedError) throw error
      throw new JobRefusedError(
        'failed',
        `mapReduce: the job failed: phase ${at}: ${String(error)}`,
      )
    }
    if (at === answering) answer = values
  }
  return answer
}

/** A phase's function with its argument. */
type Run = (given: JobInput | readonly JsonValue[]) => readonly JsonValue[]

function prepared(modules: ReadonlyMap<string, JobModule>, phase: MapReducePhase, at: number): Run {
  const what = functionOf(phase)
  if (what.language === 'javascript') {
    throw new JobRefusedError(
      'no-javascript',
      `mapReduce: the cluster runs no JavaScript: phase ${at}`,
    )
  }
  const module = modules.get(what.module)
  const name = `${what.module}:${what.function}`
  const map = 'map' in phase ? module?.map[what.function] : undefined
  if (map !== undefined) return (given) => map(given as JobInput, what.arg)
  const reduce = 'reduce' in phase ? module?.reduce[what.function] : undefined
  if (reduce !== undefined) return (given) => reduce(given as readonly JsonValue[], what.arg)
  throw new JobRefusedError(
    'unknown-function',
    `mapReduce: no such function is loaded: phase ${at}: ${name}`,
  )
}

function mapAll(inputs: readonly JsonValue[], run: Run, { read }: JobData): readonly JsonValue[] {
  return inputs.flatMap((input) => {
    const [bucket, key, keyData, type] = input as readonly [string, string, JsonValue?, string?]
    const at = { type: type ?? 'default', bucket, key }
    const values = read(at)
    return run({ ...at, values, keyData: keyData ?? undefined })
  })
}

function reduceAll(
  values: readonly JsonValue[],
  run: Run,
  { arg }: JobFunction,
): readonly JsonValue[] {
  const batch = batchOf(arg)
  let reduced: readonly JsonValue[] = []
  for (let at = 0; at === 0 || at < values.length; at += batch) {
    reduced = run([...reduced, ...values.slice(at, at + batch)])
  }
  return reduced
}

/** Riak's own argument: how much a reduce is given at once. */
function batchOf(arg: JsonValue | undefined): number {
  if (typeof arg !== 'object' || arg === null || Array.isArray(arg)) return limits.mapReduceBatch
  const asked = arg as { readonly [name: string]: JsonValue }
  if (asked['reduce_phase_only_1'] === true) return Infinity
  const size = asked['reduce_phase_batch_size']
  return typeof size === 'number' && size >= 1 ? size : limits.mapReduceBatch
}
