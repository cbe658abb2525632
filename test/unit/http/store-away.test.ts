/** What readers, feed readers, proxies and programs are told while the store does not answer. */

import { beforeEach, describe, expect, test } from 'vitest'

import { OperationError } from '../../../src/kernel/errors.ts'
import { limits } from '../../../src/kernel/limits.ts'
import { fillSampleBlog } from '../../support/sample-blog.ts'
import { openTestApp } from '../../support/test-app.ts'
import type { TestApp } from '../../support/test-app.ts'

const away = new OperationError('BLOG_UNAVAILABLE', 'no node answers')
const unsettled = new OperationError('BLOG_UNSETTLED', 'nodes are away')

let app: TestApp
let ids: ReadonlyMap<string, string>

beforeEach(async () => {
  app = openTestApp()
  ids = await fillSampleBlog(app.blog)
  app.clock.advance(limits.pageUnrestMs)
})

/** Something that only a store can answer: pages that nobody asked for before. */
const unseen = [
  '/?page=2',
  '/posts/short',
  '/pages/about',
  '/tags',
  '/tags/riak',
  '/archive',
  '/archive/2016',
  '/archive/2016/03',
  '/feed.atom',
  '/feed.rss',
  '/feed.json',
  '/tags/riak/feed.atom',
  '/posts/short/comments.atom',
  '/sitemap.xml',
  '/sitemap-2016.xml',
  '/some/old/address',
  `/media/${'a'.repeat(64)}/a.png`,
]

describe.each([
  ['away', away],
  ['unsettled', unsettled],
])('a store that is %s', (_state, failure) => {
  test.each(unseen)(
    '%s: 503 in plain words, when to come back, and nothing to be kept',
    async (path) => {
      app.blog.failure = failure
      for (const method of ['GET', 'HEAD']) {
        const answer = await app.send(method, path, undefined, { token: '' })
        expect([method, answer.status, answer.headers.get('retry-after')]).toEqual([
          method,
          503,
          '5',
        ])
        expect(answer.headers.get('cache-control')).toContain('no-store')
        expect(answer.headers.get('etag')).toBeNull()
        const text = await answer.text()
        if (method === 'GET') expect(text).toContain('Nothing is lost: try again in a few seconds')
        else expect(text).toBe('')
      }
    },
  )

  test.each(['GET', 'HEAD'])(
    'the front page is 200 in plain words, even where it was never seen, and nothing to be kept (%s)',
    async (method) => {
      app.blog.failure = failure
      for (const headers of [{}, { cookie: 'ringpost_x=1' }]) {
        const answer = await app.fetch(new Request('https://blog.example/', { method, headers }))
        expect([answer.status, answer.headers.get('ringpost-stale')]).toEqual([200, '1'])
        expect(answer.headers.get('cache-control')).toBe('private, no-store')
        const text = await answer.text()
        if (method === 'GET') expect(text).toContain('The posts cannot be reached right now')
      }
      app.blog.failure = undefined
      expect(await (await app.get('/')).text()).toContain('Everything at once')
    },
  )

  test.each(['/api/posts', '/api/tags', '/api/tags/riak', '/api/posts/01HZZZZZZZ0000000000000001'])(
    '%s: a problem with Retry-After that nobody keeps',
    async (path) => {
      app.blog.failure = failure
      const answer = await app.get(path)
      expect(answer.status).toBe(503)
      expect(answer.headers.get('content-type')).toBe('application/problem+json')
      expect(answer.headers.get('retry-after')).toBe('5')
      expect(answer.headers.get('cache-control')).toBe('no-store')
    },
  )

  test('a feed that was seen before is shown as it was, and marked', async () => {
    const before = await (await app.get('/feed.atom')).text()
    app.blog.failure = failure
    app.clock.advance(limits.pageStaleMs)
    const answer = await app.get('/feed.atom')
    expect([answer.status, answer.headers.get('ringpost-stale')]).toEqual([200, '1'])
    expect(answer.headers.get('cache-control')).toBe('no-cache')
    expect(await answer.text()).toBe(before)
  })

  test('an older copy has a tag of its own: who holds it gets 304, who holds the page gets the notice', async () => {
    const page = (await app.get('/')).headers.get('etag') ?? ''
    app.blog.failure = failure
    app.clock.advance(limits.pageStaleMs)
    const copy = await app.get('/', { 'if-none-match': page })
    expect([copy.status, copy.headers.get('ringpost-stale')]).toEqual([200, '1'])
    const again = await app.get('/', { 'if-none-match': copy.headers.get('etag') ?? '' })
    expect([again.status, again.headers.get('ringpost-stale')]).toEqual([304, '1'])
    const head = await app.send('HEAD', '/', undefined, { token: '' })
    expect([head.status, head.headers.get('ringpost-stale'), await head.text()]).toEqual([
      200,
      '1',
      '',
    ])
  })

  test("a visitor's own page cannot be made: the one that everybody sees stands in, with the notice", async () => {
    await app.get('/posts/short')
    app.blog.failure = failure
    for (const [path, cookie] of [
      ['/posts/short', 'ringpost_held=01HZZZZZZZ0000000000000009'],
      ['/posts/short?reply=x', ''],
      ['/posts/short?comment=held', ''],
    ] as const) {
      const answer = await app.get(path, cookie === '' ? {} : { cookie })
      expect([path, answer.status, answer.headers.get('ringpost-stale')]).toEqual([path, 200, '1'])
      expect(await answer.text()).toContain('The store does not answer right now')
    }
    const other = await app.get('/posts/node-v8', { cookie: 'ringpost_x=1' })
    expect(other.status).toBe(503)
  })

  test('a post that was taken back right before is on no older copy; a comment more or less is', async () => {
    for (const path of ['/posts/short', '/posts/node-v8']) await app.get(path)
    app.blog.change({ kind: 'comment', postId: ids.get('node-v8') ?? '' })
    const id = ids.get('short') ?? ''
    app.blog.change({ kind: 'post', id, slugs: ['short'], listings: [] })
    app.blog.failure = failure
    app.clock.advance(limits.pageStaleMs)
    const shown = async (path: string): Promise<[number, string | null]> => {
      const answer = await app.get(path)
      return [answer.status, answer.headers.get('ringpost-stale')]
    }
    expect(await shown('/posts/short')).toEqual([503, null])
    expect(await shown('/posts/node-v8')).toEqual([200, '1'])
  })

  test("a visitor's own page that fails does not mark everybody's", async () => {
    await app.get('/posts/short')
    app.blog.failure = failure
    await app.get('/posts/short', { cookie: 'ringpost_x=1' })
    expect((await app.get('/posts/short')).headers.get('ringpost-stale')).toBeNull()
  })
})

describe('a frame that was never read', () => {
  test('makes pages that live a second and that no proxy keeps, until it is there', async () => {
    app.blog.failing.set('settings', away)
    const half = await app.get('/posts/short')
    expect(half.status).toBe(200)
    expect(half.headers.get('cache-control')).toBe('public, max-age=1, must-revalidate')
    app.blog.failing.delete('settings')
    app.clock.advance(limits.missingPageFreshMs)
    const whole = await app.get('/posts/short')
    expect(await whole.text()).toContain('Ring of Keys')
    expect(whole.headers.get('cache-control')).toContain('stale-if-error')
  })

  test('read once, stands in for minutes: pages around it are whole', async () => {
    await app.get('/posts/short')
    app.blog.failing.set('settings', away)
    app.clock.advance(limits.pageStaleMs)
    const page = await app.get('/posts/short')
    expect(await page.text()).toContain('Ring of Keys')
    expect(page.headers.get('cache-control')).toContain('stale-if-error')
  })
})

describe('a page of which a part could not be read', () => {
  test('is made again before it is shown again, and stands in while the store is away', async () => {
    app.blog.failing.set('comments.ofPost', unsettled)
    expect(await (await app.get('/posts/short')).text()).toContain('could not be read right now')
    app.blog.failing.delete('comments.ofPost')
    app.clock.advance(limits.missingPageFreshMs)
    expect(await (await app.get('/posts/short')).text()).not.toContain('could not be read')
    app.blog.failing.set('comments.ofPost', unsettled)
    app.clock.advance(limits.pageStaleMs)
    await app.get('/posts/short')
    app.blog.failure = away
    app.clock.advance(limits.missingPageFreshMs)
    expect((await app.get('/posts/short')).headers.get('ringpost-stale')).toBe('1')
  })
})

describe('a blog in which nothing is listed yet', () => {
  test.each(['/', '/archive', '/tags', '/feed.atom', '/feed.rss', '/feed.json', '/sitemap.xml'])(
    '%s lives a second and is never shown once more (posts imported beside this server)',
    async (path) => {
      const empty = openTestApp()
      const before = await empty.get(path)
      expect(before.status).toBe(200)
      expect(before.headers.get('cache-control')).toBe('public, max-age=1, must-revalidate')
      // Stored by another process: no local write tells of it.
      empty.blog.change = () => undefined
      await fillSampleBlog(empty.blog)
      empty.clock.advance(limits.pageFreshMs)
      const after = await empty.get(path)
      expect(await after.text()).not.toBe(await before.text())
      expect(after.headers.get('cache-control')).not.toContain('must-revalidate')
    },
  )
})
