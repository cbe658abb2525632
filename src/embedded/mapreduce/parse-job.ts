/**
 * Bytes of a request → a job: JSON, or a term of Erlang.
 *
 * Reads and checks in turns, so that a job of megabytes holds nothing up.
 *
 * Source: basho/riak_kv src/riak_kv_pb_mapred.erl `decode_mapred_query/2`, riak_kv_mapred_json.erl.
 */

import { chars, isList } from '../../causality/external-term.ts'
import type { Term } from '../../causality/external-term.ts'
import { limits } from '../../kernel/limits.ts'
import type { StackFrame } from './erlang-stack.ts'
import { JsonReader } from './json-reader.ts'
import { structOf } from './json-writer.ts'
import type { Job, JobInputs } from './job.ts'
import { JobRefusedError, keyInput, otherInputs, parseQuery, timeoutOf } from './parse-json-job.ts'
import { memberOf } from './props.ts'
import type { Turns } from './turns.ts'

/** Bytes that are no job; `JobRefusedError` is for a job that says something wrong. */
export class JobUnreadableError extends Error {
  readonly why:
    | {
        readonly kind: 'invalid-json'
        readonly reason: Term
        readonly frames: readonly StackFrame[]
      }
    | { readonly kind: 'not-json' }
    | { readonly kind: 'missing-field' }
    /** Larger than a job may be. */
    | { readonly kind: 'too-large' }

  constructor(why: JobUnreadableError['why']) {
    super(`the job cannot be read: ${why.kind}`)
    this.name = 'JobUnreadableError'
    this.why = why
  }
}

/** @throws JobUnreadableError, JobRefusedError, JobCrashError */
export async function parseJsonJob(bytes: Uint8Array, turns: Turns): Promise<Job> {
  if (bytes.length > limits.mapReduceJobBytesMax)
    throw new JobUnreadableError({ kind: 'too-large' })
  const props = structOf(await readJson(bytes, turns))
  if (props === undefined) throw new JobUnreadableError({ kind: 'not-json' })
  const timeoutMs = timeoutOf(memberOf(props, 'timeout'))
  const [inputs, query] = [memberOf(props, 'inputs'), memberOf(props, 'query')]
  if (inputs === undefined || query === undefined) {
    throw new JobUnreadableError({ kind: 'missing-field' })
  }
  const checked = await checkInputs(inputs, turns)
  return { inputs: checked, phases: parseQuery(query), timeoutMs }
}

async function readJson(bytes: Uint8Array, turns: Turns): Promise<Term> {
  const reader = new JsonReader(bytes)
  for (;;) {
    const read = reader.read(() => turns.isOver())
    if (read === undefined) {
      await turns.next()
      continue
    }
    if (read.kind === 'term') return read.term
    if (read.kind === 'crash') throw new JobUnreadableError({ ...read, kind: 'invalid-json' })
    throw new JobUnreadableError({ kind: read.kind === 'bad-utf8' ? 'not-json' : 'too-large' })
  }
}

/** Inputs between two looks at the clock. */
const inputsBetweenLooks = 1_000

async function checkInputs(inputs: Term, turns: Turns): Promise<JobInputs> {
  const other = otherInputs(inputs)
  if (other !== undefined) return other
  const given = isList(inputs) ? inputs : []
  if (given.length === 0) throw new JobRefusedError('inputs', chars('No inputs were given.\n'))
  const list: Term[] = []
  for (const input of given) {
    list.push(keyInput(input))
    if (list.length % inputsBetweenLooks === 0 && turns.isOver()) await turns.next()
  }
  return { kind: 'keys', list }
}
