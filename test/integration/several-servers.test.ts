/**
 * Three servers on one store: what each does by itself (sweeps, rebuilds, healing of siblings) does no
 * harm beside the others, and a store that nobody writes to is written nothing.
 */

import { describe, expect, onTestFinished, test } from 'vitest'
import { posts as postRoom } from '../../buckets/posts/room.ts'
import { isSiblingLimit } from '../../src/store/sibling-watch.ts'
import type { RiakKv } from '../../src/riak/riak-kv.ts'
import type { Blog } from '../../src/store/blog.ts'
import { blogOn, memoryRiak } from '../support/open-blog.ts'
import { openPbCluster } from '../support/pb-cluster.ts'
import type { PbCluster } from '../support/pb-cluster.ts'

type Open = (count: number) => Promise<PbCluster>

const backends: readonly (readonly [name: string, open: Open])[] = [
  [
    'in memory',
    (count) => {
      const riak = memoryRiak()
      const clients = Array.from({ length: count }, () => riak)
      return Promise.resolve({ clients, close: () => Promise.resolve() })
    },
  ],
  ['an embedded node over Protocol Buffers', openPbCluster],
]

const types = ['posts', 'comments', 'slugs', 'threads', 'indexes', 'revisions'] as const
const by = { by: 'ann' }
const posted = 8
const approved = { verdict: 'approved' } as const

async function siblingsOf(riak: RiakKv): Promise<number[]> {
  const counts: number[] = []
  for (const type of types) {
    for (const key of await riak.listKeys({ type, bucket: 'blog' })) {
      const found = await riak.get({ type, bucket: 'blog', key }, { head: true })
      counts.push(found?.siblings.length ?? 0)
    }
  }
  return counts
}

/** A server's share of the writing, and what it would do anyway. */
async function busy(blog: Blog, at: number, isRebuilding: boolean): Promise<void> {
  const ids: string[] = []
  const write = async (): Promise<void> => {
    for (let n = 0; n < posted; n++) {
      const { post } = await blog.posts.create(
        // Every server asks for the same addresses.
        { title: `Post ${n}`, status: 'published', tags: ['all', `t${n % 3}`] },
        by,
      )
      ids.push(post.id)
      await blog.comments.add(post.id, { author: `a${at}`, body: `c${n}` }, approved)
      const of = ids[Math.floor(n / 2)]!
      await blog.posts.save(of, { body: `by ${at}` }, { ...by, ifMatch: '*', mode: 'change' })
    }
  }
  let isWriting = true
  // Again and again; memory answers at once, and whoever writes must have a turn.
  const repeat = async (work: () => Promise<unknown>): Promise<void> => {
    while (isWriting) {
      await work()
      await new Promise((next) => setTimeout(next, 20))
    }
  }
  const writing = write().finally(() => {
    isWriting = false
  })
  const rebuilding = isRebuilding ? repeat(() => blog.jobs.rebuild()) : undefined
  await Promise.all([writing, repeat(() => blog.sweeper.sweepOnce(0)), rebuilding])
}

describe.each(backends)('three servers on one store (%s)', (_, open) => {
  test('write, sweep and rebuild at once: nothing is lost, siblings stay few, and then nobody writes', async () => {
    const { clients, close } = await open(3)
    onTestFinished(close)
    const servers = await Promise.all(clients.map((riak) => blogOn(riak)))
    await Promise.all(servers.map((blog, at) => busy(blog, at, at > 0)))
    for (const blog of servers) await blog.settle()
    const riak = clients[0]!
    expect(Math.max(...(await siblingsOf(riak)))).toBeLessThan(20)
    // A pass of each, as every minute: what rivals left beside each other is one again.
    for (const blog of servers) await blog.sweeper.sweepOnce(0)
    for (const blog of servers) await blog.settle()
    await servers[0]!.jobs.rebuild()
    expect(await servers[1]!.jobs.verify()).toEqual([])
    const page = await servers[2]!.listings.page({ kind: 'all' }, { limit: 500 })
    expect(page.entries).toHaveLength(3 * posted)
    expect(new Set(page.entries.map(({ slug }) => slug)).size).toBe(3 * posted)
    const counts = await servers[2]!.comments.counts(page.entries.map(({ id }) => id))
    expect([...counts.values()]).toEqual(page.entries.map(() => 1))
    const puts = (): number =>
      [...new Set(clients)].reduce((sum, each) => sum + (each.counts()['put'] ?? 0), 0)
    const before = puts()
    for (const blog of servers) {
      expect((await blog.sweeper.sweepOnce(0)).healed).toBe(0)
      expect((await blog.jobs.rebuild()).written).toBe(0)
    }
    expect(puts()).toBe(before)
  })

  test('an object in as many siblings as Riak keeps is read as one, and its next write makes it one', async () => {
    const { clients, close } = await open(1)
    onTestFinished(close)
    const riak = clients[0]!
    const blog = await blogOn(riak)
    const { post } = await blog.posts.create({ title: 'Split', status: 'published' }, by)
    await blog.settle()
    const at = { type: 'posts', bucket: 'blog', key: post.id }
    const { siblings } = (await riak.get(at))!
    const [only] = siblings
    const content = { value: only!.value, contentType: 'application/json', indexes: only!.indexes }
    for (let n = 0; n < 99; n++) await riak.put(at, content)
    const refused = await riak.put(at, content).catch((error: unknown) => error)
    expect(isSiblingLimit(refused)).toBe(true)
    expect((await blog.posts.read(post.id))?.title).toBe('Split')
    expect(blog.siblings()).toMatchObject({ largest: 100, refused: 0 })
    // A put that has not read it: the same create, sent again while nobody finds the post.
    const kept = postRoom.parse(only!.value)
    expect(kept.kind).toBe('value')
    const other = await blogOn(unseenOnce(riak, post.id))
    const again = await other.posts.create({ title: 'Split', body: 'b' }, { ...by, id: post.id })
    expect(again.post.revision.split('.')).toHaveLength(2)
    expect(other.siblings()).toMatchObject({ refused: 1 })
    expect((await riak.get(at))?.siblings).toHaveLength(1)
  })

  test('fifty siblings of a listing, a thread and an address are healed by a sweep or a rebuild', async () => {
    const { clients, close } = await open(1)
    onTestFinished(close)
    const riak = clients[0]!
    const blog = await blogOn(riak)
    const { post } = await blog.posts.create(
      { title: 'Split', status: 'published', tags: ['x'] },
      by,
    )
    await blog.comments.add(post.id, { author: 'a', body: 'b' }, approved)
    await blog.settle()
    const places = [
      { type: 'indexes', key: 'tag/x' },
      { type: 'threads', key: post.id },
      { type: 'slugs', key: 'split' },
      { type: 'posts', key: post.id },
    ].map((place) => ({ ...place, bucket: 'blog' }))
    for (const at of places) {
      const [only] = (await riak.get(at))!.siblings
      const { value, indexes } = only!
      // Each a little different: what is equal needs no healing.
      const text = new TextDecoder().decode(value)
      for (let n = 0; n < 49; n++) {
        const changed = new TextEncoder().encode(text.replace(/\}$/, `,"x${n}":${n}}`))
        await riak.put(at, { value: changed, contentType: 'application/json', indexes })
      }
    }
    expect(await blog.comments.ofPost(post.id, { limit: 5 })).toMatchObject({ total: 1 })
    await blog.sweeper.sweepOnce(0)
    await blog.jobs.rebuild()
    for (const at of places)
      expect([at.type, (await riak.get(at))!.siblings.length]).toEqual([at.type, 1])
    expect(await blog.jobs.verify()).toEqual([])
  })
})

/** The first read of this key, before a create, finds nothing. */
function unseenOnce(riak: RiakKv, key: string): RiakKv {
  let isSeen = false
  return new Proxy(riak, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member !== 'function') return member
      if (name !== 'get') return member.bind(target) as unknown
      const get: RiakKv['get'] = (at, options) => {
        if (isSeen || at.type !== 'posts' || at.key !== key) return target.get(at, options)
        isSeen = true
        return Promise.resolve(undefined)
      }
      return get
    },
  })
}
