import { describe, expect, test } from 'vitest'
import { ratio, showJson, showNumber, showTable } from '../../bench/report.ts'
import type { Shown } from '../../bench/report.ts'

const gets: Shown = {
  name: 'riak.get.c64',
  value: 12_345.678_9,
  unit: 'ops/s',
  p50: 1.234_567_89,
  p99: 20,
  floor: 50_000,
  cpuMicros: 80.4,
}
const merge: Shown = { name: 'store.merge', value: 0.5, unit: 'ms', p50: 0.5, p99: 1, floor: 0.1 }

describe('the report of the bench', () => {
  test('the ratio says how near to the floor, for rates and for times: 1 is as fast', () => {
    expect(ratio(gets)).toBeCloseTo(0.247, 3)
    expect(ratio(merge)).toBeCloseTo(0.2)
    expect(ratio({ value: 2, unit: 's', floor: 1 })).toBe(0.5)
    expect(ratio({ value: 900, unit: 'requests/s', floor: 900 })).toBe(1)
  })

  test('JSON holds one list named results, of exactly the six fields in their order', () => {
    const parsed = JSON.parse(showJson([gets, merge])) as { results: object[] }
    expect(Object.keys(parsed)).toEqual(['results'])
    for (const result of parsed.results) {
      expect(Object.keys(result)).toEqual(['name', 'value', 'unit', 'p50', 'p99', 'floor'])
    }
    expect(parsed.results[0]).toEqual({
      name: 'riak.get.c64',
      value: 12_345.7,
      unit: 'ops/s',
      p50: 1.234_57,
      p99: 20,
      floor: 50_000,
    })
  })

  test('nothing measured is still the same shape', () => {
    expect(showJson([])).toBe('{"results":[]}')
  })

  test('a number is shown with three figures that count, thousands set off', () => {
    expect(showNumber(12_345.6)).toBe('12,346')
    expect(showNumber(99.96)).toBe('100')
    expect(showNumber(1.2345)).toBe('1.23')
    expect(showNumber(0.000_123_4)).toBe('0.000123')
    expect(showNumber(Number.NaN)).toBe('-')
  })

  test('a table has one heading and a line for each result, its columns below each other', () => {
    const lines = showTable([gets, merge]).split('\n')
    expect(lines).toEqual([
      'name           value  unit   p50 ms  p99 ms   floor  ratio  CPU µs',
      'riak.get.c64  12,346  ops/s    1.23      20  50,000   0.25    80.4',
      'store.merge      0.5  ms        0.5       1     0.1   0.20',
    ])
  })
})
