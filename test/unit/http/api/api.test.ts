import { beforeEach, describe, expect, test } from 'vitest'

import { OperationError, QuorumUnmetError } from '../../../../src/kernel/errors.ts'
import { openTestApp } from '../../../support/test-app.ts'
import type { TestApp } from '../../../support/test-app.ts'

/** Any string, as vitest compares it. */
const text: unknown = expect.any(String)

let app: TestApp

beforeEach(() => {
  app = openTestApp()
})

interface Post {
  readonly id: string
  readonly revision: string
  readonly title: string
  readonly body: string
  readonly status: string
  readonly tags: readonly string[]
  readonly author: string
}

const hello = { title: 'Hello', body: '# Hi\n\nIt *works*.', slug: 'hello', tags: ['a'] }

async function create(more: object = {}): Promise<Post> {
  const response = await app.send('POST', '/api/posts', { ...hello, status: 'published', ...more })
  expect(response.status).toBe(201)
  return (await response.json()) as Post
}

const json = async (response: Response): Promise<Record<string, unknown>> =>
  (await response.json()) as Record<string, unknown>

describe('creating a post', () => {
  test('answers 201 with its address, its ETag and the whole post', async () => {
    const response = await app.send('POST', '/api/posts', hello)
    const post = await json(response)
    expect(response.status).toBe(201)
    expect(response.headers.get('location')).toBe(
      `https://blog.example/api/posts/${String(post['id'])}`,
    )
    expect(response.headers.get('etag')).toBe(`"${String(post['revision'])}"`)
    expect(response.headers.get('ringpost-merge')).toBe('none')
    expect(Object.keys(post).sort()).toEqual(
      [
        ...['author', 'body', 'conflicts', 'html', 'id', 'kind', 'publishedAt', 'revision'],
        ...['slug', 'status', 'summary', 'tags', 'title', 'updatedAt'],
      ].sort(),
    )
    expect(post).toMatchObject({
      status: 'draft',
      kind: 'post',
      html: text,
    })
  })

  test('again with the same Idempotency-Key makes no second one; with another post it is refused', async () => {
    const headers = { 'idempotency-key': '"abc"' }
    const first = await json(await app.send('POST', '/api/posts', hello, { headers }))
    const again = await app.send('POST', '/api/posts', hello, {
      headers: { 'idempotency-key': 'abc' },
    })
    expect([again.status, (await json(again))['id']]).toEqual([201, first['id']])
    const other = await app.send('POST', '/api/posts', { ...hello, title: 'Other' }, { headers })
    expect([other.status, (await json(other))['code']]).toEqual([422, 'BLOG_KEY_REUSED'])
  })

  test('takes a time of any zone and answers in UTC', async () => {
    const post = await create({ publishedAt: '2020-01-01T00:00:00+02:00' })
    expect(post).toMatchObject({ publishedAt: '2019-12-31T22:00:00.000Z' })
  })

  test('passes the tuning of writes on (?w= &dw=)', async () => {
    const seen: unknown[] = []
    const before = app.blog.posts.create.bind(app.blog.posts)
    app.blog.posts.create = async (input, options) => {
      seen.push(options)
      return before(input, options)
    }
    await app.send('POST', '/api/posts?w=quorum&dw=1', hello)
    expect(seen).toMatchObject([{ w: 'quorum', dw: 1, by: 'holder of write' }])
  })
})

describe('reading', () => {
  test("a published post is everybody's, with its ETag and 304", async () => {
    const { id, revision } = await create()
    const response = await app.get(`/api/posts/${id}`)
    expect([response.status, response.headers.get('etag')]).toEqual([200, `"${revision}"`])
    const again = await app.get(`/api/posts/${id}`, { 'if-none-match': `"${revision}"` })
    expect([again.status, await again.text()]).toEqual([304, ''])
  })

  test('drafts and future posts exist only with a token; deleted ones are gone', async () => {
    const draft = await create({ status: 'draft' })
    const future = await create({ publishedAt: new Date(app.clock.nowMs() + 60_000).toISOString() })
    const deleted = await create({ slug: 'd' })
    await app.send('DELETE', `/api/posts/${deleted.id}`, undefined, {
      headers: { 'if-match': '*' },
    })
    for (const [post, status] of [
      [draft, 404],
      [future, 404],
      [deleted, 410],
    ] as const) {
      expect((await app.get(`/api/posts/${post.id}`)).status).toBe(status)
      const known = await app.send('GET', `/api/posts/${post.id}`, undefined, { token: 'R' })
      expect([known.status, known.headers.get('cache-control')]).toEqual([200, 'private, no-store'])
    }
  })

  test('listings hold whole posts, page by an opaque cursor and cut the limit to 100', async () => {
    for (let n = 0; n < 5; n++) await create({ slug: `p${n}`, title: `P${n}` })
    const first = await json(await app.get('/api/posts?limit=3'))
    expect(first['posts']).toHaveLength(3)
    expect(first['posts']).toMatchObject([{ body: hello.body, html: text }, {}, {}])
    const rest = await json(await app.get(`/api/posts?limit=3&cursor=${String(first['next'])}`))
    expect([(rest['posts'] as unknown[]).length, rest['next']]).toEqual([2, null])
    const brief = await json(await app.get('/api/posts?view=summary'))
    expect((brief['posts'] as object[])[0]).not.toHaveProperty('body')
    expect((await app.get('/api/posts?limit=5000')).status).toBe(200)
  })

  test('a listing whose posts are too long together ends early, and its cursor loses none', async () => {
    for (let n = 0; n < 4; n++) {
      const body = `${n} ${'y '.repeat(450_000)}`
      for (let m = 0; m < 6; m++) await create({ slug: `q${n}${m}`, title: `Q${n}${m}`, body })
    }
    const titles: string[] = []
    let cursor = ''
    let pages = 0
    do {
      const page = await json(await app.get(`/api/posts?limit=100${cursor}`))
      titles.push(...(page['posts'] as Post[]).map((post) => post.title))
      cursor = typeof page['next'] === 'string' ? `&cursor=${page['next']}` : ''
      pages += 1
    } while (cursor !== '')
    expect(pages).toBeGreaterThan(1)
    expect(new Set(titles).size).toBe(24)
    expect(titles).toHaveLength(24)
  })

  test('tags and what is under them, by any spelling of the tag', async () => {
    await create({ tags: ['eventual-consistency'] })
    const { tags } = await json(await app.get('/api/tags'))
    expect(tags).toEqual([{ tag: 'eventual-consistency', count: 1 }])
    const found = await json(await app.get('/api/tags/Eventual%20Consistency'))
    expect(found).toMatchObject({
      tag: 'eventual-consistency',
      posts: [{ title: 'Hello' }],
      next: null,
    })
  })

  test('revisions are for those with a token', async () => {
    const { id, revision } = await create()
    expect((await app.get(`/api/posts/${id}/revisions`)).status).toBe(401)
    const all = await json(
      await app.send('GET', `/api/posts/${id}/revisions`, undefined, { token: 'R' }),
    )
    expect(all).toMatchObject({ revisions: [{ id: revision }], next: null })
    const one = await app.send('GET', `/api/posts/${id}/revisions/${revision}`, undefined, {
      token: 'R',
    })
    expect(await json(one)).toMatchObject({ id: revision, body: hello.body })
  })
})

describe('saving', () => {
  test('PATCH changes what it names; PUT replaces the rest, but keeps byline and what is read-only', async () => {
    const post = await create()
    const patched = await app.send(
      'PATCH',
      `/api/posts/${post.id}`,
      { title: 'New' },
      { headers: { 'if-match': `"${post.revision}"` } },
    )
    const now = (await json(patched)) as unknown as Post
    expect([patched.status, now.title, now.body]).toEqual([200, 'New', hello.body])
    const put = await app.send(
      'PUT',
      `/api/posts/${post.id}`,
      { ...now, id: 'x', author: 'Mallory', revision: 'y', tags: undefined, title: 'Put' },
      { headers: { 'if-match': `"${now.revision}"` } },
    )
    expect(await json(put)).toMatchObject({
      id: post.id,
      title: 'Put',
      tags: [],
      author: 'holder of write',
    })
  })

  test('from an old revision is merged, not refused, and says so', async () => {
    const post = await create()
    const path = `/api/posts/${post.id}`
    const headers = { 'if-match': `"${post.revision}"` }
    await app.send('PATCH', path, { title: 'One' }, { headers })
    const stale = await app.send('PATCH', path, { title: 'Two' }, { headers })
    expect([stale.status, stale.headers.get('ringpost-merge')]).toEqual([200, 'clean'])
  })

  test('DELETE answers with the deleted post', async () => {
    const post = await create()
    const gone = await app.send('DELETE', `/api/posts/${post.id}`, undefined, {
      headers: { 'if-match': `"${post.revision}"` },
    })
    expect([gone.status, (await json(gone))['status']]).toEqual([200, 'deleted'])
  })

  test.each([
    ['no If-Match', undefined, '{"title":', 428],
    ['a broken If-Match', 'abc', '{"title":', 400],
    ['a revision of no post', '"abc"', '{"title":', 412],
    ['a revision of no post, a good body', '"abc"', '{"title":"x"}', 412],
    ['a broken body', '*', '{"title":', 400],
    ['a body of the wrong shape', '*', '{"tags":"a"}', 422],
  ])('%s is told before anything else', async (_what, ifMatch, body, status) => {
    const { id } = await create()
    const headers = ifMatch === undefined ? {} : { 'if-match': ifMatch }
    const response = await app.send('PATCH', `/api/posts/${id}`, body, {
      headers: { ...headers, 'content-type': 'application/json' },
    })
    expect(response.status).toBe(status)
    expect(app.blog.calls.get('posts.save') ?? 0).toBe(status === 412 && body.endsWith('}') ? 1 : 0)
  })
})

describe('comments', () => {
  test('with a write token are approved at once, without are held', async () => {
    const { id } = await create()
    const path = `/api/posts/${id}/comments`
    const comment = { author: 'Ada', email: 'a@b.example', body: 'Hi *there*' }
    const mine = await app.send('POST', path, comment)
    const made = await json(mine)
    expect([mine.status, made['status']]).toEqual([201, 'approved'])
    expect(mine.headers.get('location')).toBe(
      `https://blog.example/api/comments/${String(made['id'])}`,
    )
    const other = await app.send('POST', path, { ...comment, body: 'Me too' }, { token: '' })
    const held = await json(other)
    expect([other.status, held['status']]).toEqual([202, 'pending'])
    expect(held).not.toHaveProperty('email')
    const seen = await json(await app.get(path))
    expect(seen).toMatchObject({
      comments: [{ author: 'Ada', html: '<p>Hi <em>there</em></p>\n' }],
      next: null,
    })
    expect((await app.get(`/api/comments/${String(held['id'])}`)).status).toBe(404)
    const decided = await app.send('PATCH', `/api/comments/${String(held['id'])}`, {
      status: 'approved',
    })
    expect([decided.status, (await json(decided))['status']]).toEqual([200, 'approved'])
    expect((await app.get(`/api/comments/${String(held['id'])}`)).status).toBe(200)
  })

  test('of strangers are limited by address, of token holders not', async () => {
    const { id } = await create()
    const path = `/api/posts/${id}/comments`
    const send = async (n: number, token: string): Promise<Response> =>
      app.send('POST', path, { author: 'A', body: `n${n}` }, { token })
    const statuses: number[] = []
    for (let n = 0; n < 6; n++) statuses.push((await send(n, '')).status)
    expect(statuses).toEqual([202, 202, 202, 202, 202, 429])
    expect((await send(7, '')).headers.get('retry-after')).toBe('20')
    for (let n = 10; n < 20; n++) expect((await send(n, 'W')).status).toBe(201)
  })

  test('are taken where the store cannot say whether there is such a post, and refused where it can store nothing', async () => {
    const { id } = await create()
    const path = `/api/posts/${id}/comments`
    app.blog.failing.set('posts.read', new OperationError('BLOG_UNSETTLED', 'told by a test'))
    const mine = await app.send('POST', path, { author: 'Ada', body: 'Hi' })
    expect(mine.status).toBe(201)
    const other = await app.send('POST', path, { author: 'Bob', body: 'Hi' }, { token: '' })
    expect(other.status).toBe(202)
    app.blog.failing.set('comments.add', new OperationError('BLOG_UNAVAILABLE', 'told by a test'))
    expect((await app.send('POST', path, { author: 'Ada', body: 'Ho' })).status).toBe(503)
  })

  test('on what readers cannot see do not exist', async () => {
    const { id } = await create({ status: 'draft' })
    const response = await app.send(
      'POST',
      `/api/posts/${id}/comments`,
      { author: 'A', body: 'b' },
      { token: '' },
    )
    expect(response.status).toBe(404)
  })
})

describe('errors', () => {
  test.each([
    ['an unknown route', 'GET', '/api/nope', undefined, {}, 404, 'BLOG_NOT_FOUND'],
    [
      'an unknown post',
      'GET',
      '/api/posts/01HZZZZZZZ0000000000000009',
      undefined,
      {},
      404,
      'BLOG_NOT_FOUND',
    ],
    ['an id that is none', 'GET', '/api/posts/..%2f..%2fx', undefined, {}, 404, 'BLOG_NOT_FOUND'],
    ['malformed JSON', 'POST', '/api/posts', '{"title"', {}, 400, 'BLOG_BAD_JSON'],
    ['JSON that is no object', 'POST', '/api/posts', '[1]', {}, 400, 'BLOG_BAD_JSON'],
    ['a body that is not UTF-8 JSON', 'POST', '/api/posts', 'title=x', {}, 400, 'BLOG_BAD_JSON'],
    [
      'another content type',
      'POST',
      '/api/posts',
      'a=b',
      { 'content-type': 'text/plain' },
      415,
      'BLOG_NOT_JSON',
    ],
    ['a missing field', 'POST', '/api/posts', '{"title":"x"}', {}, 422, 'BLOG_INVALID_INPUT'],
    [
      'a wrong status',
      'POST',
      '/api/posts',
      '{"title":"x","body":"","status":"live"}',
      {},
      422,
      'BLOG_INVALID_INPUT',
    ],
    [
      'a date without zone',
      'POST',
      '/api/posts',
      '{"title":"x","body":"","publishedAt":"2020-01-01"}',
      {},
      422,
      'BLOG_INVALID_INPUT',
    ],
    [
      'an empty title',
      'POST',
      '/api/posts',
      '{"title":" ","body":""}',
      {},
      422,
      'BLOG_INVALID_INPUT',
    ],
    ['no token', 'POST', '/api/posts', '{}', { authorization: '' }, 401, 'BLOG_UNAUTHENTICATED'],
    [
      'a wrong token',
      'GET',
      '/api/posts',
      undefined,
      { authorization: 'Bearer x' },
      401,
      'BLOG_UNAUTHENTICATED',
    ],
    [
      'another scheme',
      'GET',
      '/api/posts',
      undefined,
      { authorization: 'Basic eDp5' },
      401,
      'BLOG_UNAUTHENTICATED',
    ],
    [
      'a lesser token',
      'POST',
      '/api/posts',
      '{}',
      { authorization: 'Bearer R' },
      403,
      'BLOG_FORBIDDEN',
    ],
    ['a wrong method', 'PUT', '/api/posts', '{}', {}, 405, 'BLOG_METHOD_NOT_ALLOWED'],
    ['a wrong r', 'GET', '/api/posts?r=most', undefined, {}, 400, 'BLOG_BAD_PARAMETER'],
    ['r=0', 'GET', '/api/posts?r=0', undefined, {}, 400, 'BLOG_BAD_PARAMETER'],
    ['a wrong limit', 'GET', '/api/posts?limit=0', undefined, {}, 400, 'BLOG_BAD_PARAMETER'],
    ['a wrong cursor', 'GET', '/api/posts?cursor=zzz', undefined, {}, 400, 'BLOG_BAD_REQUEST'],
    [
      'an endless key',
      'POST',
      '/api/posts',
      '{}',
      { 'idempotency-key': 'k'.repeat(300) },
      400,
      'BLOG_BAD_PARAMETER',
    ],
  ])('%s is a problem+json (%s %s)', async (_what, method, path, body, headers, status, code) => {
    const response = await app.send(method, path, body, {
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
    })
    const problem = await json(response)
    expect([response.status, problem['code']]).toEqual([status, code])
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(problem).toMatchObject({ status, title: text, type: text })
    expect(app.blog.calls.get('posts.create') ?? 0).toBe(body?.includes('" "') ? 1 : 0)
  })

  test('a wrong method says which are right; OPTIONS asks for them', async () => {
    const wrong = await app.send('DELETE', '/api/posts')
    expect(wrong.headers.get('allow')).toBe('GET, HEAD, OPTIONS, POST')
    const options = await app.send('OPTIONS', '/api/posts/x')
    expect([options.status, options.headers.get('allow')]).toEqual([
      204,
      'DELETE, GET, HEAD, OPTIONS, PATCH, PUT',
    ])
    expect((await app.send('POST', '/archive/2016')).status).toBe(405)
  })

  test('a field that is wrong is named', async () => {
    const problem = await json(
      await app.send('POST', '/api/posts', { title: 'x', body: '', tags: [1] }),
    )
    expect(problem['errors']).toMatchObject([{ field: 'tags.0', message: text }])
  })

  test('a store away is 503 with Retry-After, and says whether the write may have happened', async () => {
    const { id } = await create()
    app.blog.failing.set(
      'posts.save',
      new QuorumUnmetError({ operation: 'write', required: 2, answered: 1 }),
    )
    const response = await app.send(
      'PATCH',
      `/api/posts/${id}`,
      { title: 'x' },
      { headers: { 'if-match': '*' } },
    )
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5'])
    expect(await json(response)).toMatchObject({ code: 'BLOG_QUORUM_UNMET', outcome: 'indefinite' })
    app.blog.failure = new OperationError('BLOG_UNSETTLED', 'nodes just returned')
    expect((await app.get(`/api/posts/${id}`)).status).toBe(503)
  })

  test('an error of our own tells nothing of the inside', async () => {
    app.blog.failure = new TypeError('secret of the inside')
    const response = await app.get('/api/posts')
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('secret')
  })
})

describe('bodies', () => {
  test('of 20 MB are refused without being read, declared or not', async () => {
    let read = 0
    const chunk = new Uint8Array(65_536).fill(97)
    const endless = (): ReadableStream<Uint8Array> =>
      new ReadableStream<Uint8Array>({
        pull(controller) {
          read += chunk.length
          if (read > 20_000_000) controller.close()
          else controller.enqueue(chunk)
        },
      })
    const declared = await app.stream('/api/posts', endless(), { 'content-length': '20000000' })
    expect([declared.status, read <= 131_072]).toEqual([413, true])
    read = 0
    const undeclared = await app.stream('/api/posts', endless(), {})
    expect(undeclared.status).toBe(413)
    expect(read).toBeLessThan(3_000_000)
  })
})
