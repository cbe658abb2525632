/** What a hostile or broken client may send to the HTTP port, and what it costs the node. */

import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { deflateRawSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { limits } from '../../../src/kernel/limits.ts'
import { seededDice } from '../../../src/kernel/prng.ts'
import type { Dice } from '../../../src/kernel/ports.ts'
import { exchange } from '../../support/http-exchange.ts'
import { openHttpNode } from '../../support/http-node.ts'
import type { HttpNode } from '../../support/http-node.ts'
import { withType } from '../../support/open-embedded.ts'
import { until } from '../../support/program.ts'

const mebibyte = 1_048_576

let embedded: HttpNode

beforeAll(async () => {
  embedded = await openHttpNode()
  await withType(embedded.node, 'sib')
})

afterAll(() => embedded.close())

async function expectServed(): Promise<void> {
  const pong = await exchange(embedded.httpPort, { target: '/ping' })
  expect(pong.body).toBe('OK')
}

function faults(): readonly string[] {
  return embedded.logged.filter(({ level }) => level === 'error').map(({ event }) => event)
}

/** Send bytes, say no more, and read until the node closes. */
function send(bytes: Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port: embedded.httpPort })
    let got = ''
    socket.setEncoding('latin1').on('data', (piece: string) => (got += piece))
    socket.on('error', () => undefined)
    socket.on('close', () => {
      resolve(got)
    })
    socket.end(bytes)
  })
}

const pick = <T>(dice: Dice, from: readonly T[]): T => from[dice.uint32() % from.length]!

const methods = ['GET', 'HEAD', 'PUT', 'POST', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE', 'PROPFIND']
const segments = [
  'buckets',
  'types',
  'sib',
  'riak',
  'keys',
  'props',
  'index',
  'mapred',
  'stats',
  'ping',
  'b',
  'k',
  '%00',
  '%ff',
  '%',
  '+',
  '..',
  '_,_,1',
  'n_int',
  'nosuch',
  '',
]
const paths = [
  'buckets/b/keys/k',
  'buckets/b/keys/k',
  'types/sib/buckets/b/keys/k',
  'types/nosuch/buckets/b/keys/k',
  'riak/b/k',
  'riak/b',
  'buckets/b/keys',
  'buckets/b/props',
  'types/sib/props',
  'mapred',
  'stats',
]
const values = [
  '',
  '*',
  '*/*',
  '0',
  '-1',
  '1e9',
  '99999999999999999999',
  'true',
  'all',
  'application/json',
  'multipart/mixed',
  'text/plain; charset=x',
  ';;;',
  '=',
  '"',
  '"a", "b',
  ',,,',
  'gzip;q=2.5',
  'a85hYGBgzGDKBVI83IdVQvWM2F0ZGNSFM5gSmfJYGYqSKp7wZQEA',
  'AAAA',
  '====',
  '</buckets/b>; rel="up"',
  '</buckets/b/keys/k>; riaktag="t"',
  'Mon, 23 Nov 2026 07:08:28 GMT',
  'null',
  'http://[',
  '\u00e9\u00ff',
  'x'.repeat(5_000),
]
const names = [
  'Accept',
  'Accept-Charset',
  'Accept-Encoding',
  'Content-Type',
  'Content-MD5',
  'Content-Encoding',
  'Expect',
  'If-Match',
  'If-None-Match',
  'If-Modified-Since',
  'If-Unmodified-Since',
  'Link',
  'Origin',
  'Referer',
  'Transfer-Encoding',
  'Upgrade',
  'Connection',
  'X-Riak-Vclock',
  'X-Riak-If-Not-Modified',
  'X-Riak-Index-n_int',
  'X-Riak-Index-odd',
  'X-Riak-Meta-a',
  'X-Riak-URL-Encoding',
]
const parameters = [
  'r',
  'w',
  'dw',
  'rw',
  'pw',
  'pr',
  'timeout',
  'vtag',
  'returnbody',
  'asis',
  'keys',
]
const bodies = ['', '{', '{"props":{}}', '{"props":{"n_val":-1}}', '{"inputs":"b","query":[]}', 'x']

/** A request that a grammar allows, more or less. */
function request(dice: Dice): Buffer {
  const some = <T>(most: number, make: () => T): readonly T[] =>
    Array.from({ length: dice.uint32() % (most + 1) }, make)
  const isKnown = dice.uint32() % 3 > 0
  const path = isKnown ? pick(dice, paths) : some(7, () => pick(dice, segments)).join('/')
  const query = some(3, () => `${pick(dice, parameters)}=${encodeURIComponent(pick(dice, values))}`)
  const body = pick(dice, bodies)
  const headers = some(4, () => `${pick(dice, names)}: ${pick(dice, values)}\r\n`)
  const head =
    `${pick(dice, methods)} /${path}?${query.join('&')} HTTP/1.${dice.uint32() % 2}\r\n` +
    `Host: 127.0.0.1\r\nContent-Length: ${body.length}\r\n${headers.join('')}${isKnown ? 'Content-Type: text/plain\r\n' : ''}\r\n`
  return Buffer.from(head + body, 'latin1')
}

/** Some bytes changed, dropped or doubled. */
function mutated(dice: Dice, bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  for (let n = 1 + (dice.uint32() % 4); n > 0; n--) {
    copy[dice.uint32() % copy.length] = dice.uint32() % 256
  }
  const cut = dice.uint32() % copy.length
  const choice = dice.uint32() % 3
  if (choice === 0) return copy
  if (choice === 1) return copy.subarray(0, cut)
  return Buffer.concat([copy.subarray(0, cut), copy])
}

describe('a hostile client', () => {
  test.each([
    ['as a grammar allows', request, 9],
    ['with bytes changed', (dice: Dice) => mutated(dice, request(dice)), 5],
    ['of noise', (dice: Dice) => Buffer.from(dice.bytes(1 + (dice.uint32() % 300))), 1],
  ])(
    'requests %s are answered or refused, and the node serves on (600)',
    async (_, make, kinds) => {
      const seed = 20_261_123
      const dice = seededDice(seed)
      const statuses = new Set<string>()
      for (let round = 0; round < 20; round++) {
        const sent = Array.from({ length: 30 }, () => make(dice))
        const answers = await Promise.all(sent.map(send))
        for (const [at, answer] of answers.entries()) {
          // Words of ours that begin no answer would be a body that the client takes for one.
          const isAnswer = answer === '' || /^HTTP\/1\.1 [1-5]\d\d /.test(answer)
          expect(isAnswer, JSON.stringify(sent[at]!.toString('latin1'))).toBe(true)
          expect(answer).not.toMatch(/\.ts:\d|node_modules|at Object\./)
          statuses.add(answer.slice(9, 12))
        }
        await expectServed()
      }
      expect(faults(), `seed ${seed}`).toEqual([])
      // They got past the parser: so many kinds of answers at least.
      expect(statuses.size, [...statuses].join(' ')).toBeGreaterThanOrEqual(kinds)
    },
  )

  test('bodies that are declared and never come hold nothing (200 of 50 MiB)', async () => {
    const before = process.memoryUsage().rss
    const head =
      'PUT /buckets/b/keys/k HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n' +
      `Content-Length: ${50 * mebibyte}\r\n\r\nx`
    const sockets: Socket[] = []
    for (let n = 0; n < 200; n++) {
      const socket = connect({ host: '127.0.0.1', port: embedded.httpPort })
      socket.on('error', () => undefined)
      socket.write(head)
      sockets.push(socket)
    }
    await until('all have sent their heads', 20_000, () =>
      sockets.every(({ bytesWritten }) => bytesWritten === head.length),
    )
    await expectServed()
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * mebibyte)
    for (const socket of sockets) socket.destroy()
  })

  test('a body over the bound is a 413, however it is sent, and the node serves on', async () => {
    const target = '/buckets/b/keys/k'
    const headers = [['Content-Type', 'text/plain']] as const
    const body = new Uint8Array(limits.riakHttpBodyBytesMax + 1)
    const declared = await exchange(embedded.httpPort, { method: 'PUT', target, headers, body })
    expect(declared.status).toBe(413)
    const chunked = await exchange(embedded.httpPort, {
      method: 'PUT',
      target,
      headers: [...headers, ['Transfer-Encoding', 'chunked']],
      body,
    })
    expect(chunked.status).toBe(413)
    await expectServed()
  })

  test('a hundred thousand empty lines, headers without end and a flood of pings end nothing', async () => {
    await send(Buffer.from('\r\n'.repeat(100_000)))
    await send(Buffer.from(`GET /ping HTTP/1.1\r\nHost: x\r\n${'A: b\r\n'.repeat(20_000)}\r\n`))
    await send(Buffer.from('GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(5_000)))
    await expectServed()
    expect(faults()).toEqual([])
  })

  test('what a request deflates into is bounded: a clock that unfolds to 36 MB is refused', async () => {
    const bomb = deflateRawSync(Buffer.alloc(36 * mebibyte)).toString('base64')
    expect(bomb.length).toBeLessThan(limits.riakHttpHeaderBytesMax)
    const refused = await exchange(embedded.httpPort, {
      method: 'PUT',
      target: '/buckets/b/keys/k',
      headers: [
        ['Content-Type', 'text/plain'],
        ['X-Riak-Vclock', bomb],
      ],
      body: 'x',
    })
    expect(refused.status).toBe(500)
    await expectServed()
  })
})
