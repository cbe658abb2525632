import { describe, expect, test } from 'vitest'
import { memorySlope } from '../../bench/memory.ts'

const each = (mibAt: (minutes: number) => number): { minutes: number; mib: number }[] =>
  Array.from({ length: 61 }, (_, n) => ({ minutes: n / 6, mib: mibAt(n / 6) }))

describe('the slope of memory', () => {
  test('is MiB a minute of the line through what comes after the first third', () => {
    expect(memorySlope(each((minutes) => 500 + 3 * minutes))).toBeCloseTo(3)
    expect(memorySlope(each(() => 500))).toBeCloseTo(0)
  })

  test('knows nothing of caches that fill at first', () => {
    expect(memorySlope(each((minutes) => (minutes < 3 ? 200 + 100 * minutes : 500)))).toBeCloseTo(0)
  })

  test('moves little by what comes and goes', () => {
    const wave = each((minutes) => 500 + 40 * Math.sin(minutes * 12))
    expect(Math.abs(memorySlope(wave))).toBeLessThan(2)
  })
})
