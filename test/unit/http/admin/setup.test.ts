import { beforeEach, describe, expect, test } from 'vitest'

import { openSetup } from '../../../../src/http/admin/setup-offer.ts'
import { OperationError } from '../../../../src/kernel/errors.ts'
import { limits } from '../../../../src/kernel/limits.ts'
import { seededDice } from '../../../../src/kernel/prng.ts'
import { htmlFaults } from '../../../support/html-faults.ts'
import { openTestApp } from '../../../support/test-app.ts'
import type { TestApp } from '../../../support/test-app.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'
import type { VirtualClock } from '../../../support/virtual-clock.ts'

const own = { 'sec-fetch-site': 'same-origin', origin: 'null' }
const password = 'a few good words'

let app: TestApp
let clock: VirtualClock
let token: string
let done: number
beforeEach(() => {
  clock = createVirtualClock()
  done = 0
  const opened = openSetup({
    clock,
    dice: seededDice(7),
    onDone: () => {
      done += 1
      return Promise.resolve()
    },
  })
  token = opened.token
  app = openTestApp({ setup: opened.offer })
})

const show = (given = token): Promise<Response> => app.get(`/admin/setup?token=${given}`)
const send = (fields: Record<string, string> = {}): Promise<Response> =>
  app.form(
    '/admin/setup',
    { token, title: 'My blog', name: 'Rusty', password, again: password, ...fields },
    own,
  )

describe('the link of a fresh blog', () => {
  test('makes its first account, gives it its title, and signs in', async () => {
    const page = await show()
    expect([page.status, page.headers.get('referrer-policy')]).toEqual([200, 'no-referrer'])
    expect(page.headers.get('cache-control')).toBe('private, no-store')
    expect(await htmlFaults(await page.text())).toEqual([])

    const answer = await send()
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/admin'])
    const cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? ''
    expect(await (await app.get('/admin', { cookie })).text()).toContain('Hello, Rusty')
    expect(await app.blog.authors.verify('rusty', password)).toMatchObject({ role: 'admin' })
    expect((await app.blog.settings()).title).toBe('My blog')
    expect(done).toBe(1)
  })

  test('works once: afterwards it is gone, for looking and for sending', async () => {
    await send()
    expect((await show()).status).toBe(410)
    expect((await send({ name: 'eve' })).status).toBe(410)
    expect(await app.blog.authors.list()).toHaveLength(1)
  })

  test('sent twice at the same time makes one account', async () => {
    const answers = await Promise.all([send({ name: 'one' }), send({ name: 'two' })])
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 410])
    expect(await app.blog.authors.list()).toHaveLength(1)
  })

  test('works for an hour', async () => {
    clock.advance(limits.setupLinkMs - 1)
    expect((await show()).status).toBe(200)
    clock.advance(1)
    expect((await show()).status).toBe(410)
    expect((await send()).status).toBe(410)
    expect(await app.blog.authors.list()).toEqual([])
  })

  test('with another token, or none, does nothing', async () => {
    const other = openSetup({ clock, dice: seededDice(8), onDone: () => Promise.resolve() }).token
    for (const wrong of ['', token.slice(1), `${token}x`, other]) {
      expect((await show(wrong)).status).toBe(403)
      expect((await send({ token: wrong })).status).toBe(403)
    }
    expect(await app.blog.authors.list()).toEqual([])
  })

  test('is dead once an account was made at the terminal', async () => {
    app.blog.addAccount('ana', 'author')
    expect((await show()).status).toBe(410)
    expect((await send()).status).toBe(410)
    expect(await app.blog.authors.list()).toHaveLength(1)
  })

  test.each([
    ['the passwords differ', { again: 'mistyped' }, 'The two are not the same.'],
    ['the password is short', { password: 'short', again: 'short' }, 'At least 10 characters.'],
    ['there is no title', { title: ' ' }, 'Must not be empty.'],
  ])(
    'stays good where %s; what was typed is kept, but for passwords',
    async (_what, fields, words) => {
      const answer = await send(fields)
      expect([answer.status, answer.headers.get('referrer-policy')]).toEqual([422, 'no-referrer'])
      const html = await answer.text()
      expect(html).toContain(words)
      expect(html).toContain('value="Rusty"')
      expect(html).not.toContain(password)
      expect(await htmlFaults(html)).toEqual([])
      expect((await send()).status).toBe(303)
    },
  )

  test('stays good where the store did not answer', async () => {
    const away = new OperationError('BLOG_UNAVAILABLE', 'no node answers')
    app.blog.failing.set('authors.add', away)
    expect((await send()).status).toBe(503)
    app.blog.failing.clear()
    expect((await send()).status).toBe(303)
  })

  test('makes the account although no session can be begun, and says how to go on', async () => {
    app.blog.failing.set('sessions.start', new OperationError('BLOG_TIMEOUT', 'no answer'))
    const answer = await send()
    expect(answer.headers.get('location')).toBe('/admin/login?signed=ready')
    expect(await app.blog.authors.list()).toHaveLength(1)
  })

  test('is not there where nobody offered one', async () => {
    app = openTestApp()
    expect((await show()).status).toBe(404)
    expect((await send()).status).toBe(404)
  })

  test('holds 128 bits, and is spelt out on no page', async () => {
    expect(Buffer.from(token, 'base64url')).toHaveLength(16)
    for (const path of ['/', '/admin/login', '/nothing']) {
      expect(await (await app.get(path)).text()).not.toContain(token)
    }
    expect(await (await app.get('/admin/login')).text()).toContain('No account yet?')
  })
})
