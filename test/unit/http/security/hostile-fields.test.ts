/**
 * XSS, field by field, where `hostile-words.test.ts` does not come: behind the door of /admin, in what a
 * visitor has of their own, in what a search brings back, and in what programs and terminals read.
 */

import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'

import type { CommentStatus, QueuedComment } from '../../../../src/store/blog.ts'
import { fillHostileBlog, hostileSlug, setHostileSettings } from '../../../support/hostile-blog.ts'
import { dangersOf } from '../../../support/judge-html.ts'
import { searchOn } from '../../../support/open-search.ts'
import { payloads } from '../../../support/payloads.ts'
import { until } from '../../../support/program.ts'
import { openTestApp } from '../../../support/test-app.ts'
import type { TestApp } from '../../../support/test-app.ts'
import { parseXml } from '../../../support/xml.ts'

const own = { 'sec-fetch-site': 'same-origin' }
const each = payloads.map((payload, n) => [payload.slice(0, 40), n] as const)
const statuses: readonly CommentStatus[] = ['pending', 'spam', 'approved', 'deleted']

/** A page that is one, and in which nothing acts. @returns its HTML. */
async function harmless(asked: Response | Promise<Response>, what: string): Promise<string> {
  const answer = await asked
  expect([500, 501, 502], what).not.toContain(answer.status)
  expect(answer.headers.get('content-type'), what).toContain('text/html')
  expect(answer.headers.get('content-security-policy'), what).not.toMatch(/unsafe|\*/)
  const html = await answer.text()
  expect(dangersOf(html, { isFragment: false }), what).toEqual([])
  return html
}

/** All that the queue shows beside a comment, in a stranger's words. */
function grounds(text: string): Partial<QueuedComment> {
  return {
    decision: { status: 'pending', by: text, at: '2026-01-01T00:00:00.000Z', isOfThisText: true },
    check: {
      atMs: 1,
      said: 'unknown',
      reason: text,
      would: 'pending',
      isLogOnly: false,
      traps: { honeypot: true, stamp: 'forged' },
      visitor: { address: text, userAgent: text, referrer: text },
      isOfThisText: true,
    },
  }
}

/** A blog with one comment in each list, and the accounts `eve` (admin) and `walt`, all of it `text`. */
async function hostileAdmin(text: string): Promise<{ app: TestApp; cookie: string }> {
  const app = openTestApp()
  const { blog } = app
  const { post } = await blog.posts.create(
    { title: text, slug: 'here', body: 'x', status: 'published' },
    { by: text },
  )
  for (const status of statuses) {
    const input = { author: text, email: text, url: text, body: `${text} ${status}` }
    const added = await blog.comments.add(post.id, input, { verdict: 'pending' })
    await blog.comments.moderate(added!.comment.id, status, text)
  }
  const queue = blog.comments.queue.bind(blog.comments)
  Object.assign(blog.comments, {
    queue: async (asked: Parameters<typeof queue>[0]) => {
      const found = await queue(asked)
      const comments = found.comments.map((comment) => ({ ...comment, ...grounds(text) }))
      return { ...found, comments }
    },
  })
  blog.unread = [text]
  blog.addAccount('eve', 'admin')
  const profile = { displayName: text, email: text, url: text }
  const account = await blog.authors.change('eve', profile, 'eve')
  await blog.sessions.start(account!, { agent: text })
  return { app, cookie: (await blog.signIn('eve')).cookie }
}

describe('hostile words behind the door', () => {
  test.each(each)('do nothing in the queue, its search and what was decided: %s', async (_, n) => {
    const text = payloads[n] ?? ''
    const { app, cookie } = await hostileAdmin(text)
    const coded = encodeURIComponent(text)
    for (const status of statuses) {
      const html = await harmless(app.get(`/admin/comments?status=${status}`, { cookie }), status)
      expect(html).toContain('class="queued"')
      await harmless(app.get(`/admin/comments?status=${status}&find=${coded}`, { cookie }), status)
    }
    for (const query of [`status=${coded}`, `done=${coded}`, `nothing=${coded}`, `cursor=${coded}`])
      await harmless(app.get(`/admin/comments?${query}`, { cookie }), query)
    const form = { one: text, all: text, shown: text, 'pick[]': text, find: text, status: text }
    await harmless(app.form('/admin/comments', form, { ...own, cookie }), 'a decision')
  })

  test.each(each)('do nothing as an account, a session or a setting: %s', async (_, n) => {
    const text = payloads[n] ?? ''
    const { app, cookie } = await hostileAdmin(text)
    await fillHostileBlog(app.blog)
    setHostileSettings(app.blog, n)
    for (const path of ['/admin', '/admin/account', '/admin/settings', '/', '/posts/here'])
      await harmless(app.get(path, { cookie }), path)
    const fields = Object.fromEntries(
      ['title', 'tagline', 'about', 'colophon', 'stuff', 'language', 'spamSince', 'spamBefore']
        .concat(['displayName', 'email', 'url', 'end', 'aboutPicture', 'shown'])
        .map((name) => [name, text]),
    )
    const secrets = { old: text, password: text, again: text }
    for (const path of ['settings', 'account', 'account/password', 'comments']) {
      const to = `/admin/${path}`
      const answer = await app.form(to, { ...fields, ...secrets }, { ...own, cookie })
      if (answer.status !== 303) await harmless(answer, to)
      // Whose session has ended meanwhile gets every field back, whatever its name.
      const odd = { ...fields, [text]: text }
      await harmless(app.form(to, odd, own), `${to} signed out`)
    }
  })
})

describe('hostile words of a visitor’s own', () => {
  test.each(each)('do nothing while they wait, nor where they are changed: %s', async (_, n) => {
    const text = payloads[n] ?? ''
    const app = openTestApp()
    await fillHostileBlog(app.blog)
    const path = `/posts/${hostileSlug(0)}`
    const fields = { author: text.replaceAll(/\s/g, ' ').slice(0, 80), body: `${text} mine` }
    const sent = await app.form(`${path}/comments`, fields, own)
    expect(sent.status).toBe(303)
    const [cookie = ''] = sent.headers.getSetCookie().map((line) => line.split(';')[0] ?? '')
    const html = await harmless(app.get(`${path}?comment=held`, { cookie }), 'held')
    const edit = /href="([^"]*\/comments\/[^"]*\/edit)"/.exec(html)?.[1] ?? ''
    expect(edit).not.toBe('')
    await harmless(app.get(edit, { cookie }), 'edit')
    for (const more of [{ preview: '1' }, { body: '' }] as const) {
      const answer = await app.form(edit, { body: text, ...more }, { ...own, cookie })
      if (answer.status !== 303) await harmless(answer, JSON.stringify(more))
    }
  })
})

describe('hostile words in what a search brings back', () => {
  const stops: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop()
  })

  test('do nothing in titles, tags and pieces of text, nor over the API', async () => {
    const opened: { search?: ReturnType<typeof searchOn> } = {}
    const app = openTestApp({
      search: ({ blog, clock, log }) => (opened.search = searchOn(blog, { clock, log })),
    })
    stops.push(async () => opened.search?.stop())
    await fillHostileBlog(app.blog)
    opened.search?.start()
    await until('the archive is read', 10_000, () => opened.search?.state().isWhole === true)
    expect(await (await app.get('/search?q=pwned')).text()).toContain('<mark>pwned</mark>')
    const words = ['pwned', 'script', 'onerror', 'img src', 'javascript', 'shared', 'T1 B1', 'a']
    for (const asked of [...words, ...payloads]) {
      const coded = encodeURIComponent(asked)
      for (let page = 1; page <= 3; page++) {
        const answer = await app.get(`/search?q=${coded}&page=${page}`)
        await harmless(answer, asked)
      }
      const text = await (await app.get(`/api/search?q=${coded}`)).text()
      for (const [, html = ''] of text.matchAll(/"(?:html|snippet)":("(?:[^"\\]|\\.)*")/g)) {
        expect(dangersOf(JSON.parse(html) as string, { isFragment: true }), asked).toEqual([])
      }
    }
  }, 60_000)
})

describe('hostile words in what other programs read', () => {
  test('are text in the description of the search', async () => {
    const app = openTestApp()
    for (const n of payloads.keys()) {
      setHostileSettings(app.blog, n)
      const text = await (await app.get('/opensearch.xml')).text()
      const names = parseXml(text).children.map(({ name }) => name)
      expect(names).toEqual(['ShortName', 'Description', 'InputEncoding', 'Url'])
    }
  })

  test('are text in JSON that no browser takes for a page: tags, queue, problems, feed', async () => {
    const app = openTestApp()
    await fillHostileBlog(app.blog)
    for (const payload of payloads) {
      const coded = encodeURIComponent(payload)
      for (const path of [
        `/api/tags/${coded}`,
        '/api/tags',
        `/api/comments?find=${coded}&status=approved`,
        `/api/posts?cursor=${coded}`,
        `/api/posts?limit=${coded}`,
        `/api/${coded}`,
        '/feed.json',
        '/healthz',
        '/readyz',
      ]) {
        const answer = await app.get(path, { authorization: 'Bearer W' })
        const type = answer.headers.get('content-type') ?? ''
        expect(type, path).toMatch(/^(?:application\/(?:problem\+|feed\+)?json|text\/plain)/)
        expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
        expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
      }
    }
  })

  test('are no lines or labels of the metrics', async () => {
    const app = openTestApp()
    await fillHostileBlog(app.blog)
    for (const payload of payloads) await app.get(`/${encodeURIComponent(payload)}`)
    expect(await (await app.get('/metrics')).text()).not.toMatch(/pwned/i)
  })
})

describe('any of them, one beside the other', () => {
  const words = fc
    .array(fc.constantFrom(...payloads, '\n\n', '`', '<', '"', "'", '>', '&', '[', '](', '\\'), {
      minLength: 1,
      maxLength: 4,
    })
    .map((parts) => parts.join(''))
    // A title or a comment of nothing but blanks is refused.
    .filter((text) => text.trim() !== '')

  test('do nothing on a page, in a feed, nor in the queue', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ title: words, body: words, summary: words, tag: words, author: words }),
        async ({ title, body, summary, tag, author }) => {
          const app = openTestApp()
          const { blog } = app
          const fields = { title, body, summary, tags: [tag], author, slug: 'x' } as const
          const { post } = await blog.posts.create(
            { ...fields, status: 'published', publishedAt: '2020-01-01T00:00:00.000Z' },
            { by: author },
          )
          const comment = { author, url: summary, email: tag, body }
          await blog.comments.add(post.id, comment, { verdict: 'approved' })
          await blog.comments.add(post.id, { ...comment, body: title }, { verdict: 'pending' })
          blog.addAccount('eve', 'editor')
          const { cookie } = await blog.signIn('eve')
          for (const path of ['/', '/posts/x', '/tags', '/archive/2020/01'])
            await harmless(app.get(path), path)
          await harmless(app.get('/admin/comments', { cookie }), 'the queue')
          for (const path of ['/feed.atom', '/feed.rss', '/posts/x/comments.atom'])
            parseXml(await (await app.get(path)).text())
        },
      ),
      { numRuns: 40 },
    )
  }, 60_000)
})
