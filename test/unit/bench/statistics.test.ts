import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { median, percentile, roundOf, summarise } from '../../bench/statistics.ts'

describe('statistics of the bench', () => {
  test('a percentile is a value that was measured: the smallest that so many do not exceed', () => {
    const sorted = Array.from({ length: 100 }, (_, n) => n + 1)
    expect(percentile(sorted, 0.5)).toBe(50)
    expect(percentile(sorted, 0.99)).toBe(99)
    expect(percentile(sorted, 1)).toBe(100)
    expect(percentile([7], 0.01)).toBe(7)
  })

  test('of no values there is no percentile and no median', () => {
    expect(() => percentile([], 0.5)).toThrow(RangeError)
    expect(() => median([])).toThrow(RangeError)
  })

  test('at least the share of all values does not exceed a percentile, and less would not do', () => {
    const values = fc.array(fc.integer(), { minLength: 1, maxLength: 200 })
    const share = fc.double({ min: 0.01, max: 1, noNaN: true })
    fc.assert(
      fc.property(values, share, (all, of) => {
        const sorted = all.toSorted((a, b) => a - b)
        const found = percentile(sorted, of)
        const upTo = sorted.filter((value) => value <= found).length
        const below = sorted.filter((value) => value < found).length
        return upTo >= of * sorted.length - 1e-9 && below < of * sorted.length + 1e-9
      }),
    )
  })

  test('a median of an even count is the mean of the two in the middle, in whatever order', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5)
    expect(median([9, 1, 5])).toBe(5)
  })

  test('a round counts its operations and knows their percentiles, whatever their order', () => {
    const latencies = Float64Array.from({ length: 200 }, (_, n) => 200 - n)
    expect(roundOf(latencies, 2)).toEqual({ operations: 200, seconds: 2, p50: 100, p99: 198 })
  })

  test('one slow round of three moves no figure', () => {
    const usual = { operations: 1_000, seconds: 1, p50: 1, p99: 3 }
    const slow = { operations: 10, seconds: 1, p50: 90, p99: 900 }
    expect(summarise([usual, slow, usual])).toEqual({ perSecond: 1_000, p50: 1, p99: 3 })
  })
})
