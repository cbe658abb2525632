/**
 * The stories of one blog written by two programs, over any backend: two authors at once, texts older
 * than the history, bases that cannot be read, two posts of one address, crashes between two puts.
 */

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RiakKv } from '../../src/riak/riak-kv.ts'
import type { Blog, PostView, Saved } from '../../src/store/blog.ts'
import { blogOn } from '../support/open-blog.ts'
import { barrier, interceptRiak, lost } from '../support/intercept-riak.ts'
import type { Hooks } from '../support/intercept-riak.ts'

/** A cluster and two ways to it; each story gets a site of its own. */
export interface StoryCluster {
  readonly first: RiakKv
  readonly second: RiakKv
  /** See `blogOn`. Default: true. */
  readonly isSingleNode?: boolean
  close(): Promise<void>
}

interface Stage {
  readonly site: string
  readonly isSingleNode: boolean
  readonly riak: RiakKv
  readonly one: Blog
  readonly two: Blog
  /** Of program one. */
  readonly hooks: Hooks
  readonly hooksOfTwo: Hooks
}

let sites = 0
const text = (...lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('\n')

/** @param siteNames - what the sites' names begin with. */
export function storeStories(
  name: string,
  open: () => Promise<StoryCluster>,
  siteNames = 'story',
): void {
  describe(`stories of the store (${name})`, () => {
    let cluster: StoryCluster
    let stage: Stage
    beforeEach(async () => {
      cluster = await open()
      const hooks: Hooks = {}
      const hooksOfTwo: Hooks = {}
      const site = `${siteNames}${++sites}`
      const isSingleNode = cluster.isSingleNode ?? true
      stage = {
        site,
        isSingleNode,
        riak: cluster.first,
        one: await blogOn(interceptRiak(cluster.first, hooks), { site, isSingleNode }),
        two: await blogOn(interceptRiak(cluster.second, hooksOfTwo), { site, isSingleNode }),
        hooks,
        hooksOfTwo,
      }
    })
    afterEach(async () => {
      await stage.one.stop()
      await stage.two.stop()
      await cluster.close()
    })

    mergeStories(() => stage)
    historyStories(() => stage)
    addressStories(() => stage)
    commentStories(() => stage)
    crashStories(() => stage)
  })
}

async function publish(blog: Blog, title: string, body: string): Promise<PostView> {
  const { post } = await blog.posts.create({ title, body, status: 'published' }, { by: 'ann' })
  return post
}

async function edit(
  blog: Blog,
  id: string,
  ifMatch: string,
  change: Parameters<Blog['posts']['save']>[1],
  by = 'ann',
): Promise<Saved> {
  const saved = await blog.posts.save(id, change, {
    ifMatch: ifMatch.split('.'),
    mode: 'change',
    by,
  })
  if (saved === undefined) throw new Error('the post is not there')
  return saved
}

/** Both have read before either puts the post. */
function bothAtOnce({ hooks, hooksOfTwo }: Stage): void {
  const meet = barrier(2)
  const hold = async (at: { readonly type: string }): Promise<void> => {
    if (at.type === 'posts') await meet()
  }
  hooks.beforePut = hold
  hooksOfTwo.beforePut = hold
}

async function expectOneText({ one, two }: Stage, id: string): Promise<PostView> {
  const [left, right] = await Promise.all([one.posts.read(id), two.posts.read(id)])
  expect(left).toBeDefined()
  expect(right).toEqual(left)
  return left!
}

async function historyOf(blog: Blog, id: string): Promise<ReadonlySet<string>> {
  const ids = new Set<string>()
  let cursor: string | null = null
  do {
    const page: Awaited<ReturnType<Blog['posts']['revisions']>> = await blog.posts.revisions(id, {
      limit: 100,
      ...(cursor === null ? {} : { cursor }),
    })
    for (const revision of page?.revisions ?? []) ids.add(revision.id)
    cursor = page?.next ?? null
  } while (cursor !== null)
  return ids
}

function mergeStories(on: () => Stage): void {
  test('two authors save at once, in different places: both edits are there, on both servers', async () => {
    const { one, two } = on()
    const post = await publish(one, 'Shared', text('one', 'two', 'three', 'four'))
    bothAtOnce(on())
    const saves = await Promise.all([
      edit(one, post.id, post.revision, { body: text('one!', 'two', 'three', 'four') }, 'ann'),
      edit(two, post.id, post.revision, { body: text('one', 'two', 'three', 'four?') }, 'bob'),
    ])
    const shown = await expectOneText(on(), post.id)
    expect(shown.body).toBe(text('one!', 'two', 'three', 'four?'))
    expect(shown.conflicts).toEqual([])
    const history = await historyOf(one, post.id)
    for (const save of saves) {
      expect(save.post.revision.split('.').every((id) => history.has(id))).toBe(true)
      expect(save.changed).toBe(true)
    }
    expect(saves.map((save) => save.merge)).toContain('clean')
  })

  test('two authors save at once, in the same place: the later is shown, the conflict names both, and saying so settles it', async () => {
    const { one, two } = on()
    const post = await publish(one, 'Shared', text('one', 'two', 'three'))
    bothAtOnce(on())
    await Promise.all([
      edit(one, post.id, post.revision, { body: text('one', 'TWO of ann', 'three') }, 'ann'),
      edit(two, post.id, post.revision, { body: text('one', 'second of bob', 'three') }, 'bob'),
    ])
    const shown = await expectOneText(on(), post.id)
    expect(shown.conflicts.length).toBeGreaterThan(0)
    expect(shown.body).not.toContain('<<<')
    const [conflict] = shown.conflicts
    const sides = await Promise.all(
      [conflict!.hidden, conflict!.shown].map((id) => one.posts.revision(post.id, id)),
    )
    const bodies = sides.map((side) => side?.body).join()
    expect(bodies).toContain('TWO of ann')
    expect(bodies).toContain('second of bob')

    const settled = await two.posts.save(
      post.id,
      { body: text('one', 'two of both', 'three') },
      {
        ifMatch: shown.revision.split('.'),
        mode: 'change',
        by: 'bob',
        resolves: shown.conflicts.map(({ id }) => id),
      },
    )
    expect(settled?.post.conflicts).toEqual([])
    expect((await expectOneText(on(), post.id)).body).toBe(text('one', 'two of both', 'three'))
  })

  test('criss-cross: two merges of the same two texts, made apart, become one text', async () => {
    const { one, two } = on()
    const post = await publish(one, 'Shared', text('a', 'b', 'c', 'd'))
    const left = await edit(one, post.id, post.revision, { body: text('a1', 'b', 'c', 'd') })
    await edit(two, post.id, post.revision, { body: text('a', 'b', 'c', 'd1') }, 'bob')
    const history = [...(await historyOf(one, post.id))]
    const right = history.find((id) => id !== post.revision && !left.post.revision.includes(id))
    expect(right).toBeDefined()
    const parents = `${left.post.revision}.${right!}`
    bothAtOnce(on())
    await Promise.all([
      edit(one, post.id, parents, { body: text('a1', 'b by one', 'c', 'd1') }),
      edit(two, post.id, parents, { body: text('a1', 'b', 'c by two', 'd1') }, 'bob'),
    ])
    const shown = await expectOneText(on(), post.id)
    expect(shown.body).toBe(text('a1', 'b by one', 'c by two', 'd1'))
  })

  test('three ways: three authors on one old text, three edits in the answer', async () => {
    const { one, two } = on()
    const post = await publish(one, 'Shared', text('a', 'b', 'c'))
    await edit(one, post.id, post.revision, { body: text('a1', 'b', 'c') }, 'ann')
    await edit(two, post.id, post.revision, { body: text('a', 'b1', 'c') }, 'bob')
    const third = await edit(one, post.id, post.revision, { body: text('a', 'b', 'c1') }, 'cat')
    expect(third.merge).toBe('clean')
    expect(third.post.body).toBe(text('a1', 'b1', 'c1'))
    expect(third.post.revision).not.toContain('.')
    await expectOneText(on(), post.id)
  })

  test('delete against edit: the edit survives, and the conflict says so', async () => {
    const { one, two } = on()
    const post = await publish(one, 'Kept', text('a', 'b'))
    bothAtOnce(on())
    await Promise.all([
      edit(one, post.id, post.revision, { status: 'deleted' }),
      edit(two, post.id, post.revision, { body: text('a', 'b, still wanted') }, 'bob'),
    ])
    const shown = await expectOneText(on(), post.id)
    expect(shown.status).toBe('published')
    expect(shown.body).toBe(text('a', 'b, still wanted'))
    expect(shown.conflicts.map(({ field }) => field)).toContain('status')
  })

  test('tags: an add beats a removal at the same time, and every listing follows', async () => {
    const { one, two } = on()
    const { post } = await one.posts.create(
      { title: 'Tagged', status: 'published', tags: ['a', 'b'] },
      { by: 'ann' },
    )
    bothAtOnce(on())
    await Promise.all([
      edit(one, post.id, post.revision, { tags: ['a', 'b', 'new'] }),
      edit(two, post.id, post.revision, { tags: ['b'] }, 'bob'),
    ])
    expect((await expectOneText(on(), post.id)).tags).toEqual(['b', 'new'])
    await Promise.all([one.settle(), two.settle()])
    await one.sweeper.sweepOnce(0)
    const tags = await two.listings.tags()
    expect(tags.map(({ tag }) => tag)).toEqual(['b', 'new'])
    expect(await one.jobs.verify()).toEqual([])
  })

  test('the same PUT twice is one revision (the first answer was lost)', async () => {
    const { one, riak, site } = on()
    const post = await publish(one, 'Once', text('a'))
    const change = { body: text('a', 'b') }
    const first = await edit(one, post.id, post.revision, change)
    const before = await riak.get({ type: 'posts', bucket: site, key: post.id })
    const again = await edit(one, post.id, post.revision, change)
    expect(again.changed).toBe(false)
    expect(again.post.revision).toBe(first.post.revision)
    const after = await riak.get({ type: 'posts', bucket: site, key: post.id })
    expect(after?.context).toEqual(before?.context)
  })

  test('a hundred stale saves from each of two programs: nothing acknowledged is lost, siblings stay few', async () => {
    const { one, two, riak, site } = on()
    const lines = Array.from({ length: 200 }, (_, n) => `Line ${n}.`)
    const post = await publish(one, 'Shared', text(...lines))
    let siblingsMax = 0
    const acknowledged: string[] = []
    const saving = [one, two].map(async (blog, side) => {
      for (let n = 0; n < 100; n++) {
        const at = side * 100 + n
        const body = text(...lines.map((line, each) => (each === at ? `${line} Edited.` : line)))
        const saved = await edit(blog, post.id, post.revision, { body }, `author ${side}`)
        acknowledged.push(...saved.post.revision.split('.'))
        const found = await riak.get({ type: 'posts', bucket: site, key: post.id })
        siblingsMax = Math.max(siblingsMax, found?.siblings.length ?? 0)
      }
    })
    await Promise.all(saving)
    expect(siblingsMax).toBeLessThanOrEqual(10)
    const shown = await expectOneText(on(), post.id)
    expect(shown.body.match(/Edited\./g)?.length).toBe(200)
    expect(shown.conflicts).toEqual([])
    const history = await historyOf(two, post.id)
    expect(acknowledged.filter((id) => !history.has(id))).toEqual([])
  })
}

function historyStories(on: () => Stage): void {
  test('an If-Match older than the remembered history is merged all the same', async () => {
    const { one, two } = on()
    const post = await publish(one, 'Long kept', text('first', 'middle', 'last'))
    let revision = post.revision
    for (let n = 0; n < 520; n++) {
      const body = text('first', 'middle', `last ${n}`)
      revision = (await edit(one, post.id, revision, { body })).post.revision
    }
    const old = await edit(two, post.id, post.revision, { body: text('FIRST', 'middle', 'last') })
    expect(old.merge).toBe('clean')
    expect(old.post.body).toBe(text('FIRST', 'middle', 'last 519'))
    expect(old.post.revision).not.toContain('.')
    const history = await historyOf(one, post.id)
    expect(history.has(post.revision)).toBe(true)
    expect(history.size).toBeGreaterThan(520)
  })

  test('an If-Match that names no revision of this post is refused', async () => {
    const { one, two } = on()
    const post = await publish(one, 'Mine', text('a'))
    const other = await publish(two, 'Other', text('b'))
    for (const wrong of ['0'.repeat(64), 'nonsense', other.revision]) {
      await expect(edit(one, post.id, wrong, { body: 'x' })).rejects.toMatchObject({
        code: 'BLOG_NOT_A_REVISION',
      })
    }
  })

  test('a base that cannot be read: the save is kept as a further head, nothing follows from it, and it is merged when the base is back', async () => {
    const { riak, site, isSingleNode } = on()
    const hidden = { id: '' }
    const blind = interceptRiak(riak, {
      beforeGet: ({ type, key }) => {
        if (type === 'revisions' && hidden.id !== '' && key.endsWith(hidden.id)) throw lost()
      },
    })
    const { two } = on()
    const post = await publish(two, 'Apart', text('one', 'two', 'three'))
    await edit(two, post.id, post.revision, { body: text('one!', 'two', 'three') })
    // A program that has not seen the base itself, and cannot read it.
    const one = await blogOn(blind, { site, isSingleNode })
    hidden.id = post.revision
    const saved = await edit(one, post.id, post.revision, {
      body: text('one', 'two', 'three?'),
      tags: ['pending'],
    })
    expect(saved.merge).toBe('pending')
    expect(saved.post.isPending).toBe(true)
    expect(saved.post.body).toBe(text('one', 'two', 'three?'))
    expect(saved.post.revision.split('.')).toHaveLength(2)
    await one.settle()
    expect(await two.listings.tags()).toEqual([])

    hidden.id = ''
    await one.sweeper.sweepOnce(0)
    const shown = await expectOneText({ ...on(), one }, post.id)
    expect(shown.isPending).toBe(false)
    expect(shown.body).toBe(text('one!', 'two', 'three?'))
    expect((await two.listings.tags()).map(({ tag }) => tag)).toEqual(['pending'])
    await one.stop()
  })

  test('restoring an old text is a save like any other', async () => {
    const { one } = on()
    const post = await publish(one, 'Restored', text('good'))
    const worse = await edit(one, post.id, post.revision, { body: text('bad') })
    const fields = await one.posts.revision(post.id, post.revision)
    const restored = await edit(one, post.id, worse.post.revision, { body: fields!.body })
    expect(restored.post.body).toBe(text('good'))
    expect(restored.post.revision).not.toBe(post.revision)
    expect((await historyOf(one, post.id)).size).toBe(3)
  })

  test('a post that cannot be found is saved on the revision its author has seen', async () => {
    const { two, riak, site, isSingleNode } = on()
    const post = await publish(two, 'Away', text('a', 'b'))
    await edit(two, post.id, post.revision, { body: text('a', 'b2') })
    const away = { is: true }
    // Primaries that came back empty answer "not found" for what exists.
    const forgetful = new Proxy(riak, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target)
        if (name !== 'get')
          return typeof member === 'function' ? (member.bind(target) as unknown) : member
        const get: RiakKv['get'] = async (at, options) =>
          away.is && at.type === 'posts' ? undefined : target.get(at, options)
        return get
      },
    })
    const one = await blogOn(forgetful, { site, isSingleNode })
    const saved = await edit(one, post.id, post.revision, { body: text('a1', 'b') })
    expect(saved.changed).toBe(true)
    away.is = false
    await one.sweeper.sweepOnce(0)
    const shown = await expectOneText({ ...on(), one }, post.id)
    expect(shown.body).toBe(text('a1', 'b2'))
    await one.stop()
  })
}

function addressStories(on: () => Stage): void {
  test('two posts claim one slug at once: both are reachable, one by a number it keeps', async () => {
    const { one, two, hooks, hooksOfTwo } = on()
    const meet = barrier(2)
    const hold = async (at: { readonly type: string; readonly key: string }): Promise<void> => {
      if (at.type === 'slugs' && at.key === 'same-title') await meet()
    }
    hooks.beforePut = hold
    hooksOfTwo.beforePut = hold
    const made = await Promise.all([
      publish(one, 'Same Title', text('by one')),
      publish(two, 'Same Title', text('by two')),
    ])
    await Promise.all([one.settle(), two.settle()])
    await Promise.all([one.sweeper.sweepOnce(0), two.sweeper.sweepOnce(0)])
    await Promise.all([one.settle(), two.settle()])
    const posts = await Promise.all(made.map(({ id }) => expectOneText(on(), id)))
    expect(posts.map(({ slug }) => slug).sort()).toEqual(['same-title', 'same-title-2'])
    for (const post of posts) {
      const answer = await two.posts.bySlug(post.slug)
      expect(answer).toMatchObject({ kind: 'post', post: { id: post.id } })
    }
    const listed = (await one.listings.page({ kind: 'all' }, { limit: 10 })).entries
    expect(listed.map(({ slug }) => slug).sort()).toEqual(['same-title', 'same-title-2'])
    // For good: what happens to the other changes nothing.
    const winner = posts.find(({ slug }) => slug === 'same-title')!
    const loser = posts.find(({ slug }) => slug === 'same-title-2')!
    await edit(one, winner.id, winner.revision, { status: 'deleted' })
    await one.sweeper.sweepOnce(0)
    expect((await expectOneText(on(), loser.id)).slug).toBe('same-title-2')
    expect(await two.posts.bySlug('same-title')).toEqual({ kind: 'gone' })
    expect(await one.jobs.verify()).toEqual([])
  })

  test('a renamed post redirects from its old address, until another post lives there', async () => {
    const { one, two } = on()
    const post = await publish(one, 'Old Name', text('a'))
    const renamed = await edit(two, post.id, post.revision, { slug: 'new-name' })
    expect(renamed.post.slug).toBe('new-name')
    await two.settle()
    expect(await one.posts.bySlug('old-name')).toEqual({
      kind: 'moved',
      slug: 'new-name',
      kindOfPost: 'post',
    })
    const other = await publish(two, 'Old Name', text('b'))
    expect(other.slug).toBe('old-name')
    expect(await one.posts.bySlug('old-name')).toMatchObject({
      kind: 'post',
      post: { id: other.id },
    })
  })

  test('an imported old path leads to the post, wherever that has moved', async () => {
    const { one, two } = on()
    const { post } = await one.posts.create(
      { title: 'Imported', status: 'published', aliases: ['/2015/03/old.html'] },
      { by: 'import' },
    )
    const answer = { kind: 'moved', slug: 'imported', kindOfPost: 'post' }
    expect(await two.posts.byAlias('2015/03/old.html')).toEqual(answer)
    expect(await two.posts.byAlias('2015/03/none.html')).toEqual({ kind: 'none' })
    await edit(two, post.id, post.revision, { slug: 'elsewhere' })
    expect(await one.posts.byAlias('/2015/03/old.html')).toEqual({ ...answer, slug: 'elsewhere' })
  })
}

function commentStories(on: () => Stage): void {
  const approved = { verdict: 'approved' } as const

  test('a comment edited during its moderation is held: the decision was about another text', async () => {
    const { one, two, hooks, hooksOfTwo } = on()
    const post = await publish(one, 'Talk', text('a'))
    const made = await one.comments.add(
      post.id,
      { author: 'guest', body: 'harmless' },
      { verdict: 'pending' },
    )
    const { id } = made!.comment
    const meet = barrier(2)
    const hold = async (at: { readonly type: string }): Promise<void> => {
      if (at.type === 'comments') await meet()
    }
    hooks.beforePut = hold
    hooksOfTwo.beforePut = hold
    await Promise.all([
      one.comments.moderate(id, 'approved', 'ann'),
      two.comments.edit(id, { body: 'buy pills' }),
    ])
    await Promise.all([one.settle(), two.settle()])
    await one.sweeper.sweepOnce(0)
    const [left, right] = await Promise.all([one.comments.read(id), two.comments.read(id)])
    expect(left).toEqual(right)
    expect(left).toMatchObject({ status: 'pending', body: 'buy pills' })
    expect((await two.comments.ofPost(post.id, { limit: 10 })).comments).toEqual([])
    const all = await two.comments.ofPost(post.id, { limit: 10, all: true })
    expect(all.comments.map(({ status }) => status)).toEqual(['pending'])
    await two.comments.moderate(id, 'approved', 'ann')
    expect((await one.comments.ofPost(post.id, { limit: 10 })).total).toBe(1)
    expect(await one.jobs.verify()).toEqual([])
  })

  test('fifty comments on one post through two servers at once: all are in the thread, oldest first', async () => {
    const { one, two, riak, site } = on()
    const post = await publish(one, 'Talk', text('a'))
    const made = await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        (n % 2 === 0 ? one : two).comments.add(
          post.id,
          { author: `guest ${n}`, body: `comment ${n}` },
          approved,
        ),
      ),
    )
    await Promise.all([one.settle(), two.settle()])
    const thread = await two.comments.ofPost(post.id, { limit: 100 })
    const ids = thread.comments.map(({ id }) => id)
    expect(new Set(ids)).toEqual(new Set(made.map((each) => each!.comment.id)))
    const times = thread.comments.map(({ createdAt }) => createdAt)
    expect(times).toEqual([...times].sort())
    expect(thread.total).toBe(50)
    const stored = await riak.get({ type: 'threads', bucket: site, key: post.id })
    expect(stored?.siblings.length).toBeLessThanOrEqual(10)
    expect(await one.jobs.verify()).toEqual([])
  })
}

function crashStories(on: () => Stage): void {
  test.each(['slugs', 'indexes', 'revisions'])(
    'a program that dies before it writes %s: the post is there, and the sweeper does the rest',
    async (type) => {
      const { one, two, hooks } = on()
      hooks.beforePut = (at) => {
        if (at.type === type) throw lost()
      }
      const made = await one.posts.create(
        { title: 'Survivor', status: 'published', tags: ['kept'] },
        { by: 'ann' },
      )
      expect(made.changed).toBe(true)
      await one.settle()
      const healed = await two.sweeper.sweepOnce(0)
      if (type !== 'revisions') expect(healed.healed).toBe(1)
      expect(await two.posts.bySlug('survivor')).toMatchObject({ kind: 'post' })
      const listed = await two.listings.page({ kind: 'tag', tag: 'kept' }, { limit: 10 })
      expect(listed.entries.map(({ id }) => id)).toEqual([made.post.id])
      expect(await two.jobs.verify()).toEqual([])
      const idle = await two.sweeper.sweepOnce(0)
      expect(idle).toEqual({ seen: 1, healed: 0 })
    },
  )

  test('a post taken out of a tag by a program that dies: the sweeper says absent', async () => {
    const { one, two, hooks } = on()
    const { post } = await one.posts.create(
      { title: 'Moved', status: 'published', tags: ['old'] },
      { by: 'ann' },
    )
    hooks.beforePut = (at) => {
      if (at.type === 'indexes') throw lost()
    }
    await edit(one, post.id, post.revision, { tags: ['new'] })
    await one.settle()
    expect((await two.jobs.verify()).map(({ kind }) => kind)).toContain('extra')
    await two.sweeper.sweepOnce(0)
    expect((await two.listings.page({ kind: 'tag', tag: 'old' }, { limit: 5 })).entries).toEqual([])
    expect((await two.listings.tags()).map(({ tag }) => tag)).toEqual(['new'])
    expect(await two.jobs.verify()).toEqual([])
  })

  test('a save whose answer was lost may be sent again: one revision, not two', async () => {
    const { one, two, hooks } = on()
    const post = await publish(one, 'Again', text('a'))
    hooks.afterPut = (at) => {
      if (at.type === 'posts') throw lost()
    }
    const change = { body: text('a', 'more'), status: 'published' as const }
    await expect(edit(one, post.id, post.revision, change)).rejects.toMatchObject({
      outcome: 'indefinite',
    })
    hooks.afterPut = undefined
    const again = await edit(two, post.id, post.revision, change)
    expect(again.changed).toBe(false)
    expect(again.post.body).toBe(text('a', 'more'))
    expect((await historyOf(two, post.id)).size).toBe(2)
  })
}
