import { describe, expect, test } from 'vitest'
import { limits } from '../../../src/kernel/limits.ts'
import type { Clock } from '../../../src/kernel/ports.ts'
import type { MemoryRiakKv } from '../../../src/riak/memory-riak-kv.ts'
import type { Blog } from '../../../src/store/blog.ts'
import { interceptRiak, lost } from '../../support/intercept-riak.ts'
import { blogOn, memoryRiak } from '../../support/open-blog.ts'
import { realClock } from '../../support/real-clock.ts'

const minuteMs = 60_000
const by = { by: 'ann' }

/** Timers as they are; the wall shows another time. */
function offBy(ms: number): Clock {
  const clock = realClock()
  return { ...clock, nowMs: () => clock.nowMs() + ms }
}

/** A server that dies before it writes anything derived. */
function dying(riak: MemoryRiakKv, clock: Clock): Promise<Blog> {
  const crashing = interceptRiak(riak, {
    beforePut: ({ type }) => {
      if (['slugs', 'indexes', 'threads'].includes(type)) throw lost()
    },
  })
  return blogOn(crashing, { clock })
}

const listed = async (blog: Blog): Promise<readonly string[]> =>
  (await blog.listings.page({ kind: 'all' }, { limit: 9 })).entries.map(({ title }) => title)

describe('servers whose clocks are ten minutes apart', () => {
  test('an edit based on a text of the server ahead is later than that text, and stands', async () => {
    const riak = memoryRiak()
    const ahead = await blogOn(riak, { clock: offBy(10 * minuteMs) })
    const right = await blogOn(riak)
    const { post } = await ahead.posts.create({ title: 'A', body: 'ahead' }, by)
    const options = { ...by, ifMatch: [post.revision], mode: 'change' } as const
    const saved = await right.posts.save(post.id, { body: 'after' }, options)
    expect(saved?.merge).toBe('none')
    expect((await ahead.posts.read(post.id))?.body).toBe('after')
    expect((await right.posts.read(post.id))?.body).toBe('after')
  })

  test('what the server ahead publishes now, the others show when their clocks say so', async () => {
    const riak = memoryRiak()
    const ahead = await blogOn(riak, { clock: offBy(10 * minuteMs) })
    await ahead.posts.create({ title: 'Now', status: 'published' }, by)
    await ahead.settle()
    expect(await listed(ahead)).toEqual(['Now'])
    expect(await listed(await blogOn(riak))).toEqual([])
    expect(await listed(await blogOn(riak, { clock: offBy(10 * minuteMs + 1_000) }))).toEqual([
      'Now',
    ])
  })

  test.each([
    ['ahead', 10 * minuteMs],
    ['behind', -10 * minuteMs],
  ])(
    'what a server %s left undone is derived by the next hourly window of another',
    async (_, ms) => {
      const riak = memoryRiak()
      const left = await dying(riak, offBy(ms))
      const publishedAt = '2020-01-01T00:00:00Z'
      await left.posts.create({ title: 'Left', status: 'published', publishedAt }, by)
      await left.settle()
      const right = await blogOn(riak)
      expect(await listed(right)).toEqual([])
      const swept = await right.sweeper.sweepOnce(Date.now() - limits.sweepWindowMs)
      expect(swept.healed).toBe(1)
      await right.settle()
      expect(await listed(right)).toEqual(['Left'])
      expect(await right.jobs.verify()).toEqual([])
    },
  )

  test('comments of one post through both are all in its thread, and verify finds no difference', async () => {
    const riak = memoryRiak()
    const servers = await Promise.all(
      [10, 0, -10].map((n) => blogOn(riak, { clock: offBy(n * minuteMs) })),
    )
    const publishedAt = '2020-01-01T00:00:00Z'
    const { post } = await servers[0]!.posts.create(
      { title: 'Talk', status: 'published', publishedAt },
      by,
    )
    for (const [at, blog] of servers.entries()) {
      await blog.comments.add(post.id, { author: `a${at}`, body: 'hi' }, { verdict: 'approved' })
    }
    for (const blog of servers) await blog.settle()
    const thread = await servers[1]!.comments.ofPost(post.id, { limit: 9 })
    expect(thread.comments.map(({ author }) => author)).toEqual(['a2', 'a1', 'a0'])
    expect(await servers[2]!.jobs.verify()).toEqual([])
  })
})
