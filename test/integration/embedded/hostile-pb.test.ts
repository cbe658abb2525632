/** What a hostile or broken client may send to the Protocol Buffers port, and what it costs the node. */

import { execFileSync } from 'node:child_process'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { deflateRawSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { seededDice } from '../../../src/kernel/prng.ts'
import { limits } from '../../../src/kernel/limits.ts'
import { messageCodes } from '../../../src/wire/message-codes.ts'
import { decodeMessage, encodeFrame } from '../../../src/wire/messages.ts'
import { openListeningNode } from '../../support/listening-node.ts'
import type { ListeningNode } from '../../support/listening-node.ts'
import { pbConnect } from '../../support/pb-socket.ts'
import type { Frame } from '../../support/pb-socket.ts'
import { until } from '../../support/program.ts'

const mebibyte = 1_048_576
const text = (value: string): Buffer => Buffer.from(value)
const ping = encodeFrame('RpbPingReq', {})

let embedded: ListeningNode

beforeAll(async () => {
  embedded = await openListeningNode()
})

afterAll(() => embedded.close())

/** The next request, on a connection of its own, is served. */
async function expectServed(): Promise<void> {
  const socket = await pbConnect(embedded.listener.port)
  socket.send(ping)
  const [pong] = await socket.read(1)
  expect(pong?.code).toBe(2)
  socket.destroy()
}

function errorText(frame: Frame | undefined): string {
  const { errmsg } = decodeMessage('RpbErrorResp', frame?.body ?? Buffer.alloc(0))
  return Buffer.from(errmsg ?? []).toString('latin1')
}

function rssBytes(): number {
  return process.memoryUsage().rss
}

describe('a hostile client', () => {
  test('a frame of 4 GB is refused in words, and what follows it is dropped (64 MiB of it)', async () => {
    const socket = await pbConnect(embedded.listener.port)
    socket.send(Buffer.from('ffffffff', 'hex'))
    const [answer] = await socket.read(1)
    expect(errorText(answer)).toBe('Invalid message packet, reason: invalid')
    const piece = Buffer.alloc(mebibyte)
    for (let i = 0; i < 64; i++) {
      if (!socket.socket.write(piece)) {
        await new Promise((resolve) => socket.socket.once('drain', resolve))
      }
    }
    expect(embedded.listener.heldBytes).toBe(0)
    await expectServed()
    socket.destroy()
  })

  test('half frames that claim much hold what was sent, not what was claimed (1,000 of 60 MiB)', async () => {
    const before = rssBytes()
    const half = Buffer.alloc(20)
    half.writeUInt32BE(60 * mebibyte, 0)
    const sockets = await Promise.all(
      Array.from({ length: 1_000 }, () => pbConnect(embedded.listener.port)),
    )
    for (const socket of sockets) socket.send(half)
    await until('all half frames are there', 20_000, () => embedded.listener.heldBytes === 20_000)
    for (const socket of sockets) socket.send(Buffer.from([1]))
    await until('one byte more of each', 20_000, () => embedded.listener.heldBytes === 21_000)
    await expectServed()
    expect(rssBytes() - before).toBeLessThan(100 * mebibyte)
    for (const socket of sockets) socket.destroy()
    await until('all are forgotten', 20_000, () => embedded.listener.connections === 0)
    expect(embedded.listener.heldBytes).toBe(0)
  })

  test('random bytes never stop the node (300 connections, seed 7)', async () => {
    const dice = seededDice(7)
    for (let i = 0; i < 300; i++) {
      const socket = await pbConnect(embedded.listener.port)
      socket.send(dice.bytes(1 + (dice.uint32() % 2_000)))
      socket.destroy()
    }
    await expectServed()
  })

  test('whole frames of every code with random bodies are answered or closed (seed 8)', async () => {
    const dice = seededDice(8)
    const codes = [...Object.values(messageCodes), 27, 40, 70, 100, 200]
    for (const code of codes) {
      for (let i = 0; i < 8; i++) {
        const body = dice.bytes(dice.uint32() % 40)
        const frame = Buffer.alloc(5)
        frame.writeUInt32BE(body.length + 1, 0)
        frame[4] = code
        const socket = await pbConnect(embedded.listener.port)
        socket.send(Buffer.concat([frame, body]))
        const answered = socket.read(1).catch(() => [])
        await Promise.race([answered, socket.closed])
        socket.destroy()
      }
    }
    await expectServed()
    const faults = embedded.logged.filter(({ level }) => level === 'error')
    expect(faults).toEqual([])
  })

  test.each(['map', 'reduce'])(
    'a job of as many %s phases as are allowed runs, one of more is refused, neither is a fault',
    async (kind) => {
      const stored = await pbConnect(embedded.listener.port)
      const content = { value: text('1'), content_type: text('application/json') }
      stored.send(encodeFrame('RpbPutReq', { bucket: text('b'), key: text('k'), content }))
      await stored.read(1)
      const phase = {
        language: 'erlang',
        module: 'riak_kv_mapreduce',
        function: `${kind}_identity`,
      }
      const run = async (count: number): Promise<Frame | undefined> => {
        const query = Array.from({ length: count }, () => ({ [kind]: phase }))
        const request = text(JSON.stringify({ inputs: [['b', 'k']], query, timeout: 20_000 }))
        stored.send(
          encodeFrame('RpbMapRedReq', { request, content_type: text('application/json') }),
        )
        const [first] = await stored.read(1)
        if (first?.code === 24) await stored.read(1)
        return first
      }
      const most = await run(limits.mapReducePhasesMax)
      expect(most?.code === 0 ? errorText(most) : '').not.toMatch(/^Error processing/)
      expect(errorText(await run(limits.mapReducePhasesMax + 1))).toContain('phases')
      stored.destroy()
      await expectServed()
      expect(embedded.logged.filter(({ level }) => level === 'error')).toEqual([])
    },
  )

  test.each(['zzz', 'AAAA', 'g2EB', '\u0000'])(
    'a continuation that none was (%j) crashes its own request only, and is no alarm',
    async (continuation) => {
      const socket = await pbConnect(embedded.listener.port)
      const query = { bucket: text('b'), index: text('n_int'), qtype: 0, key: text('1') }
      const paged = { ...query, max_results: 2, continuation: text(continuation) }
      socket.send(encodeFrame('RpbIndexReq', paged))
      const [answer] = await socket.closed
      expect(errorText(answer)).toMatch(/^Error processing incoming message: error:/)
      expect(errorText(answer)).toContain('{riak_index,decode_continuation,1,[]}')
      await expectServed()
      expect(embedded.logged.filter(({ level }) => level === 'error')).toEqual([])
    },
  )

  test.each([
    ['garbage', text('zzz'), /error:data_error:\[\{zlib,/],
    [
      'a clock that is another term',
      deflateRawSync(Buffer.from('836101', 'hex')),
      /error:badarg:\[/,
    ],
    ['64 MiB of zeros, deflated', deflateRawSync(Buffer.alloc(64 * mebibyte)), /^Error processing/],
  ])('a vector clock that is none crashes its own request only: %s', async (_, vclock, words) => {
    const socket = await pbConnect(embedded.listener.port)
    socket.send(
      encodeFrame('RpbPutReq', {
        bucket: text('b'),
        key: text('k'),
        vclock,
        content: { value: text('v') },
      }),
    )
    const [answer] = await socket.closed
    expect(errorText(answer)).toMatch(words)
    await expectServed()
  })

  test('one who asks and never reads waits, and the answers wait on disk (2,000 gets of 100 KB)', async () => {
    const at = { bucket: text('b'), key: text('large') }
    const writer = await pbConnect(embedded.listener.port)
    writer.send(encodeFrame('RpbPutReq', { ...at, content: { value: Buffer.alloc(100_000, 1) } }))
    await writer.read(1)
    writer.destroy()
    const before = rssBytes()
    const socket = await pbConnect(embedded.listener.port)
    socket.socket.pause()
    const get = encodeFrame('RpbGetReq', at)
    for (let i = 0; i < 2_000; i++) socket.send(get)
    await expectServed()
    expect(rssBytes() - before).toBeLessThan(64 * mebibyte)
    socket.socket.resume()
    expect(await socket.read(2_000)).toHaveLength(2_000)
    socket.destroy()
  })

  test('a hundred thousand pings at once get a hundred thousand pongs', async () => {
    const socket = await pbConnect(embedded.listener.port)
    socket.send(Buffer.concat(Array.from({ length: 100_000 }, () => ping)))
    expect(await socket.read(100_000)).toHaveLength(100_000)
    socket.destroy()
  })
})

describe('silent connections', () => {
  /** Both ends live in this process. */
  const descriptors = Number(execFileSync('sh', ['-c', 'ulimit -n']).toString()) || 1_000_000
  const count = Math.min(5_000, Math.floor((descriptors - 500) / 2))
  if (count < 5_000)
    console.log(`only ${count} silent connections: this shell allows no more files`)

  test(`${count} of them are held cheaply, the next request is served, and none is left over`, async () => {
    const before = rssBytes()
    const sockets: Socket[] = []
    // A hundred at a time: more would overrun the queue of connections to be accepted.
    for (let opened = 0; opened < count; opened += 100) {
      const batch = Array.from({ length: Math.min(100, count - opened) }, () =>
        connect({ host: '127.0.0.1', port: embedded.listener.port }),
      )
      sockets.push(...batch)
      await Promise.all(
        batch.map((socket) => new Promise((resolve) => socket.once('connect', resolve))),
      )
    }
    await until('all are accepted', 30_000, () => embedded.listener.connections === count)
    await expectServed()
    const bytesEach = (rssBytes() - before) / count
    // Two sockets of Node.js and one connection of ours; measured 8 to 12 KB.
    expect(bytesEach).toBeLessThan(60_000)
    console.log(`${count} silent connections: ${Math.round(bytesEach)} bytes each, both ends`)
    expect(embedded.listener.heldBytes).toBe(0)
    for (const socket of sockets) socket.destroy()
    await until('all are forgotten', 30_000, () => embedded.listener.connections === 0)
    await expectServed()
    expect(count).toBeLessThan(limits.pbConnectionsMax)
  })
})
