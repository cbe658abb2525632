import { describe, expect, test } from 'vitest'
import type { MemoryRiakKv } from '../../../src/riak/memory-riak-kv.ts'
import type { Blog, PostView } from '../../../src/store/blog.ts'
import { blogOn, memoryRiak } from '../../support/open-blog.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'
import type { VirtualClock } from '../../support/virtual-clock.ts'

interface Stage {
  readonly clock: VirtualClock
  readonly riak: MemoryRiakKv
  readonly blog: Blog
  readonly post: PostView
}

async function stage(): Promise<Stage> {
  const clock = createVirtualClock()
  const riak = memoryRiak(clock)
  const blog = await blogOn(riak, { clock })
  const { post } = await blog.posts.create({ title: 'Talk', status: 'published' }, { by: 'ann' })
  return { clock, riak, blog, post }
}

const approved = { verdict: 'approved' } as const
const held = { verdict: 'pending' } as const
const says = (body: string): { author: string; body: string } => ({ author: 'guest', body })

describe('adding comments', () => {
  test('the same author and text within ten minutes is one comment, later it is another', async () => {
    const { clock, blog, post } = await stage()
    const first = await blog.comments.add(post.id, says('hello'), approved)
    // Just before ten minutes have passed, whatever window that is.
    clock.advance(599_000)
    const again = await blog.comments.add(post.id, says('hello'), approved)
    expect(again).toEqual({ comment: first!.comment, changed: false })
    clock.advance(1_300_000)
    const later = await blog.comments.add(post.id, says('hello'), approved)
    expect(later?.changed).toBe(true)
    expect(later?.comment.id).not.toBe(first?.comment.id)
    const other = await blog.comments.add(post.id, says('hello!'), approved)
    expect(other?.changed).toBe(true)
  })

  test('the same Idempotency-Key is one comment for ever; by another author it is refused', async () => {
    const { clock, blog, post } = await stage()
    const keyed = { ...approved, idempotencyKey: 'k' }
    const first = await blog.comments.add(post.id, says('hello'), keyed)
    clock.advance(86_400_000)
    const again = await blog.comments.add(post.id, says('hello'), keyed)
    expect(again).toEqual({ comment: first!.comment, changed: false })
    await expect(
      blog.comments.add(post.id, { author: 'other', body: 'x' }, keyed),
    ).rejects.toMatchObject({ code: 'BLOG_KEY_REUSED' })
  })

  test('two servers that take one comment at the same moment store it once', async () => {
    const { riak, blog, post } = await stage()
    const clock = createVirtualClock()
    const other = await blogOn(riak, { clock })
    const both = await Promise.all([
      blog.comments.add(post.id, says('hello'), approved),
      other.comments.add(post.id, says('hello'), approved),
    ])
    expect(both[0]!.comment.id).toBe(both[1]!.comment.id)
    expect((await blog.comments.ofPost(post.id, { limit: 5 })).total).toBe(1)
  })

  test('only what readers can see takes comments; a signed form is taken without reading the post', async () => {
    const { riak, blog, post } = await stage()
    const draft = await blog.posts.create({ title: 'Draft' }, { by: 'ann' })
    expect(await blog.comments.add(draft.post.id, says('x'), approved)).toBeUndefined()
    const unknown = '01HZ0000000000000000000000'
    expect(await blog.comments.add(unknown, says('x'), approved)).toBeUndefined()
    const gets = riak.faults.inject(
      { call: 'get', type: 'posts', times: Infinity },
      { kind: 'not-found' },
    )
    await expect(blog.comments.add(post.id, says('x'), approved)).rejects.toMatchObject({
      code: 'BLOG_UNSETTLED',
    })
    const signed = { ...approved, postIsKnown: true }
    expect((await blog.comments.add(post.id, says('x'), signed))?.changed).toBe(true)
    gets()
  })

  test.each([
    ['author', { author: '', body: 'x' }],
    ['author', { author: 'a\nb', body: 'x' }],
    ['body', { author: 'a', body: '  \n' }],
    ['body', { author: 'a', body: 'x'.repeat(32_769) }],
    ['email', { author: 'a', body: 'x', email: 'nobody' }],
    ['url', { author: 'a', body: 'x', url: 'javascript:alert(1)' }],
    ['parent', { author: 'a', body: 'x', parent: '../x' }],
  ])('%s is named where it is wrong (%o)', async (field, input) => {
    const { blog, post } = await stage()
    await expect(blog.comments.add(post.id, input, approved)).rejects.toMatchObject({
      code: 'BLOG_INVALID_INPUT',
      issues: [{ field }],
    })
  })
})

describe('moderating comments', () => {
  test('a held comment is shown to nobody until it is approved, a deleted one to nobody again', async () => {
    const { blog, post } = await stage()
    const { comment } = (await blog.comments.add(post.id, says('hello'), held))!
    const shown = async (): Promise<readonly string[]> =>
      (await blog.comments.ofPost(post.id, { limit: 5 })).comments.map(({ id }) => id)
    expect(await shown()).toEqual([])
    await blog.comments.moderate(comment.id, 'approved', 'ann')
    expect(await shown()).toEqual([comment.id])
    expect(await blog.comments.counts([post.id])).toEqual(new Map([[post.id, 1]]))
    await blog.comments.moderate(comment.id, 'deleted', 'ann')
    expect(await shown()).toEqual([])
    expect((await blog.comments.ofPost(post.id, { limit: 5, all: true })).comments).toEqual([])
    expect(await blog.comments.read(comment.id)).toMatchObject({ status: 'deleted' })
    expect(await blog.jobs.verify()).toEqual([])
  })

  test("an edit by the comment's author is held again; the same text is no edit", async () => {
    const { riak, blog, post } = await stage()
    const { comment } = (await blog.comments.add(post.id, says('hello'), approved))!
    const puts = riak.counts()['put']
    expect(await blog.comments.edit(comment.id, { body: 'hello' })).toMatchObject({
      status: 'approved',
    })
    expect(riak.counts()['put']).toBe(puts)
    const edited = await blog.comments.edit(comment.id, { body: 'pills' })
    expect(edited).toMatchObject({ status: 'pending', body: 'pills' })
    expect((await blog.comments.ofPost(post.id, { limit: 5 })).total).toBe(0)
  })

  test('moderators walk approved and held ones in one order, by cursors', async () => {
    const { clock, blog, post } = await stage()
    const ids: string[] = []
    for (let n = 0; n < 25; n++) {
      clock.advance(1_000)
      const verdict = n % 3 === 0 ? held : approved
      ids.push((await blog.comments.add(post.id, says(`c${n}`), verdict))!.comment.id)
    }
    const met: string[] = []
    let cursor: string | null = null
    do {
      const page: Awaited<ReturnType<Blog['comments']['ofPost']>> = await blog.comments.ofPost(
        post.id,
        { limit: 4, all: true, ...(cursor === null ? {} : { cursor }) },
      )
      met.push(...page.comments.map(({ id }) => id))
      expect(page.total).toBe(25)
      cursor = page.next
    } while (cursor !== null)
    expect(met).toEqual(ids)
  })

  test('a comment is found by its bare id, on a server that never saw it', async () => {
    const { riak, blog, post, clock } = await stage()
    const { comment } = (await blog.comments.add(
      post.id,
      { ...says('hello'), email: 'a@b.example' },
      held,
    ))!
    const other = await blogOn(riak, { clock })
    expect(await other.comments.read(comment.id)).toEqual(comment)
    expect(await other.comments.read('01HZ0000000000000000000000')).toBeUndefined()
    expect(await other.comments.moderate('nonsense', 'spam', 'ann')).toBeUndefined()
  })
})

describe('pages of a thread', () => {
  test('begin with any comment by its cursor, and show the newest first where asked', async () => {
    const { clock, blog, post } = await stage()
    const ids: string[] = []
    for (let n = 0; n < 7; n++) {
      const added = await blog.comments.add(post.id, says(`number ${n}`), n === 6 ? held : approved)
      ids.push(added?.comment.id ?? '')
      clock.advance(1_000)
    }
    const third = (await blog.comments.read(ids[2] ?? ''))!
    const cursor = blog.comments.cursorAt(third)
    const shown = async (page: Parameters<Blog['comments']['ofPost']>[1]): Promise<string[]> =>
      (await blog.comments.ofPost(post.id, page)).comments.map(({ id }) => id)
    expect(await shown({ limit: 2, cursor })).toEqual(ids.slice(2, 4))
    const newest = await blog.comments.ofPost(post.id, { limit: 4, order: 'newest first' })
    expect(newest.comments.map(({ id }) => id)).toEqual(ids.slice(2, 6).reverse())
    const rest = { limit: 4, order: 'newest first', cursor: newest.next ?? '' } as const
    expect(await shown(rest)).toEqual(ids.slice(0, 2).reverse())
  })
})

describe('when a comment was updated', () => {
  test('is when it was written, then when its author changed it or somebody decided about it, on the thread as in itself', async () => {
    const { clock, blog, post } = await stage()
    const { comment } = (await blog.comments.add(post.id, says('first'), approved))!
    const inThread = async (): Promise<string | undefined> =>
      (await blog.comments.ofPost(post.id, { limit: 5 })).comments[0]?.updatedAt
    expect([comment.updatedAt, await inThread()]).toEqual([comment.createdAt, comment.createdAt])
    const later = async (change: () => Promise<unknown>): Promise<number> => {
      clock.advance(60_000)
      const before = clock.nowMs()
      await change()
      const read = await blog.comments.read(comment.id)
      expect(await inThread()).toBe(read?.updatedAt)
      expect(read?.createdAt).toBe(comment.createdAt)
      return Date.parse(read?.updatedAt ?? '') - before
    }
    const { comments } = blog
    const soon = expect.toSatisfy((ms: number) => ms >= 0 && ms < 1_000) as unknown
    expect(await later(() => comments.edit(comment.id, { body: 'second' }, approved))).toEqual(soon)
    await comments.moderate(comment.id, 'pending', 'ann')
    expect(await later(() => comments.moderate(comment.id, 'approved', 'ann'))).toEqual(soon)
    // Said again, nothing is changed.
    expect(await later(() => comments.moderate(comment.id, 'approved', 'ben'))).toBeLessThan(
      -59_000,
    )
  })
})
