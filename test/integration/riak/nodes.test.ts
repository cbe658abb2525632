/** Several nodes, some of them down, hanging or coming back. */

import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { describe, expect, onTestFinished, test } from 'vitest'
import { connect, stub, timed } from '../../support/riak-client.ts'
import type { LogLine } from '../../support/riak-client.ts'
import { openStubRiak } from '../../support/stub-riak.ts'

const at = { type: 'posts', bucket: 'blog', key: 'k' }
const content = { value: Uint8Array.of(1), contentType: 'text/plain' }

/** A port on which nothing listens. */
async function deadPort(): Promise<number> {
  const node = await openStubRiak()
  await node.close()
  return node.port
}

describe('which node', () => {
  test('requests are spread evenly over the nodes (3 nodes, 300 reads in turn)', async () => {
    const nodes = [await stub(), await stub(), await stub()]
    const kv = await connect(nodes.map((node) => node.address))
    for (let i = 0; i < 300; i++) await kv.get(at)
    // A pause of this machine may make one late, and asked of another.
    for (const node of nodes) {
      expect(node.received('RpbGetReq')).toBeGreaterThan(90)
      expect(node.received('RpbGetReq')).toBeLessThan(115)
    }
  })

  test('a cluster of which one node is down can be used from the start', async () => {
    const node = await stub()
    const lines: LogLine[] = []
    const kv = await connect([`127.0.0.1:${await deadPort()}`, node.address], { lines })
    expect(kv.health()).toMatchObject({ up: 1, of: 2 })
    const { ms } = await timed(() => Promise.all(Array.from({ length: 200 }, () => kv.get(at))))
    expect(ms).toBeLessThan(1_500)
    expect(lines.map((line) => line.event)).toContain('a Riak node does not answer')
  })

  test('where no node answers connecting fails, and the message names each', async () => {
    const ports = [await deadPort(), await deadPort()]
    const attempt = connect(ports.map((port) => `127.0.0.1:${port}`))
    await expect(attempt).rejects.toMatchObject({ code: 'BLOG_UNAVAILABLE', outcome: 'definite' })
    for (const port of ports) {
      await expect(attempt).rejects.toThrow(new RegExp(`127.0.0.1:${port} .*ECONNREFUSED`))
    }
  })

  test('a node whose name cannot be resolved counts as down, with the reason; the others are used', async () => {
    const node = await stub()
    const kv = await connect(['no-such-node.invalid:8087', `localhost:${node.port}`])
    expect(kv.health()).toMatchObject({ up: 1, of: 2 })
    const [lost, found] = kv.health().nodes ?? []
    expect(lost).toMatchObject({ address: 'no-such-node.invalid:8087', isDown: true })
    expect(lost?.reason).toMatch(/ENOTFOUND|EAI_AGAIN|no connection in time/)
    expect(found).toMatchObject({ isDown: false, reason: '' })
    expect(await kv.get(at)).toBeUndefined()
  })

  test('IPv6 addresses are addresses', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.on('data', () => socket.write(Buffer.from([0, 0, 0, 1, 2])))
    })
    server.listen(0, '::1')
    await once(server, 'listening')
    onTestFinished(() => {
      server.close()
    })
    const { port } = server.address() as { port: number }
    const kv = await connect([`[::1]:${port}`])
    await kv.ping()
    await kv.stop()
  })
})

describe('a node that goes and comes back', () => {
  test('a killed node is no delay: reads go on elsewhere, health says one is gone, and when it is back', async () => {
    const dying = await openStubRiak()
    const other = await stub()
    const lines: LogLine[] = []
    const kv = await connect([dying.address, other.address], { lines })
    const before = kv.health()
    expect(before).toMatchObject({ up: 2, of: 2 })
    await dying.close()
    const { ms } = await timed(() => Promise.all(Array.from({ length: 100 }, () => kv.get(at))))
    expect(ms).toBeLessThan(1_500)
    await expect.poll(() => kv.health().up, { timeout: 5_000 }).toBe(1)
    expect(kv.health().changedAtMs).toBeGreaterThan(before.changedAtMs)
    const back = await stub(dying.port)
    await expect.poll(() => kv.health().up, { timeout: 10_000 }).toBe(2)
    for (let i = 0; i < 10; i++) await kv.get(at)
    expect(back.received('RpbGetReq')).toBeGreaterThanOrEqual(4)
    expect(lines.at(-1)).toMatchObject({ level: 'info', event: 'a Riak node answers' })
  })

  test('with every node gone a write waits 1 s, then fails as definite; later ones fail at once', async () => {
    const node = await openStubRiak()
    const kv = await connect([node.address])
    await node.close()
    await expect.poll(() => kv.health().up, { timeout: 5_000 }).toBe(0)
    const unavailable = { code: 'BLOG_UNAVAILABLE', outcome: 'definite' }
    const first = await timed(() => expect(kv.put(at, content)).rejects.toMatchObject(unavailable))
    expect(first.ms).toBeLessThan(2_500)
    const second = await timed(() => expect(kv.put(at, content)).rejects.toMatchObject(unavailable))
    expect(second.ms).toBeLessThan(200)
    await stub(node.port)
    await expect.poll(() => kv.health().up, { timeout: 10_000 }).toBe(1)
    await kv.put(at, content)
  })

  test('a write that arrives while its only node restarts is stored when it is back', async () => {
    const node = await openStubRiak()
    const kv = await connect([node.address])
    await node.close()
    await expect.poll(() => kv.health().up, { timeout: 5_000 }).toBe(0)
    const put = kv.put(at, content)
    const back = await stub(node.port)
    await put
    expect(back.received('RpbPutReq')).toBe(1)
  })

  test('a client that may start without nodes works once one is there', async () => {
    const port = await deadPort()
    const kv = await connect([`127.0.0.1:${port}`], { mayStartDown: true })
    expect(kv.health()).toMatchObject({ up: 0, of: 1 })
    await stub(port)
    await expect.poll(() => kv.health().up, { timeout: 10_000 }).toBe(1)
    expect(await kv.get(at)).toBeUndefined()
  })
})

describe('a node that hangs', () => {
  /** As a stopped process: the kernel still accepts, nobody answers. */
  async function hang(node: Awaited<ReturnType<typeof stub>>): Promise<void> {
    node.on('RpbGetReq', () => undefined)
    node.on('RpbPingReq', () => undefined)
    node.on('RpbPutReq', () => undefined)
    return Promise.resolve()
  }

  test('reads that met it are answered by another node at once, long before it is given up', async () => {
    const nodes = [await stub(), await stub()]
    const kv = await connect(nodes.map((node) => node.address))
    await hang(nodes[0]!)
    const { value, ms } = await timed(() =>
      Promise.all(Array.from({ length: 10 }, () => kv.get(at))),
    )
    expect(value).toHaveLength(10)
    // 0.5 s where nothing is known yet of how long answers take; the node is given up after 2.5 s.
    expect(ms).toBeLessThan(1_500)
    expect(kv.health().up).toBe(2)
    await expect.poll(() => kv.health().up, { timeout: 10_000 }).toBe(1)
    const later = await timed(() => Promise.all(Array.from({ length: 10 }, () => kv.get(at))))
    expect(later.ms).toBeLessThan(1_000)
  })

  test('once it is known how long answers take, no read waits for it, nor for one that is slow now and then', async () => {
    const nodes = [await stub(), await stub(), await stub()]
    const kv = await connect(nodes.map((node) => node.address))
    const reads = async (count: number): Promise<number[]> => {
      const taken: number[] = []
      for (let n = 0; n < count; n++) taken.push((await timed(() => kv.get(at))).ms)
      return taken.toSorted((a, b) => a - b)
    }
    await reads(200)
    await hang(nodes[0]!)
    const whileSilent = await reads(200)
    // Of 200 reads one or two meet it before it owes an answer; without asking twice they take 2.5 s.
    expect(whileSilent.at(-1)).toBeLessThan(1_500)
    expect(whileSilent[Math.floor(whileSilent.length * 0.9)]).toBeLessThan(500)
    expect(nodes[0]!.received('RpbGetReq')).toBeLessThan(100)
    // Of the other two, one answers each fifth read after 2 s.
    nodes[1]!.on('RpbGetReq', (request) => {
      const answer = (): void => {
        request.reply('RpbGetResp', {})
      }
      if (request.serial % 5 === 0) setTimeout(answer, 2_000)
      else answer()
    })
    const nowAndThen = await reads(200)
    expect(nowAndThen.at(-1)).toBeLessThan(1_500)
  })

  test('it is used again once it answers', async () => {
    const node = await stub()
    const kv = await connect([node.address])
    await hang(node)
    await expect(kv.get(at, { timeoutMs: 100 })).rejects.toMatchObject({ code: 'BLOG_TIMEOUT' })
    await expect.poll(() => kv.health().up, { timeout: 10_000 }).toBe(0)
    node.on('RpbGetReq', undefined)
    node.on('RpbPingReq', undefined)
    await expect.poll(() => kv.health().up, { timeout: 10_000 }).toBe(1)
    expect(await kv.get(at)).toBeUndefined()
  })

  test('slow nodes that answer pings are left alone, a read is asked of two at most (answers after 2 s)', async () => {
    const nodes = [await stub(), await stub()]
    const kv = await connect(nodes.map((node) => node.address))
    for (const node of nodes) {
      node.on('RpbGetReq', (request) => {
        setTimeout(() => {
          request.reply('RpbGetResp', {})
        }, 2_000)
      })
    }
    expect(await kv.get(at)).toBeUndefined()
    for (const node of nodes) expect(node.received('RpbGetReq')).toBe(1)
    expect(kv.health().up).toBe(2)
  })
})

describe('the end', () => {
  const program = (nodes: readonly string[]): string => `
    import { connectRiak } from './src/riak/basho-riak-kv.ts'
    import { seededDice } from './src/kernel/prng.ts'
    import { systemClock } from './src/runtime/system-clock.ts'
    const kv = await connectRiak({
      nodes: ${JSON.stringify(nodes)}, clock: systemClock(), dice: seededDice(1),
      log: { write: () => undefined },
    })
    await Promise.allSettled([1, 2, 3].map((n) => kv.get({ type: 't', bucket: 'b', key: 'k' + n }, { timeoutMs: 200 })))
    const open = kv.get({ type: 't', bucket: 'b', key: 'hang' }).catch((error) => error.code)
    await kv.stop()
    console.log('stopped', await open)
  `

  /** Run a program in a process of its own, until it ends by itself. */
  async function run(
    source: string,
  ): Promise<{ code: number | null; out: string; err: string; ms: number }> {
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '--eval', source],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    )
    onTestFinished(() => {
      child.kill('SIGKILL')
    })
    let out = ''
    let err = ''
    let stoppedAt = 0
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString()
      stoppedAt = performance.now()
    })
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString()
    })
    const [code] = (await once(child, 'close')) as [number | null]
    return { code, out, err, ms: performance.now() - stoppedAt }
  }

  test('after stop the process ends by itself, with one node down and one that hangs', async () => {
    const hanging = await stub()
    hanging.on('RpbGetReq', () => undefined)
    const ended = await run(program([`127.0.0.1:${await deadPort()}`, hanging.address]))
    expect(ended).toMatchObject({ code: 0, out: 'stopped BLOG_UNAVAILABLE\n' })
    expect(ended.ms).toBeLessThan(1_500)
  })

  test('loading the client prints nothing, not even a warning of the runtime', async () => {
    const node = await stub()
    const ended = await run(program([node.address]))
    expect(ended.err).toBe('')
    expect(ended.code).toBe(0)
  })
})
