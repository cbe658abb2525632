/**
 * Requests that lie: about the host, the path, the lines of a header. And what must not be written down.
 * Forms of other sites: `same-site.test.ts`; where signing in leads: `admin/next-path.test.ts`.
 */

import { describe, expect, test } from 'vitest'

import { recordingLog } from '../../../support/open-blog.ts'
import { fakePassword } from '../../../support/fake-accounts.ts'
import { fillSampleBlog } from '../../../support/sample-blog.ts'
import { openTestApp } from '../../../support/test-app.ts'
import type { TestApp } from '../../../support/test-app.ts'

async function openSample(options: Parameters<typeof openTestApp>[0] = {}): Promise<TestApp> {
  const app = openTestApp(options)
  await fillSampleBlog(app.blog)
  return app
}

const shared = [
  '/',
  '/posts/everything',
  '/tags/riak',
  '/archive/2016',
  '/feed.atom',
  '/feed.rss',
  '/feed.json',
  '/sitemap.xml',
  '/robots.txt',
  '/none',
]

describe('a page in the cache is poisoned by nobody', () => {
  test.each(shared)('by no header that names another host: %s', async (path) => {
    const liar = await openSample()
    const lies = {
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'gopher',
      'x-forwarded-port': '64666',
      'x-original-url': '/evil',
      'x-rewrite-url': '/evil',
      forwarded: 'host=evil.example;proto=gopher',
      origin: 'https://evil.example',
      referer: 'https://evil.example/',
    }
    const poisoned = await (await liar.get(path, lies)).text()
    const honest = await openSample()
    expect(poisoned).not.toMatch(/evil|gopher|:64666/)
    expect(await (await liar.get(path)).text()).toBe(poisoned)
    expect(await (await honest.get(path)).text()).toBe(poisoned)
  })

  test.each(shared)('by nothing in a query that the page does not know: %s', async (path) => {
    const app = await openSample()
    const first = await (await app.get(`${path}?evil="><evil>&utm_source=evil`)).text()
    expect(first).not.toContain('evil')
    expect(await (await app.get(path)).text()).toBe(first)
  })

  test('by nothing that only one visitor was to see', async () => {
    const honest = await openSample()
    const queries = ['reply=x', 'comment=held', 'comment=deleted', 'comments=c1', 'a=b&reply=x']
    for (const query of queries) {
      const app = await openSample()
      await app.get(`/posts/everything?${query}`)
      await app.get(`/posts/everything?${query}`, { cookie: 'ringpost_own=x' })
      const next = await app.get('/posts/everything')
      expect(next.headers.get('cache-control')).toContain('public')
      expect(await next.text()).toBe(await (await honest.get('/posts/everything')).text())
    }
  })

  test('redirects lead to this site, whatever host was asked for', async () => {
    const app = await openSample()
    for (const path of [
      '/2017/12/everything.html',
      '/posts/short/',
      '//evil.example/',
      '/\\evil',
    ]) {
      const { status, headers } = await app.get(path, { host: 'evil.example' })
      const location = headers.get('location')
      if (location === null) expect(status, path).toBeGreaterThanOrEqual(400)
      else expect(location, path).toMatch(/^\/(?![/\\])|^https:\/\/blog\.example\//)
    }
  })
})

describe('a line break in a request makes no line in an answer', () => {
  const breaks = [
    '%0d%0aset-cookie:%20evil=1',
    '%0aset-cookie:%20evil=1',
    '%E5%98%8A%E5%98%8Devil:1',
  ]

  test.each(breaks)('in addresses, tags and names of files: %s', async (text) => {
    const app = await openSample()
    const hash = await app.blog.media.put({
      bytes: new TextEncoder().encode('<svg/>'),
      name: 'a.svg',
      contentType: 'image/svg+xml',
    })
    const paths = [
      `/${text}`,
      `/posts/${text}`,
      `/posts/${text}/`,
      `/Tags/${text}`,
      `/archive/2016/${text}/`,
      `/tags/RIAK${text}`,
      `/tags/${text}/feed.atom`,
      `/media/${hash}/a${text}.svg`,
      `/posts/short?reply=${text}`,
      `/search?q=${text}`,
      `/admin/login?next=/admin${text}`,
    ]
    for (const path of paths) {
      const { headers, status } = await app.get(path)
      // Node lets no such line out; that nothing makes it try is ours.
      expect(status, path).not.toBe(500)
      expect(headers.get('set-cookie') ?? '', path).not.toContain('evil')
      for (const [name, value] of headers) {
        expect(name, path).not.toBe('evil')
        expect(value, path).not.toMatch(/[\r\n]/)
      }
    }
  })

  test('an old slug with a line break redirects without one', async () => {
    const app = await openSample()
    const { post } = await app.blog.posts.create(
      { title: 'a', slug: 'a\r\nset-cookie: evil=1', body: 'x', status: 'published' },
      { by: 'import' },
    )
    await app.blog.posts.save(
      post.id,
      { slug: 'b\r\nset-cookie: evil=1' },
      { ifMatch: '*', mode: 'change', by: 'import' },
    )
    const { headers, status } = await app.get('/posts/a%0d%0aset-cookie:%20evil=1')
    expect(status).toBeLessThan(500)
    expect(headers.get('set-cookie')).toBeNull()
    expect(headers.get('location') ?? '').not.toMatch(/[\r\n]/)
  })
})

describe('a path leads out of nothing', () => {
  const ways = [
    '../package.json',
    '..%2fpackage.json',
    '%2e%2e/%2e%2e/package.json',
    '..%5c..%5cpackage.json',
    '%252e%252e%252fpackage.json',
    'style.css/../../app.tsx',
    '....//package.json',
    '/etc/passwd',
    '%2fetc%2fpasswd',
    'a%00.css',
  ]
  test.each(ways)('from assets, media, posts, archive or the sitemap: %s', async (way) => {
    const app = await openSample()
    const roots = [
      '/assets',
      '/media',
      '/media/0123456789abcdef',
      '/posts',
      '/archive',
      '/sitemap-',
    ]
    for (const root of roots) {
      const answer = await app.get(`${root}/${way}`)
      expect([400, 404], `${root}/${way}`).toContain(answer.status)
      expect(await answer.text()).not.toMatch(/"dependencies"|root:|createApp/)
    }
  })
})

describe('nothing secret is written down', () => {
  test('neither passwords, cookies, tokens, mails, addresses nor texts, at the finest level', async () => {
    const log = recordingLog()
    const app = await openSample({ log, trustProxy: 1 })
    app.blog.addAccount('vilem', 'admin')
    app.blog.addToken('token-that-is-secret', 'write')
    const { cookie } = await app.blog.signIn('vilem')
    const from = { 'x-forwarded-for': '203.0.113.77', 'sec-fetch-site': 'same-origin' }
    await app.form('/admin/login', { name: 'vilem', password: fakePassword }, from)
    await app.form('/admin/login', { name: 'vilem', password: 'wrong-but-secret' }, from)
    await app.get('/admin', { cookie, ...from })
    await app.get('/admin/setup?token=setup-token-secret', from)
    await app.send('POST', '/api/posts', { title: '' }, { token: 'token-that-is-secret' })
    await app.get('/api/posts', { authorization: 'Bearer wrong-token-secret' })
    const comment = { author: 'Ada', email: 'ada@secret.example', body: 'secret words' }
    // Who guesses passwords is named by the address, for those who keep it out; who comments is not.
    const commenter = { ...from, 'x-forwarded-for': '198.51.100.99' }
    await app.form('/posts/short/comments', comment, commenter)
    app.blog.failing.set('comments.add', new Error('the store broke'))
    await app.form('/posts/short/comments', { ...comment, body: 'secret again' }, commenter)
    app.blog.failing.set('posts.bySlug', new Error('the store broke'))
    expect((await app.get('/posts/not-seen-yet?token=query-secret')).status).toBe(500)

    const written = JSON.stringify(log.lines, (_, value: unknown) =>
      value instanceof Error ? `${value.message} ${value.stack}` : value,
    )
    expect(log.lines.length).toBeGreaterThan(5)
    expect(written).not.toContain(fakePassword)
    expect(written).not.toContain(cookie.split('=')[1])
    expect(written).not.toMatch(/secret|198\.51\.100\.99/)
  })
})
