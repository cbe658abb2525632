import { describe, expect, test } from 'vitest'
import { judgeWrite } from '../../../../src/embedded/quorum/put-core.ts'
import type { VnodeEvent, WriteQuorum } from '../../../../src/embedded/quorum/put-core.ts'
import type { PutEvent } from '../../../../src/embedded/vnode/vnode-transport.ts'

const quorum = (more: Partial<WriteQuorum> = {}): WriteQuorum => ({
  n: 3,
  w: 2,
  dw: 2,
  pw: 0,
  nodeConfirms: 0,
  ...more,
})
type Kind = 'w' | 'dw' | 'fail' | 'overload'
const events: Record<Kind, PutEvent> = {
  w: { kind: 'received' },
  dw: { kind: 'stored', object: { vclock: [], values: [] } },
  fail: { kind: 'failed', reason: 'disk_failure' },
  overload: { kind: 'failed', reason: 'overload' },
}
const event = (
  kind: Kind,
  partition: number,
  role: 'primary' | 'fallback' = 'primary',
  node = `n${partition}`,
): VnodeEvent => ({
  from: { partition, node, role },
  event: events[kind],
})
function run(q: WriteQuorum, list: readonly VnodeEvent[]): string {
  for (let count = 1; count <= list.length; count++) {
    const verdict = judgeWrite(q, list.slice(0, count))
    if (verdict.kind !== 'pending') {
      return `${verdict.kind === 'error' ? verdict.text : 'met'} after ${count}`
    }
  }
  return 'pending'
}
const received = [0, 1, 2].map((partition) => event('w', partition))

describe('write quorum', () => {
  test.each<[string, Partial<WriteQuorum>, [Kind, Kind, Kind], string]>([
    ['two stored meet W=2 DW=2', {}, ['dw', 'dw', 'dw'], 'met after 5'],
    ['DW=1 is met by the coordinator', { w: 1, dw: 1 }, ['dw', 'dw', 'dw'], 'met after 4'],
    ['DW=3 waits for all', { dw: 3 }, ['dw', 'dw', 'dw'], 'met after 6'],
    ['one failure of three leaves DW=2 in reach', {}, ['dw', 'fail', 'dw'], 'met after 6'],
    ['two failures miss DW=2', {}, ['dw', 'fail', 'fail'], '{dw_val_unsatisfied,2,1} after 6'],
    [
      'one failure misses DW=3',
      { dw: 3 },
      ['dw', 'fail', 'dw'],
      '{dw_val_unsatisfied,3,1} after 5',
    ],
    ['PW is told before DW', { pw: 3 }, ['dw', 'fail', 'dw'], '{pw_val_unsatisfied,3,1} after 5'],
    [
      'an overloaded vnode is named rather than the count',
      { dw: 3 },
      ['dw', 'overload', 'dw'],
      'overload after 5',
    ],
  ])('%s', (_, more, kinds, expected) => {
    const ends = kinds.map((kind, partition) => event(kind, partition))
    expect(run(quorum(more), [...received, ...ends])).toBe(expected)
  })

  test('W needs receipts, DW stores: one does not stand for the other', () => {
    const stored = [event('dw', 0), event('dw', 1), event('dw', 2)]
    expect(run(quorum({ w: 3 }), [...received.slice(0, 2), ...stored])).toBe('pending')
    expect(run(quorum({ w: 3 }), [...received, ...stored.slice(0, 1)])).toBe('pending')
  })

  test('PW counts primaries only', () => {
    const list = [
      ...received,
      event('dw', 0),
      event('dw', 1, 'fallback'),
      event('dw', 2, 'fallback'),
    ]
    expect(run(quorum({ pw: 2 }), list)).toBe('{pw_val_unsatisfied,2,1} after 6')
    expect(run(quorum({ pw: 1 }), list)).toBe('met after 5')
  })

  test('node_confirms counts distinct nodes (three vnodes of one node, captures/quorum)', () => {
    const list = [
      ...received,
      ...[0, 1, 2].map((p) => event('dw', p, 'primary', p === 0 ? 'a' : 'b')),
    ]
    expect(run(quorum({ nodeConfirms: 2 }), list)).toBe('met after 5')
    expect(run(quorum({ nodeConfirms: 3 }), list)).toBe(
      '{node_confirms_val_unsatisfied,3,2} after 6',
    )
  })

  test('every way three vnodes may end, every W, DW and PW: a verdict that stays', () => {
    const kinds: Kind[] = ['dw', 'fail']
    const roles = ['primary', 'fallback'] as const
    let judged = 0
    for (const w of [0, 1, 2, 3]) {
      for (const dw of [1, 2, 3]) {
        for (const pw of [0, 1, 2, 3]) {
          for (let ways = 0; ways < 64; ways++) {
            const ends = [0, 1, 2].map((p) => {
              const kind = kinds[(ways >> p) & 1] ?? 'dw'
              return event(kind, p, roles[(ways >> (p + 3)) & 1])
            })
            const list = [...received, ...ends]
            const verdicts = list.map((_, at) =>
              judgeWrite(quorum({ w, dw, pw }), list.slice(0, at + 1)),
            )
            const first = verdicts.findIndex(({ kind }) => kind !== 'pending')
            expect(first).toBeGreaterThanOrEqual(0)
            const stored = ends.filter(({ event: e }) => e.kind === 'stored')
            const primaries = stored.filter(({ from }) => from.role === 'primary').length
            const isMet = stored.length >= dw && primaries >= pw
            const verdict = verdicts[first]
            // A write that could still be met is never given up: the end decides.
            if (!isMet) expect(verdict?.kind).toBe('error')
            if (isMet) expect(verdict?.kind).toBe('met')
            judged++
          }
        }
      }
    }
    expect(judged).toBe(4 * 3 * 4 * 64)
  })
})
