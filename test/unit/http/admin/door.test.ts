import { beforeEach, describe, expect, test } from 'vitest'

import { adminRoutes } from '../../../../src/http/admin/routes.ts'
import { reaches } from '../../../../src/http/admin/signed-in.ts'
import { OperationError } from '../../../../src/kernel/errors.ts'
import type { Role } from '../../../../src/store/blog.ts'
import { htmlFaults } from '../../../support/html-faults.ts'
import { openTestApp } from '../../../support/test-app.ts'
import type { TestApp } from '../../../support/test-app.ts'

const own = { 'sec-fetch-site': 'same-origin' }
const roles: readonly Role[] = ['author', 'editor', 'admin']

let app: TestApp
beforeEach(() => {
  app = openTestApp()
  for (const role of roles) app.blog.addAccount(`an-${role}`, role)
})
const as = (role: Role): Promise<{ readonly cookie: string }> => app.blog.signIn(`an-${role}`)

/** Verbs that change something, called since. */
function writes(): readonly string[] {
  const reading =
    /\.(?:read|list|authenticate|verify|page|tags|months|queue|queueCount|start)$|^(?:settings|spamReport|health)$/
  return [...app.blog.calls.keys()].filter((verb) => !reading.test(verb))
}

const gets = adminRoutes.filter(({ get }) => get !== undefined)
const posts = adminRoutes.filter(({ post }) => post !== undefined)

describe.each(gets)('GET $path', ({ path, role: needed }) => {
  test('leads to the login without a session', async () => {
    const answer = await app.get(path)
    expect(answer.status).toBe(303)
    expect(answer.headers.get('location')).toMatch(/^\/admin\/login/)
    expect(answer.headers.get('cache-control')).toBe('private, no-store')
  })

  test.each(roles)('as %s: the page, or a plain no', async (role) => {
    const answer = await app.get(path, await as(role))
    expect(answer.status).toBe(reaches(role, needed) ? 200 : 403)
    expect(answer.headers.get('cache-control')).toBe('private, no-store')
    const html = await answer.text()
    expect(await htmlFaults(html)).toEqual([])
    expect(html).toContain('<meta name="robots" content="noindex">')
  })

  test('changes nothing', async () => {
    const session = await as('admin')
    app.blog.calls.clear()
    await app.get(path, session)
    expect(writes()).toEqual([])
  })
})

describe.each(posts)('POST $path', ({ path, role: needed }) => {
  test('is refused from anywhere but our own pages, before anything is looked at', async () => {
    const session = await as('admin')
    app.blog.calls.clear()
    for (const headers of [
      {},
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'none' },
      { origin: 'https://evil.example' },
      { origin: 'null' },
    ]) {
      const answer = await app.form(path, { x: '1' }, { ...session, ...headers })
      expect(answer.status).toBe(403)
    }
    expect(writes()).toEqual([])
    expect(app.blog.calls.get('sessions.authenticate')).toBeUndefined()
  })

  test('changes nothing without a session, and gives back what was typed', async () => {
    const answer = await app.form(path, { about: 'long & <dear>' }, own)
    expect(answer.status).toBe(401)
    const html = await answer.text()
    expect(html).toContain('name="about" value="long &amp; &lt;dear&gt;"')
    expect(html).toContain(`action="${path}"`)
    expect(await htmlFaults(html)).toEqual([])
    expect(writes()).toEqual([])
  })

  test('writes no password into a page', async () => {
    const typed = { old: 'secret 1', password: 'secret 2', again: 'secret 3' }
    const html = await (await app.form(path, typed, own)).text()
    expect(html).toContain('passwords have to be typed once more')
    expect(html).not.toContain('secret')
    expect(await htmlFaults(html)).toEqual([])
  })

  test.each(roles.filter((role) => !reaches(role, needed)))(
    'is not for the role %s',
    async (role) => {
      const answer = await app.form(path, {}, { ...own, ...(await as(role)) })
      expect(answer.status).toBe(403)
      expect(writes()).toEqual([])
    },
  )

  test('with the store away gives back what was typed', async () => {
    const session = await as('admin')
    app.blog.failing.set('sessions.authenticate', new OperationError('BLOG_TIMEOUT', 'no answer'))
    const answer = await app.form(path, { about: 'long' }, { ...own, ...session })
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
    expect(await answer.text()).toContain('name="about" value="long"')
  })
})

describe('the door', () => {
  test('stands before addresses that are not there, too', async () => {
    const answer = await app.form('/admin/nothing', {}, { 'sec-fetch-site': 'cross-site' })
    expect(answer.status).toBe(403)
    const missing = await app.get('/admin/nothing')
    expect([missing.status, missing.headers.get('cache-control')]).toEqual([
      404,
      'private, no-store',
    ])
  })

  test('shows each role what it may reach, and no more', async () => {
    for (const role of roles) {
      const html = await (await app.get('/admin', await as(role))).text()
      for (const route of adminRoutes.filter(({ label }) => label !== undefined)) {
        expect(html.includes(`href="${route.path}"`)).toBe(reaches(role, route.role))
      }
    }
  })

  test('lets no API token in, and no session into the API', async () => {
    expect((await app.get('/admin', { authorization: 'Bearer W' })).status).toBe(303)
    const answer = await app.send(
      'POST',
      '/api/posts',
      { title: 'x' },
      {
        token: '',
        headers: { ...own, ...(await as('admin')) },
      },
    )
    expect(answer.status).toBe(401)
  })
})
