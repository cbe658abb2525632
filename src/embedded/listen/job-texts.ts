/**
 * What both protocols say of a job that was refused, and of one that crashed: terms in print.
 *
 * Source: basho/riak_kv src/riak_kv_wm_mapred.erl `verify_body/2`, riak_kv_pb_mapred.erl; basho/riak_api
 * src/riak_api_pb_server.erl; captures/mapred.
 */

import { atom, tuple } from '../../causality/external-term.ts'
import type { Term } from '../../causality/external-term.ts'
import { prettyTerm } from '../../causality/pretty-term.ts'
import { codeLine, kvLine, otpLine, stackTerm } from '../mapreduce/erlang-stack.ts'
import type { StackFrame } from '../mapreduce/erlang-stack.ts'
import { JobFailedError } from '../mapreduce/job-errors.ts'
import { JsonWriteError } from '../mapreduce/json-writer.ts'
import { JobCrashError } from '../mapreduce/parse-json-job.ts'

/** More is not printed of a client's own values. */
const crashChars = 65_536

/** A term as it is printed in an answer, one character a byte. */
export function printed(term: Term, column = 1): string {
  return prettyTerm(term, { column, limitChars: crashChars })
}

/** An exception of Riak's server process, in terms. */
export interface Crash {
  readonly class: 'error' | 'exit'
  readonly reason: Term
  readonly frames: readonly StackFrame[]
}

/** @returns undefined for errors that are answered in words. */
export function crashIn(error: unknown): Crash | undefined {
  if (error instanceof JsonWriteError) return error
  if (error instanceof JobCrashError) {
    const frames = [
      kvLine('riak_kv_mapred_json', error.function, error.args, 174),
      kvLine('riak_kv_mapred_json', 'parse_request', 1, 52),
    ]
    return { class: 'error', reason: error.reason, frames }
  }
  if (error instanceof JobFailedError && error.failure.kind === 'crashed') {
    return { class: 'error', ...error.failure }
  }
  return undefined
}

/** What called what crashed, outside of it. */
export type Callers = readonly StackFrame[]

/** The reader of JSON crashed: `{Reason, Stack}`. */
export function unreadableTerm(
  reason: Term,
  frames: readonly StackFrame[],
  callers: Callers,
): Term {
  const parse = kvLine('riak_kv_mapred_json', 'parse_request', 1, 42)
  return tuple(reason, stackTerm([...frames, parse, ...callers]))
}

const webmachine = (module: string, name: string, arity: number, line: number): StackFrame =>
  codeLine(module, name, arity, `webmachine/src/${module}.erl`, line)

/** The outer end of every stack of a request over HTTP. @param at - the line of the decision. */
export function httpCallers(at: number): Callers {
  return [
    webmachine('webmachine_resource', 'resource_call', 3, 206),
    webmachine('webmachine_resource', 'do', 3, 151),
    webmachine('webmachine_decision_core', 'resource_call', 1, 47),
    webmachine('webmachine_decision_core', 'decision', 1, at),
  ]
}

const api = (name: string, arity: number, line: number): StackFrame =>
  codeLine('riak_api_pb_server', name, arity, 'riak_api/src/riak_api_pb_server.erl', line)

/** The outer end of every stack of a request over Protocol Buffers. */
export const pbCallers: Callers = [
  api('process_message', 4, 402),
  api('connected', 2, 238),
  otpLine('gen_fsm', 'handle_msg', 8, 503),
  otpLine('proc_lib', 'init_p_do_apply', 3, 240),
]

/** And of one that is in the middle of its answers. */
export const pbStreamCallers: Callers = [
  kvLine('riak_kv_pb_mapred', 'msgs_for_results', 4, 238),
  kvLine('riak_kv_pb_mapred', 'process_stream', 3, 131),
  api('process_stream', 5, 461),
  otpLine('gen_fsm', 'handle_msg', 8, 503),
  otpLine('proc_lib', 'init_p_do_apply', 3, 240),
]

/** `{error,{Class,Reason,Stack}}`, as a page shows it. */
export function crashTerm(crash: Crash, callers: Callers): Term {
  const stack = stackTerm([...crash.frames, ...callers])
  const { class: kind, reason } = crash
  // An exit has no class of its own in the page: its reason and stack are one.
  return tuple(atom('error'), tuple(atom(kind), reason, stack))
}

/** `Class:Reason:Stack`, each printed from where the one before ends. */
export function crashLine(prefix: string, crash: Crash, callers: Callers): string {
  let text = `${prefix}${crash.class}:`
  const column = (): number => text.length - text.lastIndexOf('\n')
  text += `${printed(crash.reason, column())}:`
  text += printed(stackTerm([...crash.frames, ...callers]), column())
  return text
}
