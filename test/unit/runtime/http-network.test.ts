import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { limits } from '../../../src/kernel/limits.ts'
import type { HttpAnswer, HttpRequest, Listening } from '../../../src/kernel/ports.ts'
import { httpNetwork } from '../../../src/runtime/http-network.ts'
import type { HttpOptions } from '../../../src/runtime/http-network.ts'
import { exchange } from '../../support/http-exchange.ts'
import { until } from '../../support/program.ts'

const opened: Listening[] = []
const sockets: Socket[] = []

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const listening of opened.splice(0)) await listening.close()
})

async function listen(
  answer: (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>,
  options: HttpOptions & { readonly bodyBytesMax?: number } = {},
): Promise<number> {
  const { bodyBytesMax = 1_000, ...rest } = options
  const at = { host: '127.0.0.1', port: 0, bodyBytesMax }
  const listening = await httpNetwork(rest).listenHttp(at, (request) =>
    Promise.resolve(answer(request)),
  )
  opened.push(listening)
  return listening.port
}

interface Raw {
  readonly socket: Socket
  readonly got: () => string
  readonly isClosed: () => boolean
}

async function raw(port: number, bytes = ''): Promise<Raw> {
  const socket = connect({ host: '127.0.0.1', port })
  sockets.push(socket)
  let got = ''
  let isClosed = false
  socket.setEncoding('latin1').on('data', (piece: string) => (got += piece))
  socket.on('close', () => (isClosed = true)).on('error', () => undefined)
  await once(socket, 'connect')
  socket.write(bytes)
  return { socket, got: () => got, isClosed: () => isClosed }
}

const text = (body: string, status = 200): HttpAnswer => ({
  status,
  headers: [['Content-Type', 'text/plain']],
  body: Buffer.from(body),
})

const get = (path: string, more = ''): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`

describe('HTTP behind the port', () => {
  test('a request arrives whole: method, target, headers in their case and order, body', async () => {
    const seen: HttpRequest[] = []
    const port = await listen((request) => {
      seen.push(request)
      return text('ok')
    })
    await exchange(port, {
      method: 'PUT',
      target: '/a%2Fb?c=d',
      headers: [
        ['X-Odd-CASE', '1'],
        ['a-b', 'Zo\u00c3\u00ab'],
      ],
      body: 'body \u00ff',
    })
    expect(seen[0]).toMatchObject({ method: 'PUT', target: '/a%2Fb?c=d' })
    expect(seen[0]!.headers).toEqual(
      expect.arrayContaining([
        ['X-Odd-CASE', '1'],
        ['a-b', 'Zo\u00c3\u00ab'],
      ]),
    )
    expect(Buffer.from(seen[0]!.body).toString('latin1')).toBe('body \u00ff')
    expect(seen[0]!.remote).toMatch(/^127\.0\.0\.1:\d+$/)
  })

  test('an answer leaves as it was given: reason, headers in their case and order, and no others', async () => {
    const port = await listen(() => ({
      status: 404,
      reason: 'Object Not Found',
      headers: [
        ['X-B', '1'],
        ['x-a', '2'],
        ['Date', 'Mon, 23 Nov 2026 07:08:27 GMT'],
        ['Content-Length', '2'],
      ],
      body: Buffer.from('no'),
    }))
    const connection = await raw(port, get('/'))
    await until('the answer', 10_000, () => connection.got().endsWith('no'))
    expect(connection.got()).toBe(
      'HTTP/1.1 404 Object Not Found\r\nX-B: 1\r\nx-a: 2\r\n' +
        'Date: Mon, 23 Nov 2026 07:08:27 GMT\r\nContent-Length: 2\r\n\r\nno',
    )
  })

  test('requests sent ahead are answered one after the other, in their order', async () => {
    let running = 0
    let most = 0
    const port = await listen(async ({ target, body }) => {
      running++
      most = Math.max(most, running)
      // The first takes longest.
      await new Promise((later) => setTimeout(later, target === '/1' ? 30 : 0))
      running--
      return text(`${target}${Buffer.from(body).toString()};`)
    })
    const post = 'POST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody'
    const connection = await raw(port, get('/1') + post + get('/3'))
    await until('three answers', 10_000, () => connection.got().includes('/3;'))
    expect(connection.got().match(/\/\d[a-z]*;/g)).toEqual(['/1;', '/2body;', '/3;'])
    expect(most).toBe(1)
  })

  test('a connection that sends more ahead than its bound is ended, and others go on', async () => {
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    const port = await listen(async ({ target }) => {
      if (target === '/held') await held
      return text('ok')
    })
    const greedy = await raw(port, get('/held') + get('/').repeat(limits.riakHttpPipelinedMax + 1))
    await until('its end', 10_000, greedy.isClosed)
    expect((await exchange(port, { target: '/' })).status).toBe(200)
    release()
  })

  test.each([
    ['its length says so', { body: 'x'.repeat(1_001) }],
    ['it grows on the way', { body: 'x'.repeat(5_000), isChunked: true }],
  ])('a body over the bound is a 413 and is never handed on (%s)', async (_, sent) => {
    let calls = 0
    const port = await listen(() => {
      calls++
      return text('ok')
    })
    const headers = 'isChunked' in sent ? [['Transfer-Encoding', 'chunked'] as const] : []
    const refused = await exchange(port, { method: 'PUT', target: '/', headers, body: sent.body })
    expect(refused.status).toBe(413)
    expect(refused.header('Connection')).toBe('close')
    expect(calls).toBe(0)
    const whole = await exchange(port, { method: 'PUT', target: '/', body: 'x'.repeat(1_000) })
    expect(whole.status).toBe(200)
  })

  test('a client that asks before it sends is told to go on, or that its body is too large', async () => {
    const port = await listen(({ body }) => text(String(body.length)))
    const ask = (length: number): string =>
      `PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\nExpect: 100-continue\r\n\r\n`
    const polite = await raw(port, ask(3))
    await until('100 Continue', 10_000, () => polite.got().startsWith('HTTP/1.1 100 Continue\r\n'))
    polite.socket.write('abc')
    await until('the answer', 10_000, () => polite.got().endsWith('\r\n\r\n3'))
    const large = await raw(port, ask(1_001))
    await until('413', 10_000, () => large.got().includes(' 413 '))
    expect(large.got()).not.toContain('100 Continue')
  })

  test('a stream is sent piece by piece, in chunks; to HTTP/1.0 as it is, until the end', async () => {
    async function* pieces(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('one ')
      yield Buffer.alloc(0)
      await Promise.resolve()
      yield Buffer.from('two')
    }
    const port = await listen(() => ({ status: 200, headers: [], body: pieces() }))
    const whole = await exchange(port, { target: '/' })
    expect(whole.header('Transfer-Encoding')).toBe('chunked')
    expect(whole.body).toBe('one two')
    const old = await raw(port, 'GET / HTTP/1.0\r\n\r\n')
    await until('the end', 10_000, old.isClosed)
    expect(old.got()).toMatch(/\r\n\r\none two$/)
    expect(old.got()).not.toMatch(/transfer-encoding/i)
  })

  test('a stream is taken as fast as its client reads, and given back where that leaves', async () => {
    let taken = 0
    let isReturned = false
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) {
          taken++
          yield Buffer.alloc(65_536)
          await new Promise((turn) => setImmediate(turn))
        }
      } finally {
        isReturned = true
      }
    }
    let isAborted = false
    const port = await listen((request) => {
      request.onAbort(() => (isAborted = true))
      return { status: 200, headers: [], body: endless() }
    })
    const reader = await raw(port, get('/'))
    reader.socket.pause()
    let before = -1
    await until('it stands still', 20_000, async () => {
      const isStill = taken === before
      before = taken
      await new Promise((later) => setTimeout(later, 100))
      return isStill && taken === before
    })
    // Sockets and the operating system hold some; without a bound it would be gigabytes by now.
    expect(taken * 65_536).toBeLessThan(64 * 1_048_576)
    reader.socket.destroy()
    await until('it is given back', 20_000, () => isReturned && isAborted)
  })

  test('a client that leaves before its answer is told to whom it may concern, once', async () => {
    let aborts = 0
    let seen = false
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    const port = await listen(async (request) => {
      request.onAbort(() => aborts++)
      seen = true
      await held
      // Who asks late hears at once.
      request.onAbort(() => aborts++)
      return text('ok')
    })
    const impatient = await raw(port, get('/'))
    await until('the request is there', 10_000, () => seen)
    impatient.socket.destroy()
    await until('it is told', 10_000, () => aborts === 1)
    release()
    await until('the late one, too', 10_000, () => aborts === 2)
  })

  test('what is no HTTP, and a head beyond its bound, are a 400 and the end', async () => {
    const port = await listen(() => text('ok'))
    for (const bytes of [
      'nonsense\r\n\r\n',
      '\u0000\u0001\u0002\r\n\r\n',
      'GET / HTTP/1.1\r\n\r\n',
      get('/', `X: ${'x'.repeat(limits.riakHttpHeaderBytesMax)}\r\n`),
      'PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
      'PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    ]) {
      const stranger = await raw(port, bytes)
      await until(`the end of ${JSON.stringify(bytes.slice(0, 40))}`, 10_000, stranger.isClosed)
      expect(stranger.got() === '' || stranger.got().startsWith('HTTP/1.1 400 ')).toBe(true)
    }
    expect((await exchange(port, { target: '/' })).status).toBe(200)
  })

  test('a head, or a body, that does not come in time ends its connection', async () => {
    const port = await listen(() => text('ok'), { headersMs: 200, requestMs: 300 })
    const silentHead = await raw(port, 'GET / HTTP/1.1\r\nHos')
    const silentBody = await raw(port, 'PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab')
    await until('both end', 20_000, () => silentHead.isClosed() && silentBody.isClosed())
    expect((await exchange(port, { target: '/' })).status).toBe(200)
  })

  test('an idle connection is kept for its time, then closed', async () => {
    const port = await listen(() => text('ok'), { keepAliveMs: 200 })
    const connection = await raw(port, get('/'))
    await until('the answer', 10_000, () => connection.got().endsWith('ok'))
    connection.socket.write(get('/'))
    await until('another', 10_000, () => connection.got().split('\r\n\r\nok').length === 3)
    await until('its end', 20_000, connection.isClosed)
  })

  test('one connection more than there may be is closed as it comes', async () => {
    const port = await listen(() => text('ok'), { connectionsMax: 2 })
    const first = await raw(port)
    await raw(port)
    const third = await raw(port)
    await until('the third is closed', 10_000, third.isClosed)
    first.socket.destroy()
    await until('there is room again', 10_000, async () => {
      const answer = await exchange(port, { target: '/' }).catch(() => undefined)
      return answer?.status === 200
    })
  })

  test('closing ends idle connections at once and lets a request under way be answered', async () => {
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    let seen = false
    const port = await listen(async () => {
      seen = true
      await held
      return text('last')
    })
    const idle = await raw(port)
    const busy = await raw(port, get('/'))
    await until('the request is there', 10_000, () => seen)
    const closed = opened[0]!.close()
    await until('the idle one is closed', 10_000, idle.isClosed)
    expect(busy.isClosed()).toBe(false)
    release()
    await closed
    await until('the other, too', 10_000, busy.isClosed)
    expect(busy.got()).toMatch(/^HTTP\/1\.1 200 .*\r\n\r\nlast$/s)
    await expect(exchange(port, { target: '/' })).rejects.toThrow()
  })

  test('closing does not wait for ever for a request under way', async () => {
    const port = await listen(() => new Promise(() => undefined), { lingerMs: 200 })
    const stuck = await raw(port, get('/'))
    await until('it is there', 10_000, () => stuck.socket.bytesWritten > 0)
    await opened[0]!.close()
    await until('it is closed', 10_000, stuck.isClosed)
  })

  test('a port in use is an error that names it', async () => {
    const other = createServer()
    other.listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as { port: number }
    const at = { host: '127.0.0.1', port, bodyBytesMax: 1 }
    const attempt = httpNetwork().listenHttp(at, () => Promise.resolve(text('')))
    await expect(attempt).rejects.toMatchObject({
      code: 'BLOG_UNAVAILABLE',
      message: `port ${port} at 127.0.0.1 is in use by another process`,
    })
    other.close()
  })

  test('an answer that breaks on its way breaks the connection, not the server', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('half')
      await Promise.resolve()
      throw new Error('the source broke')
    }
    const port = await listen(({ target }) => {
      if (target === '/throws') throw new Error('nobody answers')
      return { status: 200, headers: [], body: broken() }
    })
    await expect(exchange(port, { target: '/' })).rejects.toThrow()
    await expect(exchange(port, { target: '/throws' })).rejects.toThrow()
    await expect(exchange(port, { target: '/' })).rejects.toThrow()
  })
})
