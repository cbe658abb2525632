import { beforeEach, describe, expect, test } from 'vitest'

import { OperationError } from '../../../../src/kernel/errors.ts'
import { limits } from '../../../../src/kernel/limits.ts'
import { fakePassword } from '../../../support/fake-accounts.ts'
import { htmlFaults } from '../../../support/html-faults.ts'
import { openTestApp } from '../../../support/test-app.ts'
import type { TestApp } from '../../../support/test-app.ts'

const own = { 'sec-fetch-site': 'same-origin' }
const away = new OperationError('BLOG_UNAVAILABLE', 'no node answers')

/** Of `Set-Cookie`, whole. */
function cookieOf(answer: Response, name: string): string | undefined {
  return answer.headers.getSetCookie().find((each) => each.startsWith(`${name}=`))
}

/** As a browser sends it back. */
function sentBack(cookie: string | undefined): { readonly cookie: string } {
  return { cookie: cookie?.split(';')[0] ?? '' }
}

let app: TestApp
beforeEach(() => {
  app = openTestApp()
  app.blog.addAccount('ana', 'admin')
})

const signIn = (
  fields: Record<string, string> = {},
  headers: Record<string, string> = {},
): Promise<Response> =>
  app.form(
    '/admin/login',
    { name: 'ana', password: fakePassword, ...fields },
    { ...own, ...headers },
  )

describe('signing in', () => {
  test('a page of the administration leads to the login, and back to where one wanted to go', async () => {
    const refused = await app.get('/admin/account?x=1')
    expect([refused.status, refused.headers.get('location')]).toEqual([
      303,
      '/admin/login?next=%2Fadmin%2Faccount%3Fx%3D1',
    ])
    const login = await (await app.get('/admin/login?next=%2Fadmin%2Faccount%3Fx%3D1')).text()
    expect(login).toContain('name="next" value="/admin/account?x=1"')
    const answer = await signIn({ next: '/admin/account?x=1' })
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/admin/account?x=1'])
    const page = await app.get('/admin/account', sentBack(cookieOf(answer, 'ringpost_session')))
    expect([page.status, page.headers.get('cache-control')]).toEqual([200, 'private, no-store'])
    expect(await page.text()).toContain('You sign in as <strong>ana</strong>')
  })

  test('the cookie is for no script, no other site, and over https for no open line', async () => {
    expect(cookieOf(await signIn(), 'ringpost_session')).toMatch(
      /^ringpost_session=[\w-]{43}; Path=\/; Max-Age=7776000; HttpOnly; SameSite=Lax; Secure$/,
    )
    app = openTestApp({ publicUrl: 'http://127.0.0.1:3000' })
    app.blog.addAccount('ana', 'admin')
    expect(cookieOf(await signIn(), 'ringpost_session')).not.toContain('Secure')
  })

  test('never leads to another site', async () => {
    for (const next of ['//evil.example', '/\\evil.example', 'https:evil.example', '/%2f%2fevil']) {
      const answer = await signIn({ next })
      expect(answer.headers.get('location')).toBe('/admin')
    }
    const { cookie } = await app.blog.signIn('ana')
    const known = await app.get('/admin/login?next=%2F%2Fevil.example', { cookie })
    expect(known.headers.get('location')).toBe('/admin')
  })

  test('makes a new session: one that was planted or used before is worth nothing afterwards', async () => {
    const planted = 'A'.repeat(43)
    const first = await signIn({}, { cookie: `ringpost_session=${planted}` })
    const session = cookieOf(first, 'ringpost_session')
    expect(session).not.toContain(planted)
    const second = await signIn({}, sentBack(session))
    expect(cookieOf(second, 'ringpost_session')).not.toBe(session)
    expect((await app.get('/admin', { cookie: `ringpost_session=${planted}` })).status).toBe(303)
    expect((await app.get('/admin', sentBack(session))).status).toBe(303)
    const { cookie } = sentBack(cookieOf(second, 'ringpost_session'))
    expect((await app.get('/admin', { cookie })).status).toBe(200)
  })

  test('a wrong password and a wrong name are told the same way, and the name is kept', async () => {
    const password = await signIn({ password: 'not this one' })
    const name = await signIn({ name: 'nobody' })
    expect([password.status, name.status]).toEqual([401, 401])
    const [first, second] = [await password.text(), await name.text()]
    expect(first).toContain('value="ana"')
    expect(first).not.toContain('not this one')
    expect(first).toBe(second.replace('value="nobody"', 'value="ana"'))
    expect(cookieOf(password, 'ringpost_session')).toBeUndefined()
    expect(await htmlFaults(first)).toEqual([])
  })

  test('a name that is markup is shown as text', async () => {
    const html = await (await signIn({ name: '"><script>alert(1)</script>' })).text()
    expect(html).toContain('value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"')
  })

  test('too many tries are told in words and in Retry-After, with the name kept', async () => {
    for (let tries = 0; tries < limits.loginTries; tries++) await signIn({ password: 'wrong' })
    const verified = app.blog.calls.get('authors.verify')
    const refused = await signIn()
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '15'])
    const html = await refused.text()
    expect(html).toContain('Wait 15 seconds')
    expect(html).toContain('value="ana"')
    expect(app.blog.calls.get('authors.verify')).toBe(verified)
    app.clock.advance(15_000)
    expect((await signIn()).status).toBe(303)
  })

  test('a right password from another address is not kept out by guesses, nor a browser known before', async () => {
    app = openTestApp({ trustProxy: 1 })
    app.blog.addAccount('ana', 'admin')
    const at = (address: string): Record<string, string> => ({ 'x-forwarded-for': address })
    const before = await signIn({}, at('10.0.0.1'))
    const device = sentBack(cookieOf(before, 'ringpost_known'))
    for (let tries = 0; tries < 20; tries++) await signIn({ password: 'wrong' }, at('10.0.0.1'))
    expect((await signIn({}, at('10.0.0.2'))).status).toBe(303)
    expect((await signIn({}, at('10.0.0.1'))).status).toBe(429)
    expect((await signIn({}, { ...at('10.0.0.1'), ...device })).status).toBe(303)
  })

  test('a device cookie of another name, or one that nobody signed, opens nothing', async () => {
    app.blog.addAccount('ben', 'author')
    const ben = sentBack(cookieOf(await signIn({ name: 'ben' }), 'ringpost_known'))
    for (let tries = 0; tries < limits.loginTries; tries++) await signIn({ password: 'wrong' })
    const forged = { cookie: `ringpost_known=${'A'.repeat(22)}.${'A'.repeat(27)}` }
    expect((await signIn({}, ben)).status).toBe(429)
    expect((await signIn({}, forged)).status).toBe(429)
  })

  test('while the store is away says so, keeps the name, and counts no try', async () => {
    for (let tries = 0; tries < limits.loginTries + 1; tries++) {
      app.blog.failing.set('authors.verify', away)
      const answer = await signIn()
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
      const html = await answer.text()
      expect(html).toContain('value="ana"')
      expect(html).not.toContain(fakePassword)
      app.blog.failing.clear()
    }
    expect((await signIn()).status).toBe(303)
  })

  test('a form that another site sends signs nobody in', async () => {
    const answer = await signIn({}, { 'sec-fetch-site': 'cross-site' })
    expect(answer.status).toBe(403)
    expect(answer.headers.getSetCookie()).toEqual([])
    expect(app.blog.calls.get('authors.verify')).toBeUndefined()
  })

  test('leads on at once who is signed in already', async () => {
    const answer = await app.get('/admin/login?next=/admin/account', await app.blog.signIn('ana'))
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/admin/account'])
  })

  test('a body beyond the bound is refused unread', async () => {
    const answer = await signIn({ password: 'x'.repeat(limits.loginFormBytesMax) })
    expect(answer.status).toBe(413)
  })
})

describe('signing out', () => {
  test('ends the session and the cookie', async () => {
    const session = await app.blog.signIn('ana')
    const answer = await app.form('/admin/logout', {}, { ...own, ...session })
    expect(answer.headers.get('location')).toBe('/admin/login?signed=out')
    expect(cookieOf(answer, 'ringpost_session')).toMatch(/^ringpost_session=; Path=\/; Max-Age=0;/)
    expect((await app.get('/admin', session)).status).toBe(303)
    expect(await (await app.get('/admin/login?signed=out')).text()).toContain('You are signed out.')
  })

  test('is no link, and nothing that another site can send', async () => {
    const session = await app.blog.signIn('ana')
    expect((await app.get('/admin/logout', session)).status).toBe(405)
    for (const headers of [
      {},
      { 'sec-fetch-site': 'cross-site' },
      { origin: 'https://evil.example' },
    ]) {
      expect((await app.form('/admin/logout', {}, { ...session, ...headers })).status).toBe(403)
    }
    expect((await app.get('/admin', session)).status).toBe(200)
  })

  test('while the store is away forgets the cookie, and says that the session lives on', async () => {
    const session = await app.blog.signIn('ana')
    app.blog.failing.set('sessions.end', away)
    const answer = await app.form('/admin/logout', {}, { ...own, ...session })
    expect(answer.headers.get('location')).toBe('/admin/login?signed=here')
    expect(cookieOf(answer, 'ringpost_session')).toContain('Max-Age=0')
  })
})

describe('on a public page', () => {
  test('who is signed in sees a way in and out; the page that others share holds nothing of it', async () => {
    const shared = await (await app.get('/')).text()
    const answer = await app.get('/', await app.blog.signIn('ana'))
    expect(answer.headers.get('cache-control')).toBe('private, no-store')
    const html = await answer.text()
    expect(html).toContain('<a href="/admin">Ana</a>')
    expect(html).toContain('action="/admin/logout"')
    expect(await htmlFaults(html)).toEqual([])
    expect(shared).not.toContain('/admin/logout')
    expect(await (await app.get('/')).text()).toBe(shared)
  })

  test('a session that has ended, or cannot be looked up, is no reason to show less', async () => {
    const session = await app.blog.signIn('ana')
    app.blog.failing.set('sessions.authenticate', away)
    expect((await app.get('/', session)).status).toBe(200)
    app.blog.failing.clear()
    const stale = await app.get('/', { cookie: `ringpost_session=${'A'.repeat(43)}` })
    expect(await stale.text()).not.toContain('/admin/logout')
  })
})
