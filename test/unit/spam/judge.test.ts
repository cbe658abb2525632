import { describe, expect, test } from 'vitest'

import type { CommentStamp } from '../../../buckets/comments/schema.ts'
import { limits } from '../../../src/kernel/limits.ts'
import { createSpamJudge } from '../../../src/spam/judge.ts'
import type { CommentSender, Judgement } from '../../../src/spam/judge.ts'
import { unsetCheck } from '../../../src/spam/spam-check.ts'
import type { Verdict } from '../../../src/spam/spam-check.ts'
import { scriptedCheck } from '../../support/spam-checks.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

const sender: CommentSender = {
  postId: 'p',
  permalink: 'https://blog.example/posts/one',
  address: '203.0.113.7',
  userAgent: 'Firefox',
  referrer: '',
  traps: { honeypot: false, stamp: 'good' },
}

function stage(mode: 'act' | 'log' = 'act') {
  const check = scriptedCheck()
  let discarded = 0
  const heard: string[] = []
  const judge = createSpamJudge({
    check,
    mode,
    clock: createVirtualClock(),
    blog: { comments: { discard: () => (discarded += 1) } },
    onAsked: (said) => heard.push(said),
  })
  const of = (verdict: Verdict, change: Partial<CommentSender> = {}): Promise<Judgement> => {
    check.verdict = verdict
    return judge.judge({ author: 'ana', body: 'hello' }, { ...sender, ...change })
  }
  return { check, of, heard, discarded: () => discarded }
}

const stamped = (stamp: CommentStamp): Partial<CommentSender> => ({
  traps: { honeypot: false, stamp },
})
const ham: Verdict = { kind: 'ham' }

describe('what becomes of a comment', () => {
  test.each<[Verdict['kind'], CommentStamp, string]>([
    ['ham', 'good', 'approved'],
    ['ham', 'exempt', 'approved'],
    ['ham', 'absent', 'pending'],
    ['ham', 'young', 'pending'],
    ['ham', 'old', 'pending'],
    ['ham', 'forged', 'pending'],
    ['spam', 'good', 'spam'],
    ['spam', 'absent', 'spam'],
    ['discard', 'good', 'discard'],
    ['unknown', 'good', 'pending'],
    ['unknown', 'exempt', 'pending'],
  ])('said %s, stamp %s: %s', async (kind, stamp, verdict) => {
    const { of } = stage()
    const said: Verdict = kind === 'unknown' ? { kind, reason: 'Akismet is away' } : { kind }
    const judged = await of(said, stamped(stamp))
    expect(judged.verdict).toBe(verdict)
    expect(judged.check).toMatchObject({ said: kind, would: verdict, isLogOnly: false })
    expect(judged.check.reason).toBe(kind === 'unknown' ? 'Akismet is away' : '')
  })

  test('a filled honeypot is spam, and nobody is asked', async () => {
    const { of, check, heard } = stage()
    const judged = await of(ham, { traps: { honeypot: true, stamp: 'good' } })
    expect(judged).toMatchObject({ verdict: 'spam', check: { said: 'unknown' } })
    expect(judged.check.reason).toContain('hidden field')
    expect(check.asked).toEqual([])
    expect(heard).toEqual([])
  })

  test('what is thrown away is counted; an edit is never thrown away', async () => {
    const { of, check, discarded } = stage()
    expect((await of({ kind: 'discard' })).verdict).toBe('discard')
    expect(discarded()).toBe(1)
    expect((await of({ kind: 'discard' }, { isEdit: true })).verdict).toBe('spam')
    expect(discarded()).toBe(1)
    expect(check.asked.map(({ of: { isEdit } }) => isEdit)).toEqual([false, true])
  })

  test('in log-only mode it is asked, written down and held, whatever it says', async () => {
    const { of, check, discarded, heard } = stage('log')
    for (const kind of ['ham', 'spam', 'discard'] as const) {
      const judged = await of({ kind })
      expect(judged.verdict).toBe('pending')
      expect(judged.check).toMatchObject({
        said: kind,
        would: kind === 'ham' ? 'approved' : kind,
        isLogOnly: true,
      })
    }
    expect(check.asked).toHaveLength(3)
    expect(heard).toEqual(['ham', 'spam', 'discard'])
    expect(discarded()).toBe(0)
    // The honeypot is ours, not Akismet's.
    const trapped = await of(ham, { traps: { honeypot: true, stamp: 'good' } })
    expect(trapped).toMatchObject({ verdict: 'spam', check: { isLogOnly: false } })
  })

  test('without a key everything is held, and no metric counts it', async () => {
    const heard: string[] = []
    const judge = createSpamJudge({
      check: unsetCheck,
      mode: 'act',
      clock: createVirtualClock(),
      blog: { comments: { discard: () => undefined } },
      onAsked: (said) => heard.push(said),
    })
    const judged = await judge.judge({ author: 'ana', body: 'hello' }, sender)
    expect(judged).toMatchObject({
      verdict: 'pending',
      check: { said: 'unknown', reason: 'no spam check is set up' },
    })
    expect(heard).toEqual([])
  })

  test('what a browser says of itself is cut before it is stored or sent', async () => {
    const { of, check } = stage()
    const judged = await of(ham, { userAgent: 'x'.repeat(10_000), referrer: 'y'.repeat(10_000) })
    expect(judged.check.visitor?.userAgent).toHaveLength(limits.visitorCharsMax)
    expect(check.asked[0]?.of.referrer).toHaveLength(limits.visitorCharsMax)
  })
})
