import { beforeAll, describe, expect, test } from 'vitest'
import { createApp } from '../../../src/http/app.tsx'
import type { Blog, PostView } from '../../../src/store/blog.ts'
import { blogOn, memoryRiak } from '../../support/open-blog.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

const unknown = [
  'zzz',
  '',
  '0',
  '\u0000',
  '17280000000000000:',
  '17280000000000000:0',
  `1728000000000000:${'0'.repeat(26)}`,
  `17280000000000000:${'U'.repeat(26)}`,
  `17280000000000000:${'0'.repeat(26)}!`,
  `${'0'.repeat(63)}.${'0'.repeat(64)}`,
  'z'.repeat(2_000),
]
const named = (cursor: string): string => JSON.stringify(cursor.slice(0, 100))

let blog: Blog
let post: PostView
let token: string
let get: (path: string) => Promise<Response>

beforeAll(async () => {
  const clock = createVirtualClock()
  blog = await blogOn(memoryRiak(clock), { clock })
  token = await blog.tokens.create({ name: 'me', scope: 'write' })
  for (let n = 0; n < 5; n++) {
    clock.advance(1_000)
    const input = {
      title: `Post ${n}`,
      slug: `post-${n}`,
      status: 'published',
      tags: ['t'],
    } as const
    post = (await blog.posts.create(input, { by: 'ann' })).post
  }
  for (let n = 0; n < 5; n++) {
    clock.advance(1_000)
    await blog.comments.add(post.id, { author: 'guest', body: `c${n}` }, { verdict: 'approved' })
    const saved = await blog.posts.save(
      post.id,
      { body: `Body ${n}` },
      { by: 'ann', mode: 'change', ifMatch: [post.revision] },
    )
    post = saved!.post
  }
  await blog.settle()
  const config = { publicUrl: 'http://blog.example', trustProxy: 0, secret: 'a secret of tests' }
  const app = createApp({ blog, clock, log: { write: () => undefined }, config })
  const headers = { authorization: `Bearer ${token}` }
  get = async (path) => app.request(path, { headers })
})

describe('a cursor that no page gave out', () => {
  test.each(unknown)('is a bad request that names it, whatever is listed: %j', async (cursor) => {
    const at = { limit: 2, cursor }
    const asked = [
      () => blog.listings.page({ kind: 'all' }, at),
      () => blog.listings.page({ kind: 'tag', tag: 'none' }, at),
      () => blog.comments.ofPost(post.id, at),
      () => blog.comments.ofPost(post.id, { ...at, all: true }),
      () => blog.posts.revisions(post.id, at),
    ]
    for (const ask of asked) {
      const refused = expect(ask()).rejects
      await refused.toMatchObject({ code: 'BLOG_BAD_REQUEST', outcome: 'definite' })
      await expect(ask()).rejects.toThrow(named(cursor))
    }
  })

  test('is problem+json of status 400 in the API', async () => {
    for (const path of [
      '/api/posts',
      '/api/tags/t',
      `/api/posts/${post.id}/comments`,
      `/api/posts/${post.id}/revisions`,
    ]) {
      const answer = await get(`${path}?cursor=zzz`)
      expect([path, answer.status]).toEqual([path, 400])
      expect(answer.headers.get('content-type')).toBe('application/problem+json')
      const problem = (await answer.json()) as { code: string; detail: string }
      expect(problem.code).toBe('BLOG_BAD_REQUEST')
      expect(problem.detail).toContain('"zzz"')
    }
  })

  test('is a page of status 400 where comments are leafed through', async () => {
    const answer = await get('/posts/post-4?comments=zzz')
    expect(answer.status).toBe(400)
    expect(answer.headers.get('content-type')).toContain('text/html')
    expect(await answer.text()).toContain('This request is broken')
  })
})

test.each([
  ['posts', (): string => '/api/posts', 'posts', 5],
  ['comments', (): string => `/api/posts/${post.id}/comments`, 'comments', 5],
  ['revisions', (): string => `/api/posts/${post.id}/revisions`, 'revisions', 6],
] as const)('every cursor that a page of %s gave out is taken', async (_, path, name, count) => {
  const met = new Set<string>()
  let next: string | null = null
  do {
    const cursor: string = next === null ? '' : `&cursor=${encodeURIComponent(next)}`
    const answer: Response = await get(`${path()}?limit=2${cursor}`)
    expect(answer.status).toBe(200)
    const page = (await answer.json()) as Record<string, unknown>
    for (const { id } of page[name] as { id: string }[]) met.add(id)
    next = page['next'] as string | null
  } while (next !== null)
  expect(met.size).toBe(count)
})
