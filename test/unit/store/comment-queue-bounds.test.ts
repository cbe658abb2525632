import { expect, test } from 'vitest'
import { newComment } from '../../../buckets/comments/merge.ts'
import { comments as commentRoom } from '../../../buckets/comments/room.ts'
import { limits } from '../../../src/kernel/limits.ts'
import type { MemoryRiakKv } from '../../../src/riak/memory-riak-kv.ts'
import type { Blog } from '../../../src/store/blog.ts'
import { interceptRiak } from '../../support/intercept-riak.ts'
import { blogOn, memoryRiak } from '../../support/open-blog.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'
import type { VirtualClock } from '../../support/virtual-clock.ts'

const postId = '01HZ0000000000000000000000'
const idOf = (n: number): string => `01HZ${String(n).padStart(22, '0')}`

/** Spam as it is stored, newest last, without what follows from it: much of it, soon. */
async function fill(riak: MemoryRiakKv, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    const body = n === 0 ? 'the needle' : `hay ${n}`
    const text = { author: 'a', email: '', url: '', body, clock: n + 1 }
    const of = { id: idOf(n), postId, parent: null, createdAtMs: n }
    const value = newComment(of, text, { status: 'spam', by: 'check' })
    const content = {
      value: commentRoom.encode(value),
      contentType: 'application/json',
      indexes: commentRoom.indexes(value),
    }
    await riak.put({ type: 'comments', bucket: 'blog', key: `${postId}/${value.id}` }, content)
  }
}

interface Filled {
  readonly clock: VirtualClock
  readonly riak: MemoryRiakKv
  readonly blog: Blog
  /** Time that each read of an object takes. */
  readonly cost: { ms: number }
}

async function filled(count: number): Promise<Filled> {
  const clock = createVirtualClock()
  const riak = memoryRiak(clock)
  await fill(riak, count)
  const cost = { ms: 0 }
  const slow = interceptRiak(riak, {
    beforeGet: () => {
      clock.advance(cost.ms)
    },
  })
  return { clock, riak, blog: await blogOn(slow, { clock }), cost }
}

test('a search for the oldest of many stops after its bound, says so, and finds it when it goes on', async () => {
  const { blog, riak } = await filled(limits.queueSearchedMax + 100)
  const before = riak.counts()['get']!
  const first = await blog.comments.queue({ status: 'spam', limit: 50, find: 'needle' })
  expect(first.comments).toEqual([])
  expect(first.searched).toBeGreaterThanOrEqual(limits.queueSearchedMax)
  expect(first.searched).toBeLessThan(limits.queueSearchedMax + limits.queueSearchBatch)
  // And a read of the post that all are about, which is not there.
  expect(riak.counts()['get']! - before).toBeLessThan(first.searched + 10)
  const rest = { status: 'spam' as const, limit: 50, find: 'needle', cursor: first.next! }
  const second = await blog.comments.queue(rest)
  expect(second.comments.map(({ id }) => id)).toEqual([idOf(0)])
  expect(second.next).toBeNull()
}, 60_000)

test('a search in a store that takes its time ends after a few seconds, and goes on where it stopped', async () => {
  const { blog, cost } = await filled(300)
  cost.ms = 20
  const first = await blog.comments.queue({ status: 'spam', limit: 50, find: 'needle' })
  expect(first.next).not.toBeNull()
  expect(first.searched).toBeLessThan(300)
  cost.ms = 0
  const rest = { status: 'spam' as const, limit: 50, find: 'needle', cursor: first.next! }
  expect((await blog.comments.queue(rest)).comments).toHaveLength(1)
})

test('counting stops at its bound and says that there are more', async () => {
  const { blog } = await filled(limits.queueCountMax + 1)
  expect(await blog.comments.queueCount('spam')).toEqual({
    count: limits.queueCountMax,
    isMore: true,
  })
})

test('a count is asked for once in three seconds, and anew after a decision on this server', async () => {
  const { blog, riak, clock } = await filled(3)
  await blog.comments.queueCount('spam')
  const queries = (): number => riak.counts()['queryIndex']!
  const asked = queries()
  clock.advance(limits.queueCountMs - 1)
  await blog.comments.queueCount('spam')
  expect(queries()).toBe(asked)
  clock.advance(1)
  await blog.comments.queueCount('spam')
  expect(queries()).toBe(asked + 1)
  await blog.comments.moderate(idOf(1), 'approved', 'ann')
  expect(await blog.comments.queueCount('spam')).toEqual({ count: 2, isMore: false })
})

test('while nodes are away a comment that is named and not found is told, not passed over', async () => {
  const { blog, riak } = await filled(2)
  const other = await blogOn(riak, { isSingleNode: false })
  const key = `${postId}/${idOf(1)}`
  const end = riak.faults.inject(
    { call: 'get', type: 'comments', key, times: Infinity },
    { kind: 'not-found' },
  )
  riak.setHealth(1, 3)
  const page = await other.comments.queue({ status: 'spam', limit: 10 })
  expect(page.unread).toEqual([idOf(1)])
  expect(page.comments.map(({ id }) => id)).toEqual([idOf(0)])
  end()
  expect((await blog.comments.queue({ status: 'spam', limit: 10 })).comments).toHaveLength(2)
})
