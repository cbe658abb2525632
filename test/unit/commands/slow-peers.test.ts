/**
 * Peers that take their time on purpose: what each may hold, and for how long. The real bounds are seconds;
 * here they are parts of one, and what is seen is that they bind.
 */

import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'

import { startPageServer } from '../../../src/commands/page-server.ts'
import type { PageServer, PageServerBounds } from '../../../src/commands/page-server.ts'
import { limits } from '../../../src/kernel/limits.ts'
import { answersIn } from '../../support/raw-http.ts'
import { until } from '../../support/program.ts'

/** As good as none. */
const patience = 600_000
const patient: PageServerBounds = {
  httpHeadersMs: patience,
  httpRequestMs: patience,
  httpKeepAliveMs: patience,
  httpSilenceMs: patience,
  httpCheckEveryMs: 20,
  httpConnectionsMax: 100,
}

let server: PageServer | undefined
const sockets: Socket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await server?.close()
  server = undefined
})

/** A server that reads every body whole, and answers how many bytes it had. */
async function start(
  bounds: Partial<PageServerBounds>,
  answer: (request: Request) => Response | Promise<Response> = async (request) =>
    new Response(String((await request.arrayBuffer()).byteLength)),
): Promise<void> {
  server = await startPageServer({ host: '127.0.0.1', port: 0 }, { ...patient, ...bounds })
  server.show({ fetch: answer })
}

interface Peer {
  readonly socket: Socket
  said: string
  isClosed: boolean
}

async function open(): Promise<Peer> {
  const socket = connect(server?.port ?? 0, '127.0.0.1')
  sockets.push(socket)
  const peer: Peer = { socket, said: '', isClosed: false }
  socket.setEncoding('latin1').on('data', (chunk: string) => (peer.said += chunk))
  socket.on('error', () => undefined)
  socket.on('close', () => (peer.isClosed = true))
  await once(socket, 'connect')
  return peer
}

const isServed = async (): Promise<void> => {
  const answer = await fetch(`http://127.0.0.1:${server?.port}/`)
  expect(answer.status).toBe(200)
  await answer.text()
}

/** Writes one piece after the other for as long as the server listens. */
function drip(peer: Peer, piece: string): () => void {
  const timer = setInterval(() => {
    if (!peer.isClosed) peer.socket.write(piece)
  }, 10)
  return () => {
    clearInterval(timer)
  }
}

test('a peer that says nothing is closed in the time of a head; others are served meanwhile', async () => {
  await start({ httpHeadersMs: 100 })
  const silent = await Promise.all(Array.from({ length: 20 }, open))
  await isServed()
  await until('all are closed', 10_000, () => silent.every(({ isClosed }) => isClosed))
})

test('a head that comes line by line, for ever, is closed in the time of a head', async () => {
  await start({ httpHeadersMs: 200 })
  const peer = await open()
  peer.socket.write('GET / HTTP/1.1\r\nHost: x\r\n')
  const stop = drip(peer, 'X-More: y\r\n')
  await until('it is closed', 10_000, () => peer.isClosed)
  stop()
  expect(answersIn(peer.said).map(({ status }) => status)).toEqual([408])
  await isServed()
})

test('a body that comes byte by byte, for ever, is closed in the time of a request', async () => {
  await start({ httpRequestMs: 300, httpHeadersMs: 300 })
  const peers = [
    ['Content-Length: 1000000', 'x'],
    ['Transfer-Encoding: chunked', '1\r\nx\r\n'],
  ] as const
  for (const [header, piece] of peers) {
    const peer = await open()
    peer.socket.write(`POST / HTTP/1.1\r\nHost: x\r\n${header}\r\n\r\n`)
    const stop = drip(peer, piece)
    await until('it is closed', 10_000, () => peer.isClosed)
    stop()
    // Not as if it had been whole.
    expect(peer.said).not.toContain('HTTP/1.1 200')
  }
  await isServed()
})

test('a body that never comes, and one that ends too early, are closed as well', async () => {
  await start({ httpRequestMs: 200, httpHeadersMs: 200 })
  const never = await open()
  never.socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n')
  const half = await open()
  half.socket.end('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf')
  await until('both are closed', 10_000, () => never.isClosed && half.isClosed)
  expect(never.said + half.said).not.toContain('HTTP/1.1 200')
  await isServed()
})

test('a connection that is kept and not used is closed in its time', async () => {
  await start({ httpKeepAliveMs: 100 })
  const peer = await open()
  peer.socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  await until('it is closed', 10_000, () => peer.isClosed)
  expect(answersIn(peer.said).map(({ status }) => status)).toEqual([200])
})

test('a peer that asks and does not take the answer is closed, and holds nobody’s place', async () => {
  // More than the buffers of two sockets hold.
  const long = 'x'.repeat(32_000_000)
  await start({ httpSilenceMs: 300, httpConnectionsMax: 1 }, () => new Response(long))
  const peer = await open()
  peer.socket.pause()
  peer.socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  await until('the next one has its place', 10_000, async () => {
    const answer = await fetch(`http://127.0.0.1:${server?.port}/`).catch(() => undefined)
    return (await answer?.text().catch(() => ''))?.length === 32_000_000
  })
})

test('an answer that takes long, and moves, is not cut', async () => {
  const pieces = 40
  const answer = (): Response => {
    let left = pieces
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        await new Promise((done) => setTimeout(done, 20))
        if (left-- > 0) controller.enqueue(new TextEncoder().encode('x'.repeat(1_000)))
        else controller.close()
      },
    })
    return new Response(body)
  }
  await start({ httpSilenceMs: 500 }, answer)
  const beganMs = performance.now()
  const got = await fetch(`http://127.0.0.1:${server?.port}/`)
  expect((await got.text()).length).toBe(pieces * 1_000)
  expect(performance.now() - beganMs).toBeGreaterThan(500)
})

test('one connection more than there is place for is refused, until one ends', async () => {
  await start({ httpConnectionsMax: 3 })
  const there = await Promise.all([open(), open(), open()])
  const more = await open()
  await until('it is refused', 10_000, () => more.isClosed)
  expect(more.said).toBe('')
  there[0].socket.destroy()
  await until('there is place', 10_000, () =>
    isServed().then(
      () => true,
      () => false,
    ),
  )
})

test('the bounds of a running blog: a head in 15 s, a request in a minute, a silent reader for a minute', () => {
  const { httpHeadersMs, httpRequestMs, httpKeepAliveMs, httpSilenceMs } = limits
  expect([httpHeadersMs, httpRequestMs, httpSilenceMs]).toEqual([15_000, 60_000, 60_000])
  expect(limits.httpConnectionsMax).toBe(8_192)
  // Proxies close first: they hold on to a connection for 60 s.
  expect(httpKeepAliveMs).toBeGreaterThan(60_000)
})
