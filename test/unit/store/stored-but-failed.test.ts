import { describe, expect, test } from 'vitest'
import { OperationError, QuorumUnmetError } from '../../../src/kernel/errors.ts'
import type { MemoryRiakKv } from '../../../src/riak/memory-riak-kv.ts'
import type { Blog } from '../../../src/store/blog.ts'
import { interceptRiak } from '../../support/intercept-riak.ts'
import { blogOn, memoryRiak } from '../../support/open-blog.ts'

const by = { by: 'ann' }

/** Every put of this type is stored, and then refused: once, or both tries of it. */
async function failing(
  riak: MemoryRiakKv,
  type: string,
  failure: () => Error,
): Promise<{ readonly blog: Blog; readonly fail: (times: number) => void }> {
  let left = 0
  const blog = await blogOn(
    interceptRiak(riak, {
      afterPut: (at) => {
        if (at.type === type && left-- > 0) throw failure()
      },
    }),
  )
  return {
    blog,
    fail: (times) => {
      left = times
    },
  }
}

const failures: readonly (readonly [what: string, make: () => Error])[] = [
  [
    'node_confirms was not met',
    () => new QuorumUnmetError({ operation: 'write', required: 2, answered: 1 }),
  ],
  ['the answer came too late', () => new OperationError('BLOG_TIMEOUT', 'put', 'indefinite')],
  ['the connection broke', () => new OperationError('BLOG_UNAVAILABLE', 'put', 'indefinite')],
]

describe.each(failures)('a write that was stored although %s', (_, failure) => {
  test('is taken by its second try, and is one value', async () => {
    const riak = memoryRiak()
    const { blog, fail } = await failing(riak, 'posts', failure)
    fail(1)
    const { post, merge } = await blog.posts.create({ title: 'Once' }, by)
    expect([merge, post.revision.split('.').length]).toEqual(['none', 1])
    await blog.settle()
    const at = { type: 'posts', bucket: 'blog', key: post.id }
    const stored = (await riak.get(at))?.siblings.map(({ value }) =>
      new TextDecoder().decode(value),
    )
    // The same bytes twice are one value; the next write makes them one object.
    expect(new Set(stored).size).toBe(1)
    await blog.posts.save(post.id, { body: 'b' }, { ...by, ifMatch: '*', mode: 'change' })
    expect((await riak.get(at))?.siblings).toHaveLength(1)
  })

  test('a post: told as uncertain, and sent again with its key makes no second one', async () => {
    const riak = memoryRiak()
    const { blog, fail } = await failing(riak, 'posts', failure)
    const keyed = { ...by, idempotencyKey: 'k' }
    const input = { title: 'Once', status: 'published' } as const
    fail(2)
    await expect(blog.posts.create(input, keyed)).rejects.toMatchObject({ outcome: 'indefinite' })
    const other = await blogOn(riak)
    const { post } = await other.posts.create(input, keyed)
    await other.settle()
    expect(post.revision.split('.')).toHaveLength(1)
    await other.sweeper.sweepOnce(0)
    const page = await other.listings.page({ kind: 'all' }, { limit: 9 })
    expect(page.entries.map(({ id }) => id)).toEqual([post.id])
    expect(await other.jobs.verify()).toEqual([])
  })

  test.each([['k'], [undefined]])(
    'a comment (key %s): sent again through another server it is one comment',
    async (idempotencyKey) => {
      const riak = memoryRiak()
      const { blog, fail } = await failing(riak, 'comments', failure)
      const { post } = await blog.posts.create({ title: 'Talk', status: 'published' }, by)
      await blog.settle()
      const says = { author: 'bob', body: 'hello' }
      const options = {
        verdict: 'approved' as const,
        ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      }
      fail(2)
      await expect(blog.comments.add(post.id, says, options)).rejects.toMatchObject({
        outcome: 'indefinite',
      })
      const other = await blogOn(riak)
      await other.comments.add(post.id, says, options)
      await other.settle()
      await other.sweeper.sweepOnce(0)
      expect(await other.comments.ofPost(post.id, { limit: 9 })).toMatchObject({ total: 1 })
      expect(await other.jobs.verify()).toEqual([])
    },
  )
})
