import { describe, expect, test } from 'vitest'

import { createRateLimit } from '../../../src/http/rate-limit.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

describe('the rate limit', () => {
  test('a burst passes, then one each refill; others are not touched', () => {
    const clock = createVirtualClock()
    const limit = createRateLimit({ clock, burst: 2, refillMs: 10_000, addressesMax: 10 })
    expect([limit.take('a'), limit.take('a'), limit.take('a')]).toEqual([0, 0, 10])
    expect(limit.take('b')).toBe(0)
    clock.advance(4_000)
    expect(limit.take('a')).toBe(6)
    clock.advance(6_000)
    expect([limit.take('a'), limit.take('a')]).toEqual([0, 10])
  })

  test('what is given back was not counted, and never makes a burst longer', () => {
    const clock = createVirtualClock()
    const limit = createRateLimit({ clock, burst: 2, refillMs: 10_000, addressesMax: 10 })
    for (let n = 0; n < 5; n++) {
      expect(limit.take('a')).toBe(0)
      limit.giveBack('a')
    }
    limit.giveBack('a')
    limit.giveBack('b')
    expect([limit.take('a'), limit.take('a'), limit.take('a')]).toEqual([0, 0, 10])
  })

  test('memory is bounded: the address seen longest ago is forgotten', () => {
    const clock = createVirtualClock()
    const limit = createRateLimit({ clock, burst: 1, refillMs: 10_000, addressesMax: 2 })
    for (const address of ['a', 'b', 'c']) limit.take(address)
    expect(limit.take('c')).toBeGreaterThan(0)
    expect(limit.take('a')).toBe(0)
  })
})
