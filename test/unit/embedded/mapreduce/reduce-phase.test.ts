import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Term } from '../../../../src/causality/external-term.ts'
import type { Flow, JobContext } from '../../../../src/embedded/mapreduce/flow.ts'
import type { Json, ReduceFunction } from '../../../../src/embedded/mapreduce/functions.ts'
import { HeldBytes } from '../../../../src/embedded/mapreduce/held-bytes.ts'
import { batchSizeOf, runReduce } from '../../../../src/embedded/mapreduce/reduce-phase.ts'
import { termOfJson } from '../../../../src/embedded/mapreduce/rows.ts'
import { builtInReduces } from '../../../../src/embedded/mapreduce/built-ins.ts'
import { compareTerms } from '../../../../src/embedded/mapreduce/term-order.ts'
import { TurnQueue, Turns } from '../../../../src/embedded/mapreduce/turns.ts'
import { fakeClock } from '../../../support/fake-clock.ts'

function makeContext(): JobContext {
  const clock = fakeClock()
  return {
    world: {} as JobContext['world'],
    turns: new Turns(new TurnQueue(clock), clock),
    held: new HeldBytes({ bytes: 0 }),
    leftMs: () => 1_000,
  }
}

async function* batchesOf(batches: readonly (readonly Json[])[]): Flow {
  for (const list of batches) yield { kind: 'rows', rows: { kind: 'values', list } }
}

/** Runs one reduce phase; @returns its rows, and the lists it was called with. */
async function reduce(
  batches: readonly (readonly Json[])[],
  call: ReduceFunction,
  arg?: Json,
): Promise<{ readonly rows: readonly unknown[]; readonly calls: readonly (readonly Json[])[] }> {
  const calls: (readonly Json[])[] = []
  const counted: ReduceFunction = (values, given) => {
    calls.push([...values])
    return call(values, given)
  }
  const term: Term = arg === undefined ? { atom: 'none' } : termOfJson(arg)
  const phase = {
    kind: 'reduce',
    call: { kind: 'registered', call: counted },
    arg: term,
    isKept: false,
  } as const
  const rows: unknown[] = []
  for await (const item of runReduce(makeContext(), 0, phase, batchesOf(batches))) {
    if (item.kind === 'rows') rows.push(...item.rows.list)
  }
  return { rows, calls }
}

const sum: ReduceFunction = (values) => [
  (values as number[]).reduce((all, value) => all + value, 0),
]
const numbers = (count: number): number[] => Array.from({ length: count }, (_, at) => at + 1)

describe('a reduce phase', () => {
  test('is called with twenty inputs, then with its own output and the next twenty', async () => {
    const { rows, calls } = await reduce([numbers(45)], sum)
    expect(calls.map(({ length }) => length)).toEqual([20, 21, 6])
    expect(calls[1]![0]).toBe(210)
    expect(rows).toEqual([1_035])
  })

  test('is not called again where the last batch was full (40 inputs)', async () => {
    const { calls } = await reduce([numbers(40)], sum)
    expect(calls.map(({ length }) => length)).toEqual([20, 21])
  })

  test('is called once with nothing where there is no input', async () => {
    const { rows, calls } = await reduce([], sum)
    expect(calls).toEqual([[]])
    expect(rows).toEqual([0])
  })

  test('is called once with all inputs (reduce_phase_only_1)', async () => {
    const { calls } = await reduce([numbers(30), numbers(70)], sum, { reduce_phase_only_1: true })
    expect(calls.map(({ length }) => length)).toEqual([100])
  })

  test('waits for as many inputs as it is told to (reduce_phase_batch_size)', async () => {
    const { calls } = await reduce([numbers(7)], sum, { reduce_phase_batch_size: 3 })
    expect(calls.map(({ length }) => length)).toEqual([3, 4, 2])
  })

  test.each<[string, Json, number]>([
    ['none', {}, 20],
    ['a size', { reduce_phase_batch_size: 5 }, 5],
    ['both: once', { reduce_phase_batch_size: 5, reduce_phase_only_1: true }, Infinity],
    ['a text is greater than any number', { reduce_phase_batch_size: 'x' }, Infinity],
    ['not true', { reduce_phase_only_1: 'yes' }, 20],
    ['no object', 'abc', 20],
  ])('batch size: %s', (_name, arg, expected) => {
    expect(batchSizeOf(termOfJson(arg))).toBe(expected)
  })

  test('a sum is the same however inputs arrive and are batched', async () => {
    const batches = fc.array(fc.array(fc.integer({ min: -1_000, max: 1_000 }), { maxLength: 30 }), {
      maxLength: 6,
    })
    await fc.assert(
      fc.asyncProperty(batches, fc.integer({ min: 1, max: 50 }), async (given, size) => {
        const { rows } = await reduce(given, sum, { reduce_phase_batch_size: size })
        expect(rows).toEqual([given.flat().reduce((all, value) => all + value, 0)])
      }),
      { numRuns: 60 },
    )
  })

  test('every input is handed over exactly once (a function that keeps all)', async () => {
    const lists = fc.array(fc.array(fc.nat(), { maxLength: 40 }), { maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(lists, async (given) => {
        const { rows } = await reduce(given, (values) => values)
        expect(rows).toEqual(given.flat())
      }),
      { numRuns: 60 },
    )
  })

  test('gives back what it held', async () => {
    const total = { bytes: 0 }
    const context = { ...makeContext(), held: new HeldBytes(total) }
    const call: ReduceFunction = (values) => {
      expect(total.bytes).toBeGreaterThan(0)
      return values
    }
    const phase = {
      kind: 'reduce',
      call: { kind: 'registered', call },
      arg: { atom: 'none' },
      isKept: false,
    } as const
    for await (const item of runReduce(context, 0, phase, batchesOf([numbers(50)]))) {
      expect(item.kind).toBe('rows')
    }
    expect(total.bytes).toBe(0)
  })
})

describe('the functions of riak_kv_mapreduce on long lists', () => {
  const clock = fakeClock()
  const turns = new Turns(new TurnQueue(clock), clock)

  test('reduce_sort sorts thousands as it sorts a few, in turns', async () => {
    const list = Array.from({ length: 12_345 }, (_, at) => (at * 7_919) % 12_345)
    const sorted = await builtInReduces.get('reduce_sort')!(list, turns)
    expect(sorted).toEqual(list.toSorted((a, b) => a - b))
  })

  test('reduce_set_union keeps one of each', async () => {
    const list = Array.from({ length: 5_000 }, (_, at) => Buffer.from(`k${at % 70}`))
    const set = await builtInReduces.get('reduce_set_union')!(list, turns)
    expect(set).toHaveLength(70)
  })

  test('reduce_plist_sum adds up by name', async () => {
    const list = [
      ['a', 1],
      ['b', 2],
      ['a', 3],
    ].map(([name, value]): Term => ({
      tuple: [Buffer.from(String(name)), Number(value)],
    }))
    const sums = await builtInReduces.get('reduce_plist_sum')!(list, turns)
    expect(sums).toEqual([{ tuple: [Buffer.from('a'), 4] }, { tuple: [Buffer.from('b'), 2] }])
  })
})

describe("Erlang's order of terms", () => {
  test('numbers before atoms before tuples before lists before binaries', () => {
    const terms: readonly Term[] = [
      1,
      { float: 1.5 },
      2n ** 70n,
      { atom: 'a' },
      { tuple: [1] },
      { tuple: [1, 0] },
      [],
      [1],
      [1, 2],
      Buffer.from('a'),
      Buffer.from('ab'),
    ]
    for (const [at, a] of terms.entries()) {
      for (const [other, b] of terms.entries()) {
        expect(Math.sign(compareTerms(a, b))).toBe(Math.sign(at - other))
      }
    }
  })
})
