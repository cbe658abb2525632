import { describe, expect, test } from 'vitest'
import { Arrivals } from '../../bench/arrivals.ts'
import { seeded } from '../../bench/blog-data.ts'

describe('visitors who come by themselves', () => {
  test('are as many as were asked for, whether anybody serves them or not', () => {
    const arrivals = new Arrivals(2_500, seeded(1), 1_000)
    expect(arrivals.come(999)).toBe(0)
    const waiting = arrivals.come(11_000)
    expect(waiting).toBeGreaterThan(24_500)
    expect(waiting).toBeLessThan(25_500)
  })

  test('are taken in the order in which they were due, each once, and at no time before', () => {
    const arrivals = new Arrivals(100, seeded(2), 0)
    const taken: number[] = []
    for (let now = 0; now < 2_000; now += 10) {
      arrivals.come(now)
      for (let due = arrivals.take(); due !== undefined; due = arrivals.take()) {
        expect(due).toBeLessThanOrEqual(now)
        taken.push(due)
      }
    }
    expect(taken).toEqual(taken.toSorted((a, b) => a - b))
    expect(new Set(taken).size).toBe(taken.length)
    expect(taken.length).toBeGreaterThan(150)
  })

  test('who were not served are known by how long they have waited', () => {
    const arrivals = new Arrivals(10, seeded(4), 0)
    const come = arrivals.come(1_000)
    const first = arrivals.take() ?? Number.NaN
    const second = arrivals.waiting(1_000)[0] ?? Number.NaN
    expect(arrivals.waiting(1_000)).toHaveLength(come - 1)
    expect(1_000 - second).toBeGreaterThan(first)
  })

  test('do not come in step: some gaps are many times as long as others', () => {
    const arrivals = new Arrivals(1_000, seeded(3), 0)
    arrivals.come(1_000)
    const due: number[] = []
    for (let at = arrivals.take(); at !== undefined; at = arrivals.take()) due.push(at)
    const gaps = due.slice(1).map((at, n) => at - (due[n] ?? 0))
    expect(Math.max(...gaps)).toBeGreaterThan(4)
    expect(gaps.filter((gap) => gap < 0.2).length).toBeGreaterThan(100)
  })
})
