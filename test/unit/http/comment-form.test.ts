import { beforeEach, describe, expect, test } from 'vitest'

import { OperationError } from '../../../src/kernel/errors.ts'
import { htmlFaults } from '../../support/html-faults.ts'
import { fillSampleBlog } from '../../support/sample-blog.ts'
import { openTestApp } from '../../support/test-app.ts'
import type { TestApp } from '../../support/test-app.ts'

let app: TestApp
let ticket: string
let postId: string

const path = '/posts/short/comments'
const typed = {
  author: 'Ada "Q" <Lovelace>',
  email: 'ada@example.org',
  url: '',
  body: 'First & *best*',
}

beforeEach(async () => {
  app = openTestApp()
  const ids = await fillSampleBlog(app.blog)
  postId = ids.get('short') ?? ''
  const html = await (await app.get('/posts/short')).text()
  ticket = /name="ticket" value="([^"]*)"/.exec(html)?.[1] ?? ''
})

const stored = async (): Promise<number> =>
  (await app.blog.comments.ofPost(postId, { limit: 100, all: true })).total

describe('the comment form', () => {
  test('labels every field and tells browsers what to fill in', async () => {
    const html = await (await app.get('/posts/short')).text()
    for (const [name, autocomplete] of [
      ['author', 'name'],
      ['email', 'email'],
      ['url', 'url'],
    ]) {
      expect(html).toContain(`<label for="${name ?? ''}">`)
      expect(html).toMatch(
        new RegExp(`<input id="${name ?? ''}"[^>]* autocomplete="${autocomplete ?? ''}"`),
      )
    }
    expect(html).toContain('<label for="body">')
    expect(html).toMatch(/<div class="hp" aria-hidden="true">.*tabindex="-1"/)
  })

  test('holds the comment, thanks its author and shows it to nobody else', async () => {
    const sent = await app.form(path, { ticket, ...typed })
    expect(sent.status).toBe(303)
    expect(sent.headers.get('location')).toBe('/posts/short?comment=held#comment-notice')
    const cookie = (sent.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
    expect(sent.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Lax; Secure$/)
    const own = await app.get('/posts/short', { cookie })
    const html = await own.text()
    expect(own.headers.get('cache-control')).toBe('private, no-store')
    expect(html).toContain('held for moderation')
    expect(html).toContain('First &amp; <em>best</em>')
    expect(await htmlFaults(html)).toEqual([])
    const others = await (await app.get('/posts/short')).text()
    expect(others).not.toContain('held for moderation')
    expect(others).not.toContain('First &amp;')
    const plain = await (await app.get('/posts/short?comment=held')).text()
    expect(plain).toContain('held for moderation')
    expect(plain).not.toContain('First &amp;')
  })

  test('ends its notice once the comment is approved', async () => {
    const sent = await app.form(path, { ticket, ...typed })
    const cookie = (sent.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
    const id = /ringpost_own=([0-9A-Z]{26})-/.exec(cookie)?.[1] ?? ''
    await app.blog.comments.moderate(id, 'approved', 'x')
    const html = await (await app.get('/posts/short?comment=held', { cookie })).text()
    expect(html).not.toContain('held for moderation')
    expect(html).toContain('First &amp; <em>best</em>')
  })

  test('sent twice is one comment', async () => {
    await app.form(path, { ticket, ...typed })
    await app.form(path, { ticket, ...typed })
    expect(await stored()).toBe(1)
  })

  test.each([
    [{ author: '  ' }, 'author', 'Please give a name'],
    [{ email: 'nonsense' }, 'email', 'does not look like a mail address'],
    [{ url: 'javascript:alert(1)' }, 'url', 'starts with https://'],
    [{ body: ' \n ' }, 'body', 'nothing to send'],
    [{ body: 'x'.repeat(40_000) }, 'body', 'At most 32 kB'],
  ])(
    'keeps what was typed and says beside the field what is wrong: %j',
    async (wrong, field, words) => {
      const sent = await app.form(path, { ticket, ...typed, ...wrong })
      const html = await sent.text()
      expect(sent.status).toBe(422)
      expect(html).toMatch(
        new RegExp(`id="${field}"[^>]*aria-invalid="true"[^>]*aria-describedby="${field}-error`),
      )
      expect(html).toContain(words)
      if (field !== 'body') expect(html).toContain('>First &amp; *best*</textarea>')
      if (field !== 'author') expect(html).toContain('value="Ada &quot;Q&quot; &lt;Lovelace&gt;"')
      expect(await htmlFaults(html)).toEqual([])
      expect(await stored()).toBe(0)
    },
  )

  test('shows a preview and stores nothing', async () => {
    const sent = await app.form(path, { ticket, ...typed, preview: '1' })
    const html = await sent.text()
    expect([sent.status, await stored()]).toEqual([200, 0])
    expect(html).toContain('First &amp; <em>best</em>')
    expect(html).toContain('>First &amp; *best*</textarea>')
    expect(await htmlFaults(html)).toEqual([])
  })

  test('thanks a robot that fills every field like everybody, and stores it as spam', async () => {
    const sent = await app.form(path, { ticket, ...typed, contact_me_by_fax: '555' })
    expect([sent.status, sent.headers.get('location')]).toEqual([
      303,
      '/posts/short?comment=held#comment-notice',
    ])
    const { comments } = await app.blog.comments.ofPost(postId, { limit: 10, all: true })
    expect(comments.map(({ status }) => status)).toEqual(['spam'])
    const wrong = await app.form(path, { ticket, ...typed, body: '', contact_me_by_fax: '555' })
    expect([wrong.status, await stored()]).toEqual([303, 1])
  })

  test('answers a comment where the page says so', async () => {
    const added = await app.blog.comments.add(
      postId,
      { author: 'Grace', body: 'x' },
      { verdict: 'approved' },
    )
    const id = added?.comment.id ?? ''
    const html = await (await app.get(`/posts/short?reply=${id}`)).text()
    expect(html).toContain('Reply to Grace</h2>')
    expect(html).toContain(`name="parent" value="${id}"`)
  })

  test('takes a comment while the post cannot be read, by its signed ticket', async () => {
    const away = new OperationError('BLOG_UNAVAILABLE', 'no node')
    app.blog.failing.set('posts.bySlug', away)
    app.blog.failing.set('posts.read', away)
    expect((await app.form(path, { ticket, ...typed })).status).toBe(303)
    expect(await stored()).toBe(1)
  })

  test.each(['', 'x', '01HZZZZZZZ0000000000000001.forged'])(
    'without our ticket the post is looked up: %s',
    async (forged) => {
      expect((await app.form(path, { ticket: forged, ...typed })).status).toBe(303)
      expect(await stored()).toBe(1)
      const nowhere = await app.form('/posts/nothing/comments', { ticket: forged, ...typed })
      expect(nowhere.status).toBe(404)
    },
  )

  test('gives the text back when nothing can be stored, ready to be sent again', async () => {
    app.blog.failure = new OperationError('BLOG_UNAVAILABLE', 'no node', 'indefinite')
    const sent = await app.form(path, { ticket, ...typed })
    const html = await sent.text()
    expect([sent.status, sent.headers.get('retry-after')]).toEqual([503, '5'])
    expect(html).toContain('>First &amp; *best*</textarea>')
    expect(html).toContain(`name="ticket" value="${ticket}"`)
    expect(await htmlFaults(html)).toEqual([])
  })

  test.each([
    ['BLOG_UNAVAILABLE', 503],
    ['BLOG_TIMEOUT', 503],
    ['BLOG_QUORUM_UNMET', 503],
    ['BLOG_OVERLOADED', 503],
    ['BLOG_UNSETTLED', 503],
    ['BLOG_NO_BUCKET_TYPE', 503],
    ['BLOG_REFUSED_BY_RIAK', 502],
    ['BLOG_UNREADABLE_VALUE', 500],
    ['BLOG_TOO_LARGE', 413],
  ] as const)(
    'gives every field back after %s (%i), and logs what is not its author’s fault',
    async (code, status) => {
      const all = {
        ...typed,
        url: 'https://ada.example/?a=1&b="2"',
        parent: '01HZZZZZZZ0000000000000007',
      }
      app.blog.failing.set('comments.add', new OperationError(code, 'told by a test', 'indefinite'))
      const sent = await app.form(path, { ticket, ...all })
      const html = await sent.text()
      expect(sent.status).toBe(status)
      expect(sent.headers.get('cache-control')).toContain('no-store')
      expect(html).toContain('value="Ada &quot;Q&quot; &lt;Lovelace&gt;"')
      expect(html).toContain('value="ada@example.org"')
      expect(html).toContain('value="https://ada.example/?a=1&amp;b=&quot;2&quot;"')
      expect(html).toContain('name="parent" value="01HZZZZZZZ0000000000000007"')
      expect(html).toContain('>First &amp; *best*</textarea>')
      expect(html).toContain('Your text is still here')
      expect(await htmlFaults(html)).toEqual([])
      expect(app.logged.some((line) => line.includes(code))).toBe(status >= 500)
      app.blog.failing.clear()
      expect((await app.form(path, { ticket, ...all })).status).toBe(303)
      expect((await app.form(path, { ticket, ...all })).status).toBe(303)
      expect(await stored()).toBe(1)
    },
  )

  test('sent again and again while nothing can be stored is not slowed down for it', async () => {
    app.blog.failure = new OperationError('BLOG_UNAVAILABLE', 'no node')
    for (let n = 0; n < 8; n++) {
      expect((await app.form(path, { ticket, ...typed })).status).toBe(503)
      const api = { author: 'Ada', body: 'x' }
      const options = { token: '' }
      const answer = await app.send('POST', `/api/posts/${postId}/comments`, api, options)
      expect(answer.status).toBe(503)
    }
    app.blog.failure = undefined
    expect((await app.form(path, { ticket, ...typed })).status).toBe(303)
  })

  test('a fault of ours and a post that is gone keep the text, too', async () => {
    app.blog.failing.set('comments.add', new TypeError('undefined is not a secret'))
    const fault = await app.form(path, { ticket, ...typed })
    const html = await fault.text()
    expect(fault.status).toBe(500)
    expect(html).toContain('>First &amp; *best*</textarea>')
    expect(html).not.toContain('secret')
    const nowhere = await app.form('/posts/nothing/comments', typed)
    expect(nowhere.status).toBe(404)
    expect(await nowhere.text()).toContain('>First &amp; *best*</textarea>')
  })

  test('a preview is shown without the store, above the form with the text', async () => {
    app.blog.failure = new OperationError('BLOG_UNAVAILABLE', 'no node')
    const shown = await app.form(path, { ticket, ...typed, preview: '1' })
    const html = await shown.text()
    expect([shown.status, shown.headers.get('retry-after')]).toEqual([503, '5'])
    expect(html).toContain('<p>First &amp; <em>best</em></p>')
    expect(html).toContain('>First &amp; *best*</textarea>')
    expect(await htmlFaults(html)).toEqual([])
  })

  test('slows down one address and keeps the text (TRUST_PROXY=0: the header is not believed)', async () => {
    const send = (n: number): Promise<Response> =>
      app.form(path, { ticket, ...typed, body: `n${n}` }, { 'x-forwarded-for': `1.1.1.${n}` })
    for (let n = 0; n < 5; n++) expect((await send(n)).status).toBe(303)
    const refused = await send(5)
    expect(refused.status).toBe(429)
    expect(await refused.text()).toContain('>n5</textarea>')
    const proxied = openTestApp({ trustProxy: 1 })
    await fillSampleBlog(proxied.blog)
    for (let n = 0; n < 8; n++) {
      const headers = { 'x-forwarded-for': `6.6.6.6, 1.1.1.${n}` }
      expect((await proxied.form(path, { ...typed, body: `n${n}` }, headers)).status).toBe(303)
    }
  })

  test.each([
    [{ 'sec-fetch-site': 'same-origin' }, 303],
    [{ origin: 'https://blog.example' }, 303],
    [{ origin: 'http://localhost:3000', host: 'localhost:3000' }, 303],
    [{}, 303],
    [{ 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }, 403],
    [{ 'sec-fetch-site': 'same-site' }, 403],
    [{ origin: 'https://evil.example' }, 403],
    [{ origin: 'null' }, 403],
  ])('is taken from this site only: %j → %i', async (headers, status) => {
    expect((await app.form(path, { ticket, ...typed }, headers)).status).toBe(status)
  })

  test('of a megabyte is refused', async () => {
    expect((await app.form(path, { ...typed, body: 'x'.repeat(1_000_000) })).status).toBe(413)
  })
})
