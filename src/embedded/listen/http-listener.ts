/**
 * The HTTP listener: Riak's second door, for curl, other clients and `riak-admin`-like tools.
 *
 *     HttpNetwork ──request──▶ guard ──▶ router ──▶ resource ──decide──▶ answer
 *                                           └────▶ POST /mapred
 *
 * Depends on the world through `HttpNetwork`, `Clock` (dates, the age of statistics), `Dice`
 * (boundaries) and `Log`.
 *
 * Invariant: every request is answered once, whatever happens behind it; no error leaves this file.
 * Not here: sockets, slow clients, the size of a request (`runtime/http-network.ts`).
 *
 * Source: basho/riak_api src/riak_api_web.erl; basho/webmachine src/webmachine_mochiweb.erl.
 */

import { VclockError } from '../../causality/vclock.ts'
import { limits } from '../../kernel/limits.ts'
import type { Clock, Dice, HttpAnswer, HttpNetwork, HttpRequest, Log } from '../../kernel/ports.ts'
import type { RiakNode } from '../riak-node.ts'
import { CrashError } from './crash-text.ts'
import { decide } from './http-decisions.ts'
import { CrashTerm } from './http-errors.ts'
import { refusalOf } from './http-guard.ts'
import type { Refusal } from './http-guard.ts'
import { answerMapred } from './http-mapred.ts'
import { Reply, inOrder, statusPage } from './http-reply.ts'
import { parseRequest } from './http-request.ts'
import type { ParsedRequest } from './http-request.ts'
import { route } from './http-router.ts'
import { StatsText } from './http-stats.ts'

export interface HttpListenerOptions {
  readonly node: RiakNode
  readonly network: HttpNetwork
  readonly clock: Clock
  readonly dice: Dice
  readonly log: Log
  readonly host: string
  /** 0: any free one. */
  readonly port: number
}

export interface HttpListener {
  readonly host: string
  readonly port: number
  /** Stop accepting, let requests under way be answered, close every connection. Idempotent. */
  close(): Promise<void>
}

/** What answers; nobody should take this node for a MochiWeb. */
const serverName = 'Ringpost'

/** @throws OperationError `BLOG_UNAVAILABLE` where the port is taken. */
export function startHttpListener(options: HttpListenerOptions): Promise<HttpListener> {
  const { host, port } = options
  const at = { host, port, bodyBytesMax: limits.riakHttpBodyBytesMax }
  return options.network.listenHttp(at, httpAnswerer(options, host))
}

/**
 * Requests to answers, without a socket.
 *
 * @param host - the address listened on: it, too, may be named in `Host`.
 */
function httpAnswerer(
  options: Pick<HttpListenerOptions, 'node' | 'clock' | 'dice' | 'log'>,
  host: string,
): (request: HttpRequest) => Promise<HttpAnswer> {
  const { node, clock, dice, log } = options
  const context = { node, dice, stats: new StatsText(node, clock) }
  const answerOf = async (request: ParsedRequest): Promise<HttpAnswer> => {
    const refusal = refusalOf(request, host)
    if (refusal !== undefined) {
      log.write('warn', 'an HTTP request was refused: it may come from a page in a browser', {
        remote: request.raw.remote,
        refusal,
      })
      return refused(refusal)
    }
    const { segments } = request.target
    if (segments.length === 1 && segments[0] === 'mapred') {
      return answerMapred(node, request, log, dice)
    }
    const resource = route(context, request)
    if (resource === undefined) return statusPage(404)
    const { answer, error } = await decide(resource, request, clock.nowMs())
    if (error !== undefined) tellCrash(log, request, error)
    return answer
  }
  return async (raw) => {
    let answer: HttpAnswer
    try {
      const request = parseRequest(raw)
      answer = await answerOf(request)
      const { body } = answer
      if (!(body instanceof Uint8Array)) answer = { ...answer, body: told(body, log, request) }
    } catch (error) {
      log.write('error', 'an HTTP request crashed', { remote: raw.remote, error })
      answer = statusPage(500)
    }
    return complete(answer, raw, clock.nowMs())
  }
}

function refused(refusal: Refusal): HttpAnswer {
  if (refusal === 'foreign-page') return statusPage(403)
  const reply = new Reply()
  reply.say('Only localhost is answered here: the Host header names another host.\n')
  return reply.finish(403)
}

/** A body that breaks on its way ends its connection: nobody else would hear of it. */
async function* told(
  body: AsyncIterable<Uint8Array>,
  log: Log,
  request: ParsedRequest,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* body
  } catch (error) {
    tellCrash(log, request, error)
    throw error
  }
}

/** What a client can bring about at will is no alarm; anything else is a fault of ours. */
function tellCrash(log: Log, request: ParsedRequest, error: unknown): void {
  const isClientsFault =
    error instanceof CrashError || error instanceof CrashTerm || error instanceof VclockError
  log.write(isClientsFault ? 'info' : 'error', 'an HTTP request crashed', {
    remote: request.raw.remote,
    ...(isClientsFault ? { reason: error.message } : { error }),
  })
}

/** The headers of the message itself, in Riak's order with the others. */
function complete(answer: HttpAnswer, request: HttpRequest, nowMs: number): HttpAnswer {
  const own: [string, string][] = [
    ['Server', serverName],
    ['Date', new Date(nowMs).toUTCString()],
  ]
  const isBodyless = answer.status === 204 || answer.status === 304
  // Who streams may know the length all the same.
  const hasLength = answer.headers.some(([name]) => name.toLowerCase() === 'content-length')
  const isStreamed = !(answer.body instanceof Uint8Array)
  if (isStreamed && !hasLength) own.push(['Transfer-Encoding', 'chunked'])
  else if (!isStreamed && !isBodyless) own.push(['Content-Length', String(answer.body.length)])
  const isHead = request.method === 'HEAD'
  return {
    ...answer,
    headers: inOrder([...answer.headers, ...own]),
    body: isHead ? new Uint8Array(0) : answer.body,
  }
}
