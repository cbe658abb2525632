import { describe, expect, test } from 'vitest'
import { limits } from '../../../src/kernel/limits.ts'
import { seededDice } from '../../../src/kernel/prng.ts'
import { NodePool } from '../../../src/riak/client/node-pool.ts'
import type { Exchange } from '../../../src/riak/client/node-pool.ts'
import { fakeClock } from '../../support/fake-clock.ts'
import type { FakeClock } from '../../support/fake-clock.ts'
import { fakeRiakClient } from '../../support/fake-riak-client.ts'
import type { FakeClient, FakeConnection } from '../../support/fake-riak-client.ts'

interface World {
  readonly pool: NodePool
  readonly fake: FakeClient
  readonly clock: FakeClock
  readonly changes: string[]
  /** How the node behaves from now on. */
  node: 'answers' | 'refuses' | 'hangs' | 'accepts no more'
}

/** A pool over fake sockets and fake time. Sockets react at once, timers when the test says so. */
function world(): World {
  const clock = fakeClock()
  const changes: string[] = []
  const fake = fakeRiakClient({
    connecting: (connection) => {
      if (self.node === 'refuses' || self.node === 'accepts no more') {
        queueMicrotask(() => {
          connection.refuse()
        })
      } else
        queueMicrotask(() => {
          connection.open()
        })
    },
    executing: (connection) => {
      if (self.node !== 'hangs' && connection.isPing) {
        queueMicrotask(() => {
          connection.answer()
        })
      }
    },
  })
  const pool = new NodePool({
    address: { host: 'riak1', port: 8087 },
    client: fake.client,
    // What is put off by nothing comes one turn of the event loop later, not in this one.
    clock: { ...clock, after: (delayMs, task) => clock.after(Math.max(delayMs, 0.1), task) },
    dice: seededDice(3),
    onReady: () => undefined,
    onChange: (changed, reason) => changes.push(changed.isDown ? `down: ${reason}` : 'up'),
  })
  const self: World = { pool, fake, clock, changes, node: 'answers' }
  return self
}

/** Let what reacts at once react. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve()
}

/** Time in steps of 10 ms, with reactions in between. */
async function pass(clock: FakeClock, ms: number): Promise<void> {
  for (let gone = 0; gone < ms; gone += 10) {
    clock.advance(10)
    await settle()
  }
}

function request(fake: FakeClient): Exchange & { readonly events: string[] } {
  const events: string[] = []
  return {
    events,
    command: new fake.client.commands.FetchServerInfo(() => undefined),
    receive: () => true,
    done: () => events.push('done'),
    refused: (text) => events.push(`refused ${text}`),
    broken: (reason) => events.push(`broken ${reason}`),
    rejected: (error) => events.push(`rejected ${error.code}`),
    unsendable: (error) => events.push(`unsendable ${String(error)}`),
  }
}

async function started(): Promise<World> {
  const w = world()
  const start = w.pool.start()
  await settle()
  await start
  expect(w.pool.isUp).toBe(true)
  return w
}

/** Connections opened by growing, all idle. */
async function grown(w: World, count: number): Promise<void> {
  for (let i = 1; i < count; i++) expect(w.pool.grow()).toBe(true)
  await settle()
}

const serving = (w: World): FakeConnection[] =>
  w.fake.alive().filter((connection) => connection.command !== undefined && !connection.isPing)

describe('connections to one node', () => {
  test('no more are opened than the limit; what is unused for 30 s is closed, all but one', async () => {
    const w = await started()
    await grown(w, limits.riakConnectionsPerNodeMax)
    expect(w.fake.alive()).toHaveLength(limits.riakConnectionsPerNodeMax)
    expect(w.pool.grow()).toBe(false)
    await pass(w.clock, limits.riakIdleMs + 2 * limits.riakKeepAliveMs)
    expect(w.fake.alive()).toHaveLength(1)
    expect(w.changes).toEqual(['up'])
  })

  test('an idle node is pinged every 5 s, on a connection it has', async () => {
    const w = await started()
    let pings = 0
    w.fake.made[0]!.on('responseReceived', () => pings++)
    await pass(w.clock, 3 * limits.riakKeepAliveMs + limits.riakWatchMs)
    expect(pings).toBeGreaterThanOrEqual(2)
    expect(pings).toBeLessThanOrEqual(3)
    expect(w.fake.made).toHaveLength(1)
  })

  test('an idle node that falls silent is down within 5 s and the time of a probe', async () => {
    const w = await started()
    w.node = 'hangs'
    await pass(w.clock, limits.riakKeepAliveMs + limits.riakWatchMs + limits.riakProbeMs + 20)
    expect(w.pool.isDown).toBe(true)
    expect(w.changes).toEqual(['up', 'down: no answer to a ping'])
    expect(w.fake.made[0]!.closed).toBe(true)
  })

  test('a hanging node breaks everything in flight at once (0.5 s of silence, 2 s of probe)', async () => {
    const w = await started()
    await grown(w, 3)
    const requests = [request(w.fake), request(w.fake), request(w.fake)]
    for (const one of requests) w.pool.send(one)
    w.node = 'hangs'
    await pass(w.clock, 2 * limits.riakWatchMs + limits.riakProbeMs + 20)
    for (const one of requests) expect(one.events).toEqual(['broken no answer to a ping'])
    expect(w.pool.isDown).toBe(true)
  })

  test('a slow node that answers pings keeps its requests', async () => {
    const w = await started()
    const slow = request(w.fake)
    w.pool.send(slow)
    await pass(w.clock, 10_000)
    expect(slow.events).toEqual([])
    expect(w.pool.isDown).toBe(false)
    serving(w)[0]!.answer()
    expect(slow.events).toEqual(['done'])
  })

  test('a node that accepts no more connections, but answers on those it has, stays up', async () => {
    const w = await started()
    const slow = request(w.fake)
    w.pool.send(slow)
    w.node = 'accepts no more'
    expect(w.pool.grow()).toBe(true)
    await settle()
    expect(w.pool.isUp).toBe(false)
    expect(slow.events).toEqual([])
    serving(w)[0]!.answer()
    expect(slow.events).toEqual(['done'])
    await pass(w.clock, 4 * limits.riakBackoffMsMin)
    expect(w.pool.hasFree()).toBe(true)
    expect(w.changes).toEqual(['up'])
  })

  test('a lost node is probed again after 50 ms, doubling to 1 s, within half and one and a half', async () => {
    const w = await started()
    w.node = 'refuses'
    w.fake.alive()[0]!.break()
    await settle()
    expect(w.pool.isDown).toBe(true)
    const probes: number[] = []
    let seen = w.fake.made.length
    for (let ms = 0; ms < 30_000; ms += 10) {
      await pass(w.clock, 10)
      if (w.fake.made.length > seen) probes.push(w.clock.monotonicMs())
      seen = w.fake.made.length
    }
    const pauses = probes.slice(1).map((at, i) => at - probes[i]!)
    for (const pause of pauses) {
      expect(pause).toBeGreaterThanOrEqual(limits.riakBackoffMsMin / 2)
      expect(pause).toBeLessThanOrEqual(limits.riakBackoffMsMax * 1.5 + 20)
    }
    expect(Math.max(...pauses.slice(-5))).toBeGreaterThan(limits.riakBackoffMsMax / 2)
    expect(probes.length).toBeLessThan(60)
    w.node = 'answers'
    await pass(w.clock, limits.riakBackoffMsMax * 2)
    expect(w.pool.isUp).toBe(true)
    expect(w.changes.at(-1)).toBe('up')
  })

  test('a pause of our own process is no loss of the node: what has arrived is read before the verdict', async () => {
    const w = await started()
    w.node = 'hangs'
    for (let ms = 0; ms < 6_000 && !w.fake.made[0]!.isPing; ms += 10) await pass(w.clock, 10)
    expect(w.fake.made[0]!.isPing).toBe(true)
    // The probe's timer fires late, before the socket is read: the pong waits there already.
    w.clock.advance(limits.riakProbeMs)
    expect(w.pool.isDown).toBe(false)
    w.fake.made[0]!.answer()
    w.node = 'answers'
    await pass(w.clock, 100)
    expect(w.pool.isUp).toBe(true)
    expect(w.changes).toEqual(['up'])
  })

  test('stop breaks what is in flight, closes every connection and leaves no timer', async () => {
    const w = await started()
    await grown(w, 4)
    const one = request(w.fake)
    w.pool.send(one)
    w.pool.stop()
    w.pool.stop()
    expect(one.events).toEqual(['broken the client was stopped'])
    expect(w.fake.alive()).toEqual([])
    expect(w.clock.pending).toBe(0)
  })
})
