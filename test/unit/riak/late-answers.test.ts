import { describe, expect, test } from 'vitest'
import { limits } from '../../../src/kernel/limits.ts'
import { LateAnswers } from '../../../src/riak/client/late-answers.ts'
import { Latency } from '../../../src/riak/client/latency.ts'
import { fakeClock } from '../../support/fake-clock.ts'
import type { FakeClock } from '../../support/fake-clock.ts'

describe('how long answers take', () => {
  test('a share of them came within what is said, to a fifth (1 ms to 100 ms, evenly)', () => {
    const latency = new Latency()
    for (let ms = 1; ms <= 100; ms++) latency.add(ms)
    for (const share of [0.5, 0.9, 0.97]) {
      const ms = latency.within(share)!
      expect(ms).toBeGreaterThanOrEqual(share * 100)
      expect(ms).toBeLessThan(share * 100 * 1.2)
    }
  })

  test('nothing is said of fewer than 16', () => {
    const latency = new Latency()
    for (let n = 0; n < 15; n++) latency.add(3)
    expect(latency.within(0.9)).toBeUndefined()
    latency.add(3)
    expect(latency.within(0.9)).toBeGreaterThanOrEqual(3)
  })

  test('what was long ago is forgotten (an hour of 1 s, then some thousands of 2 ms)', () => {
    const latency = new Latency()
    for (let n = 0; n < 100_000; n++) latency.add(1_000)
    for (let n = 0; n < 10_000; n++) latency.add(2)
    expect(latency.within(0.97)).toBeLessThan(3)
  })

  test('no time is too short or too long', () => {
    const latency = new Latency()
    for (let n = 0; n < 20; n++) latency.add(n % 2 === 0 ? 0 : 1e9)
    expect(latency.within(0.4)).toBe(0.25)
    expect(latency.within(0.9)).toBeGreaterThan(60_000)
  })
})

interface One {
  readonly name: string
  isEnded: boolean
  watchedMs: number
}

function world(nodeCount = 3): {
  readonly clock: FakeClock
  readonly late: LateAnswers<One>
  readonly called: string[]
  /** `count` answers of `node` after `ms` each. */
  answers(node: number, ms: number, count?: number): void
  ask(name: string): One
} {
  const clock = fakeClock()
  const called: string[] = []
  const late = new LateAnswers<One>({
    clock,
    nodeCount,
    onLate: ({ name }) => called.push(`${name} at ${clock.monotonicMs()}`),
  })
  return {
    clock,
    late,
    called,
    answers: (node, ms, count = 100) => {
      for (let n = 0; n < count; n++) late.answered('get', node, ms)
    },
    ask: (name) => {
      const one = { name, isEnded: false, watchedMs: 0 }
      late.watch('get', one, clock.monotonicMs())
      return one
    },
  }
}

describe('late answers', () => {
  test('a request is late once the usual time is over, those that were answered never are', () => {
    const w = world()
    for (const node of [0, 1, 2]) w.answers(node, 60)
    w.ask('a')
    w.clock.advance(10)
    const b = w.ask('b')
    w.ask('c')
    w.clock.advance(20)
    b.isEnded = true
    w.clock.advance(29)
    expect(w.called).toEqual([])
    w.clock.advance(200)
    expect(w.called).toHaveLength(2)
    expect(w.called[0]).toMatch(/^a at (6|7)\d/)
    expect(w.called[1]).toMatch(/^c at (7|8)\d/)
    expect(w.clock.pending).toBe(0)
  })

  test('the usual time is that of the node in the middle, within limits', () => {
    const lateAfter = (...usualMs: readonly number[]): number => {
      const w = world(usualMs.length)
      usualMs.forEach((ms, node) => {
        w.answers(node, ms)
      })
      w.ask('a')
      w.clock.advance(5_000)
      return Number(w.called[0]?.split(' ').at(-1))
    }
    expect(lateAfter(1, 1, 1)).toBe(limits.riakLateMsMin)
    expect(lateAfter(40, 50, 400)).toBeLessThan(60)
    expect(lateAfter(50, 400)).toBeLessThan(60)
    expect(lateAfter(900, 900, 900)).toBe(limits.riakLateMsMax)
  })

  test('as long as little is known a request is late after half a second', () => {
    const w = world()
    w.ask('a')
    w.clock.advance(limits.riakLateMsMax - 1)
    expect(w.called).toEqual([])
    w.clock.advance(2)
    expect(w.called).toEqual([`a at ${limits.riakLateMsMax}`])
  })

  test('what is watched again is late again, in its turn', () => {
    const clock = fakeClock()
    const called: number[] = []
    const late: LateAnswers<One> = new LateAnswers<One>({
      clock,
      nodeCount: 2,
      onLate: (one) => {
        called.push(clock.monotonicMs())
        if (called.length < 3) late.watch('get', one, clock.monotonicMs())
      },
    })
    late.watch('get', { name: 'a', isEnded: false, watchedMs: 0 }, 0)
    clock.advance(10_000)
    expect(called).toEqual([500, 1_000, 1_500])
    expect(clock.pending).toBe(0)
  })

  test('twice is asked a burst of 64, then once for 20 requests', () => {
    const { late } = world()
    const allowed = (): number => {
      let count = 0
      while (late.mayAsk()) count++
      return count
    }
    expect(allowed()).toBe(64)
    for (let n = 0; n < 1_000; n++) late.earn()
    expect(allowed()).toBeGreaterThanOrEqual(49)
    for (let n = 0; n < 1_000_000; n++) late.earn()
    expect(allowed()).toBe(64)
  })

  test('stop leaves no timer, and nothing is late afterwards', () => {
    const w = world()
    w.ask('a')
    w.late.stop()
    w.ask('b')
    expect(w.clock.pending).toBe(0)
    w.clock.advance(10_000)
    expect(w.called).toEqual([])
  })
})
