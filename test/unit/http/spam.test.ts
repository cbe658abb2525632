/** The ways in for comments, with a spam check behind them. */

import { beforeEach, describe, expect, test } from 'vitest'

import { limits } from '../../../src/kernel/limits.ts'
import { scriptedCheck } from '../../support/spam-checks.ts'
import type { ScriptedCheck } from '../../support/spam-checks.ts'
import { openTestApp } from '../../support/test-app.ts'
import type { TestApp } from '../../support/test-app.ts'

let check: ScriptedCheck
let app: TestApp
let path: string

beforeEach(async () => {
  check = scriptedCheck()
  app = openTestApp({ spam: { check, mode: 'act' }, trustProxy: 1 })
  const input = { title: 'One', body: 'x', slug: 'one', status: 'published' } as const
  const { post } = await app.blog.posts.create(input, { by: 'ann' })
  path = `/api/posts/${post.id}/comments`
})

const headers = {
  'x-forwarded-for': '6.6.6.6, 203.0.113.7:4711',
  'user-agent': 'curl',
  referer: 'https://blog.example/posts/one',
}

async function post(
  body: object,
  token = '',
): Promise<{ status: number; made: Record<string, unknown> }> {
  const response = await app.send('POST', path, body, { token, headers })
  return { status: response.status, made: (await response.json()) as Record<string, unknown> }
}

const comment = { author: 'Ana', email: 'ana@example.org', body: 'Hi' }

describe('a comment over the API', () => {
  test('is shown at once where Akismet knows it for ham, and Akismet is told who sent it', async () => {
    expect(await post(comment)).toMatchObject({ status: 201, made: { status: 'approved' } })
    expect(check.asked).toMatchObject([
      {
        call: 'check',
        of: {
          author: 'Ana',
          email: 'ana@example.org',
          body: 'Hi',
          address: '203.0.113.7',
          userAgent: 'curl',
          referrer: 'https://blog.example/posts/one',
          permalink: 'https://blog.example/posts/one',
        },
      },
    ])
  })

  test('that is spam is stored as spam, and its sender is told that it is held', async () => {
    check.verdict = { kind: 'spam' }
    const { status, made } = await post(comment)
    expect([status, made['status']]).toEqual([202, 'pending'])
    expect((await app.blog.comments.read(String(made['id'])))?.status).toBe('spam')
    expect((await app.get(`/api/comments/${String(made['id'])}`)).status).toBe(404)
  })

  test('that is thrown away looks held, is counted, and is not stored', async () => {
    check.verdict = { kind: 'discard' }
    const { status, made } = await post(comment)
    expect([status, made['status']]).toEqual([202, 'pending'])
    expect(made).toMatchObject({ author: 'Ana', body: 'Hi', parent: null })
    expect(app.blog.calls.get('comments.discard')).toBe(1)
    expect(app.blog.calls.get('comments.add')).toBeUndefined()
  })

  test('with the hidden field filled in is spam, and Akismet is not asked', async () => {
    const { status, made } = await post({ ...comment, contact_me_by_fax: 'yes' })
    expect(status).toBe(202)
    expect((await app.blog.comments.read(String(made['id'])))?.status).toBe('spam')
    expect(check.asked).toEqual([])
  })

  test('with a write token is approved, and nobody is asked', async () => {
    expect((await post({ ...comment, contact_me_by_fax: 'yes' }, 'W')).status).toBe(201)
    expect(check.asked).toEqual([])
  })

  test('beyond the limit of its address is refused before anybody is asked', async () => {
    for (let n = 0; n < limits.commentBurstMax; n++) await post({ ...comment, body: `n${n}` })
    expect((await post(comment)).status).toBe(429)
    expect(check.asked).toHaveLength(limits.commentBurstMax)
  })
})

describe('a comment by the form', () => {
  test('previews of one address are limited apart from comments; the text stays in the form', async () => {
    const preview = { preview: '1', body: 'a long thought' }
    for (let n = 0; n < limits.previewBurstMax; n++) {
      expect((await send(preview)).status).toBe(200)
    }
    const refused = await send(preview)
    expect(refused.status).toBe(429)
    expect(await refused.text()).toContain('a long thought</textarea>')
    expect((await send({})).status).toBe(303)
  })

  const send = (fields: Record<string, string>): Promise<Response> =>
    app.form('/posts/one/comments', { author: 'Ana', body: 'Hi', ...fields }, headers)
  const stored = async (): Promise<readonly { status: string }[]> => {
    const { comments } = await app.blog.comments.ofPost(path.split('/')[3] ?? '', {
      limit: 10,
      all: true,
    })
    return comments
  }

  test('that came without a stamp is held, though Akismet likes it', async () => {
    const sent = await send({})
    expect(sent.headers.get('location')).toContain('comment=held')
    expect(await stored()).toMatchObject([{ status: 'pending' }])
    expect(check.asked).toHaveLength(1)
  })

  test('that is spam, trapped or thrown away is thanked as a held one is', async () => {
    const held = await send({ body: 'held' })
    check.verdict = { kind: 'spam' }
    const spam = await send({ body: 'spam' })
    check.verdict = { kind: 'discard' }
    const discarded = await send({ body: 'discard' })
    const trapped = await send({ body: 'trapped', contact_me_by_fax: '1' })
    for (const answer of [spam, discarded, trapped]) {
      expect([answer.status, answer.headers.get('location')]).toEqual([
        held.status,
        held.headers.get('location'),
      ])
    }
    expect((await stored()).map(({ status }) => status)).toEqual(['pending', 'spam', 'spam'])
  })
})

test('what is said of comments, and how long it took, is in the metrics', async () => {
  await post(comment)
  check.verdict = { kind: 'unknown', reason: 'Akismet is away' }
  await post({ ...comment, body: 'two' })
  const metrics = await (await app.get('/metrics')).text()
  expect(metrics).toContain('ringpost_spam_checks_total{site="blog",said="ham"} 1')
  expect(metrics).toContain('ringpost_spam_checks_total{site="blog",said="unknown"} 1')
  expect(metrics).toContain('ringpost_spam_check_seconds_count 2')
  // It was never counted: no sample, and not 0.
  expect(metrics).not.toMatch(/^ringpost_spam_reports_due\{/m)
})
