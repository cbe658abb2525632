/**
 * Jobs over Protocol Buffers: a message for each batch of results of a phase, and a last one.
 *
 *     RpbMapRedReq ──▶ {phase, response}* ──▶ {done}        or an error, at any point
 *
 * The job ends with the connection, and waits while the socket is full.
 *
 * Source: basho/riak_kv src/riak_kv_pb_mapred.erl; captures/mapred/pb.txt, pb-custom.txt.
 */

import { atom, encodeTerm, tuple } from '../../causality/external-term.ts'
import type { Term } from '../../causality/external-term.ts'
import { encodeFrame } from '../../wire/messages.ts'
import { kvLine } from '../mapreduce/erlang-stack.ts'
import type { JobResults } from '../mapreduce/flow.ts'
import { JobFailedError } from '../mapreduce/job-errors.ts'
import { writeJson } from '../mapreduce/json-writer.ts'
import type { Job } from '../mapreduce/job.ts'
import type { JobRun, MapReduce } from '../mapreduce/map-reduce.ts'
import { JobUnreadableError, parseJsonJob } from '../mapreduce/parse-job.ts'
import { JobRefusedError } from '../mapreduce/parse-json-job.ts'
import { TermJobError, parseTermJob } from '../mapreduce/parse-term-job.ts'
import { asTerms } from '../mapreduce/rows.ts'
import type { Rows } from '../mapreduce/rows.ts'
import { ListWriter, alike, crashOf, presentRows } from '../mapreduce/write-results.ts'
import { RiakError } from '../requests.ts'
import { PrintedCrashError } from './crash-text.ts'
import { latin1 } from './erlang-text.ts'
import {
  crashIn,
  crashLine,
  pbCallers,
  pbStreamCallers,
  printed,
  unreadableTerm,
} from './job-texts.ts'
import { read } from './pb-session.ts'
import type { Handler } from './pb-session.ts'

/** A message is sent when it holds so much. */
const messageBytes = 65_536
/** Rows of a message of external terms. */
const termsAtOnce = 500

type Format = 'json' | 'terms'

export const mapReduce: Handler = ({ node }, body) => {
  const { request = new Uint8Array(0), content_type: type } = read('RpbMapRedReq', body)
  const job = { run: undefined as JobRun | undefined, isGone: false }
  const frames = async function* (): AsyncGenerator<Buffer, void, undefined> {
    try {
      const format = formatOf(type)
      const parsed = await readJob(node.mapReduce, request, format)
      if (job.isGone) return
      job.run = node.mapReduce.start(parsed)
      yield* answers(job.run, format)
    } catch (error) {
      throw inWords(error, job.run !== undefined)
    } finally {
      job.run?.abort()
    }
  }
  return {
    frames: frames(),
    abort: () => {
      job.isGone = true
      job.run?.abort()
    },
  }
}

function formatOf(type: Uint8Array | undefined): Format {
  const name = type === undefined ? 'undefined' : latin1(type)
  if (name === 'application/json') return 'json'
  if (name === 'application/x-erlang-binary') return 'terms'
  const given: Term = type ?? atom('undefined')
  throw new RiakError(printed(tuple(atom('unknown_content_type'), given)))
}

async function readJob(service: MapReduce, request: Uint8Array, format: Format): Promise<Job> {
  const turns = service.turns()
  await turns.next()
  return format === 'json' ? parseJsonJob(request, turns) : parseTermJob(request)
}

async function* answers(run: JobRun, format: Format): AsyncGenerator<Buffer, void, undefined> {
  for (;;) {
    const results = await run.next()
    if (results === undefined) break
    if (format === 'terms') {
      // As they are, keys without a phase included.
      yield* termMessages(run, results)
      continue
    }
    const { phase } = results
    const presented = presentRows(results.rows, run.hasPhases)
    for (const rows of alike(presented)) yield* jsonMessages(run, { phase, rows })
  }
  yield encodeFrame('RpbMapRedResp', { done: true })
}

async function* jsonMessages(
  run: JobRun,
  { phase, rows }: JobResults,
): AsyncGenerator<Buffer, void, undefined> {
  let writer = new ListWriter()
  let parts: Buffer[] = []
  let bytes = 0
  const message = (): Buffer => {
    const response = Buffer.concat([...parts, Buffer.from(writer.end())])
    writer = new ListWriter()
    parts = []
    bytes = 0
    return encodeFrame('RpbMapRedResp', { phase, response })
  }
  for (const row of eachRow(rows)) {
    try {
      for (const piece of writer.elements(row)) {
        parts.push(Buffer.from(piece, 'latin1'))
        bytes += piece.length
        if (run.turns.isOver()) await run.turns.next()
      }
    } catch (error) {
      throw crashOf(error, rows.kind === 'terms' ? rows.list : [])
    }
    if (bytes >= messageBytes) yield message()
  }
  if (bytes > 0) yield message()
}

function* eachRow(rows: Rows): Generator<Rows, void, undefined> {
  for (const row of rows.list) yield { kind: rows.kind, list: [row] } as Rows
}

async function* termMessages(
  run: JobRun,
  { phase, rows }: JobResults,
): AsyncGenerator<Buffer, void, undefined> {
  const terms = asTerms(rows)
  for (let at = 0; at < terms.length; at += termsAtOnce) {
    if (run.turns.isOver()) await run.turns.next()
    const response = encodeTerm(terms.slice(at, at + termsAtOnce))
    yield encodeFrame('RpbMapRedResp', { phase, response })
  }
}

/** What a client reads: a `RiakError` keeps the connection, a crash ends it. */
function inWords(error: unknown, isRunning: boolean): unknown {
  if (error instanceof JobUnreadableError) return unreadable(error)
  if (error instanceof JobRefusedError) {
    return new RiakError(printed(tuple(atom(error.part), error.reason)))
  }
  if (error instanceof TermJobError) return new RiakError(printed(error.term))
  const crash = crashIn(error)
  if (crash !== undefined) {
    const stage = isRunning ? 'stream' : 'incoming'
    const own = [kvLine('riak_kv_pb_mapred', 'pipe_mapreduce', 5, 213)]
    const callers = isRunning ? pbStreamCallers : [...own, ...pbCallers]
    return new PrintedCrashError(crashLine(`Error processing ${stage} message: `, crash, callers))
  }
  return error instanceof JobFailedError ? failed(error) : error
}

function unreadable({ why }: JobUnreadableError): RiakError {
  switch (why.kind) {
    case 'invalid-json': {
      const callers = [kvLine('riak_kv_pb_mapred', 'process', 2, 92), ...pbCallers]
      const term = unreadableTerm(why.reason, why.frames, callers)
      return new RiakError(printed(tuple(atom('invalid_json'), term)))
    }
    case 'not-json':
      return new RiakError('not_json')
    case 'missing-field':
      return new RiakError('missing_field')
    case 'too-large':
      return new RiakError('too_large')
  }
}

const sending = 'Error sending inputs: '

function failed({ failure }: JobFailedError): unknown {
  switch (failure.kind) {
    case 'refused':
      return new RiakError(`Phase ${printed(failure.phase)}: ${failure.text}`)
    case 'phase':
      return toldInJson(failure.told)
    case 'inputs':
      return new RiakError(sending + printed(failure.reason, sending.length + 1))
    case 'timeout':
    case 'overload':
      return new RiakError(failure.kind)
    case 'crashed':
      return undefined
  }
}

/** What is shown of a term may not be UTF-8: then Riak crashes over its own error. */
function toldInJson(told: Term): unknown {
  try {
    return new RiakError(writeJson(told))
  } catch (error) {
    return inWords(error, true)
  }
}
