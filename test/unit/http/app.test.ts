import { describe, expect, test } from 'vitest'

import { OperationError } from '../../../src/kernel/errors.ts'
import { limits } from '../../../src/kernel/limits.ts'
import { fillSampleBlog } from '../../support/sample-blog.ts'
import { openTestApp } from '../../support/test-app.ts'
import type { TestApp } from '../../support/test-app.ts'

async function openSample(options: Parameters<typeof openTestApp>[0] = {}): Promise<TestApp> {
  const app = openTestApp(options)
  await fillSampleBlog(app.blog)
  // Pages made right after a write live shortly: here the writes are long ago.
  app.clock.advance(limits.pageUnrestMs)
  return app
}

const away = new OperationError('BLOG_UNAVAILABLE', 'no node answers')
const storeReads = (app: TestApp): number =>
  [...app.blog.calls.values()].reduce((sum, each) => sum + each, 0)

describe('a page asked for again', () => {
  test('is 304 by its ETag, without rendering and without the store', async () => {
    const app = await openSample()
    const first = await app.get('/posts/everything')
    const etag = first.headers.get('etag') ?? ''
    expect(etag).toMatch(/^"[^"]+"$/)
    const reads = storeReads(app)
    const second = await app.get('/posts/everything', { 'if-none-match': etag })
    expect([second.status, await second.text()]).toEqual([304, ''])
    expect(second.headers.get('etag')).toBe(etag)
    expect(storeReads(app)).toBe(reads)
  })

  test('is whole for whoever holds another one: of another page, or of before a change', async () => {
    const app = await openSample()
    const before = (await app.get('/posts/short')).headers.get('etag') ?? ''
    const other = (await app.get('/posts/everything')).headers.get('etag') ?? ''
    const made = await app.blog.posts.bySlug('short')
    if (made.kind !== 'post') throw new Error('the sample has a short post')
    const change = { body: 'Another text.' } as const
    await app.blog.posts.save(made.post.id, change, { ifMatch: '*', mode: 'change', by: 'v' })
    for (const held of [before, other, '"x"', 'W/"x"', `${other}, "x"`]) {
      // Rendered, and from memory.
      for (let time = 0; time < 2; time++) {
        const answer = await app.get('/posts/short', { 'if-none-match': held })
        expect([held, answer.status]).toEqual([held, 200])
        expect(await answer.text()).toContain('Another text.')
      }
    }
  })

  test('keeps its ETag when it is rendered again without a change', async () => {
    const app = await openSample()
    const etag = (await app.get('/')).headers.get('etag')
    app.clock.advance(limits.pageStaleMs)
    expect((await app.get('/')).headers.get('etag')).toBe(etag)
  })

  test('may be kept by others while they ask again, and shown while we are away', async () => {
    const app = await openSample()
    const header = (await app.get('/')).headers.get('cache-control')
    expect(header).toMatch(/^public, max-age=0, stale-while-revalidate=\d+, stale-if-error=\d+$/)
  })

  test('does not let others keep it past a scheduled publication', async () => {
    const app = await openSample()
    const publishedAt = new Date(app.clock.nowMs() + 10_000).toISOString()
    await app.blog.posts.create(
      { title: 'Soon', body: 'x', slug: 'soon', status: 'published', publishedAt },
      { by: 'x' },
    )
    const before = await app.get('/')
    expect(before.headers.get('cache-control')).toContain('stale-while-revalidate=0')
    expect(await before.text()).not.toContain('Soon')
    app.clock.advance(10_000)
    expect(await (await app.get('/')).text()).toContain('Soon')
  })

  test('is compressed as the reader wants it, with a tag for each form', async () => {
    const app = await openSample()
    const plain = await app.get('/archive')
    const zipped = await app.get('/archive', { 'accept-encoding': 'gzip, deflate' })
    expect(zipped.headers.get('content-encoding')).toBe('gzip')
    expect(zipped.headers.get('vary')).toContain('accept-encoding')
    expect(zipped.headers.get('etag')).not.toBe(plain.headers.get('etag'))
    const { gunzipSync } = await import('node:zlib')
    expect(gunzipSync(Buffer.from(await zipped.arrayBuffer())).toString()).toBe(await plain.text())
    const refused = await app.get('/archive', { 'accept-encoding': 'gzip;q=0' })
    expect(refused.headers.get('content-encoding')).toBeNull()
  })

  test('is brotlied once, beside the requests', async () => {
    const app = await openSample()
    const ask = async (): Promise<string | null> => {
      const response = await app.get('/archive', { 'accept-encoding': 'gzip, br' })
      await response.arrayBuffer()
      return response.headers.get('content-encoding')
    }
    expect(await ask()).toBe('gzip')
    await expect.poll(ask, { timeout: 5_000 }).toBe('br')
  })

  test('has a head without a body (HEAD)', async () => {
    const app = await openSample()
    for (const path of ['/', '/posts/everything', '/feed.atom', '/api/posts', '/healthz']) {
      const get = await app.get(path)
      const head = await app.send('HEAD', path, undefined, { token: '' })
      expect([path, head.status, await head.text()]).toEqual([path, get.status, ''])
      expect(head.headers.get('content-type')).toBe(get.headers.get('content-type'))
      expect(head.headers.get('etag')).toBe(get.headers.get('etag'))
    }
  })

  test('is one page whatever trackers add to its address, and has nothing of the one who asked', async () => {
    const app = await openSample()
    const first = await (await app.get('/posts/short', { 'user-agent': 'A', host: 'evil' })).text()
    const reads = storeReads(app)
    const second = await (await app.get('/posts/short?utm_source=x&fbclid=y')).text()
    expect(second).toBe(first)
    expect(storeReads(app)).toBe(reads)
    expect(first).not.toContain('evil')
  })
})

describe('a write', () => {
  test('is on every page it concerns at once', async () => {
    const app = await openSample()
    const paths = ['/', '/tags/fresh', '/feed.atom', '/archive/2026/11', '/posts/new-one']
    for (const path of paths) expect(await (await app.get(path)).text()).not.toContain('Brand new')
    const post = {
      title: 'Brand new',
      body: 'x',
      slug: 'new-one',
      status: 'published',
      tags: ['fresh'],
    }
    expect((await app.send('POST', '/api/posts', post)).status).toBe(201)
    for (const path of paths) {
      const response = await app.get(path)
      expect([path, response.status]).toEqual([path, 200])
      expect(await response.text()).toContain('Brand new')
    }
  })

  test('of a comment changes its page and no other', async () => {
    const app = await openSample()
    const before = await (await app.get('/posts/short')).text()
    await app.get('/posts/everything')
    const id = /value="(\w+)\./.exec(before)?.[1] ?? ''
    await app.send('POST', `/api/posts/${id}/comments`, { author: 'Eve', body: 'new remark' })
    const reads = storeReads(app)
    await app.get('/posts/everything')
    expect(storeReads(app)).toBe(reads)
    expect(await (await app.get('/posts/short')).text()).toContain('new remark')
  })
})

describe('who goes past the cache', () => {
  test.each([
    ['a token', { authorization: 'Bearer W' }],
    ['an own cookie', { cookie: 'a=b; ringpost_session=x' }],
  ])('%s: the answer is private and made for this visitor', async (_who, headers) => {
    const app = await openSample()
    await app.get('/')
    const reads = storeReads(app)
    const response = await app.get('/', headers)
    expect(response.headers.get('cache-control')).toBe('private, no-store')
    expect(storeReads(app)).toBeGreaterThan(reads)
  })

  test("another site's cookie does not", async () => {
    const app = await openSample()
    await app.get('/')
    const reads = storeReads(app)
    await app.get('/', { cookie: '_ga=1' })
    expect(storeReads(app)).toBe(reads)
  })
})

describe('the store is away', () => {
  test('pages seen before are shown with a notice; others say so with 503 and Retry-After', async () => {
    const app = await openSample()
    await app.get('/')
    app.blog.failure = away
    app.clock.advance(limits.pageStaleMs)
    const old = await app.get('/')
    expect(old.status).toBe(200)
    expect(old.headers.get('ringpost-stale')).toBe('1')
    const html = await old.text()
    expect(html).toContain('Everything at once')
    expect(html).toContain('The store does not answer right now')
    const other = await app.get('/posts/note-1')
    expect([other.status, other.headers.get('retry-after')]).toEqual([503, '5'])
    expect(await other.text()).toContain('Nothing is lost')
    expect(other.headers.get('cache-control')).toBe('private, no-store')
    app.blog.failure = undefined
    expect((await app.get('/posts/note-1')).status).toBe(200)
  })

  test('an unsettled "not found" is 503, never 404', async () => {
    const app = await openSample()
    app.blog.failing.set('posts.bySlug', new OperationError('BLOG_UNSETTLED', 'just returned'))
    expect((await app.get('/posts/whatever')).status).toBe(503)
  })

  test('a 404 is not remembered for longer than a second', async () => {
    const app = await openSample()
    const missing = await app.get('/posts/later')
    expect(missing.status).toBe(404)
    // Nor by a cache between us and the reader, which would serve it stale for much longer.
    expect(missing.headers.get('cache-control')).toBe('public, max-age=1, must-revalidate')
    // Stored by another server: no local write tells of it.
    const tell = app.blog.change.bind(app.blog)
    app.blog.change = () => undefined
    await app.blog.posts.create(
      { title: 'L', body: 'x', slug: 'later', status: 'published' },
      { by: 'x' },
    )
    app.blog.change = tell
    app.clock.advance(limits.missingPageFreshMs)
    expect((await app.get('/posts/later')).status).toBe(200)
  })

  test('the sidebar that cannot be read takes no page down', async () => {
    const app = openTestApp()
    await fillSampleBlog(app.blog)
    app.blog.failing.set('settings', away)
    app.blog.failing.set('listings.tags', away)
    expect((await app.get('/posts/short')).status).toBe(200)
  })

  test('one post of the front page that cannot be read leaves its place and its summary', async () => {
    const app = await openSample()
    app.blog.failing.set('posts.read', away)
    const html = await (await app.get('/')).text()
    expect(html).toContain('Soon is a kind of now.')
    expect(html.match(/<article class="entry">/g)).toHaveLength(5)
  })

  test('an error of our own is a page without inner words, and logged with them', async () => {
    const app = await openSample()
    app.blog.failing.set('posts.bySlug', new TypeError('undefined is not a secret'))
    const response = await app.get('/posts/short')
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('secret')
    expect(app.logged.join()).toContain('secret')
  })
})

describe('operations', () => {
  test('/healthz says the process is up though the store is away; /readyz does not', async () => {
    const app = openTestApp()
    expect((await app.get('/readyz')).status).toBe(200)
    app.blog.failure = away
    expect((await app.get('/healthz')).status).toBe(200)
    const ready = await app.get('/readyz')
    expect([ready.status, ready.headers.get('retry-after')]).toEqual([503, '5'])
  })

  test('/metrics counts requests and what the cache did', async () => {
    const app = await openSample()
    await app.get('/')
    await app.get('/')
    const text = await (await app.get('/metrics')).text()
    expect(text).toContain('ringpost_page_cache_total{result="hit"} 1')
    expect(text).toContain('ringpost_page_cache_total{result="miss"} 1')
    expect(text).toMatch(
      /ringpost_http_request_seconds_count\{kind="page",method="GET",status="200"\} 1/,
    )
  })

  test('/metrics says when the listings were verified and what differed, once it is known', async () => {
    const app = openTestApp()
    const before = await (await app.get('/metrics')).text()
    expect(before).not.toMatch(/^ringpost_index_/m)
    app.blog.kept = {
      isRunning: false,
      verifiedAtMs: 1_764_000_000_500,
      tookMs: 1_500,
      differences: 0,
      healed: 0,
    }
    const text = await (await app.get('/metrics')).text()
    expect(text).toContain('ringpost_index_verified_timestamp_seconds{site="blog"} 1764000000.5')
    expect(text).toContain('ringpost_index_verify_seconds{site="blog"} 1.5')
    expect(text).toContain('ringpost_index_differences{site="blog"} 0')
    expect(text).toContain('ringpost_index_healed{site="blog"} 0')
  })

  test('assets are named by their content and kept for ever', async () => {
    const app = openTestApp()
    const html = await (await app.get('/')).text()
    const path = /href="(\/assets\/icon[^"]*)"/.exec(html)?.[1] ?? ''
    const icon = await app.get(path)
    expect(icon.headers.get('content-type')).toBe('image/svg+xml')
    expect(icon.headers.get('cache-control')).toContain('immutable')
    expect((await app.get('/assets/style.wrong.css')).status).toBe(404)
    expect((await app.get('/favicon.ico')).headers.get('location')).toBe(path)
  })

  test('media are served by content, kept for ever, and cannot act', async () => {
    const app = openTestApp()
    const bytes = new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg"/>')
    const put = (contentType: string): Promise<string> =>
      app.blog.media.put({ bytes, name: 'x', contentType })
    const hash = await put('image/svg+xml')
    const svg = await app.get(`/media/${hash}/a.svg`)
    expect(svg.headers.get('content-security-policy')).toContain('sandbox')
    expect(svg.headers.get('cache-control')).toContain('immutable')
    expect((await app.get(`/media/${hash}/a.svg`, { 'if-none-match': `"${hash}"` })).status).toBe(
      304,
    )
    await put('text/html')
    const page = await app.get(`/media/${hash}/a.html`)
    expect(page.headers.get('content-type')).toBe('application/octet-stream')
    expect(page.headers.get('content-disposition')).toMatch(/^attachment/)
    expect((await app.get(`/media/${'0'.repeat(64)}/a.png`)).status).toBe(404)
    expect((await app.get('/media/..%2f..%2fx/a.png')).status).toBe(404)
  })
})
