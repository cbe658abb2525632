/** What Akismet is told of decisions, and the laws of the two registers that say so. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { mergeComments, newComment, textHash } from '../../../../buckets/comments/merge.ts'
import {
  claimReport,
  forgetVisitor,
  mergeChecks,
  mergeReports,
  reportAfter,
  reportToldOf,
} from '../../../../buckets/comments/report.ts'
import { comments } from '../../../../buckets/comments/room.ts'
import type {
  CommentCheck,
  CommentReport,
  CommentStatus,
  CommentText,
  CommentValue,
} from '../../../../buckets/comments/schema.ts'
import { mergeLaws } from '../../../support/laws.ts'

const text: CommentText = { author: 'ana', email: '', url: '', body: 'hello', clock: 10 }
const judged = textHash(text)

const check: CommentCheck = {
  atMs: 9,
  said: 'unknown',
  reason: 'Akismet is away',
  would: 'pending',
  isLogOnly: false,
  traps: { honeypot: false, stamp: 'good' },
  permalink: 'https://blog.example/posts/one',
  visitor: { address: '203.0.113.7', userAgent: 'Firefox', referrer: '' },
  of: judged,
  clock: 10,
}

const unchecked = newComment({ id: 'c', postId: 'p', parent: null, createdAtMs: 9 }, text, {
  status: 'pending',
  by: 'server',
})

function checked(change: Partial<CommentCheck> = {}): CommentValue {
  return { ...unchecked, check: { ...check, ...change } }
}

/** A moderator's decision at a time; its clock is the time. */
function after(value: CommentValue, status: CommentStatus, at: number): CommentValue {
  const report = reportAfter(value, { status, judged, clock: at, nowMs: at })
  const moderation = { status, judged, by: 'mo', clock: at }
  return { ...value, moderation, ...(report === undefined ? {} : { report }) }
}

function claimed(value: CommentValue): CommentValue {
  if (value.report === undefined) throw new Error('nothing to claim')
  return { ...value, report: claimReport(value, value.report, { judged, nextTryMs: 99 }) }
}

function told(value: CommentValue, sent: CommentReport | undefined): CommentValue {
  if (sent === undefined) throw new Error('nothing was sent')
  const report = reportToldOf(value, sent, { clock: 1_000, nowMs: 1_000 })
  return report === undefined ? value : { ...value, report }
}

describe('the registers of check and report', () => {
  const clock = fc.nat(3)
  const checks = fc.record({
    clock,
    atMs: clock,
    said: fc.constantFrom('ham', 'spam', 'unknown'),
    reason: fc.constant(''),
    would: fc.constant('pending'),
    isLogOnly: fc.boolean(),
    traps: fc.constant({ honeypot: false, stamp: 'good' }),
    permalink: fc.constant(''),
    visitor: fc.constantFrom(null, { address: 'a', userAgent: '', referrer: '' }),
    of: fc.constantFrom(judged, '0'.repeat(64)),
  }) as fc.Arbitrary<CommentCheck>
  const reports = fc.record({
    clock,
    want: fc.constantFrom('spam', 'ham'),
    of: fc.constant(judged),
    told: fc.constantFrom(null, 'spam', 'ham'),
    state: fc.constantFrom('due', 'withdrawn', 'given up', 'done'),
    tries: fc.nat(3),
    dueMs: clock,
  }) as fc.Arbitrary<CommentReport>
  const absent = { nil: undefined }
  const values = fc
    .tuple(fc.option(checks, absent), fc.option(reports, absent))
    .map(([check, report]): CommentValue => ({
      ...checked(),
      ...(check === undefined ? {} : { check }),
      ...(report === undefined ? {} : { report }),
    }))
  mergeLaws(mergeComments, values)

  test('who sent it, once forgotten, is not brought back by an older copy', () => {
    const kept = checked()
    const forgotten = forgetVisitor(kept)
    expect(mergeComments(kept, forgotten).check?.visitor).toBeNull()
    expect(mergeChecks(forgotten.check, kept.check)?.visitor).toBeNull()
  })

  test('a decision wins over whatever becomes of the report of an earlier one', () => {
    const spam = after(checked(), 'spam', 20)
    const ham = after(spam, 'approved', 30)
    const done = told(claimed(spam), spam.report)
    // The other server writes later, about the earlier decision.
    expect(mergeReports(done.report, ham.report)).toMatchObject({ want: 'ham', state: 'due' })
  })

  test('of two servers with one report the one that got further stands', () => {
    const due = after(checked(), 'spam', 20)
    const once = claimed(due)
    expect(mergeReports(due.report, once.report)?.tries).toBe(1)
    expect(mergeReports(told(once, once.report).report, claimed(once).report)?.state).toBe('done')
  })

  test('is read again as it was written; a comment without them stays without', () => {
    const whole = after(checked(), 'spam', 20)
    const parsed = comments.parse(comments.encode(whole))
    expect(parsed).toEqual({ kind: 'value', value: whole })
    expect(mergeComments(unchecked, unchecked)).toEqual(unchecked)
  })
})

describe('a decision is worth a report', () => {
  test.each<[said: CommentCheck['said'], status: CommentStatus, want: string | undefined]>([
    ['ham', 'spam', 'spam'],
    ['ham', 'approved', undefined],
    ['spam', 'approved', 'ham'],
    ['spam', 'spam', undefined],
    ['discard', 'approved', 'ham'],
    ['discard', 'spam', undefined],
    ['unknown', 'spam', 'spam'],
    ['unknown', 'approved', 'ham'],
    ['spam', 'pending', undefined],
    ['spam', 'deleted', undefined],
  ])('where Akismet said %s and it is now %s: %s', (said, status, want) => {
    expect(after(checked({ said }), status, 20).report?.want).toBe(want)
  })

  test('not where it is not known who sent it, nor where another text was checked', () => {
    expect(after(checked({ visitor: null }), 'spam', 20).report).toBeUndefined()
    expect(after(checked({ of: '0'.repeat(64) }), 'spam', 20).report).toBeUndefined()
  })

  test('nor where there was no check: it came with a token, or from an import', () => {
    expect(after(unchecked, 'spam', 20).report).toBeUndefined()
  })

  test('taken back before it was sent, it is withdrawn; after that, the opposite is sent', () => {
    const spam = after(checked({ said: 'ham' }), 'spam', 20)
    expect(after(spam, 'approved', 30).report).toMatchObject({ state: 'withdrawn' })
    expect(after(spam, 'pending', 30).report).toMatchObject({ state: 'withdrawn' })
    const done = told(claimed(spam), spam.report)
    expect(done.report).toMatchObject({ state: 'done', told: 'spam' })
    expect(after(done, 'approved', 30).report).toMatchObject({ state: 'due', want: 'ham' })
  })

  test('taken back while it may have been sent, the opposite is sent after it', () => {
    const sending = claimed(after(checked({ said: 'ham' }), 'spam', 20))
    expect(after(sending, 'approved', 30).report).toMatchObject({ state: 'due', want: 'ham' })
    // To hold it, or to delete it, says nothing to Akismet: what is being sent goes on.
    expect(after(sending, 'pending', 30).report).toEqual(sending.report)
    expect(after(sending, 'deleted', 30).report).toEqual(sending.report)
  })

  test('withdrawn on one server while another sent it: the opposite is due', () => {
    const spam = after(checked({ said: 'ham' }), 'spam', 20)
    const withdrawn = after(spam, 'approved', 30)
    const merged = mergeComments(withdrawn, claimed(spam))
    expect(merged.report?.state).toBe('withdrawn')
    expect(told(merged, spam.report).report).toMatchObject({
      state: 'due',
      want: 'ham',
      told: 'spam',
    })
  })

  test('deleting spam does not take back that it was spam', () => {
    const spam = after(checked(), 'spam', 20)
    expect(after(spam, 'deleted', 30).report).toEqual(spam.report)
  })
})

describe('a due report, just before it is sent', () => {
  test('is due again later, and counts its tries', () => {
    const spam = after(checked(), 'spam', 20)
    expect(claimed(spam).report).toMatchObject({ state: 'due', tries: 1, dueMs: 99, clock: 20 })
  })

  test('is withdrawn where its author wrote something else since', () => {
    const { report, ...value } = after(checked(), 'spam', 20)
    const next = claimReport(value, report!, { judged: '0'.repeat(64), nextTryMs: 99 })
    expect(next.state).toBe('withdrawn')
  })

  test('is given up where it is forgotten who sent it', () => {
    const spam = after(checked(), 'spam', 20)
    expect(forgetVisitor(spam).report?.state).toBe('given up')
    expect(
      claimReport({ ...spam, check: { ...check, visitor: null } }, spam.report!, {
        judged,
        nextTryMs: 99,
      }).state,
    ).toBe('given up')
  })
})
