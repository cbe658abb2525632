/** What every kind of answer carries against being used by others. */

import { beforeEach, describe, expect, test } from 'vitest'
import { fillSampleBlog } from '../../../support/sample-blog.ts'
import { openTestApp } from '../../../support/test-app.ts'
import type { TestApp } from '../../../support/test-app.ts'

let app: TestApp

beforeEach(async () => {
  app = openTestApp()
  await fillSampleBlog(app.blog)
})

const pages = ['/', '/posts/short', '/tags', '/archive', '/nowhere', '/admin/login']
const others = ['/feed.atom', '/feed.rss', '/feed.json', '/sitemap.xml', '/robots.txt']
const programs = ['/api/posts', '/api/nowhere', '/healthz', '/readyz']

describe('headers', () => {
  test.each([...pages, ...others, ...programs])(
    '%s is taken for nothing else, tells no other site where its reader was, and is framed nowhere',
    async (path) => {
      // Twice: rendered, and from memory.
      for (let time = 0; time < 2; time++) {
        const { headers } = await app.get(path)
        expect(headers.get('x-content-type-options')).toBe('nosniff')
        expect(headers.get('referrer-policy')).toMatch(/^(?:strict-origin|no-referrer|same-origin)/)
        expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
        const policy = headers.get('content-security-policy') ?? ''
        expect(policy).toContain("default-src 'none'")
        expect(policy).toContain("frame-ancestors 'none'")
        expect(policy).not.toContain('unsafe')
        for (const name of ['server', 'x-powered-by']) expect(headers.get(name)).toBeNull()
      }
    },
  )

  test('an address that does not take the method is told so with the same headers', async () => {
    for (const path of ['/api/posts', '/', '/healthz']) {
      const { status, headers } = await app.send('PATCH', path, {}, { token: '' })
      expect([path, status]).toEqual([path, 405])
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    }
  })

  test('a page of a public https address is never asked for without TLS again; of http nothing is said', async () => {
    const plain = openTestApp({ publicUrl: 'http://127.0.0.1:3000' })
    await fillSampleBlog(plain.blog)
    for (const path of ['/', '/posts/short', '/nowhere', '/api/posts', '/admin/login']) {
      const secure = (await app.get(path)).headers.get('strict-transport-security')
      expect([path, secure]).toEqual([path, 'max-age=31536000'])
      expect((await plain.get(path)).headers.get('strict-transport-security')).toBeNull()
    }
  })

  test('a file of the site cannot act when it is opened as a page', async () => {
    const page = await (await app.get('/')).text()
    const icon = /href="(\/assets\/icon\.[^"]+)"/.exec(page)?.[1] ?? ''
    const { status, headers } = await app.get(icon)
    expect([status, headers.get('content-security-policy')]).toEqual([
      200,
      "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox",
    ])
  })
})

describe('the cache and what a stranger sends', () => {
  test.each([
    { 'x-forwarded-host': 'evil.example' },
    { 'x-forwarded-proto': 'gopher', 'x-forwarded-port': '99' },
    { forwarded: 'host=evil.example;proto=http' },
    { 'x-original-url': '/admin', 'x-rewrite-url': '/admin' },
    { 'x-http-method-override': 'DELETE' },
    { cookie: 'theme=<script>evil()</script>' },
    { 'accept-language': 'evil', 'user-agent': 'evil.example' },
    { 'accept-encoding': 'identity;q=0, evil' },
    { range: 'bytes=0-3' },
  ])('%o changes nothing of the page that the next one gets', async (headers) => {
    const clean = openTestApp()
    await fillSampleBlog(clean.blog)
    const expected = await clean.get('/posts/short?utm_source=evil')
    const poisoned = await app.get('/posts/short', headers)
    expect(poisoned.status).toBe(200)
    const next = await app.get('/posts/short')
    const text = await next.text()
    expect(text).toBe(await expected.text())
    expect(text).not.toContain('evil')
    expect(next.headers.get('etag')).toBe(expected.headers.get('etag'))
    expect(next.headers.get('vary')).toBe('accept-encoding')
  })

  test('a Host of somebody else is in no link, no redirect and no page that is kept', async () => {
    for (const path of ['/', '/feed.atom', '/tags/Riak', '/sitemap.xml']) {
      const answer = await app.get(`http://evil.example${path}`)
      const all = `${answer.headers.get('location') ?? ''} ${await answer.text()}`
      expect(all).not.toContain('evil.example')
      expect(await (await app.get(path)).text()).not.toContain('evil.example')
    }
  })

  test.each([
    '/tags/x%0d%0aset-cookie:%20a=1',
    '/posts/%0d%0aevil:1',
    '/x%0aevil/',
    '//evil.example/',
  ])('%s sends no header of its own, and nobody elsewhere', async (path) => {
    const answer = await app.get(`https://blog.example${path}`)
    expect(answer.headers.get('set-cookie')).toBeNull()
    expect(answer.headers.get('evil')).toBeNull()
    const location = answer.headers.get('location') ?? '/'
    expect(new URL(location, 'https://blog.example').origin).toBe('https://blog.example')
    expect(location).not.toMatch(/[\r\n]/)
  })
})
