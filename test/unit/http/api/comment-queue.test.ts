import { beforeEach, describe, expect, test } from 'vitest'

import { openTestApp } from '../../../support/test-app.ts'
import type { TestApp } from '../../../support/test-app.ts'

describe('the moderation queue over the API', () => {
  let app: TestApp
  const ids: string[] = []
  beforeEach(async () => {
    app = openTestApp()
    ids.length = 0
    const { post } = await app.blog.posts.create({ title: 'A', status: 'published' }, { by: 'a' })
    for (const body of ['one', 'two', 'three']) {
      const input = { author: 'guest', email: 'g@example.org', body }
      const made = await app.blog.comments.add(post.id, input, { verdict: 'pending' })
      ids.unshift(made!.comment.id)
    }
  })
  const read = async (path: string) =>
    (await (await app.send('GET', path)).json()) as {
      readonly comments: readonly { readonly id: string }[]
      readonly next: string | null
    }

  test('a page goes on by its cursor, newest first, and what was decided leaves it', async () => {
    const first = await read('/api/comments?limit=2')
    expect(first.comments.map(({ id }) => id)).toEqual(ids.slice(0, 2))
    const second = await read(`/api/comments?limit=2&cursor=${encodeURIComponent(first.next!)}`)
    expect(second.comments.map(({ id }) => id)).toEqual(ids.slice(2))
    expect(second.next).toBeNull()
    await app.send('PATCH', `/api/comments/${ids[0]!}`, { status: 'spam' })
    expect((await read('/api/comments')).comments.map(({ id }) => id)).toEqual(ids.slice(1))
    const [spam] = (await read('/api/comments?status=spam')).comments
    expect(spam).toMatchObject({
      id: ids[0],
      status: 'spam',
      email: 'g@example.org',
      decision: { status: 'spam', by: 'holder of write', isOfThisText: true },
    })
  })

  test('without a token, or with one that only reads, it shows nothing', async () => {
    expect((await app.send('GET', '/api/comments', undefined, { token: '' })).status).toBe(401)
    expect((await app.send('GET', '/api/comments', undefined, { token: 'R' })).status).toBe(403)
  })

  test.each(['status=waiting', 'status=constructor', 'status=', 'limit=0', 'cursor='])(
    '?%s is refused',
    async (query) => {
      expect((await app.send('GET', `/api/comments?${query}`)).status).toBe(400)
    },
  )

  test('no cache keeps it', async () => {
    const answer = await app.send('GET', '/api/comments')
    expect(answer.headers.get('cache-control')).toBe('private, no-store')
  })
})
