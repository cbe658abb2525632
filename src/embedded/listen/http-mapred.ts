/**
 * Jobs over HTTP: `POST /mapred`, whole or in parts (`?chunked=true`).
 *
 *     whole     200 and one list; several kept phases: a list of lists; 400, 500 with a JSON error
 *     chunked   200 and multipart/mixed, a part `{"phase":N,"data":[…]}` a batch; an error is bare JSON
 *               after the last part
 *
 * A whole answer is collected before its status is known: what is held is bounded.
 *
 * Source: basho/riak_kv src/riak_kv_wm_mapred.erl; captures/mapred, captures/http 150–179.
 */

import { tuple, atom, isAtom, isList, isTuple } from '../../causality/external-term.ts'
import type { Term } from '../../causality/external-term.ts'
import type { Dice, HttpAnswer, Log } from '../../kernel/ports.ts'
import { kvLine } from '../mapreduce/erlang-stack.ts'
import { JobFailedError } from '../mapreduce/job-errors.ts'
import { writeJson } from '../mapreduce/json-writer.ts'
import type { JobRun } from '../mapreduce/map-reduce.ts'
import { JobUnreadableError, parseJsonJob } from '../mapreduce/parse-job.ts'
import { JobRefusedError } from '../mapreduce/parse-json-job.ts'
import type { RiakNode } from '../riak-node.ts'
import { base62 } from '../vnode/vtag.ts'
import { toBytes } from './erlang-text.ts'
import { collectLists, partsOf } from './http-mapred-bodies.ts'
import { chooseMediaType } from './http-negotiate.ts'
import { answer, crashPage, statusPage } from './http-reply.ts'
import type { ParsedRequest } from './http-request.ts'
import { crashIn, crashTerm, httpCallers, printed, unreadableTerm } from './job-texts.ts'
import type { Callers, Crash } from './job-texts.ts'

const usage =
  'This resource accepts POSTs with bodies containing JSON of the form:\n{\n' +
  ' "inputs":[...list of inputs...],\n "query":[...list of map/reduce phases...]\n}\n'

const methods = ['GET', 'HEAD', 'POST']

/** Never rejects: a fault of ours is a page, and a line in the log. */
export async function answerMapred(
  node: RiakNode,
  request: ParsedRequest,
  log: Log,
  dice: Dice,
): Promise<HttpAnswer> {
  const refusal = refusedUnread(request.method, request.header('accept'))
  if (refusal !== undefined) return refusal
  try {
    return await runJob(node, request, dice)
  } catch (error) {
    const crash = crashIn(error)
    if (crash !== undefined) return crashed(crash, pipeCallers)
    if (error instanceof JobUnreadableError) return malformed(unreadable(error))
    if (error instanceof JobRefusedError) {
      const said = `An error occurred parsing the "${error.part}" field.\n`
      return malformed(said + printed(error.reason))
    }
    if (error instanceof JobFailedError) return failed(error)
    log.write('error', 'a job over HTTP crashed', { error })
    return crashed({ class: 'error', reason: atom('badarg'), frames: [] }, pipeCallers)
  }
}

function refusedUnread(method: string, accept: string | undefined): HttpAnswer | undefined {
  if (!methods.includes(method)) return statusPage(405, [['Allow', methods.join(', ')]])
  if (method !== 'POST') return malformed(usage)
  const isAccepted =
    accept === undefined || chooseMediaType(['application/json'], accept) !== undefined
  return isAccepted ? undefined : statusPage(406)
}

const plain = [['Content-Type', 'text/plain']] as const
const json = [['Content-Type', 'application/json']] as const

function malformed(text: string): HttpAnswer {
  return answer(400, plain, toBytes(text))
}

async function runJob(node: RiakNode, request: ParsedRequest, dice: Dice): Promise<HttpAnswer> {
  const client: { isGone: boolean; run?: JobRun } = { isGone: false }
  request.onAbort(() => {
    client.isGone = true
    client.run?.abort()
  })
  const turns = node.mapReduce.turns()
  await turns.next()
  // A body that is no job is told before its type is looked at.
  const job = await parseJsonJob(request.body, turns)
  const base = (request.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase()
  if (base !== 'application/json') return statusPage(415)
  const run = node.mapReduce.start(job)
  client.run = run
  if (client.isGone) run.abort()
  return request.parameter('chunked') === 'true' ? chunked(run, dice) : whole(run)
}

async function whole(run: JobRun): Promise<HttpAnswer> {
  try {
    const body = await collectLists(run)
    return answer(200, [...json, ...body.headers], body.body)
  } finally {
    run.abort()
  }
}

function chunked(run: JobRun, dice: Dice): HttpAnswer {
  const boundary = base62(dice.bytes(20))
  const headers = [['Content-Type', `multipart/mixed;boundary=${boundary}`]] as const
  return answer(200, headers, partsOf(run, boundary, endText))
}

/** What stands in a chunked answer where it breaks off. Riak's own crash would just end it. */
function endText(error: unknown): string {
  if (!(error instanceof JobFailedError)) return ''
  const told = failureTerm(error)
  try {
    return told === undefined ? '' : writeJson(told)
  } catch {
    return ''
  }
}

function unreadable({ why }: JobUnreadableError): string {
  switch (why.kind) {
    case 'invalid-json': {
      const own = (name: string, line: number) => kvLine('riak_kv_wm_mapred', name, 2, line)
      const callers = [own('verify_body', 185), own('check_body', 171), ...httpCallers(0)]
      const term = printed(unreadableTerm(why.reason, why.frames, callers))
      return `The POST body was not valid JSON.\nThe error from the parser was:\n${term}\n`
    }
    case 'not-json':
      return 'The POST body was not a JSON object.\n'
    case 'missing-field':
      return 'The post body was missing the "inputs" or "query" field.\n'
    case 'too-large':
      return 'The POST body was too large for a job.\n'
  }
}

const pipeCallers: Callers = [
  kvLine('riak_kv_wm_mapred', 'pipe_mapred_nonchunked', 3, 257),
  ...httpCallers(492),
]

function crashed(crash: Crash, callers: Callers): HttpAnswer {
  const isBeforeJob = crash.frames.some(({ function: name }) => name === 'mapred_stream_sink')
  const own = kvLine('riak_kv_wm_mapred', 'pipe_mapred', 2, 224)
  const around = isBeforeJob ? [own, ...httpCallers(492)] : callers
  const term = printed(crashTerm(crash, around))
  return answer(500, [['Content-Type', 'text/html']], toBytes(crashPage(term)))
}

function failed(error: JobFailedError): HttpAnswer {
  const { failure } = error
  if (failure.kind === 'refused') return refused(failure.phase, failure.text)
  try {
    return answer(500, json, toBytes(writeJson(failureTerm(error) ?? wordOf('map_reduce_error'))))
  } catch (crash) {
    const known = crashIn(crash)
    if (known === undefined) throw crash
    const callers = [
      kvLine('riak_kv_wm_mapred', 'send_error', 2, 131),
      kvLine(
        'riak_kv_wm_mapred',
        'pipe_mapred_nonchunked',
        3,
        failure.kind === 'inputs' ? 263 : 275,
      ),
      ...httpCallers(492),
    ]
    return crashed(known, callers)
  }
}

/** The name of a phase that is not the last one is no JSON: Riak crashes over its own words. */
function refused(phase: Term, text: string): HttpAnswer {
  const told = struct([
    ['phase', phase],
    ['error', Buffer.from(text)],
  ])
  try {
    return answer(400, json, toBytes(writeJson(told)))
  } catch (crash) {
    const known = crashIn(crash)
    if (known === undefined) throw crash
    const callers = [
      kvLine('riak_kv_wm_mapred', 'send_error', 2, 131),
      kvLine('riak_kv_wm_mapred', 'pipe_mapred', 2, 234),
      ...httpCallers(492),
    ]
    return crashed(known, callers)
  }
}

function struct(members: readonly (readonly [name: string, value: Term])[]): Term {
  return tuple(
    atom('struct'),
    members.map(([name, value]) => tuple(atom(name), value)),
  )
}

function wordOf(word: string): Term {
  return struct([['error', atom(word)]])
}

/** The JSON of a failure, as a term; undefined where there is none. */
function failureTerm({ failure }: JobFailedError): Term | undefined {
  switch (failure.kind) {
    case 'phase':
      return failure.told
    case 'inputs':
      return inputsTerm(failure.reason)
    case 'timeout':
    case 'overload':
      return wordOf(failure.kind)
    case 'refused':
    case 'crashed':
      return undefined
  }
}

/** What could not be sent: a word, a pair, whatever Riak takes for properties, or nothing it knows. */
function inputsTerm(reason: Term): Term {
  const [tag, what] = isTuple(reason) && reason.tuple.length === 2 ? reason.tuple : []
  const isError = tag !== undefined && isAtom(tag) && tag.atom === 'error'
  if (!isError || what === undefined) return wordOf('map_reduce_error')
  if (isAtom(what) || what instanceof Uint8Array) return struct([['error', what]])
  if (isTuple(what) && what.tuple.length === 2) return tuple(atom('struct'), [what])
  return isList(what) ? tuple(atom('struct'), what) : wordOf('map_reduce_error')
}
