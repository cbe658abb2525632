import { beforeEach, describe, expect, test } from 'vitest'

import { OperationError } from '../../../../src/kernel/errors.ts'
import { fakePassword } from '../../../support/fake-accounts.ts'
import { openTestApp } from '../../../support/test-app.ts'
import type { TestApp } from '../../../support/test-app.ts'

const own = { 'sec-fetch-site': 'same-origin' }

function cookieOf(answer: Response, name: string): string | undefined {
  return answer.headers.getSetCookie().find((each) => each.startsWith(`${name}=`))
}

describe('signing in', () => {
  let app: TestApp
  beforeEach(() => {
    app = openTestApp()
    app.blog.addAccount('ana', 'admin')
  })
  const signIn = (fields: Record<string, string> = {}, headers: Record<string, string> = {}) =>
    app.form(
      '/admin/login',
      { name: 'ana', password: fakePassword, ...fields },
      { ...own, ...headers },
    )

  test('a page of the administration leads to the login and back to where one wanted to go', async () => {
    const refused = await app.get('/admin/account?x=1')
    expect([refused.status, refused.headers.get('location')]).toEqual([
      303,
      '/admin/login?next=%2Fadmin%2Faccount%3Fx%3D1',
    ])
    const answer = await signIn({ next: '/admin/account?x=1' })
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/admin/account?x=1'])
    const cookie = cookieOf(answer, 'ringpost_session')!
    expect(cookie).toMatch(
      /^ringpost_session=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax; Secure$/,
    )
    const page = await app.get('/admin/account', { cookie: cookie.split(';')[0]! })
    expect(page.status).toBe(200)
    expect(page.headers.get('cache-control')).toBe('private, no-store')
    expect(await page.text()).toContain('You sign in as <strong>ana</strong>')
  })

  test('a wrong password and a wrong name are told the same way, and keep the name', async () => {
    const password = await signIn({ password: 'not this one' })
    const name = await signIn({ name: 'nobody' })
    expect([password.status, name.status]).toEqual([401, 401])
    const [first, second] = [await password.text(), await name.text()]
    expect(first).toContain('value="ana"')
    expect(first).toBe(second.replace('value="nobody"', 'value="ana"'))
    expect(cookieOf(password, 'ringpost_session')).toBeUndefined()
  })
})
