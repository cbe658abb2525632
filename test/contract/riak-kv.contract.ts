/**
 * The promises of `RiakKv`, kept alike by every backend: the memory backend, the embedded node over
 * Protocol Buffers, a real Riak. What a backend cannot do is said in its `supports`, with a reason
 * that is printed beside the skipped test.
 */

import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { describeBuckets } from './riak-kv.buckets.ts'
import { describeIndexes } from './riak-kv.indexes.ts'
import { describeJobs } from './riak-kv.jobs.ts'
import { describeObjects } from './riak-kv.objects.ts'
import type { Backend, Suite } from './suite.ts'

export function riakKvContract(backend: Backend): void {
  describe(`RiakKv contract: ${backend.name}`, () => {
    let opened: Awaited<ReturnType<Backend['open']>> | undefined
    beforeAll(async () => {
      opened = await backend.open()
    })
    afterAll(async () => {
      await opened?.close()
    })
    const suite: Suite = {
      kv: () => opened!.kv,
      freshBucket: () => `${backend.buckets ?? 'contract'}-${randomUUID()}`,
      promiseIf: (needs, name, run, timeoutMs) => {
        const support = backend.supports[needs]
        if (support === true) {
          test(name, run, timeoutMs)
          return
        }
        console.info(`${backend.name}: skipped "${name}": ${support}`)
        test.skip(`${name} — skipped: ${support}`, run)
      },
    }
    describeObjects(suite)
    describeIndexes(suite)
    describeBuckets(suite)
    describeJobs(suite)
    describeCalls(suite, backend)
  })
}

function describeCalls(suite: Suite, backend: Backend): void {
  describe('calls', () => {
    test('ping answers, and the server says who it is', async () => {
      await suite.kv().ping()
      const info = await suite.kv().serverInfo()
      expect(info.node).toMatch(/.@./)
      expect(info.version).not.toBe('')
    })

    test('every node is up, and health says since when', () => {
      const health = suite.kv().health()
      expect(health.up).toBe(health.of)
      expect(health.of).toBeGreaterThan(0)
      expect(Number.isFinite(health.changedAtMs)).toBe(true)
    })

    test('counts tell each request by its kind', async () => {
      const kv = suite.kv()
      const at = { type: 'posts', bucket: suite.freshBucket(), key: 'k' }
      const before = kv.counts()
      await kv.put(at, { value: Uint8Array.of(1), contentType: 'text/plain' })
      await kv.get(at)
      await kv.get(at)
      const after = kv.counts()
      expect(after['put']! - before['put']!).toBe(1)
      expect(after['get']! - before['get']!).toBe(2)
      expect(after['delete']).toBe(before['delete'])
    })

    test('300 calls at once all end, each with its own answer', async () => {
      const kv = suite.kv()
      const bucket = suite.freshBucket()
      const keys = Array.from({ length: 300 }, (_, i) => `k${i}`)
      await Promise.all(
        keys.map((key) =>
          kv.put({ type: 'posts', bucket, key }, { value: Buffer.from(key), contentType: 'a/b' }),
        ),
      )
      const read = await Promise.all(keys.map((key) => kv.get({ type: 'posts', bucket, key })))
      expect(read.map((found) => Buffer.from(found!.siblings[0]!.value).toString())).toEqual(keys)
    })

    test('a timeout that is no time is refused before anything is sent', async () => {
      const at = { type: 'posts', bucket: 'b', key: 'k' }
      for (const timeoutMs of [0, -1, Number.NaN]) {
        await expect(suite.kv().get(at, { timeoutMs })).rejects.toMatchObject({
          code: 'BLOG_BAD_REQUEST',
          outcome: 'definite',
        })
      }
    })

    test('after stop every call fails as unavailable, at once; stop may be called again', async () => {
      const { kv, close } = await backend.open()
      await kv.stop()
      await kv.stop()
      const at = { type: 'posts', bucket: 'b', key: 'k' }
      await expect(kv.get(at)).rejects.toMatchObject({ code: 'BLOG_UNAVAILABLE' })
      await expect(
        kv.put(at, { value: Uint8Array.of(1), contentType: 'text/plain' }),
      ).rejects.toMatchObject({ code: 'BLOG_UNAVAILABLE', outcome: 'definite' })
      await close()
    })
  })
}
