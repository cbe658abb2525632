/** Akismet through the real package and real sockets; only time is the test's own. */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

import { createAkismetCheck } from '../../../src/spam/akismet-check.ts'
import { openAkismetCalls } from '../../../src/spam/akismet-calls.ts'
import type { SpamCheck, Submission } from '../../../src/spam/spam-check.ts'
import { limits } from '../../../src/kernel/limits.ts'
import {
  discardWord,
  rightKey,
  spamAuthor,
  spamMail,
  startAkismet,
} from '../../support/akismet-stand-in.ts'
import type { AkismetStandIn, Behaviour } from '../../support/akismet-stand-in.ts'
import { recordingLog } from '../../support/open-blog.ts'
import { until } from '../../support/program.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'
import type { VirtualClock } from '../../support/virtual-clock.ts'

const submission: Submission = {
  author: 'Ana Lógica',
  email: 'ana@secret.example',
  url: 'https://ana.example/',
  body: 'Well *said* & done = 100 %',
  createdAtMs: Date.parse('2026-11-23T12:00:00Z'),
  permalink: 'https://blog.example/posts/one',
  address: '203.0.113.7',
  userAgent: 'Firefox',
  referrer: 'https://blog.example/',
  isEdit: false,
}

let akismet: AkismetStandIn
let clock: VirtualClock
let log: ReturnType<typeof recordingLog>
let check: SpamCheck

function open(key = rightKey): SpamCheck {
  const calls = openAkismetCalls({ key, blog: 'https://blog.example/', url: akismet.url, clock })
  return createAkismetCheck({ calls, clock, log })
}

beforeEach(async () => {
  akismet = await startAkismet()
  clock = createVirtualClock()
  log = recordingLog()
  check = open()
})

afterEach(async () => {
  check.stop()
  await akismet.close()
})

const received = (count: number): Promise<true> =>
  until(`Akismet was asked ${count} times`, 20_000, () => akismet.calls.length >= count)

/** Ask until Akismet counts as away. */
async function tire(behaviour: Behaviour): Promise<void> {
  akismet.behave(behaviour)
  for (let n = 0; n < limits.akismetFailuresMax; n++) await check.check(submission)
}

describe('Akismet, when it is well', () => {
  test('is told everything it can use, the key in the body and nothing in the address', async () => {
    expect(await check.check(submission)).toEqual({ kind: 'ham' })
    const [call] = akismet.calls
    expect(call?.name).toBe('comment-check')
    expect(call?.userAgent).toMatch(/^Ringpost \| Akismet-api\//)
    expect(call?.fields).toEqual({
      api_key: rightKey,
      blog: 'https://blog.example/',
      blog_charset: 'UTF-8',
      user_ip: '203.0.113.7',
      user_agent: 'Firefox',
      referrer: 'https://blog.example/',
      permalink: 'https://blog.example/posts/one',
      comment_type: 'comment',
      comment_author: 'Ana Lógica',
      comment_author_email: 'ana@secret.example',
      comment_author_url: 'https://ana.example/',
      comment_content: 'Well *said* & done = 100 %',
      comment_date_gmt: '2026-11-23T12:00:00.000Z',
    })
  })

  test('tells spam from ham, and what may be thrown away from what a moderator should see', async () => {
    expect(await check.check({ ...submission, author: spamAuthor })).toEqual({ kind: 'spam' })
    expect(await check.check({ ...submission, email: spamMail })).toEqual({ kind: 'spam' })
    const worst = { ...submission, body: `buy ${discardWord}` }
    expect(await check.check(worst)).toEqual({ kind: 'discard' })
  })

  test('hears that a text is checked again because its author changed it', async () => {
    await check.check({ ...submission, isEdit: true })
    await check.check(submission)
    expect(akismet.calls.map(({ fields }) => fields['recheck_reason'])).toEqual(['edit', undefined])
  })

  test('takes reports, and says so', async () => {
    expect(await check.report('spam', submission)).toBe('accepted')
    expect(await check.report('ham', submission)).toBe('accepted')
    expect(akismet.calls.map(({ name }) => name)).toEqual(['submit-spam', 'submit-ham'])
    expect(akismet.calls[0]?.fields).toMatchObject({ user_ip: '203.0.113.7', api_key: rightKey })
  })

  test('a key is verified; a wrong one is told once in the log, however often it is met', async () => {
    expect(await check.verifyKey()).toEqual({ kind: 'valid' })
    const wrong = open('not-the-key')
    expect(await wrong.verifyKey()).toEqual({ kind: 'invalid' })
    for (let n = 0; n < 3; n++) {
      expect(await wrong.check(submission)).toMatchObject({ kind: 'unknown' })
      expect(await wrong.report('spam', submission)).toBe('refused')
      clock.advance(limits.akismetRefusedMs)
    }
    expect(log.lines.filter(({ level }) => level === 'error')).toHaveLength(1)
    expect(wrong.state()).toBe('well')
    wrong.stop()
  })

  test('with a wrong key it is not asked about every comment, but again after a while', async () => {
    const wrong = open('not-the-key')
    for (let n = 0; n < 10; n++) await wrong.check(submission)
    expect(akismet.calls).toHaveLength(1)
    expect(wrong.state()).toBe('refused')
    clock.advance(limits.akismetRefusedMs)
    await wrong.check(submission)
    expect(akismet.calls).toHaveLength(2)
    wrong.stop()
  })
})

describe('Akismet, when it misbehaves', () => {
  test.each<[Behaviour, string]>([
    ['resets', 'cannot be reached'],
    ['truncates', ''],
    ['fails', 'status 500'],
    ['too many', 'status 429'],
    ['redirects', 'status 307'],
    ['portal', 'makes no sense'],
    ['floods', 'makes no sense'],
    ['empty', 'makes no sense'],
  ])(
    'an answer that %s is no word about the comment, and nothing is thrown',
    async (as, reason) => {
      akismet.behave(as)
      const verdict = await check.check(submission)
      expect(verdict.kind).toBe('unknown')
      expect(verdict.kind === 'unknown' && verdict.reason).toContain(reason)
      expect(await check.report('ham', submission)).toBe('later')
      expect((await check.verifyKey()).kind).toBe('unknown')
      // A redirect is not followed: it would carry a commenter's address to wherever it points.
      expect(akismet.calls).toHaveLength(3)
    },
  )

  test.each<Behaviour>(['hangs', 'half'])(
    'where it %s, the deadline ends the wait and the connection',
    async (as) => {
      akismet.behave(as)
      const asked = check.check(submission)
      await received(1)
      clock.advance(limits.akismetCheckMs)
      expect(await asked).toEqual({
        kind: 'unknown',
        reason: 'Akismet did not answer within 3 s',
      })
      await until('its connection is closed', 20_000, () => akismet.connections() === 0)
    },
  )

  test('where nobody listens, the reason names no address and nothing that was sent', async () => {
    await akismet.close()
    const verdict = await check.check(submission)
    expect(verdict).toEqual({ kind: 'unknown', reason: 'Akismet cannot be reached (ECONNREFUSED)' })
  })

  test('while it is away no comment waits for it; after a pause one tries, and the rest follow', async () => {
    await tire('fails')
    expect(check.state()).toBe('away')
    const before = akismet.calls.length
    expect(await check.check(submission)).toEqual({ kind: 'unknown', reason: 'Akismet is away' })
    expect(akismet.calls).toHaveLength(before)

    clock.advance(limits.akismetPauseMsMin)
    akismet.behave('hangs')
    const trying = check.check(submission)
    await received(before + 1)
    expect(await check.check(submission)).toEqual({ kind: 'unknown', reason: 'Akismet is away' })
    akismet.release()
    expect(await trying).toEqual({ kind: 'ham' })

    akismet.behave('well')
    expect(await check.check(submission)).toEqual({ kind: 'ham' })
    expect(log.lines.map(({ event }) => event)).toEqual([
      'Akismet is away: comments are held until it answers',
      'Akismet answers again',
    ])
  })

  test('its pauses grow up to a minute', async () => {
    await tire('fails')
    const pauses: number[] = []
    for (let n = 0; n < 8; n++) {
      let waited = 0
      while (check.state() === 'away') {
        clock.advance(1_000)
        waited += 1_000
      }
      pauses.push(waited)
      await check.check(submission)
    }
    expect(pauses).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000])
  })

  test('more comments at once than it is asked about are held at once; connections stay few', async () => {
    akismet.behave('hangs')
    const all = Array.from({ length: 50 }, () => check.check(submission))
    await received(limits.akismetCallsMax)
    expect(akismet.connections()).toBe(limits.akismetCallsMax)
    akismet.release()
    const verdicts = await Promise.all(all)
    expect(verdicts.filter(({ kind }) => kind === 'ham')).toHaveLength(limits.akismetCallsMax)
    expect(verdicts.filter(({ kind }) => kind === 'unknown')).toHaveLength(
      50 - limits.akismetCallsMax,
    )
    await until('few connections are kept', 20_000, () => akismet.connections() <= 2)
  })

  test('three hundred failures of every kind leave no connection open', async () => {
    const said = vi.spyOn(console, 'warn')
    const kinds: Behaviour[] = ['resets', 'truncates', 'fails', 'portal', 'floods', 'redirects']
    for (let n = 0; n < 300; n++) {
      akismet.behave(kinds[n % kinds.length] ?? 'fails')
      expect((await check.check(submission)).kind).toBe('unknown')
      clock.advance(limits.akismetPauseMsMax)
    }
    await until('the connections are closed', 20_000, () => akismet.connections() <= 2)
    check.stop()
    await until('all are closed', 20_000, () => akismet.connections() === 0)
    // Nor does superagent talk to the terminal.
    expect(said).not.toHaveBeenCalled()
    said.mockRestore()
  })

  test('a server that stops does not wait for it', async () => {
    akismet.behave('hangs')
    const asked = check.check(submission)
    await received(1)
    check.stop()
    expect(await asked).toEqual({ kind: 'unknown', reason: 'the server stops' })
    await until('its connection is closed', 20_000, () => akismet.connections() === 0)
  })

  test('the log holds neither the key nor anything of the comment', async () => {
    for (const as of ['fails', 'resets', 'portal', 'truncates', 'well'] as const) {
      akismet.behave(as)
      await check.check(submission)
      clock.advance(limits.akismetPauseMsMax)
    }
    await open('another-wrong-key').check(submission)
    const logged = JSON.stringify(log.lines)
    expect(log.lines.length).toBeGreaterThan(2)
    for (const secret of [rightKey, 'wrong-key', 'ana@secret', '203.0.113.7', 'Well *said*']) {
      expect(logged).not.toContain(secret)
    }
  })
})
