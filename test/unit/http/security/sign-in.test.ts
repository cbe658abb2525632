/**
 * Attacks on signing in, through the HTTP door: planted sessions, guessing, names found out, a link used twice.
 * What a sign-in looks like to its owner: `admin/login.test.ts`.
 */

import { beforeEach, describe, expect, test } from 'vitest'

import { openSetup } from '../../../../src/http/admin/setup-offer.ts'
import { limits } from '../../../../src/kernel/limits.ts'
import { seededDice } from '../../../../src/kernel/prng.ts'
import { fakePassword } from '../../../support/fake-accounts.ts'
import { openTestApp } from '../../../support/test-app.ts'
import type { TestApp } from '../../../support/test-app.ts'

type Sent = Readonly<Record<string, string>>

const own = { 'sec-fetch-site': 'same-origin' }
const at = (address: string): Sent => ({ 'x-forwarded-for': address })

let app: TestApp

beforeEach(() => {
  app = openTestApp({ trustProxy: 1 })
  app.blog.addAccount('ana', 'admin')
  app.blog.addAccount('eve', 'author')
})

const signIn = (fields: Sent = {}, headers: Sent = {}): Promise<Response> =>
  app.form(
    '/admin/login',
    { name: 'ana', password: fakePassword, ...fields },
    { ...own, ...headers },
  )

/** What a browser sends afterwards: the cookies it had, those of the answer in their place. */
function browserAfter(answer: Response, before = ''): string {
  const jar = new Map<string, string>()
  const all = [...before.split(';'), ...answer.headers.getSetCookie()]
  for (const each of all) {
    const [, name = '', value = ''] = /^\s*([^=]+)=([^;]*)/.exec(each) ?? []
    if (name !== '') jar.set(name, value)
  }
  return [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
}

async function whoIs(cookie: string): Promise<string | undefined> {
  const html = await (await app.get('/admin/account', { cookie })).text()
  return /You sign in as <strong>([^<]*)</.exec(html)?.[1]
}

describe('a session that somebody planted', () => {
  test.each([
    ['made up', async () => `ringpost_session=${'A'.repeat(43)}`],
    ['a real one of the attacker', async () => (await app.blog.signIn('eve')).cookie],
    ['an earlier one of the same account', async () => (await app.blog.signIn('ana')).cookie],
    [
      'two, of which the second is real',
      async () => `ringpost_session=x; ${(await app.blog.signIn('eve')).cookie}`,
    ],
    ['empty', async () => 'ringpost_session='],
    ['with odd letters', async () => 'ringpost_session="a b",%0d%0a\\'],
  ])(
    '(%s) is not the one that signing in begins, and gives its planter nothing',
    async (_, plant) => {
      const planted = await plant()
      const answer = await signIn({}, { cookie: planted })
      expect(answer.status).toBe(303)
      const cookies = answer.headers
        .getSetCookie()
        .filter((each) => /^ringpost_session=/.test(each))
      expect(cookies).toHaveLength(1)
      const token = /=([\w-]{43});/.exec(cookies[0] ?? '')?.[1] ?? 'none'
      expect(planted).not.toContain(token)
      expect(await whoIs(`ringpost_session=${token}`)).toBe('ana')
      expect(await whoIs(planted)).toBeUndefined()
    },
  )

  test('cannot be sent along in an address or in the form', async () => {
    const { cookie } = await app.blog.signIn('eve')
    const token = cookie.split('=')[1] ?? ''
    const answer = await signIn({ ringpost_session: token, session: token })
    expect(await whoIs(browserAfter(answer))).toBe('ana')
    for (const name of ['ringpost_session', 'session', 'token']) {
      const page = await app.get(`/admin/account?${name}=${token}`)
      expect([page.status, page.headers.getSetCookie()]).toEqual([303, []])
    }
  })

  test('is replaced by a new password as well, and by the link of a fresh blog', async () => {
    const { cookie } = await app.blog.signIn('ana')
    const changed = { old: fakePassword, password: 'some other words', again: 'some other words' }
    const answer = await app.form('/admin/account/password', changed, { ...own, cookie })
    expect(await whoIs(browserAfter(answer, cookie))).toBe('ana')
    expect(await whoIs(cookie)).toBeUndefined()

    const { offer, token } = openSetup({
      clock: app.clock,
      dice: seededDice(3),
      onDone: () => Promise.resolve(),
    })
    app = openTestApp({ setup: offer })
    const planted = `ringpost_session=${'B'.repeat(43)}`
    const first = { token, title: 'T', name: 'ana', password: fakePassword, again: fakePassword }
    const made = await app.form('/admin/setup', first, { ...own, cookie: planted })
    expect(await whoIs(browserAfter(made, planted))).toBe('ana')
    expect(await whoIs(planted)).toBeUndefined()
  })
})

describe('guessing passwords', () => {
  /** @returns how many of them had their password looked at. */
  async function looked(
    guesses: Iterable<readonly [fields: Sent, headers: Sent]>,
  ): Promise<number> {
    const before = app.blog.calls.get('authors.verify') ?? 0
    for (const [fields, headers] of guesses) {
      const { status } = await signIn({ password: 'a wrong guess', ...fields }, headers)
      expect([401, 429]).toContain(status)
    }
    return (app.blog.calls.get('authors.verify') ?? 0) - before
  }

  test('of one account from one address: five, whatever else is varied', async () => {
    const count = await looked(
      Array.from({ length: 60 }, (_, n) => [
        { name: n % 2 === 0 ? ' ANA ' : 'ana', next: `/admin?${n}`, password: `guess ${n}` },
        {
          ...at('203.0.113.9'),
          'user-agent': `Browser ${n}`,
          cookie: `ringpost_session=${n}; ringpost_known=${n}`,
          'x-real-ip': `10.0.0.${n}`,
          'client-ip': `10.0.0.${n}`,
        },
      ]),
    )
    expect(count).toBe(limits.loginTries)
    // The right one does not help whoever is made to wait, and says nothing.
    const right = await signIn({}, at('203.0.113.9'))
    expect([right.status, right.headers.getSetCookie()]).toEqual([429, []])
  })

  test('at the same moment counts each one', async () => {
    const before = app.blog.calls.get('authors.verify') ?? 0
    const all = Array.from({ length: 40 }, (_, n) =>
      signIn({ password: `guess ${n}` }, at('203.0.113.9')),
    )
    const statuses = (await Promise.all(all)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 401)).toHaveLength(limits.loginTries)
    expect((app.blog.calls.get('authors.verify') ?? 0) - before).toBe(limits.loginTries)
  })

  test('of ever other accounts from one address: thirty, then one each ten seconds', async () => {
    const spray = function* (count: number): Generator<readonly [Sent, Sent]> {
      for (let n = 0; n < count; n++) yield [{ name: `name-${n}` }, at('203.0.113.9')]
    }
    expect(await looked(spray(100))).toBe(limits.loginAddressBurst)
    app.clock.advance(limits.loginAddressRefillMs)
    expect(await looked(spray(10))).toBe(1)
  })

  test('of one account from ever other addresses: a hundred, then one each six seconds', async () => {
    const everywhere = function* (count: number): Generator<readonly [Sent, Sent]> {
      for (let n = 0; n < count; n++) yield [{}, at(`10.${n >> 8}.${n & 255}.1`)]
    }
    expect(await looked(everywhere(300))).toBe(limits.loginNameBurst)
    app.clock.advance(limits.loginNameRefillMs)
    expect(await looked(everywhere(10))).toBe(1)
  })

  test('from one IPv6 network counts as one address, from whichever of its 2^64 it comes', async () => {
    const count = await looked(
      Array.from({ length: 50 }, (_, n) => [
        {},
        at(`2001:db8:0:1:${n.toString(16)}:${(n * 7).toString(16)}::${n.toString(16)}`),
      ]),
    )
    expect(count).toBe(limits.loginTries)
  })

  test('with made-up addresses in front of the true one counts as from the true one', async () => {
    const count = await looked(
      Array.from({ length: 50 }, (_, n) => [{}, at(`10.0.${n}.1, 203.0.113.9`)]),
    )
    expect(count).toBe(limits.loginTries)
  })

  test('by somebody at a desk where ana is signed in is no quicker', async () => {
    const { cookie } = await app.blog.signIn('ana')
    const before = app.blog.calls.get('authors.verify') ?? 0
    for (let n = 0; n < 30; n++) {
      const guess = { old: `guess ${n}`, password: 'some other words', again: 'some other words' }
      await app.form('/admin/account/password', guess, { ...own, cookie })
    }
    expect((app.blog.calls.get('authors.verify') ?? 0) - before).toBe(limits.loginTries)
  })
})

describe('which accounts there are', () => {
  test('is not told by the login: same words, same headers, same waits, whatever the name', async () => {
    app.blog.addAccount('ben', 'author')
    await app.blog.authors.close('ben', 'operator')
    const told = async (name: string): Promise<readonly unknown[]> => {
      const answers: unknown[] = []
      for (let tries = 0; tries <= limits.loginTries; tries++) {
        const answer = await signIn({ name, password: 'wrong' }, at(`10.1.1.${name.charCodeAt(0)}`))
        const html = (await answer.text()).replaceAll(`value="${name}"`, '')
        answers.push([answer.status, [...answer.headers], html])
      }
      return answers
    }
    const known = await told('ana')
    // Of one length, as are the pages that show them again.
    for (const name of ['ben', 'zoe', '../']) expect(await told(name)).toEqual(known)
  })

  test('is not told by an author’s name on a page, nor by a mail address', async () => {
    const { post } = await app.blog.posts.create(
      { title: 'T', slug: 't', body: 'x', status: 'published' },
      { by: 'ana' },
    )
    const paths = ['/', '/posts/t', '/feed.atom', '/feed.json', `/api/posts/${post.id}`]
    for (const path of paths) {
      expect(await (await app.get(path)).text(), path).not.toContain('ana@example.org')
    }
  })
})
