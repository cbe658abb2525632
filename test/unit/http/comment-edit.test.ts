/** The edit window: what a comment's author may do with it for ten minutes, and nobody else ever. */

import { beforeEach, describe, expect, test } from 'vitest'

import { OperationError } from '../../../src/kernel/errors.ts'
import { limits } from '../../../src/kernel/limits.ts'
import { fillSampleBlog } from '../../support/sample-blog.ts'
import { openTestApp } from '../../support/test-app.ts'
import type { TestApp } from '../../support/test-app.ts'

let app: TestApp
let ticket: string
let postId: string

const typed = { author: 'Ada', email: 'ada@example.org', url: '', body: 'First & *best*' }
const path = '/posts/short/comments'

interface Mine {
  readonly id: string
  readonly cookie: string
  readonly edit: string
}

beforeEach(async () => {
  app = openTestApp()
  const ids = await fillSampleBlog(app.blog)
  postId = ids.get('short') ?? ''
  const html = await (await app.get('/posts/short')).text()
  ticket = /name="ticket" value="([^"]*)"/.exec(html)?.[1] ?? ''
})

async function send(fields: Record<string, string> = {}, cookie = ''): Promise<Mine> {
  const sent = await app.form(path, { ticket, ...typed, ...fields }, { cookie })
  const set = sent.headers.get('set-cookie') ?? ''
  const ids = [...set.matchAll(/([0-9A-Z]{26})-/g)].map((match) => match[1] ?? '')
  const id = ids.at(-1) ?? ''
  return { id, cookie: set.split(';')[0] ?? '', edit: `${path}/${id}/edit` }
}

const textOf = async (answer: Promise<Response>): Promise<string> => (await answer).text()
const stored = async (id: string): Promise<{ body?: string; status?: string }> =>
  (await app.blog.comments.read(id)) ?? {}

describe('within ten minutes', () => {
  test('its author finds the way to change it on the post, until when, and nobody else does', async () => {
    const { cookie, edit } = await send()
    const own = await textOf(app.get('/posts/short', { cookie }))
    expect(own).toContain(`<a href="${edit}" rel="nofollow">Edit or delete</a> (until 12:10 UTC)`)
    expect(await textOf(app.get('/posts/short'))).not.toContain('/edit"')
  })

  test('an approved one is offered for change in its place in the list', async () => {
    const { id, cookie, edit } = await send()
    await app.blog.comments.moderate(id, 'approved', 'moderator')
    const html = await textOf(app.get('/posts/short', { cookie }))
    const list = html.slice(html.indexOf('<ol class="comments">'), html.indexOf('id="respond"'))
    expect(list).toContain(edit)
    expect(html).not.toContain('comment-notice')
  })

  test('the changed text is stored, held again and shown to its author', async () => {
    const { id, cookie, edit } = await send()
    await app.blog.comments.moderate(id, 'approved', 'moderator')
    expect(await textOf(app.get(edit, { cookie }))).toContain('>First &amp; *best*</textarea>')
    const saved = await app.form(edit, { body: 'Second\r\nthoughts' }, { cookie })
    expect([saved.status, saved.headers.get('location')]).toEqual([
      303,
      '/posts/short?comment=held#comment-notice',
    ])
    expect(await stored(id)).toMatchObject({ body: 'Second\nthoughts', status: 'pending' })
    const own = await textOf(app.get('/posts/short', { cookie }))
    expect(own).toContain('held for moderation')
    expect(own).toContain('Second<br')
    expect(await textOf(app.get('/posts/short'))).not.toContain('thoughts')
  })

  test('a preview shows the new text and stores nothing', async () => {
    const { id, cookie, edit } = await send()
    const html = await textOf(app.form(edit, { body: 'Now *new*', preview: '1' }, { cookie }))
    expect(html).toContain('Now <em>new</em>')
    expect(html).toContain('>Now *new*</textarea>')
    expect(await stored(id)).toMatchObject({ body: typed.body })
  })

  test.each([
    [' \n', 'nothing to send'],
    ['x'.repeat(40_000), 'At most 32 kB'],
  ])('a text that cannot be taken is given back with what is wrong', async (body, words) => {
    const { id, cookie, edit } = await send()
    const answer = await app.form(edit, { body }, { cookie })
    expect(answer.status).toBe(422)
    expect(await answer.text()).toContain(words)
    expect(await stored(id)).toMatchObject({ body: typed.body })
  })

  test.each(['comments.read', 'comments.edit'])(
    'with the store away (%s) the new text is given back, ready to be saved again',
    async (verb) => {
      const { id, cookie, edit } = await send()
      app.blog.failing.set(verb, new OperationError('BLOG_UNAVAILABLE', 'no node'))
      const answer = await app.form(edit, { body: 'Second' }, { cookie })
      const html = await answer.text()
      expect(answer.status).toBe(503)
      expect(html).toContain('>Second</textarea>')
      expect(html).toContain(`action="${edit}"`)
      app.blog.failing.clear()
      expect((await app.form(edit, { body: 'Second' }, { cookie })).status).toBe(303)
      expect(await stored(id)).toMatchObject({ body: 'Second' })
    },
  )

  test('it can be deleted; answers to it stay, and its place is marked', async () => {
    const { id, cookie, edit } = await send()
    await app.blog.comments.moderate(id, 'approved', 'moderator')
    const answer = { author: 'Grace', body: 'An answer', parent: id }
    await app.blog.comments.add(postId, answer, { verdict: 'approved' })
    const gone = await app.form(edit, { delete: '1' }, { cookie })
    expect(gone.headers.get('location')).toBe('/posts/short?comment=deleted#comment-notice')
    expect(gone.headers.get('set-cookie')).toMatch(/^ringpost_own=; .*Max-Age=0/)
    expect(await stored(id)).toMatchObject({ status: 'deleted' })
    const html = await textOf(app.get('/posts/short?comment=deleted'))
    expect(html).toContain('Your comment is deleted.')
    expect(html).toMatch(/A comment that is not shown\.<\/p><ol[^>]*>.*An answer/s)
  })

  test('several comments of one visitor can each be changed', async () => {
    const first = await send()
    const second = await send({ body: 'Another' }, first.cookie)
    for (const { edit } of [first, second]) {
      expect((await app.get(edit, { cookie: second.cookie })).status).toBe(200)
    }
  })

  test('one that a moderator has removed meanwhile stays removed, and that is said', async () => {
    const { id, cookie, edit } = await send()
    await app.blog.comments.moderate(id, 'deleted', 'moderator')
    const answer = await app.form(edit, { body: 'Second' }, { cookie })
    expect(answer.status).toBe(410)
    expect(await stored(id)).toMatchObject({ status: 'deleted', body: typed.body })
  })
})

describe('nobody changes a comment', () => {
  test('after the window, which is said, and the text given back', async () => {
    const { id, cookie, edit } = await send()
    app.clock.advance(limits.commentEditMs)
    const answer = await app.form(edit, { body: 'Too late' }, { cookie })
    const html = await answer.text()
    expect(answer.status).toBe(403)
    expect(html).toContain('can be changed for ten minutes')
    expect(html).toContain('>Too late</textarea>')
    expect(await stored(id)).toMatchObject({ body: typed.body })
    expect(await textOf(app.get('/posts/short', { cookie }))).not.toContain('/edit"')
  })

  test('without the cookie, or with that of another comment', async () => {
    const mine = await send()
    const other = await send({ body: 'Another' })
    for (const cookie of ['', 'ringpost_own=x', other.cookie]) {
      for (const fields of [{ body: 'Changed' }, { delete: '1' }]) {
        expect((await app.form(mine.edit, fields, { cookie })).status).toBe(403)
      }
      expect((await app.get(mine.edit, { cookie })).status).toBe(403)
    }
    expect(await stored(mine.id)).toMatchObject({ body: typed.body, status: 'pending' })
  })

  test('by sending its words again from elsewhere, though it is the same comment', async () => {
    const { id } = await send()
    await app.blog.comments.moderate(id, 'approved', 'moderator')
    const again = await app.form(path, { ticket, ...typed }, { 'user-agent': 'another browser' })
    expect(again.status).toBe(303)
    expect(again.headers.get('set-cookie')).toBeNull()
  })

  test('from another site', async () => {
    const { id, cookie, edit } = await send()
    const from = { cookie, 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }
    expect((await app.form(edit, { delete: '1' }, from)).status).toBe(403)
    expect(await stored(id)).toMatchObject({ status: 'pending' })
  })
})

describe('a comment that is sent twice', () => {
  test('by the same visitor is one comment, and both answers let it be changed', async () => {
    const sent = await Promise.all([send(), send()])
    expect(new Set(sent.map(({ id }) => id)).size).toBe(1)
    for (const { edit, cookie } of sent) expect((await app.get(edit, { cookie })).status).toBe(200)
  })

  test('does not open the window anew', async () => {
    await send()
    app.clock.advance(limits.commentEditMs - 60_000)
    const { cookie, edit } = await send()
    expect((await app.get(edit, { cookie })).status).toBe(200)
    app.clock.advance(60_000)
    expect((await app.get(edit, { cookie })).status).toBe(403)
  })

  test('after its author deleted it is given back with the reason', async () => {
    const { cookie, edit } = await send()
    await app.form(edit, { delete: '1' }, { cookie })
    const again = await app.form(path, { ticket, ...typed })
    expect(again.status).toBe(422)
    const html = await again.text()
    expect(html).toContain('it was deleted')
    expect(html).toContain('>First &amp; *best*</textarea>')
  })
})
