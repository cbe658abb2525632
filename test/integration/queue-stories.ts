/**
 * The moderation queue on one blog with two programs, over any backend: what it shows while comments are
 * decided, edited and decided apart at once.
 */

import { setImmediate as afterTurn } from 'node:timers/promises'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { comments as commentRoom } from '../../buckets/comments/room.ts'
import type { RiakKv } from '../../src/riak/riak-kv.ts'
import type { Blog, CommentStatus, PostView, QueuedComment } from '../../src/store/blog.ts'
import { barrier, interceptRiak, lost } from '../support/intercept-riak.ts'
import type { Hooks } from '../support/intercept-riak.ts'
import { blogOn } from '../support/open-blog.ts'
import type { StoryCluster } from './store-stories.ts'

interface Stage {
  readonly site: string
  readonly riak: RiakKv
  readonly one: Blog
  readonly two: Blog
  /** Of program one. */
  readonly hooks: Hooks
  readonly hooksOfTwo: Hooks
  readonly post: PostView
}

let sites = 0

/** @param siteNames - what the sites' names begin with. */
export function queueStories(
  name: string,
  open: () => Promise<StoryCluster>,
  siteNames = 'queue',
): void {
  describe(`the moderation queue (${name})`, () => {
    let cluster: StoryCluster
    let stage: Stage
    beforeEach(async () => {
      cluster = await open()
      const hooks: Hooks = {}
      const hooksOfTwo: Hooks = {}
      const site = `${siteNames}${++sites}`
      const how = { site, isSingleNode: cluster.isSingleNode ?? true }
      const one = await blogOn(interceptRiak(cluster.first, hooks), how)
      const two = await blogOn(interceptRiak(cluster.second, hooksOfTwo), how)
      const { post } = await one.posts.create(
        { title: 'Café talk', status: 'published' },
        { by: 'ann' },
      )
      stage = { site, riak: cluster.first, one, two, hooks, hooksOfTwo, post }
    })
    afterEach(async () => {
      await stage.one.stop()
      await stage.two.stop()
      await cluster.close()
    })

    listStories(() => stage)
    checkStories(() => stage)
    decisionStories(() => stage)
    walkStories(() => stage)
    healStories(() => stage)
  })
}

async function comment(
  blog: Blog,
  postId: string,
  body: string,
  verdict: 'approved' | 'pending' | 'spam' = 'pending',
  author = 'guest',
): Promise<string> {
  const made = await blog.comments.add(postId, { author, body }, { verdict, postIsKnown: true })
  const { id, createdAt } = made!.comment
  // The next one is newer: at one moment the ids decide.
  while (Date.now() <= Date.parse(createdAt)) await afterTurn()
  return id
}

async function listed(blog: Blog, status: CommentStatus, find = ''): Promise<QueuedComment[]> {
  const { comments } = await blog.comments.queue({ status, limit: 100, find })
  return [...comments]
}

/** Which lists name it, by what `blog` finds. */
async function listsOf(blog: Blog, id: string): Promise<string[]> {
  const all = ['pending', 'spam', 'approved', 'deleted'] as const
  const found = await Promise.all(all.map((status) => listed(blog, status)))
  return all.filter((_, at) => found[at]!.some((each) => each.id === id))
}

function listStories(on: () => Stage): void {
  test('each status has its own list over all posts, newest first, with its post and its decision', async () => {
    const { one, two, post } = on()
    const other = await one.posts.create({ title: 'Other', status: 'published' }, { by: 'ann' })
    const first = await comment(one, post.id, 'first')
    const second = await comment(one, other.post.id, 'second')
    const spam = await comment(one, post.id, 'pills', 'spam')
    const waiting = await listed(two, 'pending')
    expect(waiting.map(({ id, post }) => [id, post?.title])).toEqual([
      [second, 'Other'],
      [first, 'Café talk'],
    ])
    expect(waiting[0]).toMatchObject({
      post: { slug: 'other', kind: 'post', status: 'published' },
      decision: { status: 'pending', by: 'server', isOfThisText: true },
    })
    expect((await listed(two, 'spam')).map(({ id }) => id)).toEqual([spam])
    expect(await listed(two, 'approved')).toEqual([])
    expect(await two.comments.queueCount('pending')).toEqual({ count: 2, isMore: false })
    expect(await two.comments.queueCount('deleted')).toEqual({ count: 0, isMore: false })
  })

  test('a search finds every word in author, text or title, without case and accents', async () => {
    const { one, post } = on()
    const zoe = await comment(one, post.id, 'About the ring', 'pending', 'Zoë')
    const bob = await comment(one, post.id, 'About the keys', 'pending', 'Bob')
    const found = async (find: string): Promise<string[]> =>
      (await listed(one, 'pending', find)).map(({ id }) => id).sort()
    expect(await found('zoe RING')).toEqual([zoe])
    expect(await found('zoe keys')).toEqual([])
    expect(await found('cafe about')).toEqual([zoe, bob].sort())
    expect(await found(zoe.toLowerCase())).toEqual([zoe])
    expect(await found('   ')).toEqual([zoe, bob].sort())
  })

  test('a comment that nobody can read is named, and hides no other', async () => {
    const { one, riak, site, post } = on()
    const good = await comment(one, post.id, 'good')
    const bad = await comment(one, post.id, 'bad')
    const at = { type: 'comments', bucket: site, key: `${post.id}/${bad}` }
    const found = (await riak.get(at))!
    const { indexes } = found.siblings[0]!
    const broken = { value: new TextEncoder().encode('{'), contentType: 'text/plain', indexes }
    await riak.put(at, broken, { context: found.context })
    const page = await one.comments.queue({ status: 'pending', limit: 10 })
    expect(page.comments.map(({ id }) => id)).toEqual([good])
    expect(page.unread).toEqual([bad])
  })

  test.each(['x', 'spam/8636235200000000/01HZ0000000000000000000000', 'pending/7/x'])(
    'a cursor that no page of this list gave out is refused: %s',
    async (cursor) => {
      const { one } = on()
      await expect(
        one.comments.queue({ status: 'pending', limit: 10, cursor }),
      ).rejects.toMatchObject({ code: 'BLOG_BAD_REQUEST' })
    },
  )
}

function checkStories(on: () => Stage): void {
  test('it says what the spam check found, and is found by the address it came from', async () => {
    const { one, two, post } = on()
    const check = {
      atMs: 1_764_000_000_000,
      said: 'unknown' as const,
      reason: 'no answer in time',
      would: 'pending' as const,
      isLogOnly: false,
      traps: { honeypot: false, stamp: 'absent' as const },
      permalink: 'https://blog.example/posts/cafe-talk',
      visitor: { address: '203.0.113.77', userAgent: 'w3m', referrer: '' },
    }
    const input = { author: 'guest', body: 'hello' }
    const held = { verdict: 'pending' as const, check, postIsKnown: true }
    const made = await one.comments.add(post.id, input, held)
    await comment(one, post.id, 'another')
    const found = await listed(two, 'pending', '203.0.113.77')
    expect(found.map(({ id }) => id)).toEqual([made!.comment.id])
    expect(found[0]?.check).toEqual({
      atMs: 1_764_000_000_000,
      said: 'unknown',
      reason: 'no answer in time',
      would: 'pending',
      isLogOnly: false,
      traps: { honeypot: false, stamp: 'absent' },
      visitor: { address: '203.0.113.77', userAgent: 'w3m', referrer: '' },
      isOfThisText: true,
    })
    await one.comments.edit(made!.comment.id, { body: 'other words' })
    expect((await listed(two, 'pending', '203.0.113.77'))[0]?.check?.isOfThisText).toBe(false)
  })
}

function decisionStories(on: () => Stage): void {
  test('what one moderator decides leaves the list of the other at once, and says who decided', async () => {
    const { one, two, post } = on()
    const id = await comment(one, post.id, 'hello')
    await one.comments.moderate(id, 'approved', 'ann')
    expect(await listsOf(two, id)).toEqual(['approved'])
    const [shown] = await listed(two, 'approved')
    expect(shown?.decision).toMatchObject({ status: 'approved', by: 'ann', isOfThisText: true })
    await two.comments.moderate(id, 'deleted', 'bob')
    expect(await listsOf(one, id)).toEqual(['deleted'])
  })

  test('two decisions at the same moment: one list names the comment, on both servers the same', async () => {
    const { one, two, hooks, hooksOfTwo, post } = on()
    const id = await comment(one, post.id, 'hello')
    const meet = barrier(2)
    const hold = async (at: { readonly type: string }): Promise<void> => {
      if (at.type === 'comments') await meet()
    }
    hooks.beforePut = hold
    hooksOfTwo.beforePut = hold
    await Promise.all([
      one.comments.moderate(id, 'approved', 'ann'),
      two.comments.moderate(id, 'spam', 'bob'),
    ])
    const [left, right] = [await listsOf(one, id), await listsOf(two, id)]
    expect(left).toEqual(right)
    expect(left).toHaveLength(1)
    expect(left).toEqual([(await one.comments.read(id))!.status])
  })

  test('an edit after the approval brings the comment back, with what was decided about the older text', async () => {
    const { one, two, post } = on()
    const id = await comment(one, post.id, 'harmless')
    await one.comments.moderate(id, 'approved', 'ann')
    await two.comments.edit(id, { body: 'buy pills' })
    expect(await listsOf(one, id)).toEqual(['pending'])
    const [shown] = await listed(one, 'pending')
    expect(shown).toMatchObject({ body: 'buy pills', decision: { isOfThisText: false } })
  })

  test('a decision about a text that was edited meanwhile decides nothing', async () => {
    const { one, two, post } = on()
    const id = await comment(one, post.id, 'harmless')
    const [seen] = await listed(one, 'pending')
    await two.comments.edit(id, { body: 'buy pills' })
    const pick = { id, seen: seen!.seen }
    expect(await one.comments.moderateMany([pick], 'approved', 'ann')).toEqual([
      { id, outcome: 'changed' },
    ])
    expect(await listsOf(two, id)).toEqual(['pending'])
    const [again] = await listed(one, 'pending')
    const fresh = { id, seen: again!.seen }
    expect(await one.comments.moderateMany([fresh], 'approved', 'ann')).toEqual([
      { id, outcome: 'done' },
    ])
  })

  test('who decides on a page that is out of date decides nothing that another has decided since', async () => {
    const { one, two, post } = on()
    const id = await comment(one, post.id, 'hello')
    await one.comments.moderate(id, 'approved', 'ann')
    const stale = { id, was: 'pending' as const }
    expect(await two.comments.moderateMany([stale], 'spam', 'bob')).toEqual([
      { id, outcome: 'changed' },
    ])
    expect(await listsOf(two, id)).toEqual(['approved'])
    // The same decision once more is no contradiction: it has happened.
    expect(await two.comments.moderateMany([stale], 'approved', 'bob')).toEqual([
      { id, outcome: 'done' },
    ])
    const [shown] = await listed(two, 'approved')
    expect(shown?.decision.by).toBe('ann')
  })

  test('of many decisions each is told for itself; those that failed can be sent again', async () => {
    const { one, hooks, post } = on()
    const ids = [
      await comment(one, post.id, 'a'),
      await comment(one, post.id, 'b'),
      await comment(one, post.id, 'c'),
    ]
    const picks = [...ids, '01HZ0000000000000000000000'].map((id) => ({ id }))
    hooks.beforePut = (at) => {
      if (at.key.endsWith(ids[1]!)) throw lost()
    }
    const first = await one.comments.moderateMany(picks, 'approved', 'ann')
    expect(first.map(({ outcome }) => outcome)).toEqual(['done', 'failed', 'done', 'gone'])
    expect((await listed(one, 'pending')).map(({ id }) => id)).toEqual([ids[1]])
    hooks.beforePut = undefined
    const again = await one.comments.moderateMany(picks, 'approved', 'ann')
    expect(again.map(({ outcome }) => outcome)).toEqual(['done', 'done', 'done', 'gone'])
    expect(await listed(one, 'pending')).toEqual([])
    expect((await one.comments.ofPost(post.id, { limit: 10 })).total).toBe(3)
  })

  test('a decision sent twice is stored once', async () => {
    const { one, riak, site, post } = on()
    const id = await comment(one, post.id, 'a')
    await one.comments.moderateMany([{ id }], 'approved', 'ann')
    const at = { type: 'comments', bucket: site, key: `${post.id}/${id}` }
    const stored = (await riak.get(at))!.siblings[0]!.vtag
    await one.comments.moderateMany([{ id }], 'approved', 'ann')
    expect((await riak.get(at))!.siblings[0]!.vtag).toBe(stored)
  })
}

function walkStories(on: () => Stage): void {
  test('500 waiting, paged by 50 while every third is decided: none is met twice, none that waits is missed', async () => {
    const { one, two, post } = on()
    const ids: string[] = []
    for (let n = 0; n < 500; n += 50) {
      const made = Array.from({ length: 50 }, (_, i) => comment(one, post.id, `comment ${n + i}`))
      ids.push(...(await Promise.all(made)))
    }
    expect(await two.comments.queueCount('pending')).toEqual({ count: 500, isMore: false })
    const decided = new Set<string>()
    const met: string[] = []
    let cursor: string | undefined
    do {
      const page = await two.comments.queue({
        status: 'pending',
        limit: 50,
        ...(cursor === undefined ? {} : { cursor }),
      })
      met.push(...page.comments.map(({ id }) => id))
      cursor = page.next ?? undefined
      // Some that were met, and some that are still to come.
      const picks = ids.filter((id, n) => n % 3 === 0 && !decided.has(id)).slice(0, 20)
      for (const id of picks) decided.add(id)
      await one.comments.moderateMany(
        picks.map((id) => ({ id })),
        'approved',
        'ann',
      )
    } while (cursor !== undefined)
    expect(new Set(met).size).toBe(met.length)
    const missed = ids.filter((id) => !decided.has(id) && !met.includes(id))
    expect(missed).toEqual([])
    expect(await listed(one, 'approved')).toHaveLength(100)
    expect((await two.comments.queue({ status: 'approved', limit: 100 })).next).not.toBeNull()
  }, 160_000)
}

/** As a program without a queue wrote it. */
async function forgetQueue({ riak, site }: Stage, postId: string, id: string): Promise<void> {
  const at = { type: 'comments', bucket: site, key: `${postId}/${id}` }
  const found = (await riak.get(at))!
  const [only] = found.siblings
  const indexes = only!.indexes.filter(({ field }) => field !== 'queue_bin')
  expect(indexes).not.toHaveLength(only!.indexes.length)
  const content = { value: only!.value, contentType: 'application/json', indexes }
  await riak.put(at, content, { context: found.context })
}

function healStories(on: () => Stage): void {
  test('a comment that an older program wrote is named by verify, and listed after a rebuild', async () => {
    const { one, two, site, post } = on()
    const old = await comment(one, post.id, 'old')
    const fresh = await comment(one, post.id, 'fresh')
    await one.settle()
    await forgetQueue(on(), post.id, old)
    expect((await listed(two, 'pending')).map(({ id }) => id)).toEqual([fresh])
    expect(await two.jobs.verify()).toEqual([
      expect.objectContaining({
        kind: 'missing',
        object: `comments/${site}/${post.id}/${old}`,
        id: old,
      }),
    ])
    expect((await two.jobs.rebuild()).written).toBe(1)
    expect((await listed(two, 'pending')).map(({ id }) => id)).toEqual([fresh, old])
    expect(await two.jobs.verify()).toEqual([])
    expect((await two.jobs.rebuild()).written).toBe(0)
  })

  test('the sweeper lists what an older program writes beside this one', async () => {
    const { one, two, post } = on()
    const id = await comment(one, post.id, 'old')
    await one.settle()
    await forgetQueue(on(), post.id, id)
    await two.sweeper.sweepOnce(0)
    expect(await listsOf(two, id)).toEqual(['pending'])
  })

  test('siblings whose merge waits although neither does are listed after a sweep', async () => {
    const { one, two, riak, site, post } = on()
    const id = await comment(one, post.id, 'first text')
    const at = { type: 'comments', bucket: site, key: `${post.id}/${id}` }
    const before = (await riak.get(at))!
    // One side edited and approved its own text; the other decided later about the first text.
    await one.comments.edit(id, { body: 'second text' })
    await one.comments.moderate(id, 'approved', 'ann')
    const parsed = commentRoom.parse(before.siblings[0]!.value)
    if (parsed.kind !== 'value') throw new Error(parsed.reason)
    const moderation = {
      ...parsed.value.moderation,
      status: 'spam' as const,
      by: 'bob',
      clock: parsed.value.moderation.clock + 86_400_000,
    }
    const rival = { ...parsed.value, moderation }
    await riak.put(
      at,
      {
        value: commentRoom.encode(rival),
        contentType: 'application/json',
        indexes: commentRoom.indexes(rival),
      },
      { context: before.context },
    )
    expect((await riak.get(at))!.siblings).toHaveLength(2)
    expect(await listsOf(two, id)).toEqual([])
    await two.sweeper.sweepOnce(0)
    expect(await listsOf(two, id)).toEqual(['pending'])
  })
}
