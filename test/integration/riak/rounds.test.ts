/** All nodes gone and back, two hundred times: what is left of it in the client, and how soon it works again. */

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, onTestFinished, test } from 'vitest'
import type { Clock } from '../../../src/kernel/ports.ts'
import { systemClock } from '../../../src/runtime/system-clock.ts'
import { connect } from '../../support/riak-client.ts'
import { openStubRiak } from '../../support/stub-riak.ts'
import type { StubRiak } from '../../support/stub-riak.ts'

const at = { type: 'posts', bucket: 'blog', key: 'k' }
const content = { value: new Uint8Array(10_000), contentType: 'text/plain' }
const nodeCount = 3

/** The machine's clock, that counts the timers which still wait. */
function countingClock(): { readonly clock: Clock; readonly pending: () => number } {
  const real = systemClock()
  let pending = 0
  const after: Clock['after'] = (delayMs, task) => {
    let waits = true
    pending++
    const end = (): boolean => {
      const waited = waits
      if (waits) pending--
      waits = false
      return waited
    }
    const timer = real.after(delayMs, () => {
      end()
      task()
    })
    return {
      cancel: () => {
        if (end()) timer.cancel()
      },
    }
  }
  return { clock: { ...real, after }, pending: () => pending }
}

/** Bytes in use once what nobody holds is gone. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  collect()
  return process.memoryUsage().heapUsed
}

function sockets(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length
}

test('nothing of a round is left: no timer, no socket, no memory; the first call after each succeeds', async () => {
  const { clock, pending } = countingClock()
  let nodes: readonly StubRiak[] = []
  const open = async (ports: readonly number[]): Promise<void> => {
    nodes = await Promise.all(ports.map((port) => openStubRiak(port)))
  }
  const close = (): Promise<unknown> => Promise.all(nodes.map((node) => node.close()))
  await open(Array.from({ length: nodeCount }, () => 0))
  onTestFinished(async () => {
    await close()
  })
  const ports = nodes.map(({ port }) => port)
  const kv = await connect(
    nodes.map(({ address }) => address),
    { clock },
  )
  const round = async (): Promise<void> => {
    // Some are under way when the nodes die, some wait for one to come back.
    const ended = (call: Promise<unknown>): Promise<unknown> => call.catch(() => undefined)
    const calls = Array.from({ length: 10 }, (_, n) =>
      ended(n % 2 === 0 ? kv.get(at) : kv.put(at, content, { isRepeatable: n % 3 === 0 })),
    )
    await close()
    await expect.poll(() => kv.health().up, { timeout: 20_000, interval: 2 }).toBe(0)
    calls.push(ended(kv.get(at)))
    await open(ports)
    await Promise.all(calls)
    await expect.poll(() => kv.health().up, { timeout: 20_000, interval: 2 }).toBe(nodeCount)
    expect(await kv.get(at)).toBeUndefined()
  }
  const rest = async (): Promise<void> => {
    // A connection for each node; a look at the node, and one at what is late, may be due.
    await expect.poll(pending, { timeout: 20_000 }).toBeLessThanOrEqual(nodeCount + 4)
  }
  for (let n = 0; n < 40; n++) await round()
  await rest()
  const before = { heap: heapBytes(), sockets: sockets() }
  for (let n = 0; n < 160; n++) await round()
  await rest()
  expect(heapBytes() - before.heap).toBeLessThan(4_000_000)
  // Connections that were opened for the last burst stay half a minute.
  expect(sockets() - before.sockets).toBeLessThan(2 * 10 * nodeCount)
  await kv.stop()
  expect(pending()).toBe(0)
  await expect
    .poll(() => nodes.reduce((sum, node) => sum + node.openConnections(), 0), { timeout: 20_000 })
    .toBe(0)
})
