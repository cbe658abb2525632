import { describe, expect, test } from 'vitest'
import type {
  Blog,
  CreateOptions,
  PostInput,
  PostView,
  StoreChange,
} from '../../../src/store/blog.ts'
import { blogOn, memoryRiak } from '../../support/open-blog.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

const by = { by: 'ann' }

async function made(blog: Blog, input: PostInput, options: CreateOptions = by): Promise<PostView> {
  return (await blog.posts.create(input, options)).post
}

describe('creating', () => {
  test('a post has defaults: a draft post by who made it, its slug from the title', async () => {
    const blog = await blogOn(memoryRiak())
    const post = await made(blog, { title: '  Ünïcode & Friends  ', tags: ['B C', 'a', 'b c'] })
    expect(post).toMatchObject({
      title: 'Ünïcode & Friends',
      slug: 'unicode-friends',
      tags: ['a', 'b-c'],
      status: 'draft',
      kind: 'post',
      author: 'ann',
      body: '',
      publishedAt: null,
    })
    expect(post.id).toMatch(/^[0-9A-Z]{26}$/)
    expect(await blog.posts.bySlug('unicode-friends')).toEqual({ kind: 'hidden' })
    expect((await blog.listings.page({ kind: 'all' }, { limit: 5 })).entries).toEqual([])
  })

  test('a title without a letter gets the id as its slug', async () => {
    const blog = await blogOn(memoryRiak())
    const post = await made(blog, { title: '?!' })
    expect(post.slug).toBe(post.id.toLowerCase())
  })

  test('the same Idempotency-Key is one post, also where the server dated it; another request is refused', async () => {
    const clock = createVirtualClock()
    const blog = await blogOn(memoryRiak(clock), { clock })
    const keyed = { by: 'ann', idempotencyKey: 'k1' }
    const input = { title: 'Once', status: 'published' } as const
    const first = await blog.posts.create(input, keyed)
    clock.advance(60_000)
    const again = await blog.posts.create(input, keyed)
    expect(again.changed).toBe(false)
    expect(again.post).toEqual(first.post)
    await expect(blog.posts.create({ title: 'Other' }, keyed)).rejects.toMatchObject({
      code: 'BLOG_KEY_REUSED',
    })
    const other = await blog.posts.create({ title: 'Other' }, { by: 'bob', idempotencyKey: 'k1' })
    expect(other.post.id).not.toBe(first.post.id)
  })

  test('a create whose answer was lost may be sent again: one post, one slug', async () => {
    const riak = memoryRiak()
    const blog = await blogOn(riak)
    riak.faults.inject({ call: 'put', type: 'posts', times: 2 }, { kind: 'lose-answer' })
    const keyed = { by: 'ann', idempotencyKey: 'k1' }
    await expect(blog.posts.create({ title: 'Lost' }, keyed)).rejects.toMatchObject({
      outcome: 'indefinite',
    })
    const again = await blog.posts.create({ title: 'Lost' }, keyed)
    expect(again.post.slug).toBe('lost')
    expect(await riak.listKeys({ type: 'posts', bucket: 'blog' })).toHaveLength(1)
  })

  test('a create that meets a post it could not see is merged with it (false not-found)', async () => {
    const riak = memoryRiak()
    const blog = await blogOn(riak)
    const id = '01HZ0000000000000000000000'
    await blog.posts.create({ title: 'There', body: 'first' }, { by: 'ann', id })
    riak.faults.inject({ call: 'get', type: 'posts' }, { kind: 'not-found' })
    const second = await blog.posts.create({ title: 'There', body: 'second' }, { by: 'bob', id })
    expect(second.merge).toBe('conflict')
    expect(second.post.conflicts.map(({ field }) => field)).toContain('body')
    expect(second.post.revision.split('.')).toHaveLength(2)
  })
})

describe('saving', () => {
  test('PUT resets what it does not name, but for address, byline and date; PATCH keeps it', async () => {
    const blog = await blogOn(memoryRiak())
    const post = await made(blog, {
      title: 'A',
      slug: 'kept',
      body: 'b',
      summary: 's',
      tags: ['t'],
      status: 'published',
      publishedAt: '2015-03-04T05:06:07Z',
      author: 'Ann Author',
    })
    const options = { ifMatch: [post.revision], by: 'bob' } as const
    const put = await blog.posts.save(post.id, { title: 'New' }, { ...options, mode: 'replace' })
    expect(put?.post).toMatchObject({
      title: 'New',
      slug: 'kept',
      body: '',
      summary: '',
      tags: [],
      status: 'draft',
      author: 'Ann Author',
      publishedAt: '2015-03-04T05:06:07.000Z',
    })
    const patch = await blog.posts.save(
      post.id,
      { summary: 'again' },
      { ifMatch: '*', by: 'bob', mode: 'change' },
    )
    expect(patch?.post).toMatchObject({ title: 'New', summary: 'again' })
  })

  test('a save that changes nothing writes nothing', async () => {
    const riak = memoryRiak()
    const blog = await blogOn(riak)
    const post = await made(blog, { title: 'Same', body: 'x' })
    const puts = riak.counts()['put']
    const saved = await blog.posts.save(
      post.id,
      { body: 'x' },
      { ifMatch: [post.revision], by: 'ann', mode: 'change' },
    )
    expect(saved).toMatchObject({ changed: false, merge: 'none' })
    expect(riak.counts()['put']).toBe(puts)
  })

  test('every head that a save replaces was acknowledged in revisions before', async () => {
    const riak = memoryRiak()
    const blog = await blogOn(riak)
    const post = await made(blog, { title: 'Kept', body: 'one' })
    // Nothing of the first revision is in `revisions`, and this program has never put it.
    await riak.delete({ type: 'revisions', bucket: 'blog', key: `${post.id}/${post.revision}` })
    const other = await blogOn(riak)
    const order: string[] = []
    const watch = riak.put.bind(riak)
    riak.put = (at, content, options) => {
      order.push(`${at.type}/${at.key.split('/').at(-1) ?? ''}`)
      return watch(at, content, options)
    }
    const save = { ifMatch: [post.revision], by: 'bob', mode: 'change' } as const
    await other.posts.save(post.id, { body: 'two' }, save)
    const head = order.indexOf(`revisions/${post.revision}`)
    expect(head).toBeGreaterThanOrEqual(0)
    expect(head).toBeLessThan(order.indexOf(`posts/${post.id}`))
    expect(await other.posts.revision(post.id, post.revision)).toMatchObject({ body: 'one' })
  })

  test('where the replaced head cannot be put to revisions, the post keeps it and the save fails', async () => {
    const riak = memoryRiak()
    const blog = await blogOn(riak)
    const post = await made(blog, { title: 'Kept', body: 'one' })
    const other = await blogOn(riak)
    riak.setHealth(1, 1)
    riak.faults.inject({ call: 'put', type: 'revisions', times: 99 }, { kind: 'lose-answer' })
    const save = { ifMatch: [post.revision], by: 'bob', mode: 'change' } as const
    await expect(other.posts.save(post.id, { body: 'two' }, save)).rejects.toThrow()
    riak.faults.clear()
    expect(await blog.posts.read(post.id)).toMatchObject({ body: 'one', revision: post.revision })
  })

  test('two bodies of 600 KB in conflict still fit an object: heads go by reference', async () => {
    const riak = memoryRiak()
    const blog = await blogOn(riak)
    const words = (seed: string): string =>
      Array.from({ length: 12_000 }, (_, n) => `${seed} ${n} ${'x'.repeat(40)}`).join('\n')
    const post = await made(blog, { title: 'Large', body: words('base') })
    // A program that cannot read the base keeps both as heads.
    const hidden = riak.faults.inject(
      { call: 'get', type: 'revisions', key: `${post.id}/${post.revision}`, times: Infinity },
      { kind: 'lose-answer' },
    )
    const options = { ifMatch: [post.revision], by: 'bob', mode: 'change' } as const
    await blog.posts.save(post.id, { body: words('one') }, options)
    const other = await blogOn(riak)
    const saved = await other.posts.save(post.id, { body: words('two') }, options)
    expect(saved?.merge).toBe('pending')
    hidden()
    for (const key of await riak.listKeys({ type: 'posts', bucket: 'blog' })) {
      const found = await riak.get({ type: 'posts', bucket: 'blog', key })
      for (const { value } of found!.siblings) expect(value.length).toBeLessThan(1_048_576)
    }
    const shown = await (await blogOn(riak)).posts.read(post.id)
    expect(shown?.isPending).toBe(false)
    expect(shown?.conflicts.length).toBeGreaterThan(0)
  })

  test('an unknown post is undefined; one that a revision witnesses is unsettled, never absent', async () => {
    const riak = memoryRiak()
    const blog = await blogOn(riak)
    expect(await blog.posts.read('01HZ0000000000000000000000')).toBeUndefined()
    expect(await blog.posts.read('nonsense')).toBeUndefined()
    const post = await made(blog, { title: 'There' })
    riak.faults.inject({ call: 'get', type: 'posts', times: 2 }, { kind: 'not-found' })
    await expect(blog.posts.read(post.id)).rejects.toMatchObject({ code: 'BLOG_UNSETTLED' })
    riak.faults.inject({ call: 'get', type: 'posts', times: 2 }, { kind: 'not-found' })
    await expect(blog.posts.bySlug('there')).rejects.toMatchObject({ code: 'BLOG_UNSETTLED' })
  })

  test('while nodes are away nothing is called absent: no post, no address, no empty listing', async () => {
    const riak = memoryRiak()
    const blog = await blogOn(riak, { isSingleNode: false })
    riak.setHealth(2, 3)
    const unsettled = { code: 'BLOG_UNSETTLED' }
    const page = blog.listings.page({ kind: 'all' }, { limit: 5 })
    await expect(blog.posts.read('01HZ0000000000000000000000')).rejects.toMatchObject(unsettled)
    await expect(blog.posts.bySlug('none')).rejects.toMatchObject(unsettled)
    await expect(page).rejects.toMatchObject(unsettled)
    await expect(blog.health()).resolves.toEqual({ answers: true, isSettled: false })
  })

  test('a post that holds a newer schema is named unreadable, and not written over', async () => {
    const riak = memoryRiak()
    const blog = await blogOn(riak)
    const post = await made(blog, { title: 'Newer' })
    const at = { type: 'posts', bucket: 'blog', key: post.id }
    const { context } = (await riak.get(at))!
    const newer = new TextEncoder().encode(JSON.stringify({ schema: 2, id: post.id }))
    await riak.put(at, { value: newer, contentType: 'application/json' }, { context })
    const save = { ifMatch: [post.revision], by: 'ann', mode: 'change' } as const
    const unreadable = { code: 'BLOG_UNREADABLE_VALUE' }
    await expect(blog.posts.read(post.id)).rejects.toMatchObject(unreadable)
    await expect(blog.posts.save(post.id, { body: 'x' }, save)).rejects.toMatchObject(unreadable)
    expect((await riak.get(at))?.siblings[0]?.value).toEqual(newer)
  })
})

describe('what readers see', () => {
  test('a deleted post is gone, a draft and a scheduled one are hidden; a page sits in no listing', async () => {
    const clock = createVirtualClock()
    const blog = await blogOn(memoryRiak(clock), { clock })
    const gone = await made(blog, { title: 'Gone', status: 'published' })
    await blog.posts.save(
      gone.id,
      { status: 'deleted' },
      { ifMatch: '*', by: 'ann', mode: 'change' },
    )
    const tomorrow = new Date(clock.nowMs() + 86_400_000).toISOString()
    await made(blog, { title: 'Later', status: 'published', publishedAt: tomorrow })
    await made(blog, { title: 'About', status: 'published', kind: 'page' })
    expect(await blog.posts.bySlug('gone')).toEqual({ kind: 'gone' })
    expect(await blog.posts.bySlug('later')).toEqual({ kind: 'hidden' })
    expect(await blog.posts.bySlug('about')).toMatchObject({ kind: 'post', post: { kind: 'page' } })
    expect(await blog.posts.bySlug('none')).toEqual({ kind: 'none' })
    const before = await blog.listings.page({ kind: 'all' }, { limit: 5 })
    expect(before.entries).toEqual([])
    expect(before.nextPublicationMs).toBe(Date.parse(tomorrow))
    clock.advance(86_400_000)
    const after = await blog.listings.page({ kind: 'all' }, { limit: 5 })
    expect(after.entries.map(({ slug }) => slug)).toEqual(['later'])
    expect(after.nextPublicationMs).toBeUndefined()
  })

  test('the address of a deleted post is free for another', async () => {
    const blog = await blogOn(memoryRiak())
    const first = await made(blog, { title: 'Again', status: 'published' })
    await blog.posts.save(
      first.id,
      { status: 'deleted' },
      { ifMatch: '*', by: 'ann', mode: 'change' },
    )
    const second = await made(blog, { title: 'Again', status: 'published' })
    expect(second.slug).toBe('again')
    expect(await blog.posts.bySlug('again')).toMatchObject({ post: { id: second.id } })
  })

  test('a post moved to another date stands in the new month only', async () => {
    const blog = await blogOn(memoryRiak())
    const post = await made(blog, {
      title: 'Moved',
      status: 'published',
      publishedAt: '2015-03-31T12:00:00Z',
    })
    await blog.posts.save(
      post.id,
      { publishedAt: '2014-02-01T00:00:00Z' },
      { ifMatch: '*', by: 'ann', mode: 'change' },
    )
    expect(await blog.listings.months()).toEqual([{ month: '2014-02', count: 1 }])
    const all = await blog.listings.page({ kind: 'all' }, { limit: 5 })
    expect(all.entries.map(({ publishedAt }) => publishedAt)).toEqual(['2014-02-01T00:00:00.000Z'])
    expect(all.total).toBe(1)
    expect(await blog.jobs.verify()).toEqual([])
  })

  test('local writes are announced with every slug and listing they touch', async () => {
    const blog = await blogOn(memoryRiak())
    const post = await made(blog, { title: 'First', status: 'published', tags: ['a'] })
    const changes: StoreChange[] = []
    const stop = blog.onChange((change) => changes.push(change))
    await blog.posts.save(
      post.id,
      { slug: 'second', tags: ['b'] },
      { ifMatch: '*', by: 'ann', mode: 'change' },
    )
    expect(changes[0]).toMatchObject({ kind: 'post', id: post.id, slugs: ['first', 'second'] })
    const names = changes[0]?.kind === 'post' ? changes[0].listings : []
    expect(names).toContainEqual({ kind: 'tag', tag: 'a' })
    expect(names).toContainEqual({ kind: 'tag', tag: 'b' })
    expect(names).toContainEqual({ kind: 'all' })
    stop()
    await blog.comments.add(post.id, { author: 'x', body: 'y' }, { verdict: 'approved' })
    expect(changes.every(({ kind }) => kind === 'post')).toBe(true)
  })
})

describe('bad input', () => {
  test.each([
    ['slug', { title: 'x', slug: '../etc' }],
    ['slug', { title: 'x', slug: 'a/b' }],
    ['slug', { title: 'x', slug: 'a b' }],
    ['slug', { title: 'x', slug: 'a..b' }],
    ['slug', { title: 'x', slug: 'x'.repeat(121) }],
    ['title', { title: '   ' }],
    ['title', { body: 'no title' }],
    ['title', { title: 'x'.repeat(301) }],
    ['title', { title: 'two\nlines' }],
    ['body', { title: 'x', body: 'é'.repeat(460_801) }],
    ['tags', { title: 'x', tags: Array.from({ length: 101 }, (_, n) => `t${n}`) }],
    ['tags', { title: 'x', tags: ['..'] }],
    ['publishedAt', { title: 'x', publishedAt: 'yesterday' }],
    ['publishedAt', { title: 'x', publishedAt: '2015-02-30T00:00:00Z' }],
    ['status', { title: 'x', status: 'secret' as never }],
    ['aliases', { title: 'x', aliases: ['a/../b'] }],
  ])('%s is named (%o)', async (field, input) => {
    const riak = memoryRiak()
    const blog = await blogOn(riak)
    const error: unknown = await blog.posts.create(input, by).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'BLOG_INVALID_INPUT' })
    expect((error as { issues: { field: string }[] }).issues.map((issue) => issue.field)).toEqual([
      field,
    ])
    expect(riak.counts()['put']).toBe(0)
  })

  test('times in any zone are kept as UTC; a slug is put in lower case and NFC', async () => {
    const blog = await blogOn(memoryRiak())
    const post = await made(blog, {
      title: 'x',
      slug: 'Cafe\u0301-V1.2',
      publishedAt: '2015-03-04T23:30:00-05:00',
    })
    expect(post.slug).toBe('café-v1.2')
    expect(post.publishedAt).toBe('2015-03-05T04:30:00.000Z')
  })

  test('a site that could not be a bucket is refused', async () => {
    await expect(blogOn(memoryRiak(), { site: '../x' })).rejects.toMatchObject({
      code: 'BLOG_INVALID_INPUT',
    })
  })
})
