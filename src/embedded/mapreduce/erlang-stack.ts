/**
 * Stacks of Erlang exceptions, as far as Riak shows them in the errors of a job. Pure.
 *
 *     [{mochijson2,tokenize,2,[{file,"…/mochijson2.erl"},{line,583}]}, …]     at most eight frames
 *
 * They name the functions that crash in Riak 3.2.3 for the same input, by its own files and lines.
 * Texts are cut by length: the folder is as long as that of the build that was captured, and tells
 * nothing of this machine.
 *
 * Source: Erlang/OTP erlang:raise/3 (stacktrace), backtrace_depth; captures/mapred.
 */

import { atom, chars, tuple } from '../../causality/external-term.ts'
import type { Term } from '../../causality/external-term.ts'

export interface StackFrame {
  readonly module: string
  readonly function: string
  /** The arity, or the arguments where they are told. */
  readonly args: number | readonly Term[]
  /** `file` and `line`, as a property list. */
  readonly info: readonly Term[]
}

/** Erlang keeps so many. */
const framesMax = 8

export const libraryFolder = '/usr/lib/riak/releases/openriak3.2/lib/'

function at(file: string, line: number): readonly Term[] {
  return [tuple(atom('file'), chars(file)), tuple(atom('line'), line)]
}

/** A frame in Riak's own code or a library of its build; `file` from the folder of libraries. */
export function codeLine(
  module: string,
  name: string,
  args: number | readonly Term[],
  file: string,
  line: number,
): StackFrame {
  return { module, function: name, args, info: at(libraryFolder + file, line) }
}

/** A frame in Riak's main library. */
export function kvLine(
  module: string,
  name: string,
  args: number | readonly Term[],
  line: number,
): StackFrame {
  return codeLine(module, name, args, `riak_kv/src/${module}.erl`, line)
}

/** A frame in OTP, whose files have no folder. */
export function otpLine(
  module: string,
  name: string,
  args: number | readonly Term[],
  line: number,
): StackFrame {
  return { module, function: name, args, info: at(`${module}.erl`, line) }
}

/** A built-in of the virtual machine that was called with bad arguments. */
export function builtInFrame(name: string, args: readonly Term[]): StackFrame {
  const told: Term = { map: [[atom('module'), atom('erl_erts_errors')]] }
  return { module: 'erlang', function: name, args, info: [tuple(atom('error_info'), told)] }
}

export function stackTerm(frames: readonly StackFrame[]): Term {
  return frames
    .slice(0, framesMax)
    .map(({ module, function: name, args, info }) =>
      tuple(atom(module), atom(name), args as Term, info),
    )
}

/** How a process of the pipe came to call a phase's function: the outer end of each stack. */
export const workerFrames: readonly StackFrame[] = [
  codeLine(
    'riak_pipe_vnode_worker',
    'wait_for_input',
    2,
    'riak_pipe/src/riak_pipe_vnode_worker.erl',
    386,
  ),
  otpLine('gen_fsm', 'handle_msg', 8, 503),
  otpLine('proc_lib', 'init_p_do_apply', 3, 240),
]
