import { describe, expect, test } from 'vitest'

import { counterType } from '../../../buckets/counters/props.ts'
import type { CheckRecord } from '../../../buckets/comments/schema.ts'
import { OperationError } from '../../../src/kernel/errors.ts'
import { limits } from '../../../src/kernel/limits.ts'
import type { MemoryRiakKv } from '../../../src/riak/memory-riak-kv.ts'
import type { Blog } from '../../../src/store/blog.ts'
import { blogOn, memoryRiak } from '../../support/open-blog.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'
import type { VirtualClock } from '../../support/virtual-clock.ts'

interface Stage {
  readonly clock: VirtualClock
  readonly riak: MemoryRiakKv
  readonly blog: Blog
  readonly postId: string
}

async function stage(): Promise<Stage> {
  const clock = createVirtualClock()
  const riak = memoryRiak(clock)
  await riak.setTypeProps('counters', counterType.props)
  const blog = await blogOn(riak, { clock })
  const { post } = await blog.posts.create({ title: 'Talk', status: 'published' }, { by: 'ann' })
  return { clock, riak, blog, postId: post.id }
}

function record(clock: VirtualClock, change: Partial<CheckRecord> = {}): CheckRecord {
  return {
    atMs: clock.nowMs(),
    said: 'unknown',
    reason: 'Akismet is away',
    would: 'pending',
    isLogOnly: false,
    traps: { honeypot: false, stamp: 'good' },
    permalink: 'https://blog.example/posts/talk',
    visitor: { address: '203.0.113.7', userAgent: 'Firefox', referrer: 'https://blog.example/' },
    ...change,
  }
}

async function addHeld({ blog, clock, postId }: Stage, body = 'hello'): Promise<string> {
  const added = await blog.comments.add(
    postId,
    { author: 'guest', email: 'g@example.org', body },
    { verdict: 'pending', check: record(clock) },
  )
  return added!.comment.id
}

const killed = async (blog: Blog): Promise<number | undefined> => {
  await blog.settle()
  return (await blog.spamReport())?.killed
}

describe('decisions that Akismet is to be told of', () => {
  test('wait from the very put of the decision, with all that Akismet wants to know', async () => {
    const on = await stage()
    const id = await addHeld(on)
    expect(await on.blog.reports.waiting()).toEqual({ due: [], count: 0, isMore: false })
    let told = 0
    on.blog.reports.onDue(() => told++)
    await on.blog.comments.moderate(id, 'spam', 'mo')
    expect(told).toBe(1)
    const { due } = await on.blog.reports.waiting()
    expect(due).toEqual([`${on.postId}/${id}`])
    expect(await on.blog.reports.claim(due[0]!)).toMatchObject({
      want: 'spam',
      comment: { author: 'guest', email: 'g@example.org', url: '', body: 'hello' },
      permalink: 'https://blog.example/posts/talk',
      visitor: { address: '203.0.113.7', userAgent: 'Firefox' },
    })
  })

  test('taken by one server, they are due for others only after a pause that grows', async () => {
    const on = await stage()
    const { clock, blog } = on
    await blog.comments.moderate(await addHeld(on), 'approved', 'mo')
    const other = await blogOn(on.riak, { clock })
    const [key] = (await blog.reports.waiting()).due
    const pauses: number[] = []
    for (let n = 0; n < 3; n++) {
      expect(await blog.reports.claim(key!)).toBeDefined()
      expect(await other.reports.claim(key!)).toBeUndefined()
      expect(await other.reports.waiting()).toMatchObject({ due: [], count: 1 })
      let waited = 0
      while ((await other.reports.waiting()).due.length === 0) {
        clock.advance(limits.spamReportPauseMsMin)
        waited += limits.spamReportPauseMsMin
      }
      pauses.push(waited)
    }
    expect(pauses).toEqual([15_000, 30_000, 60_000])
  })

  test('once accepted they are gone, on every server and after a restart', async () => {
    const on = await stage()
    const { blog, clock, riak } = on
    await blog.comments.moderate(await addHeld(on), 'spam', 'mo')
    const [key] = (await blog.reports.waiting()).due
    const report = await blog.reports.claim(key!)
    await blog.reports.accepted(report!)
    clock.advance(limits.spamReportPauseMsMax)
    const later = await blogOn(riak, { clock })
    expect(await later.reports.waiting()).toMatchObject({ count: 0 })
    expect(later.reports.counted()).toBe(0)
  })

  test('a decision that was changed while its report was on the way is reported after it', async () => {
    const on = await stage()
    const { blog, clock } = on
    const id = await addHeld(on)
    await blog.comments.moderate(id, 'spam', 'mo')
    const [key] = (await blog.reports.waiting()).due
    const report = await blog.reports.claim(key!)
    clock.advance(1)
    await blog.comments.moderate(id, 'approved', 'mo')
    await blog.reports.accepted(report!)
    clock.advance(1)
    expect(await blog.reports.claim(key!)).toMatchObject({ want: 'ham' })
  })

  test('a text that was edited meanwhile is not reported for the old one', async () => {
    const on = await stage()
    const { blog } = on
    const id = await addHeld(on)
    await blog.comments.moderate(id, 'spam', 'mo')
    await blog.comments.edit(id, { body: 'something else' })
    const [key] = (await blog.reports.waiting()).due
    expect(await blog.reports.claim(key!)).toBeUndefined()
    expect(await blog.reports.waiting()).toMatchObject({ count: 0 })
  })

  test('who sent a comment is forgotten after thirty days, and what is still due is given up', async () => {
    const on = await stage()
    const { blog, clock, postId, riak } = on
    const id = await addHeld(on)
    clock.advance(86_400_000)
    const young = await addHeld(on, 'later')
    await blog.comments.moderate(id, 'spam', 'mo')
    clock.advance(29 * 86_400_000)
    expect(await blog.reports.forget()).toBe(1)
    expect(await blog.reports.forget()).toBe(0)
    const stored = async (comment: string): Promise<string> => {
      const found = await riak.get({
        type: 'comments',
        bucket: 'blog',
        key: `${postId}/${comment}`,
      })
      return new TextDecoder().decode(found!.siblings[0]!.value)
    }
    expect(await stored(id)).not.toContain('203.0.113.7')
    expect(await stored(young)).toContain('203.0.113.7')
    expect(await blog.reports.waiting()).toMatchObject({ count: 0 })
    expect(await blog.comments.read(id)).toMatchObject({ status: 'spam', body: 'hello' })
  })
})

describe('an edit', () => {
  const good = { verdict: 'approved' } as const

  test('that the check found good is shown at once; without a check it is held', async () => {
    const on = await stage()
    const id = await addHeld(on)
    const edited = await on.blog.comments.edit(id, { body: 'better' }, good)
    expect(edited).toMatchObject({ status: 'approved', body: 'better' })
    expect(await on.blog.comments.edit(id, { body: 'again' })).toMatchObject({ status: 'pending' })
  })

  test.each(['spam', 'deleted', 'pending'] as const)(
    'does not bring back by itself what a person has made %s',
    async (status) => {
      const on = await stage()
      const id = await addHeld(on)
      await on.blog.comments.moderate(id, 'approved', 'mo')
      await on.blog.comments.moderate(id, status, 'mo')
      const edited = await on.blog.comments.edit(id, { body: 'better' }, good)
      expect(edited?.status).toBe('pending')
    },
  )

  test('that turns a shown comment into spam takes it out, and is counted', async () => {
    const on = await stage()
    const id = await addHeld(on)
    await on.blog.comments.moderate(id, 'approved', 'mo')
    const edited = await on.blog.comments.edit(id, { body: 'buy' }, { verdict: 'spam' })
    expect(edited?.status).toBe('spam')
    expect((await on.blog.comments.ofPost(on.postId, { limit: 5 })).comments).toEqual([])
    expect(await killed(on.blog)).toBe(1)
  })
})

describe('the spam counter', () => {
  test('counts what turns out to be spam, by check or decision, once, and what is thrown away', async () => {
    const on = await stage()
    const { blog, postId } = on
    expect(await killed(blog)).toBe(0)
    const spam = { verdict: 'spam' } as const
    const add = (): Promise<unknown> =>
      blog.comments.add(postId, { author: 'a', body: 'buy' }, spam)
    await add()
    await add()
    expect(await killed(blog)).toBe(1)
    const id = await addHeld(on)
    await blog.comments.moderate(id, 'spam', 'mo')
    await blog.comments.moderate(id, 'spam', 'mo')
    expect(await killed(blog)).toBe(2)
    await blog.comments.moderate(id, 'deleted', 'mo')
    expect(await killed(blog)).toBe(2)
    await blog.comments.moderate(id, 'spam', 'mo')
    await blog.comments.moderate(id, 'approved', 'mo')
    expect(await killed(blog)).toBe(1)
    blog.comments.discard()
    expect(await killed(blog)).toBe(2)
  })

  test('never fails a comment, and is unknown, not 0, where it cannot be read', async () => {
    const on = await stage()
    const { blog, riak, postId } = on
    const error = new OperationError('BLOG_TIMEOUT', 'no answer', 'indefinite')
    for (const call of ['updateCounter', 'fetchCounter'] as const) {
      riak.faults.inject({ call, times: Infinity }, { kind: 'fail', error })
    }
    const spam = { verdict: 'spam' } as const
    const added = await blog.comments.add(postId, { author: 'a', body: 'buy' }, spam)
    expect(added?.comment.status).toBe('spam')
    await blog.settle()
    expect(await blog.spamReport()).toBeUndefined()
  })

  test('is unknown where the store cannot say that there is none', async () => {
    const clock = createVirtualClock()
    const riak = memoryRiak(clock)
    await riak.setTypeProps('counters', counterType.props)
    const blog = await blogOn(riak, { clock, isSingleNode: false })
    riak.setHealth(2, 3)
    expect(await blog.spamReport()).toBeUndefined()
  })
})
