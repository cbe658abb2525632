import { describe, expect, test } from 'vitest'

import {
  createSenders,
  editableUntilMs,
  ownCommentsCookie,
  readOwnComments,
} from '../../../src/http/own-comments.ts'
import type { OwnComment } from '../../../src/http/own-comments.ts'
import { limits } from '../../../src/kernel/limits.ts'
import { fakeId } from '../../support/fake-blog.ts'

const nowMs = 1_800_000_000_000
const secret = 'a secret of tests'

const own = (n: number, untilMs = nowMs + 600_000): OwnComment => ({ id: fakeId(n), untilMs })

const cookieOf = (list: readonly OwnComment[], options: { secret?: string } = {}): string =>
  ownCommentsCookie(list, { path: '/posts/a', isHttps: true, nowMs, secret, ...options })

const sentBack = (setCookie: string): string => setCookie.split(';')[0] ?? ''

describe('the cookie of own comments', () => {
  test('names them, for the path of their post and as long as the window is open', () => {
    const set = cookieOf([own(1, nowMs + 100_000), own(2)])
    expect(set).toMatch(/; Path=\/posts\/a; Max-Age=600; HttpOnly; SameSite=Lax; Secure$/)
    const cookie = `theme=dark; ${sentBack(set)}; other=1`
    expect(readOwnComments(cookie, nowMs, secret)).toEqual([own(1, nowMs + 100_000), own(2)])
    expect(readOwnComments(cookie, nowMs + 100_000, secret)).toEqual([own(2)])
    expect(readOwnComments(cookie, nowMs + 600_000, secret)).toEqual([])
  })

  test('is not Secure where the site is plain http, for browsers would drop it', () => {
    const set = ownCommentsCookie([own(1)], { path: '/', isHttps: false, nowMs, secret })
    expect(set).not.toContain('Secure')
  })

  test('of none ends itself', () => {
    expect(cookieOf([])).toMatch(/^ringpost_own=; Path=\/posts\/a; Max-Age=0;/)
  })

  test('keeps the newest of many', () => {
    const many = Array.from({ length: limits.ownCommentsMax + 3 }, (_each, n) => own(n))
    const read = readOwnComments(sentBack(cookieOf(many)), nowMs, secret)
    expect(read).toEqual(many.slice(3))
  })

  const genuine = sentBack(cookieOf([own(1)]))
  const signature = genuine.slice(genuine.lastIndexOf('.') + 1)
  const later = ((nowMs + 9_000_000) / 1_000).toString(36)
  test.each([
    ['no cookie', undefined],
    ['an empty one', 'ringpost_own='],
    ['no signature', `ringpost_own=${own(1).id}-${later}`],
    ['another id', genuine.replace(own(1).id, own(2).id)],
    ['a longer time', `ringpost_own=${own(1).id}-${later}.${signature}`],
    ['one more comment', genuine.replace('=', `=${own(2).id}-${later}.`)],
    ['half a signature', genuine.slice(0, -5)],
    ['another secret', sentBack(cookieOf([own(1)], { secret: 'another' }))],
    ['nothing but dots', 'ringpost_own=...'],
    ['a megabyte', `ringpost_own=${'A'.repeat(1_000_000)}`],
  ])('is nothing where it is not ours: %s', (_what, cookie) => {
    expect(readOwnComments(cookie, nowMs, secret)).toEqual([])
  })

  test('a window begins when the comment was stored, and a fast clock elsewhere makes it no longer', () => {
    const iso = (ms: number): string => new Date(ms).toISOString()
    expect(editableUntilMs(iso(nowMs - 60_000), nowMs)).toBe(nowMs + 540_000)
    expect(editableUntilMs(iso(nowMs + 60_000), nowMs)).toBe(nowMs + 600_000)
  })
})

describe('senders', () => {
  const words = { author: 'Ada', body: 'First' }
  const ada = { address: '192.0.2.1', userAgent: 'Browser', email: 'ada@example.org' }

  test('a repetition is its own sender’s only from the same address and browser, with the same mail', () => {
    const senders = createSenders()
    senders.note('p', words, ada)
    expect(senders.isFirst('p', words, ada)).toBe(true)
    for (const other of [{ address: '192.0.2.2' }, { userAgent: 'x' }, { email: '' }]) {
      expect(senders.isFirst('p', words, { ...ada, ...other })).toBe(false)
    }
    senders.note('p', words, { ...ada, address: '192.0.2.9' })
    expect(senders.isFirst('p', words, ada)).toBe(true)
    expect(senders.isFirst('q', words, ada)).toBe(false)
  })
})
