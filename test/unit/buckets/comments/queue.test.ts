import { describe, expect, test } from 'vitest'

import { editText, moderate, newComment, textHash } from '../../../../buckets/comments/merge.ts'
import { isQueuePlace, queueRange, queueTerm } from '../../../../buckets/comments/queue.ts'
import type { CommentStatus, CommentValue } from '../../../../buckets/comments/schema.ts'

const id = (n: number): string => `01HZZZZZZZ0000000000000${String(n).padStart(3, '0')}`
const text = { author: 'a', email: '', url: '', body: 'hello', clock: 5 }
const make = (n: number, createdAtMs: number, status: CommentStatus): CommentValue =>
  newComment({ id: id(n), postId: 'p', parent: null, createdAtMs }, text, { status, by: 'server' })

describe('places in the queue', () => {
  test('in the order of bytes the newest comment comes first, at one moment by id', () => {
    const times = [0, 9, 10, 999, 1_764_000_000_000, 1_764_000_000_000, 8_640_000_000_000_000]
    const terms = times.map((at, n) => queueTerm(make(n, at, 'pending')))
    expect([...terms].sort()).toEqual([6, 4, 5, 3, 2, 1, 0].map((n) => terms[n]))
    for (const term of terms) expect(isQueuePlace('pending', term)).toBe(true)
  })

  test('a range holds all of its status and none of another', () => {
    const all = (['approved', 'deleted', 'pending', 'spam'] as const).map((status) => ({
      status,
      term: queueTerm(make(1, 7, status)),
    }))
    for (const { status, term } of all) {
      const { from, to } = queueRange(status)
      const inside = all.filter((each) => each.term >= from && each.term <= to)
      expect(inside).toEqual([{ status, term }])
    }
  })

  test('a range behind a place begins with the next one', () => {
    const terms = [1, 2, 3].map((n) => queueTerm(make(n, 7, 'spam')))
    const { from, to } = queueRange('spam', terms[1])
    expect(terms.filter((term) => term >= from && term <= to)).toEqual([terms[2]])
  })

  test('an edit after a decision brings the comment back to what waits, at its own time', () => {
    const judged = textHash(text)
    const approved = moderate(make(1, 7, 'pending'), {
      status: 'approved',
      judged,
      by: 'ann',
      clock: 9,
    })
    expect(queueTerm(approved)).toMatch(/^approved\//)
    const edited = editText(approved, { ...text, body: 'other', clock: 11 })
    expect(queueTerm(edited)).toBe(queueTerm(make(1, 7, 'pending')))
  })

  test.each([
    '',
    'pending',
    'pending/',
    `spam/0000000000000007/${id(1)}`,
    `pending/7/${id(1)}`,
    `pending/0000000000000007/${id(1)}x`,
    `pending/0000000000000007/${id(1)}\n`,
  ])('%j is no place among those that wait', (place) => {
    expect(isQueuePlace('pending', place)).toBe(false)
  })
})
