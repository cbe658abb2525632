import { describe, expect, test } from 'vitest'
import { failThreshold, finalAction, judgeRead } from '../../../../src/embedded/quorum/get-core.ts'
import type { ReadQuorum, VnodeAnswer } from '../../../../src/embedded/quorum/get-core.ts'
import type { ObjectValue, RiakObject } from '../../../../src/embedded/vnode/riak-object.ts'

const rules = { allowMult: true, lastWriteWins: false, dvvEnabled: true }
const quorum = (more: Partial<ReadQuorum> = {}): ReadQuorum => ({
  n: 3,
  r: 2,
  pr: 0,
  nodeConfirms: 0,
  basicQuorum: false,
  notFoundOk: true,
  rules,
  ...more,
})
const actor = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
function object(counter: number, isTombstone = false): RiakObject {
  const dot = { actor, counter, timestamp: 1 }
  const value: ObjectValue = {
    value: Buffer.from(isTombstone ? '' : `v${counter}`),
    isTombstone,
    vtag: `t${counter}`,
    lastModified: { seconds: counter, micros: 0 },
    dot,
  }
  return { vclock: [dot], values: [value] }
}
type Kind = 'new' | 'old' | 'dead' | 'none' | 'fail' | 'overload'
function answer(
  kind: Kind,
  partition: number,
  role: 'primary' | 'fallback' = 'primary',
): VnodeAnswer {
  const from = { partition, node: `n${partition}`, role }
  switch (kind) {
    case 'new':
      return { from, answer: { kind: 'object', object: object(2) } }
    case 'old':
      return { from, answer: { kind: 'object', object: object(1) } }
    case 'dead':
      return { from, answer: { kind: 'object', object: object(3, true) } }
    case 'none':
      return { from, answer: { kind: 'notfound' } }
    case 'fail':
      return { from, answer: { kind: 'failed', reason: 'disk_failure' } }
    case 'overload':
      return { from, answer: { kind: 'failed', reason: 'overload' } }
  }
}
/** Feed answers one by one; the first verdict, and how many answers it took. */
function run(
  q: ReadQuorum,
  kinds: readonly Kind[],
  roles: readonly ('primary' | 'fallback')[] = [],
) {
  const answers = kinds.map((kind, n) => answer(kind, n, roles[n]))
  for (let count = 1; count <= answers.length; count++) {
    const verdict = judgeRead(q, answers.slice(0, count))
    if (verdict.kind === 'pending') continue
    const shown = verdict.kind === 'error' ? verdict.text : verdict.result.kind
    return `${shown} after ${count}`
  }
  return 'pending'
}

describe('read quorum', () => {
  test.each<[string, Partial<ReadQuorum>, Kind[], string]>([
    ['two equal values meet R=2', {}, ['new', 'new', 'new'], 'found after 2'],
    ['R=1 answers with the first, even if stale', { r: 1 }, ['old', 'new', 'new'], 'found after 1'],
    ['R=0 still waits for one answer', { r: 0 }, ['new', 'new', 'new'], 'found after 1'],
    [
      'two absences answer not found while the third holds the value',
      {},
      ['none', 'none', 'new'],
      'notfound after 2',
    ],
    ['R=3 finds it', { r: 3 }, ['none', 'none', 'new'], 'found after 3'],
    [
      'notfound_ok=false goes on until a value is out of reach',
      { notFoundOk: false },
      ['none', 'new', 'new'],
      'found after 3',
    ],
    [
      'notfound_ok=false, one value of three: the quorum is missed',
      { notFoundOk: false },
      ['new', 'none', 'none'],
      '{r_val_unsatisfied,2,1} after 3',
    ],
    [
      'notfound_ok=false, nothing anywhere: not found',
      { notFoundOk: false },
      ['none', 'none', 'none'],
      'notfound after 2',
    ],
    [
      'notfound_ok=false R=1 waits for all three absences',
      { notFoundOk: false, r: 1 },
      ['none', 'none', 'none'],
      'notfound after 3',
    ],
    [
      'basic_quorum stops at a majority of absences',
      { notFoundOk: false, r: 1, basicQuorum: true },
      ['none', 'none', 'new'],
      'notfound after 2',
    ],
    [
      'notfound_ok=false R=3 gives up at the first absence',
      { notFoundOk: false, r: 3 },
      ['none', 'new', 'new'],
      'notfound after 1',
    ],
    [
      'two failures: R is out of reach',
      {},
      ['fail', 'fail', 'new'],
      '{r_val_unsatisfied,2,0} after 2',
    ],
    [
      'an overloaded vnode is named rather than the count',
      {},
      ['new', 'overload', 'fail'],
      'overload after 3',
    ],
    ['a tombstone everywhere is deleted', {}, ['dead', 'dead', 'dead'], 'deleted after 2'],
    ['a tombstone over a stale value is deleted', {}, ['old', 'dead', 'dead'], 'deleted after 2'],
    [
      'absent and failed: the count, not "not found"',
      { notFoundOk: false },
      ['none', 'fail', 'new'],
      '{r_val_unsatisfied,2,0} after 2',
    ],
  ])('%s', (_, more, kinds, expected) => {
    expect(run(quorum(more), kinds)).toBe(expected)
  })

  test('PR counts primaries only, and is told before R', () => {
    const roles = ['fallback', 'fallback', 'primary'] as const
    expect(run(quorum({ pr: 1 }), ['new', 'new', 'new'], roles)).toBe('found after 3')
    expect(run(quorum({ pr: 2 }), ['new', 'new', 'new'], roles)).toBe(
      '{pr_val_unsatisfied,2,1} after 3',
    )
    expect(run(quorum({ pr: 1 }), ['none', 'none', 'fail'], roles)).toBe(
      '{pr_val_unsatisfied,1,0} after 3',
    )
  })

  test('node_confirms counts distinct nodes', () => {
    const same = (kind: Kind, partition: number): VnodeAnswer => {
      const { from, answer: what } = answer(kind, partition)
      return { from: { ...from, node: 'one' }, answer: what }
    }
    const q = quorum({ r: 1, nodeConfirms: 2 })
    expect(judgeRead(q, [same('new', 0), same('new', 1)]).kind).toBe('pending')
    expect(judgeRead(q, [same('new', 0), answer('new', 1)]).kind).toBe('answer')
  })

  test('the fail threshold is N − max(R, PR) + 1, with basic_quorum a majority at most', () => {
    expect(failThreshold(quorum({ r: 2 }))).toBe(2)
    expect(failThreshold(quorum({ r: 1, pr: 3 }))).toBe(1)
    expect(failThreshold(quorum({ r: 1, basicQuorum: true }))).toBe(2)
  })

  test('every order of every three answers, every R, PR and flag: one verdict, at the right time', () => {
    const kinds: Kind[] = ['new', 'old', 'dead', 'none', 'fail']
    const choices = kinds.flatMap((a) => kinds.flatMap((b) => kinds.map((c) => [a, b, c])))
    let judged = 0
    for (const r of [1, 2, 3]) {
      for (const pr of [0, 1, 2, 3]) {
        for (const flags of [0, 1, 2, 3]) {
          const q = quorum({ r, pr, notFoundOk: flags % 2 === 0, basicQuorum: flags > 1 })
          for (const choice of choices) {
            const answers = choice.map((kind, n) => answer(kind, n))
            const verdicts = [1, 2, 3].map((count) => judgeRead(q, answers.slice(0, count)))
            // Never left hanging once all have answered.
            expect(verdicts[2]?.kind).not.toBe('pending')
            for (const [at, verdict] of verdicts.entries()) {
              const ok = answers
                .slice(0, at + 1)
                .filter(
                  ({ answer: a }) => a.kind === 'object' || (a.kind === 'notfound' && q.notFoundOk),
                )
              const isMet = ok.length >= Math.max(r, pr)
              if (isMet) expect(verdict.kind).toBe('answer')
              if (verdict.kind === 'answer' && verdict.result.kind === 'found')
                expect(isMet).toBe(true)
              judged++
            }
          }
        }
      }
    }
    expect(judged).toBe(3 * 4 * 4 * 125 * 3)
  })
})

describe('after a read', () => {
  test('stale and absent replicas are repaired with the merged object', () => {
    const action = finalAction(quorum(), [answer('new', 0), answer('old', 1), answer('none', 2)])
    expect(action.kind).toBe('repair')
    if (action.kind !== 'repair') return
    expect(action.stale.map(({ partition }) => partition)).toEqual([1, 2])
    expect(action.object.values[0]?.vtag).toBe('t2')
  })

  test.each<[string, Kind[], string]>([
    ['equal replicas are left alone', ['new', 'new', 'new'], 'none'],
    ['an absent object is never repaired', ['none', 'none', 'none'], 'none'],
    ['a vnode that failed is not repaired', ['new', 'new', 'fail'], 'none'],
    ['a tombstone is repaired as any object', ['dead', 'dead', 'none'], 'repair'],
    ['a tombstone on all primaries is reaped', ['dead', 'dead', 'dead'], 'reap'],
    ['a tombstone on two of three stays', ['dead', 'dead', 'fail'], 'none'],
  ])('%s', (_, kinds, expected) => {
    expect(
      finalAction(
        quorum(),
        kinds.map((kind, n) => answer(kind, n)),
      ).kind,
    ).toBe(expected)
  })

  test('a tombstone on a fallback is not reaped', () => {
    const answers = [answer('dead', 0), answer('dead', 1), answer('dead', 2, 'fallback')]
    expect(finalAction(quorum(), answers).kind).toBe('none')
  })
})
