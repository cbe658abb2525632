/**
 * What Riak tells a client whose request crashed the server process, before it closes the
 * connection: kind, reason and stack of the Erlang exception, pretty-printed.
 *
 *     Error processing incoming message: error:function_clause:[{riak_api_basic_pb_service,
 *                                                                decode,
 *                                                                [2,<<>>],
 *                                                                []}]
 *
 * Ours names the modules and functions that crash in Riak for the same input; files and line numbers
 * are left out, so that nothing of the machine is told.
 *
 * Source: basho/riak_api src/riak_api_pb_server.erl `connected/2`; captures/pb-raw.txt.
 */

import { VclockError } from '../../causality/vclock.ts'
import { printBinary, toBytes } from './erlang-text.ts'

/** One line of a stack: `call` is `function,arity`, or the function and its arguments apart. */
export interface CrashFrame {
  readonly module: string
  readonly function: string
  /** Printed arguments, or the arity. */
  readonly args: string | number
}

/** An exception in Erlang's terms. Thrown by a handler, answered as text, then the end. */
export class CrashError extends Error {
  /** Printed reason; lines after the first are indented from where the reason starts. */
  readonly reason: readonly string[]
  readonly frames: readonly CrashFrame[]

  constructor(reason: readonly string[], frames: readonly CrashFrame[]) {
    super(reason.join(' '))
    this.name = 'CrashError'
    this.reason = reason
    this.frames = frames
  }
}

/** An exception whose whole text is known where it is thrown. */
export class PrintedCrashError extends Error {
  /** One character a byte. */
  readonly text: string

  constructor(text: string) {
    super('a request crashed')
    this.name = 'PrintedCrashError'
    this.text = text
  }
}

/** Where it happened. */
export type Stage = 'incoming' | 'stream'

/** The text for any error that a handler threw; never a path, a stack of ours or a message of ours. */
export function crashText(stage: Stage, error: unknown): Buffer {
  if (error instanceof PrintedCrashError) return toBytes(error.text)
  const crash = asCrash(stage, error)
  const prefix = `Error processing ${stage} message: error:`
  const pad = ' '.repeat(prefix.length)
  const reason = crash.reason.join(`\n${pad}`)
  const stackColumn = crash.reason.length === 1 ? prefix.length + reason.length + 1 : prefix.length
  const separator = crash.reason.length === 1 ? ':' : `:\n${pad}`
  return toBytes(`${prefix}${reason}${separator}${printStack(crash.frames, stackColumn)}`)
}

function asCrash(stage: Stage, error: unknown): CrashError {
  if (error instanceof CrashError) return error
  if (error instanceof VclockError) return badVclock(error.message)
  const name = stage === 'incoming' ? 'process_message' : 'process_stream'
  return new CrashError(['badarg'], [{ module: 'riak_api_pb_server', function: name, args: 4 }])
}

/** Erlang's printer breaks lines here. */
const lineChars = 80

function printStack(frames: readonly CrashFrame[], column: number): string {
  const printed = frames.map((frame) => printFrame(frame, column + 1))
  return `[${printed.join(`,\n${' '.repeat(column + 1)}`)}]`
}

/** Words share a line while it holds them; a list begins a line of its own. */
function printFrame({ module, function: name, args }: CrashFrame, column: number): string {
  if (typeof args === 'number') return `{${module},${name},${args},[]}`
  const pad = `\n${' '.repeat(column + 1)}`
  const isWide = column + `{${module},${name},`.length > lineChars
  const call = isWide ? `{${module},${pad}${name},` : `{${module},${name},`
  return `${call}${pad}${args.replaceAll('\n', pad)},${pad}[]}`
}

const server: CrashFrame = { module: 'riak_api_pb_server', function: 'connected', args: 2 }

/** A function of Riak's that has no clause for these arguments. */
export function functionClause(module: string, name: string, args: string): CrashError {
  return new CrashError(['function_clause'], [{ module, function: name, args }, server])
}

/** A body that is not the message its code promises. */
export function undecodable(recordName: string, body: Uint8Array): CrashError {
  return new CrashError(
    [
      '{gpb_error,',
      ' {decoding_failure,',
      `  {${printBinary(body)},${recordName},`,
      '   {error,function_clause,',
      '    [{riak_kv_pb,decode_msg,2,[]},',
      '     {riak_pb_codec,decode,2,[]}]}}}}',
    ],
    [{ module: 'riak_pb_codec', function: 'decode', args: 2 }, server],
  )
}

/** A vector clock that does not inflate (`data_error`), or inflates to something else. */
function badVclock(reason: string): CrashError {
  const callers: readonly CrashFrame[] = [
    { module: 'riak_object', function: 'decode_vclock', args: 1 },
    { module: 'riak_kv_pb_object', function: 'process', args: 2 },
    server,
  ]
  if (reason !== 'data_error') {
    const reader = { module: 'erlang', function: 'binary_to_term', args: 1 }
    return new CrashError(['badarg'], [reader, ...callers])
  }
  return new CrashError(
    ['data_error'],
    [
      { module: 'zlib', function: 'inflateEnd_nif', args: '[#Ref<0.0.0.0>]' },
      { module: 'zlib', function: 'unzip', args: 1 },
      ...callers,
    ],
  )
}

/** Bytes that are no continuation of an index query. */
export function badContinuation(): CrashError {
  return new CrashError(
    ['badarg'],
    [
      { module: 'erlang', function: 'binary_to_term', args: 1 },
      { module: 'riak_index', function: 'decode_continuation', args: 1 },
      server,
    ],
  )
}

/** A 2i field Riak does not know, or a number it cannot read: printed terms. */
const fieldErrors = [
  { form: /^\{(unknown_field_type),(.*)\}$/s, indents: [2] },
  { form: /^\{(field_parsing_failed),(\{.*?>>,)(<<.*\})\}$/s, indents: [2, 3] },
] as const

/**
 * Errors that Riak's server cannot format, so that sending them crashes it: those of index fields.
 *
 * @param term - printed, e.g. `{unknown_field_type,<<"foo">>}`.
 * @returns undefined for any other error.
 */
export function unsendable(term: string): CrashError | undefined {
  for (const { form, indents } of fieldErrors) {
    const parts = form.exec(term)
    if (parts === null) continue
    const [, tag = '', ...values] = parts
    const lines = values.map((value, at) => `${' '.repeat(indents[at] ?? 0)}${value}`)
    const args = [`[{${tag},`, `${lines.join('\n')}},`, ' {state,', '  {gen_tcp,inet}}]']
    return functionClause('riak_api_pb_server', 'send_error', args.join('\n'))
  }
  return undefined
}
