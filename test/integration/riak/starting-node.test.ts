/**
 * A Riak node that starts listens, and answers pings, before it has registered its services: for up to a
 * second a get is an unknown message; so it is for a moment while it stops (seen on a real 3.2.3).
 */
import { describe, expect, test } from 'vitest'
import { connect, stub, timed } from '../../support/riak-client.ts'
import type { StubRiak } from '../../support/stub-riak.ts'
import { until } from '../../support/program.ts'

const at = { type: 'posts', bucket: 'b', key: 'k' }
const content = { value: Buffer.from('{}'), contentType: 'application/json' }

/** As a node that has no services yet. */
function startsUp(node: StubRiak): void {
  node.on('RpbGetReq', (request) => {
    request.error('Unknown message code: 9')
  })
  node.on('RpbPutReq', (request) => {
    request.error('Unknown message code: 11')
  })
}

function isStarted(node: StubRiak): void {
  node.on('RpbGetReq', undefined)
  node.on('RpbPutReq', undefined)
}

describe('a node that is starting', () => {
  test('reads and repeatable puts go on to another node, and few are sent to it (two nodes)', async () => {
    const [starting, other] = [await stub(), await stub()]
    const riak = await connect([starting.address, other.address])
    startsUp(starting)
    for (let n = 0; n < 40; n++) {
      expect(await riak.get(at)).toBeUndefined()
      await riak.put(at, content, { isRepeatable: true })
    }
    expect(other.received('RpbGetReq')).toBe(40)
    expect(starting.received('RpbGetReq') + starting.received('RpbPutReq')).toBeLessThan(10)
  })

  test('a put that may not be repeated fails as unavailable: another try of the store is due', async () => {
    const starting = await stub()
    startsUp(starting)
    const riak = await connect([starting.address])
    await expect(riak.put(at, content)).rejects.toMatchObject({ code: 'BLOG_UNAVAILABLE' })
  })

  test('alone, it is waited for: the read is answered as soon as it has its services', async () => {
    const only = await stub()
    const riak = await connect([only.address])
    startsUp(only)
    const reading = timed(() => riak.get(at))
    await until('it was asked', 5_000, () => only.received('RpbGetReq') > 0)
    isStarted(only)
    expect((await reading).value).toBeUndefined()
    expect(riak.health().up).toBe(1)
  })

  test('counts as away until it has its services, and as there afterwards', async () => {
    const [starting, other] = [await stub(), await stub()]
    const riak = await connect([starting.address, other.address])
    startsUp(starting)
    await until('it was found out', 5_000, async () => {
      await riak.get(at)
      return riak.health().up === 1
    })
    isStarted(starting)
    await until('it is there again', 10_000, () => riak.health().up === 2)
    const before = starting.received('RpbGetReq')
    await until('it is asked again', 10_000, async () => {
      await riak.get(at)
      return starting.received('RpbGetReq') > before
    })
  })
})
