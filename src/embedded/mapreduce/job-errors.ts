/**
 * How a job ends that does not end well, in Riak's terms; each protocol puts them in its own words.
 *
 * Source: basho/riak_kv src/riak_kv_mapred_json.erl `jsonify_pipe_error/2`, riak_kv_wm_mapred.erl
 * `format_error/1`, riak_kv_pb_mapred.erl `process_stream/3`; captures/mapred.
 */

import { atom, tuple } from '../../causality/external-term.ts'
import type { Term } from '../../causality/external-term.ts'
import { prettyTerm } from '../../causality/pretty-term.ts'
import type { StackFrame } from './erlang-stack.ts'
import { codeLine, otpLine, stackTerm, workerFrames, kvLine } from './erlang-stack.ts'

export type JobFailure =
  /** A phase that cannot be: nothing has run. `phase` is its number, or its place's name. */
  | { readonly kind: 'refused'; readonly phase: Term; readonly text: string }
  /** Riak crashes while it builds the pipe: nothing has run. */
  | { readonly kind: 'crashed'; readonly reason: Term; readonly frames: readonly StackFrame[] }
  /** A phase failed at work: `{struct, […]}`, what both protocols show as JSON. */
  | { readonly kind: 'phase'; readonly told: Term }
  /** The inputs could not be sent. */
  | { readonly kind: 'inputs'; readonly reason: Term }
  | { readonly kind: 'timeout' }
  /** Too many jobs, or too much memory held by them. */
  | { readonly kind: 'overload' }

export class JobFailedError extends Error {
  readonly failure: JobFailure

  constructor(failure: JobFailure) {
    super(`a job failed: ${failure.kind}`)
    this.name = 'JobFailedError'
    this.failure = failure
  }
}

/** Riak shows about so much of a term. */
const printedChars = 500

/** As a binary, since it travels in JSON. */
function shown(term: Term): Term {
  return Buffer.from(prettyTerm(term, { limitChars: printedChars }), 'latin1')
}

const nothing = atom('null')

function told(...members: readonly (readonly [name: string, value: Term])[]): JobFailedError {
  const props = members.map(([name, value]) => tuple(atom(name), value))
  return new JobFailedError({ kind: 'phase', told: tuple(atom('struct'), props) })
}

const pipeFile = 'riak_pipe/src/riak_pipe_vnode_worker.erl'

/** Where the worker of a map phase noticed: told instead of where it happened. */
function workerStack(line: number): Term {
  const frames = [
    codeLine('riak_pipe_vnode_worker', 'processing_error', 7, pipeFile, 480),
    codeLine('riak_pipe_vnode_worker', 'process_input', 3, pipeFile, line),
    codeLine('riak_pipe_vnode_worker', 'wait_for_input', 2, pipeFile, 382),
    otpLine('gen_fsm', 'handle_msg', 8, 503),
    otpLine('proc_lib', 'init_p_do_apply', 3, 240),
  ]
  return [tuple(atom('current_stacktrace'), stackTerm(frames))]
}

/** A function threw on an input. @param phase - its number, or `listkeys`. */
export function inputFailed(
  phase: number | string,
  error: Term,
  input: Term,
  type: ThrownType = 'error',
): JobFailedError {
  return told(
    ['phase', typeof phase === 'number' ? phase : Buffer.from(phase)],
    ['error', shown(error)],
    ['input', shown(input)],
    ['type', Buffer.from(type)],
    ['stack', shown(workerStack(464))],
  )
}

/** The worker of a phase could not begin: its function is not allowed, or not there. */
export function workerNotStarted(phase: number, input: Term): JobFailedError {
  return told(
    ['phase', phase],
    ['error', shown([atom('worker_startup_failed')])],
    ['input', shown(input)],
    ['type', Buffer.from('result')],
    ['stack', shown(workerStack(459))],
  )
}

/** A map function answered, but no list; or JavaScript answered with an error. */
export function inputRefused(phase: number, error: Term, input: Term): JobFailedError {
  return told(['phase', phase], ['error', shown(error)], ['input', shown(input)])
}

/** A reduce function threw at its last call: the worker dies of `{Reason, Stack}`. */
export function reduceFailed(
  phase: number,
  reason: Term,
  frames: readonly StackFrame[],
): JobFailedError {
  const callers = [kvLine('riak_kv_w_reduce', 'reduce', 3, 205), atEnd, ...workerFrames]
  return reduceExited(phase, tuple(reason, stackTerm([...frames, ...callers])))
}

const atEnd = kvLine('riak_kv_w_reduce', 'done', 1, 179)

/** The output of a reduce phase is no key of an object, and a map phase comes next. */
export function outputNotKey(phase: number, output: Term): JobFailedError {
  const frames = [
    kvLine('riak_kv_pipe_get', 'bkey', [output], 165),
    kvLine('riak_kv_pipe_get', 'bkey_chash', 1, 189),
    codeLine('riak_pipe_vnode', 'queue_work', 4, 'riak_pipe/src/riak_pipe_vnode.erl', 242),
    kvLine('riak_kv_w_reduce', '-done/1-lc$^0/1-0-', 3, 170),
    atEnd,
    ...workerFrames,
  ]
  return reduceExited(phase, tuple(atom('function_clause'), stackTerm(frames)))
}

/** The worker of a reduce phase died. */
export function reduceExited(phase: number, reason: Term): JobFailedError {
  return told(
    ['phase', phase],
    ['error', shown(reason)],
    ['input', nothing],
    ['type', nothing],
    ['stack', nothing],
  )
}

export function inputsFailed(reason: Term): JobFailedError {
  return new JobFailedError({ kind: 'inputs', reason })
}

/** The classes of exceptions that functions of phases raise. */
export type ThrownType = 'error' | 'throw'

/** An exception in a function, as Erlang has it. */
export class FunctionError extends Error {
  readonly reason: Term
  readonly frames: readonly StackFrame[]
  readonly type: ThrownType

  constructor(reason: Term, frames: readonly StackFrame[] = [], type: ThrownType = 'error') {
    super('a function of a phase failed')
    this.name = 'FunctionError'
    this.reason = reason
    this.frames = frames
    this.type = type
  }
}
