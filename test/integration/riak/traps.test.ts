/** What a misbehaving server does to the client, one test for each known trap (src/riak/README.md). */

import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import type { StubRequest } from '../../support/stub-riak.ts'
import { connect, stub, timed } from '../../support/riak-client.ts'

const at = { type: 'posts', bucket: 'blog', key: 'k' }
const content = { value: Uint8Array.of(1), contentType: 'text/plain' }

function hangUp(request: StubRequest): void {
  request.socket.destroy()
}

describe('a connection that breaks', () => {
  test.each([
    ['FIN', (socket: Socket) => socket.end()],
    ['RST', (socket: Socket) => socket.resetAndDestroy()],
  ])('a node whose health check ends in %s before the pong comes back later', async (_, close) => {
    const node = await stub()
    const kv = await connect([node.address])
    let refused = 0
    node.on('RpbPingReq', (request) => {
      if (++refused <= 3) close(request.socket)
      else request.reply('RpbPingResp', {})
    })
    node.resetAll()
    await expect.poll(() => refused, { timeout: 5_000 }).toBeGreaterThan(3)
    await expect.poll(() => kv.health().up, { timeout: 5_000 }).toBe(1)
    expect(await kv.get(at)).toBeUndefined()
  })

  test('no call is lost, and no read fails, under a reset of every connection at each 200th of 4,000 reads (one node)', async () => {
    const node = await stub()
    const kv = await connect([node.address])
    node.on('RpbGetReq', (request) => {
      if (request.serial % 200 === 0) node.resetAll()
      else request.reply('RpbGetResp', {})
    })
    let asked = 0
    let answered = 0
    const failures: unknown[] = []
    const reader = async (): Promise<void> => {
      while (asked++ < 4_000) {
        await kv.get(at).then(
          () => answered++,
          (error: unknown) => failures.push(error),
        )
      }
    }
    await Promise.all(Array.from({ length: 16 }, reader))
    expect(answered + failures.length).toBe(4_000)
    // A read is sent three times at most; three resets in a row on one read are possible, not likely.
    expect(failures.length).toBeLessThan(40)
    await expect.poll(() => kv.get(at), { timeout: 5_000 }).toBeUndefined()
  })

  test('an idle connection that the server closes is no loss of a node', async () => {
    const node = await stub()
    const kv = await connect([node.address])
    await kv.get(at)
    const before = kv.health()
    for (const { socket } of node.requests) socket.end()
    await expect.poll(() => node.openConnections(), { timeout: 5_000 }).toBe(1)
    await kv.get(at)
    expect(kv.health()).toEqual(before)
  })
})

describe('retries', () => {
  test('a put whose answer is lost is sent once, and fails as indefinite', async () => {
    const node = await stub()
    node.on('RpbPutReq', hangUp)
    const kv = await connect([node.address])
    await expect(kv.put(at, content)).rejects.toMatchObject({
      code: 'BLOG_UNAVAILABLE',
      outcome: 'indefinite',
    })
    await kv.ping()
    expect(node.received('RpbPutReq')).toBe(1)
  })

  test('a put that is never answered is sent once, and ends as an indefinite timeout', async () => {
    const node = await stub()
    node.on('RpbPutReq', () => undefined)
    const kv = await connect([node.address])
    const { ms } = await timed(() =>
      expect(kv.put(at, content, { timeoutMs: 100 })).rejects.toMatchObject({
        code: 'BLOG_TIMEOUT',
        outcome: 'indefinite',
      }),
    )
    expect(ms).toBeGreaterThanOrEqual(600)
    expect(ms).toBeLessThan(3_000)
    expect(node.received('RpbPutReq')).toBe(1)
  })

  test('a repeatable put goes on to another node, byte for byte', async () => {
    const nodes = [await stub(), await stub()]
    const bodies: string[] = []
    for (const node of nodes) {
      node.on('RpbPutReq', (request) => {
        bodies.push(JSON.stringify(request.message))
        if (bodies.length === 1) hangUp(request)
        else request.reply('RpbPutResp', {})
      })
    }
    const kv = await connect(nodes.map((node) => node.address))
    await kv.put(at, content, { isRepeatable: true })
    expect(nodes.map((node) => node.received('RpbPutReq'))).toEqual([1, 1])
    const withoutTimeout = bodies.map((body) => body.replace(/"timeout":\d+/, ''))
    expect(withoutTimeout[0]).toBe(withoutTimeout[1])
  })

  test('a deletion is never repeated', async () => {
    const node = await stub()
    node.on('RpbDelReq', hangUp)
    const kv = await connect([node.address])
    await expect(kv.delete(at)).rejects.toMatchObject({ outcome: 'indefinite' })
    expect(node.received('RpbDelReq')).toBe(1)
  })

  test('a read is tried three times, then fails as definite', async () => {
    const node = await stub()
    node.on('RpbGetReq', hangUp)
    const kv = await connect([node.address])
    await expect(kv.get(at)).rejects.toMatchObject({
      code: 'BLOG_UNAVAILABLE',
      outcome: 'definite',
    })
    expect(node.received('RpbGetReq')).toBe(3)
  })

  test('what Riak answers with an error is not sent again', async () => {
    const node = await stub()
    node.on('RpbGetReq', (request) => {
      request.error('{r_val_unsatisfied,2,1}')
    })
    const kv = await connect([node.address])
    await expect(kv.get(at)).rejects.toMatchObject({ code: 'BLOG_QUORUM_UNMET' })
    expect(node.received('RpbGetReq')).toBe(1)
  })
})

describe('answers that make no sense', () => {
  const frame = (...bytes: number[]): Buffer => {
    const header = Buffer.alloc(4)
    header.writeUInt32BE(bytes.length)
    return Buffer.concat([header, Buffer.from(bytes)])
  }
  test.each([
    ['an unknown message code', frame(199, 1, 2)],
    ['a frame of no length', Buffer.alloc(4)],
    ['a body that cannot be decoded', frame(10, 0xff, 0xff, 0xff)],
    ['the answer to another request', frame(10)],
    ['an object without its clock', frame(10, 0x0a, 0x03, 0x0a, 0x01, 0x61)],
  ])(
    '%s fails the call and its connection, not the process; the next call passes',
    async (_, bytes) => {
      const node = await stub()
      const kv = await connect([node.address])
      node.on('RpbPutReq', (request) => request.socket.write(bytes))
      const put = kv.put(at, content, { returnBody: true })
      await expect(put).rejects.toMatchObject({ code: 'BLOG_UNAVAILABLE', outcome: 'indefinite' })
      node.on('RpbPutReq', undefined)
      await kv.put(at, content)
      expect(kv.health().up).toBe(1)
    },
  )

  test('an answer nobody asked for is never taken for the next one', async () => {
    const node = await stub()
    const kv = await connect([node.address])
    await kv.get(at)
    let reconnected = 0
    node.onConnection(() => reconnected++)
    const found = frame(10, 0x0a, 0x03, 0x0a, 0x01, 0x61, 0x12, 0x01, 0x62)
    for (const { socket } of node.requests) if (!socket.destroyed) socket.write(found)
    await expect.poll(() => reconnected, { timeout: 5_000 }).toBe(1)
    expect(await kv.get(at)).toBeUndefined()
  })

  test('after an internal error of Riak, which closes the connection, the next write passes', async () => {
    const node = await stub()
    node.on('RpbPutReq', (request) => {
      request.error('Error processing incoming message: error:data_error')
      setTimeout(() => request.socket.destroy(), 20)
    })
    const kv = await connect([node.address])
    await expect(kv.put(at, content)).rejects.toMatchObject({ code: 'BLOG_REFUSED_BY_RIAK' })
    node.on('RpbPutReq', undefined)
    await kv.put(at, content)
  })

  test('a list of keys that breaks half way is read again from the beginning', async () => {
    const node = await stub()
    const part = (key: string): { keys: Buffer[] } => ({ keys: [Buffer.from(key)] })
    node.on('RpbListKeysReq', (request) => {
      request.reply('RpbListKeysResp', part('a'))
      if (request.serial === 1) {
        setTimeout(() => request.socket.destroy(), 20)
        return
      }
      request.reply('RpbListKeysResp', part('b'))
      request.reply('RpbListKeysResp', { keys: [], done: true })
    })
    const kv = await connect([node.address])
    expect(await kv.listKeys({ type: 'posts', bucket: 'b' })).toEqual(['a', 'b'])
  })

  test('a stream that stalls after its first part ends at the deadline', async () => {
    const node = await stub()
    node.on('RpbListKeysReq', (request) => {
      request.reply('RpbListKeysResp', { keys: [Buffer.from('a')] })
    })
    const kv = await connect([node.address])
    const listing = kv.listKeys({ type: 'posts', bucket: 'b' }, { timeoutMs: 100 })
    await expect(listing).rejects.toMatchObject({ code: 'BLOG_TIMEOUT' })
    expect(await kv.get(at)).toBeUndefined()
  })
})

describe('limits', () => {
  test('1,000 calls at once pass over 64 connections', async () => {
    const node = await stub()
    const kv = await connect([node.address])
    const calls = Array.from({ length: 1_000 }, () => kv.get(at))
    expect((await Promise.all(calls)).every((found) => found === undefined)).toBe(true)
    expect(node.openConnections()).toBeLessThanOrEqual(64)
  })

  test('beyond 4,096 waiting calls the next is refused as overload, at once and definitely', async () => {
    const node = await stub()
    node.on('RpbPutReq', () => undefined)
    const kv = await connect([node.address])
    const put = (): Promise<string> =>
      kv.put(at, content, { timeoutMs: 1_000 }).then(
        () => 'stored',
        (error: unknown) => (error as { code: string; outcome: string }).code,
      )
    const waiting = Array.from({ length: 64 + 4_096 }, put)
    await expect.poll(() => node.received('RpbPutReq'), { timeout: 5_000 }).toBe(64)
    const more = Array.from({ length: 64 }, put)
    await expect(kv.put(at, content)).rejects.toMatchObject({
      code: 'BLOG_OVERLOADED',
      outcome: 'definite',
    })
    const codes = await Promise.all([...waiting, ...more])
    expect(new Set(codes)).toEqual(new Set(['BLOG_TIMEOUT', 'BLOG_OVERLOADED']))
  })
})
