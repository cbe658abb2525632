import { beforeEach, describe, expect, test } from 'vitest'

import { OperationError } from '../../../../src/kernel/errors.ts'
import { limits } from '../../../../src/kernel/limits.ts'
import { fakePassword } from '../../../support/fake-accounts.ts'
import { htmlFaults } from '../../../support/html-faults.ts'
import { openTestApp } from '../../../support/test-app.ts'
import type { TestApp } from '../../../support/test-app.ts'

const own = { 'sec-fetch-site': 'same-origin' }
const away = new OperationError('BLOG_UNAVAILABLE', 'no node answers')
const newPassword = 'another good password'

let app: TestApp
let session: { readonly cookie: string }
beforeEach(async () => {
  app = openTestApp()
  app.blog.addAccount('ana', 'author')
  session = await app.blog.signIn('ana')
})

const send = (path: string, fields: Record<string, string>): Promise<Response> =>
  app.form(path, fields, { ...own, ...session })
const changePassword = (fields: Record<string, string> = {}): Promise<Response> =>
  send('/admin/account/password', {
    old: fakePassword,
    password: newPassword,
    again: newPassword,
    ...fields,
  })

describe('the account page', () => {
  test('is valid, and shows who one is and where one is signed in', async () => {
    await app.blog.signIn('ana')
    const html = await (await app.get('/admin/account', session)).text()
    expect(await htmlFaults(html)).toEqual([])
    expect(html).toContain('value="ana@example.org"')
    expect(html.match(/>End</g)).toHaveLength(1)
    expect(html.match(/\(this one\)/g)).toHaveLength(1)
    expect(html).not.toContain(session.cookie.split('=')[1])
  })

  test('changes what is said of oneself', async () => {
    const fields = { displayName: 'Ana <Lind>', email: 'lind@example.org', url: '' }
    const answer = await send('/admin/account', fields)
    expect([answer.status, answer.headers.get('location')]).toEqual([
      303,
      '/admin/account?done=profile',
    ])
    const html = await (await app.get('/admin/account?done=profile', session)).text()
    expect(html).toContain('value="Ana &lt;Lind&gt;"')
    expect(html).toContain('Your account was changed.')
  })

  test('is shown without its list while that cannot be read', async () => {
    app.blog.failing.set('sessions.list', away)
    const answer = await app.get('/admin/account', session)
    expect(answer.status).toBe(200)
    expect(await answer.text()).toContain('The list cannot be read right now.')
  })
})

describe('a new password', () => {
  test('needs the old one; ends every other session, and goes on in a new one', async () => {
    const other = await app.blog.signIn('ana')
    const answer = await changePassword()
    expect([answer.status, answer.headers.get('location')]).toEqual([
      303,
      '/admin/account?done=password',
    ])
    const cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? ''
    expect((await app.get('/admin', { cookie })).status).toBe(200)
    for (const ended of [other, session]) expect((await app.get('/admin', ended)).status).toBe(303)
    expect(await app.blog.authors.verify('ana', newPassword)).toBeDefined()
  })

  test.each([
    ['the old one is wrong', { old: 'wrong' }, 'This is not your password.'],
    ['the two differ', { again: 'mistyped here' }, 'The two are not the same.'],
    ['it is short', { password: 'short', again: 'short' }, 'At least 10 characters.'],
  ])('is refused where %s, in words beside the field', async (_what, fields, words) => {
    const answer = await changePassword(fields)
    expect(answer.status).toBe(422)
    const html = await answer.text()
    expect(html).toContain(words)
    expect(await htmlFaults(html)).toEqual([])
    expect(await app.blog.authors.verify('ana', fakePassword)).toBeDefined()
  })

  test('is guessed no faster by somebody at this desk than at the login', async () => {
    for (let tries = 0; tries < limits.loginTries; tries++) await changePassword({ old: 'wrong' })
    const answer = await changePassword()
    expect(answer.status).toBe(429)
    expect(await app.blog.authors.verify('ana', fakePassword)).toBeDefined()
  })
})

describe('sessions', () => {
  test('are ended one by one by their owner, and by nobody else', async () => {
    const other = await app.blog.signIn('ana')
    app.blog.addAccount('ben', 'admin')
    const ben = await app.blog.signIn('ben')
    const html = await (await app.get('/admin/account', session)).text()
    const id = /name="end" value="([0-9a-f]{64})"/.exec(html)?.[1] ?? ''
    await app.form('/admin/account/sessions', { end: id }, { ...own, ...ben })
    expect((await app.get('/admin', other)).status).toBe(200)
    const answer = await send('/admin/account/sessions', { end: id })
    expect(answer.headers.get('location')).toBe('/admin/account?done=session#sessions')
    expect((await app.get('/admin', other)).status).toBe(303)
    expect((await app.get('/admin', session)).status).toBe(200)
  })

  test('end all at once', async () => {
    const other = await app.blog.signIn('ana')
    const answer = await send('/admin/account/sessions', { end: 'all' })
    expect(answer.headers.get('location')).toBe('/admin/login?signed=ended')
    for (const ended of [other, session]) expect((await app.get('/admin', ended)).status).toBe(303)
  })
})
