/**
 * The HTTP server of the pages: Hono's app on Node's server, with a bound on everything a stranger may hold.
 *
 * It listens before the app is there, so that a port in use is known before the disk is touched; requests
 * of those first moments wait.
 */

import { createServer, type Server, type ServerOptions } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { limits } from '../kernel/limits.ts'
import { CommandError } from './command-error.ts'

export interface Fetching {
  fetch(request: Request, bindings: object): Response | Promise<Response>
}

export interface PageServer {
  readonly port: number
  /** From now on `app` answers, those that waited first. */
  readonly show: (app: Fetching) => void
  /** Stops accepting, lets requests under way end, closes idle connections. Idempotent. */
  readonly close: () => Promise<void>
}

/** How long a peer may take, and how many there may be. */
export type PageServerBounds = Readonly<
  Record<
    | 'httpHeadersMs'
    | 'httpRequestMs'
    | 'httpKeepAliveMs'
    | 'httpSilenceMs'
    | 'httpCheckEveryMs'
    | 'httpConnectionsMax',
    number
  >
>

function optionsOf(bounds: PageServerBounds): ServerOptions {
  return {
    headersTimeout: bounds.httpHeadersMs,
    requestTimeout: bounds.httpRequestMs,
    keepAliveTimeout: bounds.httpKeepAliveMs,
    connectionsCheckingInterval: bounds.httpCheckEveryMs,
    maxHeaderSize: limits.httpHeaderBytesMax,
    noDelay: true,
  }
}

/**
 * Begins so many requests in a turn of the event loop, and the others in the turns that follow.
 *
 * Hundreds of requests may be there at once. Answered in one go, each step of a page that waits for the store
 * would wait for all of them: a comment, ten steps long, ten times.
 */
function createTurns(perTurn: number): (begin: () => void) => void {
  let waiting: (() => void)[] = []
  let left = perTurn
  let isTurnAhead = false
  const turn = (): void => {
    left = perTurn
    const now = waiting.slice(0, perTurn)
    waiting = waiting.slice(perTurn)
    isTurnAhead = now.length > 0
    if (isTurnAhead) setImmediate(turn)
    for (const begin of now) {
      left -= 1
      begin()
    }
  }
  return (begin) => {
    if (!isTurnAhead) {
      isTurnAhead = true
      setImmediate(turn)
    }
    if (left > 0 && waiting.length === 0) {
      left -= 1
      begin()
    } else waiting.push(begin)
  }
}

/** @throws CommandError that names PORT or HOST where the address cannot be taken. */
export async function startPageServer(
  at: { readonly host: string; readonly port: number },
  bounds: PageServerBounds = limits,
): Promise<PageServer> {
  let show: (app: Fetching) => void = () => undefined
  const shown = new Promise<Fetching>((resolve) => {
    show = resolve
  })
  let app: Fetching | undefined
  void shown.then((given) => {
    app = given
  })
  // It sets the globals `Request` and `Response` to ones that hold a Buffer as it is: answered in a quarter
  // of the time that fetch's own take, whose body is a stream.
  const answer = getRequestListener((request, bindings) =>
    app === undefined
      ? shown.then((given) => given.fetch(request, bindings))
      : app.fetch(request, bindings),
  )
  const inTurns = createTurns(limits.httpRequestsPerTurn)
  const server = createServer(optionsOf(bounds), (incoming, outgoing) => {
    inTurns(() => void answer(incoming, outgoing))
  })
  server.maxConnections = bounds.httpConnectionsMax
  // Of a connection on which nothing moves while its answer waits to be taken; Node closes it.
  server.timeout = bounds.httpSilenceMs
  server.maxRequestsPerSocket = limits.httpRequestsPerConnectionMax
  await listen(server, at)
  const address = server.address()
  return {
    port: address !== null && typeof address === 'object' ? address.port : at.port,
    show,
    close: () => closeServer(server),
  }
}

async function listen(server: Server, { host, port }: { host: string; port: number }) {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host, port, backlog: 1_024 }, () => {
        server.off('error', reject)
        resolve()
      })
    })
  } catch (error) {
    throw new CommandError(whyNotListening(error, host, port), 1, { cause: error })
  }
}

function whyNotListening(error: unknown, host: string, port: number): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
  if (code === 'EADDRINUSE') {
    return `PORT ${port} on ${host} is in use by another program: set PORT to a free one`
  }
  if (code === 'EACCES') {
    return `PORT ${port} may not be used by this account: set PORT to one above 1023`
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return `HOST ${host} is no address of this machine (${code})`
  }
  return `cannot listen on HOST ${host}, PORT ${port} (${code})`
}

async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return
  const closed = new Promise<void>((resolve) => {
    server.close(() => {
      resolve()
    })
  })
  // A connection is idle, and ours to close, only once its last request has ended.
  const sweep = setInterval(() => {
    server.closeIdleConnections()
  }, 20)
  const patience = setTimeout(() => {
    server.closeAllConnections()
  }, limits.stopMsMax)
  await closed
  clearInterval(sweep)
  clearTimeout(patience)
}
