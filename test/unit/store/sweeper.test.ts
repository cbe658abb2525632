import { afterEach, describe, expect, test } from 'vitest'
import type { CausalContext } from '../../../src/causality/causal-context.ts'
import type { Location } from '../../../src/kernel/ids.ts'
import type { MemoryRiakKv } from '../../../src/riak/memory-riak-kv.ts'
import type { Blog } from '../../../src/store/blog.ts'
import { interceptRiak, lost } from '../../support/intercept-riak.ts'
import { blogOn, memoryRiak, recordingLog } from '../../support/open-blog.ts'
import { realClock } from '../../support/real-clock.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'
import type { VirtualClock } from '../../support/virtual-clock.ts'

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

/** Lets every promise that is ready run, a few times over. */
async function turns(count = 200): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((next) => setImmediate(next))
}

async function pass(clock: VirtualClock, ms: number): Promise<void> {
  for (let at = 0; at < ms; at += 1_000) {
    clock.advance(1_000)
    await turns(4)
  }
  await turns()
}

interface Stage {
  readonly clock: VirtualClock
  readonly riak: MemoryRiakKv
  /** Dies before it writes anything derived. */
  readonly dying: Blog
  readonly open: () => Promise<Blog>
}

function stage(): Promise<Stage> {
  const clock = createVirtualClock()
  const riak = memoryRiak(clock)
  const crashing = interceptRiak(riak, {
    beforePut: ({ type }) => {
      if (['slugs', 'indexes', 'threads'].includes(type)) throw lost()
    },
  })
  const open = async (): Promise<Blog> => {
    const blog = await blogOn(riak, { clock })
    stops.push(async () => {
      blog.sweeper.stop().catch(() => undefined)
      await pass(clock, 5_000)
    })
    return blog
  }
  return blogOn(crashing, { clock }).then((dying) => ({ clock, riak, dying, open }))
}

async function leaveBehind({ dying }: Stage): Promise<string> {
  const { post } = await dying.posts.create(
    { title: 'Left behind', status: 'published', tags: ['x'] },
    { by: 'ann' },
  )
  await dying.comments.add(post.id, { author: 'a', body: 'b' }, { verdict: 'approved' })
  return post.id
}

async function isWhole(blog: Blog, id: string): Promise<boolean> {
  const tags = await blog.listings.tags()
  const thread = await blog.comments.ofPost(id, { limit: 5 })
  const answer = await blog.posts.bySlug('left-behind')
  return tags.length === 1 && thread.total === 1 && answer.kind === 'post'
}

interface StoredListing {
  readonly segments: readonly { readonly id: string }[]
  readonly entries: readonly unknown[]
}

describe('the sweeper', () => {
  test('what a killed process left is derived within a minute of the next start, without any command', async () => {
    const on = await stage()
    const id = await leaveBehind(on)
    const blog = await on.open()
    expect(await isWhole(blog, id)).toBe(false)
    blog.sweeper.start()
    await pass(on.clock, 60_000)
    expect(await isWhole(blog, id)).toBe(true)
  })

  test('however long the process was dead: the first sweep begins at the mark, not an hour ago', async () => {
    const on = await stage()
    const before = await on.open()
    before.sweeper.start()
    await before.posts.create({ title: 'Earlier', status: 'published' }, { by: 'ann' })
    await pass(on.clock, 120_000)
    const id = await leaveBehind(on)
    await before.sweeper.stop()
    await pass(on.clock, 1_000)
    on.clock.advance(30 * 86_400_000)
    const blog = await on.open()
    blog.sweeper.start()
    await pass(on.clock, 60_000)
    expect(await isWhole(blog, id)).toBe(true)
  })

  test('another server that lives sweeps it within two minutes', async () => {
    const on = await stage()
    const blog = await on.open()
    blog.sweeper.start()
    await pass(on.clock, 30_000)
    const id = await leaveBehind(on)
    await pass(on.clock, 120_000)
    expect(await isWhole(blog, id)).toBe(true)
  })

  test('an idle store is written nothing, and read next to nothing', async () => {
    const on = await stage()
    const blog = await on.open()
    for (let n = 0; n < 20; n++) {
      await blog.posts.create({ title: `Post ${n}`, status: 'published' }, { by: 'ann' })
    }
    blog.sweeper.start()
    await pass(on.clock, 180_000)
    const before = on.riak.counts()
    await pass(on.clock, 600_000)
    const after = on.riak.counts()
    expect(after['put']).toBe(before['put'])
    // Two index queries a sweep, some ten sweeps; no source that was derived is read again.
    expect(after['get']! - before['get']!).toBeLessThan(20)
    expect(after['queryIndex']! - before['queryIndex']!).toBeGreaterThan(10)
  })

  test('a sweep by a new server over listings cut into segments heals nothing and writes nothing', async () => {
    const riak = memoryRiak()
    const first = await blogOn(riak)
    const long = 'A summary that fills a segment soon. '.repeat(20)
    for (let n = 0; n < 400; n++) {
      await first.posts.create(
        { title: `Post ${n}`, summary: long, tags: ['many'], status: 'published' },
        { by: 'ann' },
      )
    }
    await first.settle()
    const at = (key: string): Location => ({ type: 'indexes', bucket: 'blog', key })
    const stored = async (key: string): Promise<StoredListing & { context: CausalContext }> => {
      const found = (await riak.get(at(key)))!
      const text = new TextDecoder().decode(found.siblings[0]!.value)
      return { ...(JSON.parse(text) as StoredListing), context: found.context }
    }
    const { segments } = await stored('tag/many')
    expect(segments.length).toBeGreaterThan(2)
    // As a cutter leaves it that died before its last step: a copy on the far side of its home.
    const keys = segments.slice(0, 2).map(({ id }) => `tag/many/S-${id}`)
    const older = await stored(keys[0]!)
    const { context, ...younger } = await stored(keys[1]!)
    const value = { ...younger, entries: [older.entries.at(-1), ...younger.entries] }
    await riak.put(
      at(keys[1]!),
      { value: new TextEncoder().encode(JSON.stringify(value)), contentType: 'application/json' },
      { context },
    )

    const second = await blogOn(riak)
    const before = riak.counts()['put']
    const swept = await second.sweeper.sweepOnce(0)
    expect(swept).toEqual({ seen: 400, healed: 0 })
    await second.settle()
    // The sweep's own mark is all that may be written.
    expect(riak.counts()['put']! - before!).toBeLessThanOrEqual(1)
  })

  test('a sibling born by healing is merged, and what follows is derived', async () => {
    const riak = memoryRiak()
    const blog = await blogOn(riak)
    const { post } = await blog.posts.create(
      { title: 'Two sides', body: 'a\n\nb\n', status: 'published', tags: ['base'] },
      { by: 'ann' },
    )
    // The other side of a partition: it wrote without having seen this side's last save.
    const at = { type: 'posts', bucket: 'blog', key: post.id }
    const old = (await riak.get(at))!
    const apart = memoryRiak(realClock(), 2)
    const other = await blogOn(apart)
    await apart.put(at, { ...old.siblings[0]!, contentType: 'application/json' })
    await other.posts.save(
      post.id,
      { body: 'a\n\nb2\n', tags: ['base', 'other'] },
      { ifMatch: [post.revision], by: 'bob', mode: 'change' },
    )
    await blog.posts.save(
      post.id,
      { body: 'a1\n\nb\n' },
      { ifMatch: [post.revision], by: 'ann', mode: 'change' },
    )
    const theirs = (await apart.get(at))!.siblings[0]!
    await riak.put(at, { ...theirs })
    for (const key of await apart.listKeys({ type: 'revisions', bucket: 'blog' })) {
      const copy = (await apart.get({ type: 'revisions', bucket: 'blog', key }))!.siblings[0]!
      await riak.put({ type: 'revisions', bucket: 'blog', key }, { ...copy })
    }
    expect((await riak.get(at))?.siblings).toHaveLength(2)
    expect((await blog.sweeper.sweepOnce(0)).healed).toBe(1)
    expect((await riak.get(at))?.siblings).toHaveLength(1)
    expect((await blog.posts.read(post.id))?.body).toBe('a1\n\nb2\n')
    expect((await blog.listings.tags()).map(({ tag }) => tag)).toEqual(['base', 'other'])
    expect(await blog.sweeper.sweepOnce(0)).toEqual({ seen: 1, healed: 0 })
    await other.stop()
    await blog.stop()
  })

  test('one source that cannot be read does not stop the sweep, and holds the mark back', async () => {
    const on = await stage()
    const id = await leaveBehind(on)
    const log = recordingLog()
    const at = { type: 'posts', bucket: 'blog', key: '01HZ0000000000000000000000' }
    const indexes = [{ field: 'changed_int', value: String(on.clock.nowMs()) }]
    const value = new TextEncoder().encode('garbage')
    await on.riak.put(at, { value, contentType: 'application/json', indexes })
    const blog = await blogOn(on.riak, { clock: on.clock, log })
    blog.sweeper.start()
    await pass(on.clock, 60_000)
    expect(await isWhole(blog, id)).toBe(true)
    expect(log.lines.map(({ event }) => event)).toContain('a source could not be looked at again')
    const stopping = blog.sweeper.stop()
    await pass(on.clock, 2_000)
    await stopping
    const mark = { type: 'indexes', bucket: 'blog', key: 'sweep/mark' }
    expect(await on.riak.get(mark)).toBeUndefined()
  })
})
