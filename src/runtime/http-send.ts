/** Writes one HTTP answer as fast as its client reads, and no faster. */

import type { ServerResponse } from 'node:http'
import { limits } from '../kernel/limits.ts'
import type { HttpAnswer } from '../kernel/ports.ts'

export interface SendOptions {
  /** Say `Connection: close`, and close. */
  readonly isLast: boolean
  /** The request was not read to its end: what the client still sends is dropped for a while. */
  readonly isUnread: boolean
}

/** A client that takes nothing of its answer for this long is given up. */
function bePatient(outgoing: ServerResponse): void {
  outgoing.socket?.setTimeout(limits.pbStallMsMax)
}

/** Resolves when the last byte has been handed to the system, or the client has gone. Never rejects. */
export async function sendAnswer(
  outgoing: ServerResponse,
  answer: HttpAnswer,
  options: SendOptions,
): Promise<void> {
  const left = new Promise<void>((resolve) => {
    if (outgoing.closed) resolve()
    outgoing.once('close', () => {
      resolve()
    })
  })
  outgoing.on('error', () => undefined)
  const { socket } = outgoing
  try {
    writeHead(outgoing, answer, options.isLast)
    if (!(answer.body instanceof Uint8Array)) await sendPieces(outgoing, answer.body, left)
    else if (options.isUnread) await dropUnread(outgoing, answer.body, left)
    else outgoing.write(answer.body)
    bePatient(outgoing)
    outgoing.end()
    await left
  } catch {
    // The head has been sent: only a connection that breaks tells the client that something is missing.
    socket?.destroy()
  }
}

function writeHead(outgoing: ServerResponse, answer: HttpAnswer, isLast: boolean): void {
  const isHttp10 = outgoing.req.httpVersion === '1.0'
  const names = new Set(answer.headers.map(([name]) => name.toLowerCase()))
  const headers = answer.headers.filter(
    ([name]) => !(isHttp10 && name.toLowerCase() === 'transfer-encoding'),
  )
  const isStream = !(answer.body instanceof Uint8Array)
  const isBodyless = answer.status === 204 || answer.status === 304
  if (!isStream && !isBodyless && !names.has('content-length')) {
    headers.push(['Content-Length', String(answer.body.length)])
  }
  const hasLength = names.has('transfer-encoding') || names.has('content-length')
  if (isStream && !isHttp10 && !hasLength) {
    headers.push(['Transfer-Encoding', 'chunked'])
  }
  if (isLast) headers.push(['Connection', 'close'])
  // Persistence goes without saying in HTTP/1.1, and Riak does not say it.
  else if (!isHttp10) outgoing.removeHeader('connection')
  if (names.has('date')) outgoing.sendDate = false
  const flat = headers.flatMap(([name, value]) => [name, value])
  if (answer.reason === undefined) outgoing.writeHead(answer.status, flat)
  else outgoing.writeHead(answer.status, answer.reason, flat)
}

async function sendPieces(
  outgoing: ServerResponse,
  pieces: AsyncIterable<Uint8Array>,
  left: Promise<void>,
): Promise<void> {
  const iterator = pieces[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), left])
      if (next === undefined || next.done === true || outgoing.closed) break
      if (next.value.length === 0 || outgoing.write(next.value)) continue
      bePatient(outgoing)
      await Promise.race([drained(outgoing), left])
      // The next piece may take its time.
      outgoing.socket?.setTimeout(0)
    }
  } finally {
    // Not waited for: it may stand behind a piece that never comes.
    iterator.return?.().catch(() => undefined)
  }
}

function drained(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    outgoing.once('drain', () => {
      resolve()
    })
  })
}

/** Closing under a sender's hands would destroy the answer on its way: read on for a while. */
async function dropUnread(
  outgoing: ServerResponse,
  body: Uint8Array,
  left: Promise<void>,
): Promise<void> {
  const incoming = outgoing.req
  outgoing.write(body)
  const isRead = new Promise<void>((resolve) => {
    incoming.once('end', () => {
      resolve()
    })
  })
  incoming.resume()
  let patience: NodeJS.Timeout | undefined
  const isEnough = new Promise<void>((resolve) => {
    patience = setTimeout(resolve, limits.pbLingerMsMax)
  })
  await Promise.race([isRead, isEnough, left])
  clearTimeout(patience)
}
