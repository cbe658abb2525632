/** Reads whose answers are late, over fake sockets and fake time: who is asked, and whose answer counts. */

import { describe, expect, test } from 'vitest'
import type { StoreError } from '../../../src/kernel/errors.ts'
import { limits } from '../../../src/kernel/limits.ts'
import { seededDice } from '../../../src/kernel/prng.ts'
import { Dispatcher } from '../../../src/riak/client/dispatcher.ts'
import type { CallKind } from '../../../src/riak/riak-calls.ts'
import { fakeClock } from '../../support/fake-clock.ts'
import type { FakeClock } from '../../support/fake-clock.ts'
import { fakeRiakClient } from '../../support/fake-riak-client.ts'
import type { FakeConnection } from '../../support/fake-riak-client.ts'

const lateMs = limits.riakLateMsMax

interface Call {
  /** Which of its tries gave the value, from 1; or what it failed with. */
  ended?: number | StoreError
  tries: number
}

interface World {
  readonly clock: FakeClock
  readonly dispatcher: Dispatcher
  call(kind?: CallKind, more?: { avoid?: string; isRepeatable?: boolean }): Call
  /** Connections with a request on them, of one node or all. */
  busy(node?: number): readonly FakeConnection[]
  alive(): readonly FakeConnection[]
  pass(ms: number): Promise<void>
}

/** Nodes riak0, riak1 … that open connections and answer pings at once; requests a test answers. */
async function world(nodeCount: number): Promise<World> {
  const clock = fakeClock()
  const fake = fakeRiakClient({
    connecting: (connection) => {
      queueMicrotask(() => {
        connection.open()
      })
    },
    executing: (connection) => {
      if (!connection.isPing) return
      queueMicrotask(() => {
        connection.answer()
      })
    },
  })
  const dispatcher = new Dispatcher({
    addresses: Array.from({ length: nodeCount }, (_, n) => ({ host: `riak${n}`, port: 8087 })),
    client: fake.client,
    clock,
    dice: seededDice(5),
    log: { write: () => undefined },
  })
  const started = dispatcher.start({ mayBeDown: false })
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) await Promise.resolve()
  }
  await settle()
  await started
  return {
    clock,
    dispatcher,
    call: (kind = 'get', more = {}) => {
      const call: Call = { tries: 0 }
      const attempt = () => {
        const number = ++call.tries
        return {
          command: new fake.client.commands.FetchServerInfo(() => undefined),
          receive: () => true,
          result: () => number,
        }
      }
      const { isRepeatable = kind === 'get', ...rest } = more
      dispatcher
        .submit({ call: kind, timeoutMs: 4_000, isRepeatable, bytes: 1, attempt, ...rest })
        .then(
          (value) => (call.ended = value),
          (error: unknown) => (call.ended = error as StoreError),
        )
      return call
    },
    busy: (node) =>
      fake
        .alive()
        .filter((one) => one.command !== undefined && !one.isPing)
        .filter((one) => node === undefined || one.options.remoteAddress === `riak${node}`),
    alive: () => fake.alive(),
    pass: async (ms) => {
      await settle()
      for (let gone = 0; gone < ms; gone += 5) {
        clock.advance(5)
        await settle()
      }
    },
  }
}

function refuse(connection: FakeConnection, text: string): void {
  const message = { errmsg: { toBuffer: () => Buffer.from(text) } }
  connection.emit('responseReceived', connection, connection.command, 0, message)
}

describe('a read that is late', () => {
  test('is asked of another node; its value counts, and the slower connection is kept', async () => {
    const w = await world(2)
    const read = w.call()
    await w.pass(lateMs - 10)
    expect(read.tries).toBe(1)
    const [slow] = w.busy()
    await w.pass(20)
    expect(read.tries).toBe(2)
    w.busy()
      .find((one) => one !== slow)!
      .answer()
    await w.pass(5)
    expect(read.ended).toBe(2)
    expect(slow!.closed).toBe(false)
    slow!.answer()
    await w.pass(5)
    expect(slow!.closed).toBe(false)
    expect(w.busy()).toEqual([])
    w.dispatcher.stop()
    expect(w.clock.pending).toBe(0)
  })

  test('has the value of the first node, where that is sooner after all', async () => {
    const w = await world(2)
    const read = w.call()
    const [first] = w.busy()
    await w.pass(lateMs + 10)
    first!.answer()
    await w.pass(5)
    expect(read.ended).toBe(1)
    w.dispatcher.stop()
    expect(w.clock.pending).toBe(0)
  })

  test('an error of one is no answer while the other has none; two errors: the first of them', async () => {
    const w = await world(2)
    const good = w.call()
    await w.pass(lateMs + 20)
    const [first, second] = w.busy()
    refuse(first!, 'overload')
    await w.pass(5)
    expect(good).toEqual({ tries: 2 })
    second!.answer()
    await w.pass(5)
    expect(good.ended).toBe(2)
    const bad = w.call()
    await w.pass(lateMs + 20)
    const [third, fourth] = w.busy()
    refuse(fourth!, 'overload')
    await w.pass(5)
    expect(bad).toEqual({ tries: 2 })
    refuse(third!, 'timeout')
    await w.pass(5)
    expect(bad.ended).toMatchObject({ code: 'BLOG_OVERLOADED' })
    w.dispatcher.stop()
  })

  test('what a node still owes when the time of the read is over is given up, with its connection', async () => {
    const w = await world(2)
    const read = w.call()
    const [slow] = w.busy()
    await w.pass(lateMs + 10)
    w.busy()
      .find((one) => one !== slow)!
      .answer()
    await w.pass(5)
    expect(read.ended).toBe(2)
    await w.pass(4_000)
    expect(slow!.closed).toBe(true)
    w.dispatcher.stop()
    expect(w.clock.pending).toBe(0)
  })

  test('where no other node has room, a connection is opened there for it', async () => {
    const w = await world(2)
    const writes = [w.call('put'), w.call('put')]
    expect(writes.map(({ tries }) => tries)).toEqual([1, 1])
    const read = w.call()
    expect(read.tries).toBe(0)
    await w.pass(5)
    expect(read.tries).toBe(1)
    const more = [w.call('put'), w.call('put'), w.call('put')]
    await w.pass(5)
    expect(more.map(({ tries }) => tries)).toEqual([1, 1, 1])
    await w.pass(lateMs + 20)
    expect(read.tries).toBe(2)
    w.dispatcher.stop()
  })

  test('a write is never under way twice, however late; nor is what takes long by nature', async () => {
    const w = await world(2)
    const calls = (['put', 'delete', 'updateCounter', 'mapReduce', 'listKeys'] as const).map(
      (kind) => w.call(kind, { isRepeatable: true }),
    )
    await w.pass(3_900)
    for (const call of calls) expect(call.tries).toBe(1)
    w.dispatcher.stop()
  })

  test('a cluster that is late as a whole is asked a burst of 64 and 5 % more (2,000 reads, 3 nodes)', async () => {
    const w = await world(3)
    let tries = 0
    for (let round = 0; round < 20; round++) {
      const calls = Array.from({ length: 100 }, () => w.call())
      await w.pass(lateMs + 100)
      for (const connection of w.busy()) connection.answer()
      await w.pass(50)
      for (const call of calls) {
        expect(call.ended).toBeDefined()
        tries += call.tries
      }
    }
    expect(tries).toBeGreaterThan(2_000)
    expect(tries).toBeLessThanOrEqual(2_000 * 1.05 + 64)
    w.dispatcher.stop()
    expect(w.clock.pending).toBe(0)
  })
})

describe('which node', () => {
  test('one that owes late answers gets new requests only where no other is free', async () => {
    const w = await world(3)
    w.call('put')
    const [slow] = w.busy()
    const node = Number(slow!.options.remoteAddress.at(-1))
    await w.pass(lateMs + 20)
    for (let n = 0; n < 30; n++) {
      const read = w.call()
      await w.pass(5)
      expect(w.busy(node)).toEqual([slow])
      for (const one of w.busy()) if (one !== slow) one.answer()
      await w.pass(5)
      expect(read.ended).toBe(1)
    }
    slow!.answer()
    await w.pass(5)
    const reads = [w.call(), w.call(), w.call()]
    await w.pass(5)
    expect(w.busy(node)).toHaveLength(1)
    expect(reads.map(({ tries }) => tries)).toEqual([1, 1, 1])
    w.dispatcher.stop()
  })

  test('one that is to be avoided is not asked while another has room, or gets it within 100 ms', async () => {
    const w = await world(2)
    for (let n = 0; n < 6; n++) w.call('put', { avoid: 'riak0:8087' })
    await w.pass(20)
    expect(w.busy(0)).toEqual([])
    expect(w.busy(1)).toHaveLength(6)
    w.dispatcher.stop()
    expect(w.clock.pending).toBe(0)
  })

  test('one that is to be avoided is asked where it is the only one', async () => {
    const w = await world(1)
    const read = w.call('get', { avoid: 'riak0:8087' })
    await w.pass(5)
    expect(read.tries).toBe(1)
    w.dispatcher.stop()
  })

  test('errors name it: who refused, who broke, who owes; nobody where nothing was sent', async () => {
    const w = await world(1)
    const [refused, broken, owed] = [w.call('put'), w.call('put'), w.call('put')]
    await w.pass(20)
    const [one, two] = w.busy()
    refuse(one!, 'overload')
    two!.break()
    await w.pass(4_600)
    for (const { ended } of [refused, broken, owed]) {
      expect(ended).toMatchObject({ node: 'riak0:8087', outcome: 'indefinite' })
    }
    w.dispatcher.stop()
    const never = w.call('put')
    await w.pass(5)
    expect(never.ended).toMatchObject({ node: undefined, outcome: 'definite' })
  })

  test('a refusal of a write that was sent before, and may be stored, is not definite', async () => {
    const w = await world(2)
    const write = w.call('put', { isRepeatable: true })
    w.busy()[0]!.break()
    await w.pass(20)
    expect(write.tries).toBe(2)
    refuse(w.busy()[0]!, 'all_nodes_down')
    await w.pass(5)
    expect(write.ended).toMatchObject({ code: 'BLOG_UNAVAILABLE', outcome: 'indefinite' })
    w.dispatcher.stop()
  })
})
