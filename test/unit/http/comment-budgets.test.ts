/** What one address may ask of the comment forms in a short time, and what costs it nothing. */

import { beforeEach, describe, expect, test } from 'vitest'

import { limits } from '../../../src/kernel/limits.ts'
import { fillSampleBlog } from '../../support/sample-blog.ts'
import { openTestApp } from '../../support/test-app.ts'
import type { TestApp } from '../../support/test-app.ts'

const typed = { author: 'Ada', email: '', url: '', body: 'First & *best*' }
const path = '/posts/short/comments'

let app: TestApp
let ticket: string

beforeEach(async () => {
  app = openTestApp({ trustProxy: 1 })
  await fillSampleBlog(app.blog)
  const html = await (await app.get('/posts/short')).text()
  ticket = /name="ticket" value="([^"]*)"/.exec(html)?.[1] ?? ''
})

const from = (address: string, cookie = ''): Record<string, string> => ({
  'x-forwarded-for': address,
  ...(cookie === '' ? {} : { cookie }),
})

/** A comment just sent, with the cookie that lets its author change it. */
async function sendOwn(): Promise<{ edit: string; cookie: string }> {
  const sent = await app.form(path, { ticket, ...typed }, from('192.0.2.9'))
  const cookie = (sent.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  const id = /([0-9A-Z]{26})-/.exec(cookie)?.[1] ?? ''
  return { edit: `${path}/${id}/edit`, cookie }
}

describe('previews', () => {
  test('of a new comment and of a changed one have one budget for each address; beyond it the text comes back, with when to ask again', async () => {
    const { edit, cookie } = await sendOwn()
    const preview = (address: string, where: 'edit' | 'new'): Promise<Response> =>
      where === 'edit'
        ? app.form(edit, { body: 'Now *new*', preview: '1' }, from(address, cookie))
        : app.form(path, { ticket, ...typed, preview: '1' }, from(address))
    for (let n = 0; n < limits.previewBurstMax; n++) {
      const shown = await preview('192.0.2.1', n % 2 === 0 ? 'edit' : 'new')
      expect([n, shown.status]).toEqual([n, 200])
    }
    for (const where of ['edit', 'new'] as const) {
      const refused = await preview('192.0.2.1', where)
      expect([where, refused.status]).toEqual([where, 429])
      expect(refused.headers.get('retry-after')).toBe(String(limits.previewRefillMs / 1_000))
      const html = await refused.text()
      expect(html).toContain(
        'Many previews were asked for from your address. Ask again in 3 seconds.',
      )
      expect(html).toContain(
        where === 'edit' ? '>Now *new*</textarea>' : '>First &amp; *best*</textarea>',
      )
      expect(html).not.toMatch(/<em>(?:new|best)<\/em>/)
    }
    expect((await preview('192.0.2.2', 'edit')).status).toBe(200)
    app.clock.advance(limits.previewRefillMs)
    expect((await preview('192.0.2.1', 'edit')).status).toBe(200)
    // Saving is another matter.
    const saved = await app.form(edit, { body: 'Now *new*' }, from('192.0.2.1', cookie))
    expect(saved.status).toBe(303)
  })
})

describe('comments', () => {
  test('to an address where no post is cost nothing: 404 with the text, however many, and the next one is taken', async () => {
    for (let n = 0; n < limits.commentBurstMax * 2; n++) {
      const lost = await app.form('/posts/nowhere/comments', typed, from('192.0.2.1'))
      expect([n, lost.status]).toEqual([n, 404])
      expect(await lost.text()).toContain('>First &amp; *best*</textarea>')
    }
    expect((await app.form(path, { ticket, ...typed }, from('192.0.2.1'))).status).toBe(303)
  })

  test('whose post is not there are told so also by an address that has sent too many', async () => {
    for (let n = 0; n < limits.commentBurstMax; n++) {
      const body = `number ${n}`
      const sent = await app.form(path, { ticket, ...typed, body }, from('192.0.2.1'))
      expect(sent.status).toBe(303)
    }
    const refused = await app.form(path, { ticket, ...typed, body: 'more' }, from('192.0.2.1'))
    expect(refused.status).toBe(429)
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/)
    const lost = await app.form('/posts/nowhere/comments', typed, from('192.0.2.1'))
    expect(lost.status).toBe(404)
  })
})

describe('a changed comment', () => {
  test('that was removed meanwhile cannot be saved, and its text is given back', async () => {
    const { edit, cookie } = await sendOwn()
    const id = /comments\/(\w+)\/edit/.exec(edit)?.[1] ?? ''
    await app.blog.comments.moderate(id, 'deleted', 'ann')
    const refused = await app.form(edit, { body: 'Two <hours> of work' }, from('192.0.2.9', cookie))
    expect(refused.status).toBe(410)
    expect(await refused.text()).toContain('Two &lt;hours&gt; of work</textarea>')
  })
})
