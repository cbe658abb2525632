/**
 * HTTP/1.1 behind the `HttpNetwork` port: Node's server, with a bound on all that a stranger may hold.
 *
 *     socket ──▶ parser ──request──▶ its turn ──body──▶ answer ──▶ written as the client reads
 *
 * Invariants: the requests of one connection are answered one after the other, in their order; the
 * bodies in memory never exceed `riakHttpHeldBytesMax` together; a connection without a request under
 * way costs its socket alone, and closing does not wait for it.
 *
 * Not here: what is answered, and who may ask (`embedded/listen/http-listener.ts`).
 */

import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { OperationError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import type {
  HttpAnswer,
  HttpNetwork,
  HttpRequest,
  Listening,
  Log,
  LogLevel,
} from '../kernel/ports.ts'
import { readRequestBody } from './http-body.ts'
import type { BodyBudget } from './http-body.ts'
import { sendAnswer } from './http-send.ts'

export interface HttpOptions {
  readonly log?: Log
  /** Default `limits.riakHttpConnectionsMax`; one more is closed as it arrives. */
  readonly connectionsMax?: number
  /** Times of slow peers, ms; for tests. */
  readonly headersMs?: number
  readonly requestMs?: number
  readonly keepAliveMs?: number
  /** How long a stop waits for requests under way. */
  readonly lingerMs?: number
}

type Answer = (request: HttpRequest) => Promise<HttpAnswer>

export function httpNetwork(options: HttpOptions = {}): HttpNetwork {
  return {
    listenHttp: async (at, answer) => {
      const listener = new HttpListening(options, at.bodyBytesMax, answer)
      await listener.listen(at.host, at.port)
      return listener
    },
  }
}

/** What one socket has under way. */
interface Turns {
  /** Settles when the last request that arrived has been answered; never rejects. */
  last: Promise<void>
  waiting: number
}

class HttpListening implements Listening {
  host = ''
  port = 0
  readonly #options: HttpOptions
  readonly #bodyBytesMax: number
  readonly #answer: Answer
  readonly #server: Server
  readonly #sockets = new Map<Socket, Turns>()
  readonly #budget: BodyBudget = { heldBytes: 0 }
  #isClosing = false
  #closing: Promise<void> | undefined

  constructor(options: HttpOptions, bodyBytesMax: number, answer: Answer) {
    this.#options = options
    this.#bodyBytesMax = bodyBytesMax
    this.#answer = answer
    const server = createServer({
      headersTimeout: options.headersMs ?? limits.httpHeadersMs,
      requestTimeout: options.requestMs ?? limits.httpRequestMs,
      keepAliveTimeout: options.keepAliveMs ?? limits.httpKeepAliveMs,
      connectionsCheckingInterval: Math.min(5_000, options.headersMs ?? 5_000),
      maxHeaderSize: limits.riakHttpHeaderBytesMax,
      insecureHTTPParser: false,
      noDelay: true,
    })
    server.maxConnections = options.connectionsMax ?? limits.riakHttpConnectionsMax
    server.on('connection', (socket: Socket) => {
      this.#sockets.set(socket, { last: Promise.resolve(), waiting: 0 })
      socket.on('error', () => undefined)
      socket.on('close', () => this.#sockets.delete(socket))
    })
    server.on('request', (incoming: IncomingMessage, outgoing: ServerResponse) => {
      this.#enqueue(incoming, outgoing, false)
    })
    server.on('checkContinue', (incoming: IncomingMessage, outgoing: ServerResponse) => {
      this.#enqueue(incoming, outgoing, true)
    })
    // Not understood as HTTP, too long, or too slow.
    server.on('clientError', (error: Error, socket: Socket) => {
      this.#refuseRaw(error, socket)
    })
    this.#server = server
  }

  async listen(host: string, port: number): Promise<void> {
    const server = this.#server
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen({ host, port }, () => {
          server.off('error', reject)
          resolve()
        })
      })
    } catch (error) {
      throw listenError(host, port, error)
    }
    // From here on only accepting can fail, e.g. for want of descriptors: that client's loss.
    server.on('error', () => undefined)
    const address = server.address() as AddressInfo
    this.host = address.address
    this.port = address.port
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#isClosing = true
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve()
      })
    })
    for (const [socket, turns] of this.#sockets) if (turns.waiting === 0) socket.destroy()
    const patience = setTimeout(() => {
      for (const socket of this.#sockets.keys()) socket.destroy()
    }, this.#options.lingerMs ?? limits.pbLingerMsMax)
    await closed
    clearTimeout(patience)
  }

  #enqueue(incoming: IncomingMessage, outgoing: ServerResponse, mustContinue: boolean): void {
    const { socket } = incoming
    const turns = this.#sockets.get(socket)
    if (turns === undefined || turns.waiting >= limits.riakHttpPipelinedMax) {
      socket.destroy()
      return
    }
    turns.waiting++
    turns.last = turns.last.then(async () => {
      try {
        if (!socket.destroyed) await this.#serve(incoming, outgoing, mustContinue)
      } catch (error) {
        this.#write('error', 'an HTTP connection broke', { error })
        socket.destroy()
      }
      turns.waiting--
      if (this.#isClosing && turns.waiting === 0) socket.destroy()
    })
  }

  async #serve(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    mustContinue: boolean,
  ): Promise<void> {
    const { socket } = incoming
    const aborts: (() => void)[] = []
    outgoing.on('close', () => {
      if (outgoing.writableFinished) return
      for (const aborted of aborts.splice(0)) aborted()
    })
    const read = await readRequestBody(incoming, this.#budget, {
      bytesMax: this.#bodyBytesMax,
      heldBytesMax: limits.riakHttpHeldBytesMax,
      onStart: () => {
        if (mustContinue) outgoing.writeContinue()
      },
    })
    if (read.kind === 'gone') return
    if (read.kind === 'refused') {
      this.#write('warn', 'a request was refused for its size', { status: read.status })
      await sendAnswer(outgoing, refusal(read.status), { isLast: true, isUnread: true })
      return
    }
    try {
      const request: HttpRequest = {
        method: incoming.method ?? '',
        target: incoming.url ?? '',
        headers: pairs(incoming.rawHeaders),
        body: read.body,
        remote: `${socket.remoteAddress ?? 'unknown'}:${socket.remotePort ?? 0}`,
        onAbort: (aborted) => {
          if (outgoing.closed) aborted()
          else aborts.push(aborted)
        },
      }
      const answer = await this.#answer(request)
      await sendAnswer(outgoing, answer, { isLast: this.#isClosing, isUnread: false })
    } finally {
      read.release()
    }
  }

  #refuseRaw(error: Error, socket: Socket): void {
    const code = 'code' in error ? error.code : undefined
    const isBusy = (this.#sockets.get(socket)?.waiting ?? 0) > 0
    if (!socket.writable || isBusy || code === 'ECONNRESET') {
      socket.destroy()
      return
    }
    const status = code === 'ERR_HTTP_REQUEST_TIMEOUT' ? '408 Request Timeout' : '400 Bad Request'
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => {
      socket.destroy()
    })
  }

  #write(level: LogLevel, event: string, fields: Readonly<Record<string, unknown>>): void {
    this.#options.log?.write(level, event, fields)
  }
}

function pairs(raw: readonly string[]): readonly (readonly [string, string])[] {
  const found: (readonly [string, string])[] = []
  for (let at = 0; at + 1 < raw.length; at += 2) found.push([raw[at] ?? '', raw[at + 1] ?? ''])
  return found
}

function refusal(status: 413 | 503): HttpAnswer {
  const words =
    status === 413 ? 'The request body is too large.\n' : 'overload: too many large requests.\n'
  return { status, headers: [['Content-Type', 'text/plain']], body: Buffer.from(words) }
}

function listenError(host: string, port: number, cause: unknown): OperationError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  const reason =
    code === 'EADDRINUSE'
      ? 'is in use by another process'
      : code === 'EACCES'
        ? 'may not be opened by this user'
        : `cannot be opened: ${cause instanceof Error ? cause.message : String(cause)}`
  return new OperationError('BLOG_UNAVAILABLE', `port ${port} at ${host} ${reason}`, 'definite', {
    cause,
  })
}
