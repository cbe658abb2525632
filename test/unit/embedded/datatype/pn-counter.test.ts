import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  counterFrom,
  counterValue,
  emptyCounter,
  incrementCounter,
  mergeCounters,
} from '../../../../src/embedded/datatype/pn-counter.ts'
import type { PnCounter } from '../../../../src/embedded/datatype/pn-counter.ts'
import { mergeLaws } from '../../../support/laws.ts'

const actor = (n: number): Uint8Array => Uint8Array.of(7, 7, 7, 7, 0, 0, 0, n)
const amounts = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })

const counters: fc.Arbitrary<PnCounter> = fc
  .array(
    fc.record({
      actor: fc.integer({ min: 0, max: 4 }).map(actor),
      up: fc.bigInt({ min: 0n, max: 2n ** 70n }),
      down: fc.bigInt({ min: 0n, max: 2n ** 70n }),
    }),
    { maxLength: 8 },
  )
  .map(counterFrom)

describe('a counter merge', () => {
  mergeLaws(mergeCounters, counters)
})

describe('a counter', () => {
  test('its value is the sum of all increments, whoever made them and in what order', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 4 }), amounts), { maxLength: 30 })
    fc.assert(
      fc.property(steps, (made) => {
        const counter = made.reduce<PnCounter>(
          (before, [who, by]) => incrementCounter(before, actor(who), by),
          emptyCounter,
        )
        expect(counterValue(counter)).toBe(made.reduce((sum, [, by]) => sum + by, 0n))
        expect(counterFrom(counter.toReversed())).toEqual(counter)
      }),
    )
  })

  test('replicas that count apart and merge lose nothing and count nothing twice', () => {
    const steps = fc.array(
      fc.tuple(fc.integer({ min: 0, max: 2 }), amounts, fc.integer({ min: 0, max: 2 })),
      { maxLength: 30 },
    )
    fc.assert(
      fc.property(steps, (made) => {
        // Replica i counts as actor i; after each step it may take in another replica's state.
        const replicas: PnCounter[] = [emptyCounter, emptyCounter, emptyCounter]
        for (const [who, by, from] of made) {
          replicas[who] = incrementCounter(replicas[who]!, actor(who), by)
          replicas[who] = mergeCounters(replicas[who], replicas[from]!)
        }
        const all = replicas.reduce(mergeCounters)
        expect(counterValue(all)).toBe(made.reduce((sum, [, by]) => sum + by, 0n))
      }),
    )
  })

  test('an increment of 0 changes nothing', () => {
    expect(incrementCounter(emptyCounter, actor(1), 0n)).toBe(emptyCounter)
  })
})
