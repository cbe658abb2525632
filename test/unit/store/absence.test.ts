import { describe, expect, test } from 'vitest'
import { sites } from '../../../buckets/sites/room.ts'
import { QuorumUnmetError, StoreError } from '../../../src/kernel/errors.ts'
import type { FaultMatch } from '../../../src/riak/memory/memory-faults.ts'
import type { MemoryRiakKv } from '../../../src/riak/memory-riak-kv.ts'
import type { RiakKv } from '../../../src/riak/riak-kv.ts'
import type { Blog, CommentView, PostView } from '../../../src/store/blog.ts'
import { blogOn, memoryRiak } from '../../support/open-blog.ts'

/** One of everything a reader may ask for. */
interface Stage {
  readonly riak: MemoryRiakKv
  /** What the store answers is what this one says; its index queries may be made to find nothing. */
  readonly indexes: { areEmpty: boolean }
  readonly reader: Blog
  readonly post: PostView
  readonly old: string
  readonly comment: CommentView
  readonly token: string
  readonly picture: string
  readonly session: { readonly token: string; readonly id: string }
}

const by = { by: 'ann' }

async function stage(): Promise<Stage> {
  const riak = memoryRiak()
  const author = await blogOn(riak)
  const made = await author.posts.create(
    { title: 'First', slug: 'first', status: 'published', tags: ['x'], aliases: ['2001/first'] },
    by,
  )
  const old = made.post.revision
  const saved = await author.posts.save(
    made.post.id,
    { body: 'second' },
    { ...by, ifMatch: [old], mode: 'change' },
  )
  const { post } = saved!
  const added = await author.comments.add(
    post.id,
    { author: 'bob', body: 'hello' },
    { verdict: 'approved' },
  )
  await author.comments.add(post.id, { author: 'eve', body: 'buy' }, { verdict: 'pending' })
  const token = await author.tokens.create({ name: 'editor', scope: 'write' })
  const bytes = new Uint8Array([1, 2, 3])
  const picture = await author.media.put({ bytes, name: 'a.png', contentType: 'image/png' })
  await riak.put(
    { type: 'sites', bucket: 'blog', key: 'settings' },
    {
      value: sites.encode({ schema: 1, title: { value: 'Ours', clock: 1, by: 'ann' } } as never),
      contentType: 'application/json',
    },
  )
  const ann = await author.authors.add(
    { name: 'ann', role: 'admin', password: 'a few good words' },
    'operator',
  )
  const session = await author.sessions.start(ann, { agent: '' })
  await author.settle()
  const indexes = { areEmpty: false }
  // A server of its own: nothing is remembered.
  const reader = await blogOn(blindable(riak, indexes), { isSingleNode: false })
  return { riak, indexes, reader, post, old, comment: added!.comment, token, picture, session }
}

/** A coverage query over vnodes that have just returned empty. */
function blindable(riak: MemoryRiakKv, indexes: { readonly areEmpty: boolean }): RiakKv {
  return new Proxy(riak, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target)
      if (name === 'queryIndex' && indexes.areEmpty) {
        return () => Promise.resolve({ entries: [], continuation: undefined })
      }
      return typeof member === 'function' ? (member.bind(target) as unknown) : member
    },
  })
}

type Read = (of: Stage) => Promise<unknown>

/** Every read verb, and what it says where all can be seen, in a form that shows what is missing. */
const verbs: readonly (readonly [name: string, read: Read, whole: unknown])[] = [
  ['posts.read', async ({ reader, post }) => (await reader.posts.read(post.id))?.body, 'second'],
  ['posts.bySlug', async ({ reader }) => (await reader.posts.bySlug('first')).kind, 'post'],
  ['posts.byAlias', async ({ reader }) => (await reader.posts.byAlias('2001/first')).kind, 'moved'],
  [
    'posts.revisions',
    async ({ reader, post }) =>
      (await reader.posts.revisions(post.id, { limit: 9 }))?.revisions.length,
    2,
  ],
  [
    'posts.revision (a head)',
    async ({ reader, post }) => (await reader.posts.revision(post.id, post.revision))?.body,
    'second',
  ],
  [
    'posts.revision (an old one)',
    async ({ reader, post, old }) => (await reader.posts.revision(post.id, old))?.body,
    '',
  ],
  [
    'posts.save',
    async ({ reader, post }) =>
      (
        await reader.posts.save(
          post.id,
          { body: 'second' },
          { ...by, ifMatch: '*', mode: 'change' },
        )
      )?.post.body,
    'second',
  ],
  [
    'listings.page (all)',
    async ({ reader }) =>
      (await reader.listings.page({ kind: 'all' }, { limit: 9 })).entries.length,
    1,
  ],
  [
    'listings.page (a tag)',
    async ({ reader }) =>
      (await reader.listings.page({ kind: 'tag', tag: 'x' }, { limit: 9 })).entries.length,
    1,
  ],
  [
    'listings.page (a month)',
    async ({ reader, post }) => {
      const month = post.publishedAt!.slice(0, 7)
      return (await reader.listings.page({ kind: 'month', month }, { limit: 9 })).entries.length
    },
    1,
  ],
  ['listings.tags', async ({ reader }) => await reader.listings.tags(), [{ tag: 'x', count: 1 }]],
  ['listings.months', async ({ reader }) => (await reader.listings.months()).length, 1],
  [
    'comments.ofPost',
    async ({ reader, post }) => (await reader.comments.ofPost(post.id, { limit: 9 })).total,
    1,
  ],
  [
    'comments.ofPost (held ones too)',
    async ({ reader, post }) =>
      (await reader.comments.ofPost(post.id, { limit: 9, all: true })).total,
    2,
  ],
  [
    'comments.counts',
    async ({ reader, post }) => [...(await reader.comments.counts([post.id])).values()],
    [1],
  ],
  [
    'comments.read',
    async ({ reader, comment }) => (await reader.comments.read(comment.id))?.body,
    'hello',
  ],
  [
    'comments.moderate',
    async ({ reader, comment }) =>
      (await reader.comments.moderate(comment.id, 'approved', 'ann'))?.status,
    'approved',
  ],
  [
    'comments.edit',
    async ({ reader, comment }) =>
      (await reader.comments.edit(comment.id, { body: 'hello' }))?.body,
    'hello',
  ],
  [
    'comments.add (to a post that is read)',
    async ({ reader, post }) =>
      (
        await reader.comments.add(
          post.id,
          { author: 'bob', body: 'more' },
          { verdict: 'approved', idempotencyKey: 'k' },
        )
      )?.comment.body,
    'more',
  ],
  [
    'tokens.authenticate',
    async ({ reader, token }) => (await reader.tokens.authenticate(token))?.name,
    'editor',
  ],
  ['tokens.revoke', async ({ reader, token }) => await reader.tokens.revoke(token), true],
  ['authors.read', async ({ reader }) => (await reader.authors.read('ann'))?.role, 'admin'],
  [
    'authors.verify',
    async ({ reader }) => (await reader.authors.verify('ann', 'a few good words'))?.role,
    'admin',
  ],
  [
    'authors.change',
    async ({ reader }) => (await reader.authors.change('ann', { email: '' }, 'ann'))?.role,
    'admin',
  ],
  [
    'sessions.authenticate',
    async ({ reader, session }) =>
      (await reader.sessions.authenticate(session.token))?.account.name,
    'ann',
  ],
  [
    'sessions.end',
    async ({ reader, session }) => await reader.sessions.end('ann', session.id),
    true,
  ],
  [
    'media.read',
    async ({ reader, picture }) => (await reader.media.read(picture))?.bytes.length,
    3,
  ],
]

/** The whole answer, or an error that says "later": never less. */
async function wholeOr503(read: Read, of: Stage, whole: unknown): Promise<string | undefined> {
  try {
    expect(await read(of)).toEqual(whole)
    return undefined
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    expect(['BLOG_UNSETTLED', 'BLOG_QUORUM_UNMET', 'BLOG_UNAVAILABLE']).toContain(error.code)
    return error.code
  }
}

const everyGet: FaultMatch = { call: 'get', times: Infinity }

/** What a returning node may make unseen: all, or the objects of one type. */
const unseen: readonly (readonly [what: string, match: FaultMatch])[] = [
  ['nothing', { call: 'get', type: 'none', times: Infinity }],
  ['everything', everyGet],
  ...[
    'posts',
    'revisions',
    'slugs',
    'indexes',
    'threads',
    'comments',
    'tokens',
    'authors',
    'media',
  ].map((type): readonly [string, FaultMatch] => [type, { ...everyGet, type }]),
]

describe.each(verbs)('%s', (_, read, whole) => {
  test('says what is there while the store is settled', async () => {
    expect(await read(await stage())).toEqual(whole)
  })

  test.each(unseen)(
    'while nodes are away and %s is falsely not found: the whole answer or "later", never less',
    async (_what, match) => {
      const of = await stage()
      of.riak.setHealth(2, 3)
      of.indexes.areEmpty = true
      of.riak.faults.inject(match, { kind: 'not-found' })
      await wholeOr503(read, of, whole)
    },
  )

  test('and the same where every second object is not found', async () => {
    for (const odd of [0, 1]) {
      const of = await stage()
      of.riak.setHealth(2, 3)
      const isHit = (key: string): boolean =>
        new TextEncoder().encode(key).reduce((sum, byte) => sum + byte, 0) % 2 === odd
      of.riak.faults.inject({ ...everyGet, key: isHit }, { kind: 'not-found' })
      await wholeOr503(read, of, whole)
    }
  })

  test('where no quorum can be met: the whole answer or "later"', async () => {
    const of = await stage()
    const error = new QuorumUnmetError({ operation: 'read', required: 2, answered: 1 })
    of.riak.faults.inject(everyGet, { kind: 'fail', error })
    expect(await wholeOr503(read, of, whole)).toMatch(/BLOG_/)
    of.riak.faults.clear()
    // One step of two fails: any vnode that has it is enough.
    of.riak.faults.inject({ call: 'get', times: 1 }, { kind: 'fail', error })
    await wholeOr503(read, of, whole)
  })
})

describe('while nodes are away', () => {
  test('texts of the site that were seen once stay, whatever is not found', async () => {
    const { riak, reader } = await stage()
    expect((await reader.settings()).title).toBe('Ours')
    riak.setHealth(2, 3)
    riak.faults.inject(everyGet, { kind: 'not-found' })
    expect((await reader.settings()).title).toBe('Ours')
  })

  test('a token that is not found is not remembered as wrong', async () => {
    const { riak, reader, token } = await stage()
    riak.setHealth(2, 3)
    const seeAgain = riak.faults.inject(everyGet, { kind: 'not-found' })
    await expect(reader.tokens.authenticate(token)).rejects.toMatchObject({
      code: 'BLOG_UNSETTLED',
    })
    seeAgain()
    expect(await reader.tokens.authenticate(token)).toMatchObject({ name: 'editor' })
  })

  test('the page of a post without comments shows that there are none', async () => {
    const { riak, reader } = await stage()
    const { post } = await reader.posts.create({ title: 'Quiet', status: 'published' }, by)
    await reader.settle()
    riak.setHealth(2, 3)
    expect(await reader.comments.ofPost(post.id, { limit: 9 })).toMatchObject({ total: 0 })
    expect([...(await reader.comments.counts([post.id])).values()]).toEqual([0])
  })
})
