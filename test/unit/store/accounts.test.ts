import { beforeEach, describe, expect, test } from 'vitest'

import { InvalidInputError, OperationError } from '../../../src/kernel/errors.ts'
import { limits } from '../../../src/kernel/limits.ts'
import { reservedNames } from '../../../src/kernel/own-names.ts'
import type { MemoryRiakKv } from '../../../src/riak/memory-riak-kv.ts'
import type { AuthorView, Blog } from '../../../src/store/blog.ts'
import { cheapPasswords } from '../../support/cheap-passwords.ts'
import type { CheapPasswords } from '../../support/cheap-passwords.ts'
import { blogOn, memoryRiak, recordingLog } from '../../support/open-blog.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'
import type { VirtualClock } from '../../support/virtual-clock.ts'

const password = 'a few good words'
const other = 'other good words'

let clock: VirtualClock
let riak: MemoryRiakKv
let passwords: CheapPasswords
let blog: Blog

beforeEach(async () => {
  clock = createVirtualClock()
  riak = memoryRiak(clock)
  passwords = cheapPasswords()
  blog = await server()
})

function server(on: VirtualClock = clock, log = recordingLog()): Promise<Blog> {
  return blogOn(riak, { clock: on, log, passwords })
}

function add(
  on: Blog,
  name = 'ana',
  more: Partial<Parameters<Blog['authors']['add']>[0]> = {},
): Promise<AuthorView> {
  return on.authors.add({ name, password, role: 'editor', ...more }, 'operator')
}

async function refusal(work: Promise<unknown>): Promise<unknown> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof InvalidInputError) return error.issues.map(({ field }) => field)
  if (error instanceof OperationError) return error.code
  throw new Error('nothing was refused in words', { cause: error })
}

/** Reads of accounts miss what is there, as after a node's return, while `work` runs. */
async function unfound<T>(work: () => Promise<T>): Promise<T> {
  const withdraw = riak.faults.inject(
    { call: 'get', type: 'authors', times: Infinity },
    { kind: 'not-found' },
  )
  return work().finally(withdraw)
}

describe('an account', () => {
  test('signs in with its password on every server, in whatever case the name is typed', async () => {
    const made = await add(blog, ' Ana ', { displayName: 'Ana Lind' })
    expect(made).toMatchObject({
      name: 'ana',
      role: 'editor',
      displayName: 'Ana Lind',
      setAside: [],
    })
    const elsewhere = await server()
    expect(await elsewhere.authors.verify('ANA', password)).toEqual(made)
    expect(await elsewhere.authors.verify('ana', other)).toBeUndefined()
    expect(await elsewhere.authors.verify('ben', password)).toBeUndefined()
    expect(JSON.stringify(made)).not.toContain('cheap')
  })

  test.each([
    ['a name that is none', { name: 'ana lind' }, ['name']],
    ['a path', { name: '../ana' }, ['name']],
    ['a name of the program in capitals', { name: ' Author ' }, ['name']],
    ['a name beyond the bound', { name: 'a'.repeat(limits.accountNameCharsMax + 1) }, ['name']],
    ['a short password', { password: 'nine char' }, ['password']],
    ['a password everybody knows', { password: 'Password123!' }, ['password']],
    ['a row of the keyboard', { password: 'qwertyuiop' }, ['password']],
    ['a repetition', { password: 'abcabcabcabc' }, ['password']],
    ['its own name', { name: 'benfranklin', password: 'BenFranklin1' }, ['password']],
    ['a mail address that is none', { email: 'ana' }, ['email']],
    ['a script for an address', { url: 'javascript:alert(1)' }, ['url']],
    ['two faults at once', { name: '', password: '' }, ['name', 'password']],
  ])('is refused with %s', async (_what, input, fields) => {
    expect(await refusal(add(blog, 'ana', input))).toEqual(fields)
    expect(await blog.authors.list()).toEqual([])
  })

  test.each(reservedNames)(
    'is refused the name under which the program writes: %s',
    async (name) => {
      expect(await refusal(add(blog, name))).toEqual(['name'])
    },
  )

  test('keeps its name: a second one is told that it is taken, and changes nothing', async () => {
    await add(blog)
    expect(await refusal(add(await server(), 'ANA', { password: other, role: 'admin' }))).toEqual([
      'name',
    ])
    expect(await blog.authors.verify('ana', password)).toMatchObject({ role: 'editor' })
    expect(await blog.authors.verify('ana', other)).toBeUndefined()
  })

  test('added on both sides of a partition is one person’s: the first, whole; the other is set aside', async () => {
    const first = await add(blog)
    clock.advance(60_000)
    // The other side does not find it, and writes a sibling.
    const elsewhere = await server()
    const late = await unfound(() =>
      refusal(add(elsewhere, 'ana', { password: other, role: 'admin' })),
    )
    expect(late).toEqual(['name'])
    for (const each of [blog, elsewhere, await server()]) {
      expect(await each.authors.verify('ana', password)).toMatchObject({
        account: first.account,
        role: 'editor',
      })
      expect(await each.authors.verify('ana', other)).toBeUndefined()
    }
    expect((await blog.authors.read('ana'))?.setAside).toHaveLength(1)
  })

  test('set aside at the merge loses its sessions: nobody goes on with another’s rights', async () => {
    // A server that is behind by a minute makes the account that counts as the first.
    const behind = createVirtualClock(clock.nowMs() - 60_000)
    const here = await add(blog, 'ana', { role: 'admin' })
    const session = await blog.sessions.start(here, { agent: '' })
    expect(await blog.sessions.authenticate(session.token)).toBeDefined()
    const elsewhere = await server(behind)
    const first = await unfound(() => add(elsewhere, 'ana', { password: other }))
    clock.advance(limits.tokenCacheMs)
    expect(await blog.sessions.authenticate(session.token)).toBeUndefined()
    expect((await blog.authors.read('ana'))?.account).toBe(first.account)
  })

  test('closed signs nobody in; added again it is open, with the new password and role only', async () => {
    const { account } = await add(blog, 'ana', { role: 'admin', displayName: 'Ana Lind' })
    expect(await blog.authors.close('ana', 'operator')).toMatchObject({ role: 'none' })
    expect(await blog.authors.verify('ana', password)).toBeUndefined()
    const again = await add(blog, 'ana', { password: other, role: 'author' })
    expect(again).toMatchObject({ account, role: 'author', displayName: 'Ana Lind' })
    expect(await blog.authors.verify('ana', password)).toBeUndefined()
    expect(await blog.authors.verify('ana', other)).toMatchObject({ role: 'author' })
  })

  test('that is unknown, closed or mistyped costs a password’s time all the same', async () => {
    await add(blog)
    await add(blog, 'ben')
    await blog.authors.close('ben', 'operator')
    const before = passwords.made()
    for (const name of ['ana', 'ben', 'nobody', 'no name at all', '../..', 'x'.repeat(500)]) {
      await blog.authors.verify(name, other)
    }
    expect(passwords.made() - before).toBe(6)
  })

  test('that cannot be found while a node is away is not called wrong', async () => {
    await add(blog)
    const cluster = await blogOn(riak, { clock, passwords, isSingleNode: false })
    riak.setHealth(2, 3)
    expect(await unfound(() => refusal(cluster.authors.verify('ana', password)))).toBe(
      'BLOG_UNSETTLED',
    )
  })

  test('gets today’s parameters when it signs in; a password set meanwhile stays', async () => {
    await add(blog)
    passwords.strength = 2
    expect(await blog.authors.verify('ana', password)).toBeDefined()
    await blog.settle()
    expect(await blog.authors.verify('ana', password)).toBeDefined()
    const hashes = passwords.made()
    await blog.authors.verify('ana', password)
    expect(passwords.made() - hashes).toBe(1)

    // Made stronger on one side of a partition, changed on the other: the change stands.
    passwords.strength = 3
    const elsewhere = await server()
    await blog.authors.setPassword('ana', other, 'ana')
    await elsewhere.authors.verify('ana', password)
    await elsewhere.settle()
    expect(await blog.authors.verify('ana', password)).toBeUndefined()
    expect(await blog.authors.verify('ana', other)).toBeDefined()
  })

  test('keeps both of two changes that did not see each other', async () => {
    await add(blog)
    const elsewhere = await server()
    await Promise.all([
      blog.authors.change('ana', { email: 'ana@example.org' }, 'ana'),
      elsewhere.authors.setRole('ana', 'author', 'operator'),
    ])
    expect(await blog.authors.read('ana')).toMatchObject({
      email: 'ana@example.org',
      role: 'author',
    })
  })

  test('that does not exist cannot be changed', async () => {
    expect(await blog.authors.setPassword('nobody', password, 'operator')).toBeUndefined()
    expect(await blog.authors.close('no name at all', 'operator')).toBeUndefined()
    expect(await blog.authors.read('nobody')).toBeUndefined()
  })

  test('is listed by name with all others, closed ones too', async () => {
    for (const name of ['cleo', 'ana', 'ben']) await add(blog, name)
    await blog.authors.close('ben', 'operator')
    expect((await blog.authors.list()).map(({ name, role }) => `${name} ${role}`)).toEqual([
      'ana editor',
      'ben none',
      'cleo editor',
    ])
  })
})

describe('a session', () => {
  let ana: AuthorView
  let elsewhere: Blog
  const start = async (on: Blog = blog): Promise<string> =>
    (await on.sessions.start(ana, { agent: 'Firefox' })).token
  const isOpen = async (on: Blog, token: string): Promise<boolean> =>
    (await on.sessions.authenticate(token)) !== undefined

  beforeEach(async () => {
    ana = await add(blog)
    elsewhere = await server()
  })

  test('is valid on every server, with the rights the account has now', async () => {
    const token = await start()
    expect(token).toMatch(/^[\w-]{43}$/)
    expect(await isOpen(blog, token)).toBe(true)
    expect((await elsewhere.sessions.authenticate(token))?.account).toEqual(ana)
  })

  test('is stored as a hash alone, and stands for no API token', async () => {
    const token = await start()
    const keys = await riak.listKeys({ type: 'tokens', bucket: 'blog' })
    expect(keys).toHaveLength(1)
    const stored = await riak.get({ type: 'tokens', bucket: 'blog', key: keys[0]! }, {})
    const text = new TextDecoder().decode(stored!.siblings[0]!.value)
    expect(text + keys[0]!).not.toContain(token)
    expect(await blog.tokens.authenticate(token)).toBeUndefined()
    expect(await blog.tokens.authenticate(`ringpost_${token}`)).toBeUndefined()
    const api = await blog.tokens.create({ name: 'ana', scope: 'admin' })
    expect(await isOpen(blog, api)).toBe(false)
    expect(await isOpen(blog, api.replace('ringpost_', ''))).toBe(false)
  })

  test('is ended here at once, elsewhere within 5 s, and stays ended', async () => {
    const token = await start()
    await isOpen(elsewhere, token)
    const { id } = (await blog.sessions.authenticate(token))!
    expect(await blog.sessions.end('ana', id)).toBe(true)
    expect(await isOpen(blog, token)).toBe(false)
    clock.advance(limits.tokenCacheMs)
    expect(await isOpen(elsewhere, token)).toBe(false)
    expect(await blog.sessions.end('ana', id)).toBe(true)
  })

  test('is ended by nobody but its owner', async () => {
    const token = await start()
    const { id } = (await blog.sessions.authenticate(token))!
    await add(blog, 'ben')
    expect(await blog.sessions.end('ben', id)).toBe(false)
    expect(await blog.sessions.end('ana', 'f'.repeat(64))).toBe(false)
    expect(await blog.sessions.end('ana', '../x')).toBe(false)
    expect(await isOpen(blog, token)).toBe(true)
  })

  test.each([
    ['a new password', (on: Blog) => on.authors.setPassword('ana', other, 'ana')],
    ['another role', (on: Blog) => on.authors.setRole('ana', 'author', 'operator')],
    ['closing the account', (on: Blog) => on.authors.close('ana', 'operator')],
    ['ending all', (on: Blog) => on.sessions.endAll('ana', 'ana')],
  ])('ends with %s, although the clock of that server is an hour behind', async (_what, act) => {
    const token = await start()
    await isOpen(blog, token)
    const behind = await server(createVirtualClock(clock.nowMs() - 3_600_000))
    await act(behind)
    clock.advance(limits.tokenCacheMs)
    expect(await isOpen(blog, token)).toBe(false)
    expect(await isOpen(elsewhere, token)).toBe(false)
  })

  test('begun after a new password goes on', async () => {
    ana = (await blog.authors.setPassword('ana', other, 'ana'))!
    expect(await isOpen(elsewhere, await start())).toBe(true)
  })

  test('ends two weeks after it was last used, and goes on while it is', async () => {
    const token = await start()
    for (let week = 0; week < 4; week++) {
      clock.advance(limits.sessionIdleMs / 2)
      expect(await isOpen(blog, token)).toBe(true)
      await blog.settle()
    }
    clock.advance(limits.sessionIdleMs)
    expect(await isOpen(blog, token)).toBe(false)
  })

  test('ends 90 days after it began, however much it is used', async () => {
    const token = await start()
    for (let passed = 0; passed < limits.sessionMs; passed += limits.sessionIdleMs / 2) {
      expect(await isOpen(blog, token)).toBe(true)
      await blog.settle()
      clock.advance(limits.sessionIdleMs / 2)
    }
    expect(await isOpen(blog, token)).toBe(false)
  })

  test('stays for a minute while the store is away; one not seen before is never taken for good', async () => {
    const token = await start()
    expect(await isOpen(blog, token)).toBe(true)
    const error = new OperationError('BLOG_UNAVAILABLE', 'no node answers')
    riak.faults.inject({ call: 'get', times: Infinity }, { kind: 'fail', error })
    clock.advance(limits.tokenCacheMs)
    expect(await isOpen(blog, token)).toBe(true)
    clock.advance(limits.sessionAwayMs)
    expect(await refusal(blog.sessions.authenticate(token))).toBe('BLOG_UNAVAILABLE')
    expect(await refusal(elsewhere.sessions.authenticate(token))).toBe('BLOG_UNAVAILABLE')
  })

  test('that was ended here does not stay while the store is away', async () => {
    const token = await start()
    const { id } = (await blog.sessions.authenticate(token))!
    await blog.sessions.end('ana', id)
    const error = new OperationError('BLOG_UNAVAILABLE', 'no node answers')
    riak.faults.inject({ call: 'get', times: Infinity }, { kind: 'fail', error })
    clock.advance(1)
    expect(await refusal(blog.sessions.authenticate(token))).toBe('BLOG_UNAVAILABLE')
  })

  test('that cannot be found while a node is away is not signed out', async () => {
    const token = await start()
    const cluster = await blogOn(riak, { clock, passwords, isSingleNode: false })
    riak.setHealth(2, 3)
    riak.faults.inject({ call: 'get', type: 'tokens', times: Infinity }, { kind: 'not-found' })
    expect(await refusal(cluster.sessions.authenticate(token))).toBe('BLOG_UNSETTLED')
  })

  test('is listed for its owner, newest first, until it ends', async () => {
    await add(blog, 'ana-2')
    const first = await start()
    clock.advance(1_000)
    await start(elsewhere)
    const other = (await blog.authors.read('ana-2'))!
    await blog.sessions.start(other, { agent: 'Lynx' })
    const listed = await elsewhere.sessions.list(ana)
    expect(listed.map(({ startedAt }) => startedAt)).toEqual([
      '2026-11-23T12:00:01.000Z',
      '2026-11-23T12:00:00.000Z',
    ])
    expect(listed[0]).toMatchObject({ agent: 'Firefox', seenAt: '2026-11-23T12:00:01.000Z' })
    const { id } = (await blog.sessions.authenticate(first))!
    await blog.sessions.end('ana', id)
    expect(await blog.sessions.list(ana)).toHaveLength(1)
    clock.advance(limits.sessionMs)
    expect(await blog.sessions.list(ana)).toEqual([])
  })

  test('with a token that is none asks the store for nothing', async () => {
    const asked = { ...riak.counts() }
    for (const token of ['', 'x', `${'A'.repeat(42)}!`, 'A'.repeat(44)]) {
      expect(await isOpen(blog, token)).toBe(false)
    }
    expect(riak.counts()).toEqual(asked)
  })
})
