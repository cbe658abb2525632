import { describe, expect, test } from 'vitest'

import { judgeStamp, keepStamp, makeStamp } from '../../../src/http/comment-stamp.ts'
import { limits } from '../../../src/kernel/limits.ts'

const nowMs = 1_800_000_000_000
const secret = 'a secret of tests'
const judge = (stamp: string, atMs: number, postId = 'p'): string =>
  judgeStamp(stamp, postId, atMs, secret)

describe('the stamp of a form', () => {
  test.each([
    [0, 'young'],
    [limits.commentStampMsMin - 1, 'young'],
    [limits.commentStampMsMin, 'good'],
    [limits.commentStampMsMax, 'good'],
    [limits.commentStampMsMax + 1, 'old'],
    [-60_000, 'young'],
  ])('%i ms later is %s', (ageMs, state) => {
    expect(judge(makeStamp('p', nowMs, secret), nowMs + ageMs)).toBe(state)
  })

  const stamp = makeStamp('p', nowMs, secret)
  const earlier = (nowMs - 60_000).toString(36)
  test.each([
    ['', 'absent'],
    ['x', 'forged'],
    [stamp.slice(0, -1), 'forged'],
    [`${earlier}.${stamp.split('.')[1]}`, 'forged'],
    [`${stamp}.x`, 'forged'],
    [makeStamp('p', nowMs, 'another secret'), 'forged'],
    [`${'9'.repeat(5_000)}.x`, 'forged'],
  ])('%j is %s', (text, state) => {
    expect(judge(text, nowMs + 10_000)).toBe(state)
  })

  test('of one post is nothing for another', () => {
    expect(judge(stamp, nowMs + 10_000, 'q')).toBe('forged')
  })

  test('of a form given back counts from the first one, as long as that is any good', () => {
    const again = (text: string, atMs: number): string => keepStamp(text, 'p', atMs, secret)
    expect(again(stamp, nowMs + 1_000)).toBe(stamp)
    for (const useless of ['', 'x', makeStamp('p', nowMs - 2 * limits.commentStampMsMax, secret)]) {
      expect(judge(again(useless, nowMs), nowMs)).toBe('young')
    }
  })
})
