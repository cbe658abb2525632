import { beforeEach, describe, expect, test } from 'vitest'

import { createLoginLimit } from '../../../../src/http/admin/login-limit.ts'
import type { LoginAttempt, LoginLimit } from '../../../../src/http/admin/login-limit.ts'
import { limits } from '../../../../src/kernel/limits.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'
import type { VirtualClock } from '../../../support/virtual-clock.ts'

const ana: LoginAttempt = { addressGroup: '10.0.0.1', name: 'ana', device: undefined }

describe('guessing a password', () => {
  let clock: VirtualClock
  let limit: LoginLimit
  beforeEach(() => {
    clock = createVirtualClock()
    limit = createLoginLimit({ clock })
  })
  const guess = (times: number, attempt: LoginAttempt = ana): number[] =>
    Array.from({ length: times }, () => limit.take(attempt))

  test('five times is free; then each wait is twice the one before, up to a quarter of an hour', () => {
    expect(guess(limits.loginTries)).toEqual([0, 0, 0, 0, 0])
    const waits: number[] = []
    for (let round = 0; round < 8; round++) {
      const wait = limit.take(ana)
      waits.push(wait)
      clock.advance(wait * 1_000)
      expect(limit.take(ana)).toBe(0)
    }
    expect(waits).toEqual([15, 30, 60, 120, 240, 480, 900, 900])
  })

  test('too early costs nothing more: the wait goes down by the clock', () => {
    guess(limits.loginTries)
    expect(limit.take(ana)).toBe(15)
    clock.advance(10_000)
    expect(guess(3)).toEqual([5, 5, 5])
    clock.advance(5_000)
    expect(limit.take(ana)).toBe(0)
  })

  test('many times at once counts each, before any is answered', () => {
    expect(guess(20).filter((wait) => wait === 0)).toHaveLength(limits.loginTries)
  })

  test('is forgotten an hour after the last failure, and with a right password', () => {
    guess(limits.loginTries)
    clock.advance(limits.loginForgetMs)
    expect(guess(limits.loginTries)).toEqual([0, 0, 0, 0, 0])
    clock.advance(15_000)
    expect(limit.take(ana)).toBe(0)
    limit.passed(ana)
    expect(guess(limits.loginTries)).toEqual([0, 0, 0, 0, 0])
  })

  test('does not count where the store could not look', () => {
    for (let round = 0; round < 50; round++) {
      expect(limit.take(ana)).toBe(0)
      limit.giveBack(ana)
    }
  })

  test('from one address locks nobody out elsewhere', () => {
    guess(500)
    expect(limit.take({ ...ana, addressGroup: '10.0.0.2' })).toBe(0)
  })

  test('many names from one address: others there wait seconds, no more', () => {
    for (let n = 0; n < 500; n++) limit.take({ ...ana, name: `guess-${n}` })
    const wait = limit.take({ ...ana, name: 'ben' })
    expect(wait).toBeGreaterThan(0)
    expect(wait).toBeLessThanOrEqual(limits.loginAddressRefillMs / 1_000)
    expect(limit.take({ addressGroup: '10.0.0.1', name: 'ben', device: 'known' })).toBe(0)
  })

  test('one name from thousands of addresses is slowed, but not on the owner’s own browser', () => {
    const passed = Array.from({ length: 5_000 }, (_, n) =>
      limit.take({ ...ana, addressGroup: `10.1.${n >> 8}.${n & 255}` }),
    ).filter((wait) => wait === 0)
    expect(passed).toHaveLength(limits.loginNameBurst)
    expect(limit.take({ ...ana, addressGroup: '10.9.9.9' })).toBeGreaterThan(0)
    expect(limit.take({ ...ana, addressGroup: '10.9.9.9', device: 'known' })).toBe(0)
  })

  test('on a known browser is slowed by its own count', () => {
    const known = { ...ana, device: 'known' }
    expect(guess(limits.loginTries + 1, known).at(-1)).toBe(15)
    expect(limit.take(ana)).toBe(0)
  })
})
