/** What the form's traps and the spam check together do with a comment. */

import { beforeEach, describe, expect, test } from 'vitest'

import { limits } from '../../../src/kernel/limits.ts'
import { unsetCheck } from '../../../src/spam/spam-check.ts'
import type { Submission, Verdict } from '../../../src/spam/spam-check.ts'
import { fillSampleBlog } from '../../support/sample-blog.ts'
import { openTestApp } from '../../support/test-app.ts'
import type { TestApp } from '../../support/test-app.ts'

let app: TestApp
let verdict: Verdict
let asked: Submission[]
let ticket: string
let postId: string

const path = '/posts/short/comments'
const typed = { author: 'Ada', email: 'ada@example.org', url: '', body: 'First' }

beforeEach(async () => {
  verdict = { kind: 'ham' }
  asked = []
  const check = {
    ...unsetCheck,
    state: () => 'well' as const,
    check(submission: Submission) {
      asked.push(submission)
      return Promise.resolve(verdict)
    },
  }
  app = openTestApp({ spam: { check, mode: 'act' }, trustProxy: 1 })
  const ids = await fillSampleBlog(app.blog)
  postId = ids.get('short') ?? ''
  const html = await (await app.get('/posts/short')).text()
  ticket = /name="ticket" value="([^"]*)"/.exec(html)?.[1] ?? ''
})

const statuses = async (): Promise<readonly string[]> => {
  const { comments } = await app.blog.comments.ofPost(postId, { limit: 10, all: true })
  return comments.map(({ status }) => status)
}

const askStamp = async (forTicket = ticket): Promise<Response> =>
  app.get(`${path}/stamp?ticket=${encodeURIComponent(forTicket)}`)

describe('a comment that the check finds good', () => {
  test('is shown at once where its form was touched some seconds before: the script asked for a stamp', async () => {
    const stamp = await (await askStamp()).text()
    app.clock.advance(limits.commentStampMsMin)
    const sent = await app.form(path, { ticket, ...typed, stamp })
    const place = sent.headers.get('location') ?? ''
    expect(place).toMatch(/^\/posts\/short\?comment=shown#comment-[0-9A-Z]{26}$/)
    expect(await statuses()).toEqual(['approved'])
    expect(await (await app.get('/posts/short')).text()).toContain(`id="${place.split('#')[1]}"`)
  })

  test.each([
    ['a preview', { preview: '1' }],
    ['an error', { author: '' }],
  ])('is shown at once after %s, without any script', async (_what, first) => {
    const page = await app.form(path, { ticket, ...typed, ...first })
    const stamp = /name="stamp" value="([^"]+)"/.exec(await page.text())?.[1] ?? ''
    app.clock.advance(limits.commentStampMsMin)
    await app.form(path, { ticket, ...typed, stamp })
    expect(await statuses()).toEqual(['approved'])
  })

  test('is shown at once where it answers another, without any script', async () => {
    const added = await app.blog.comments.add(
      postId,
      { author: 'Grace', body: 'x' },
      { verdict: 'approved' },
    )
    const page = await app.get(`/posts/short?reply=${added?.comment.id ?? ''}`)
    const stamp = /name="stamp" value="([^"]+)"/.exec(await page.text())?.[1] ?? ''
    app.clock.advance(limits.commentStampMsMin)
    await app.form(path, { ticket, ...typed, stamp, parent: added?.comment.id ?? '' })
    expect(await statuses()).toEqual(['approved', 'approved'])
  })

  test.each([
    ['without a stamp', () => ''],
    ['with a forged one', () => 'mwtr.xxxxxxxxxxxxxxxxxxxxxxxxxxx'],
    ['too soon', async () => (await askStamp()).text()],
  ])('%s is held, not refused', async (_what, stampOf) => {
    const sent = await app.form(path, { ticket, ...typed, stamp: await stampOf() })
    expect(sent.headers.get('location')).toBe('/posts/short?comment=held#comment-notice')
    expect(await statuses()).toEqual(['pending'])
  })

  test('long after its stamp is held, not refused', async () => {
    const stamp = await (await askStamp()).text()
    app.clock.advance(limits.commentStampMsMax + 1)
    await app.form(path, { ticket, ...typed, stamp })
    expect(await statuses()).toEqual(['pending'])
  })
})

describe('a comment that the check finds bad', () => {
  test('is kept for moderators, and its sender is thanked like everybody', async () => {
    verdict = { kind: 'spam' }
    const sent = await app.form(path, { ticket, ...typed })
    expect(sent.headers.get('location')).toBe('/posts/short?comment=held#comment-notice')
    const cookie = (sent.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
    const own = await (await app.get('/posts/short', { cookie })).text()
    expect(own).toContain('held for moderation')
    expect(own).not.toMatch(/\bspam\b/i)
    expect(await statuses()).toEqual(['spam'])
  })

  test('beyond doubt is thrown away, and its sender is thanked like everybody', async () => {
    verdict = { kind: 'discard' }
    const sent = await app.form(path, { ticket, ...typed })
    expect([sent.status, sent.headers.get('location')]).toEqual([
      303,
      '/posts/short?comment=held#comment-notice',
    ])
    expect(await statuses()).toEqual([])
  })
})

test('the check is told who sent what about which post', async () => {
  await app.form(
    path,
    { ticket, ...typed },
    { 'x-forwarded-for': '192.0.2.7', 'user-agent': 'Browser', referer: 'https://blog.example/' },
  )
  expect(asked).toMatchObject([
    {
      ...typed,
      permalink: 'https://blog.example/posts/short',
      address: '192.0.2.7',
      userAgent: 'Browser',
      referrer: 'https://blog.example/',
      isEdit: false,
    },
  ])
})

test('a changed text is judged again: good stays shown, bad is taken off the page', async () => {
  const stamp = await (await askStamp()).text()
  app.clock.advance(limits.commentStampMsMin)
  const sent = await app.form(path, { ticket, ...typed, stamp })
  const cookie = (sent.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  const id = /comment-(\w+)$/.exec(sent.headers.get('location') ?? '')?.[1] ?? ''
  const edit = `${path}/${id}/edit`
  const form = await (await app.get(edit, { cookie })).text()
  const editStamp = /name="stamp" value="([^"]+)"/.exec(form)?.[1] ?? ''
  app.clock.advance(limits.commentStampMsMin)
  const saved = await app.form(edit, { body: 'Second', stamp: editStamp }, { cookie })
  expect(asked.at(-1)).toMatchObject({ body: 'Second', isEdit: true })
  expect(saved.headers.get('location')).toBe(`/posts/short?comment=shown#comment-${id}`)
  verdict = { kind: 'discard' }
  await app.form(edit, { body: 'Buy now', stamp: editStamp }, { cookie })
  expect(await statuses()).toEqual(['spam'])
  expect(await (await app.get('/posts/short')).text()).not.toContain('Buy now')
})

describe('the stamp that the script asks for', () => {
  test('is kept by no cache', async () => {
    const answer = await askStamp()
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store'])
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8')
  })

  test('is for a ticket of ours only', async () => {
    for (const forged of ['', 'x', `${postId}.forged`]) {
      expect((await askStamp(forged)).status).toBe(404)
    }
  })

  test('is in no page that is kept', async () => {
    for (const page of ['/posts/short', '/posts/everything', '/posts/short?utm_source=x']) {
      expect(await (await app.get(page)).text()).toContain('name="stamp" value=""')
    }
  })
})
