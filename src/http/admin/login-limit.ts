/**
 * How often a password may be guessed.
 *
 *     a browser that signed in before     its own count, with growing waits; nobody else's guesses count
 *     any other   address and name        a few tries, then waits that double: 15 s … 15 min
 *                 address                 a bucket that fills again: a school's other people wait seconds
 *                 name                    a wide bucket: guesses from many addresses are slowed together
 *
 * So an attacker's guesses from one address lock nobody else out, and guesses from thousands do not lock
 * out the owner's own browsers.
 *
 * Invariant: bounded memory; an attempt counts before its password is looked at, so that tries at once
 * are tries all the same.
 *
 * Source: OWASP, "Slow Down Online Guessing Attacks with Device Cookies".
 */

import { LRUCache } from 'lru-cache'

import { limits } from '../../kernel/limits.ts'
import type { Clock } from '../../kernel/ports.ts'
import { createRateLimit } from '../rate-limit.ts'

export interface LoginAttempt {
  /** Of the visitor; a whole household is one (`client-address.ts`). */
  readonly addressGroup: string
  /** In its one form; '' for what can be nobody's. */
  readonly name: string
  /** Of the device cookie, where a genuine one for this name came along. */
  readonly device: string | undefined
}

export interface LoginLimit {
  /** @returns 0 where the attempt may go on (and was counted), else seconds until one may. */
  take(attempt: LoginAttempt): number
  /** The password was right. */
  passed(attempt: LoginAttempt): void
  /** Nobody looked at the password: the attempt is not counted. */
  giveBack(attempt: LoginAttempt): void
}

interface Failures {
  readonly count: number
  /** Monotonic ms. */
  readonly lastMs: number
}

export function createLoginLimit({ clock }: { readonly clock: Clock }): LoginLimit {
  const failures = new LRUCache<string, Failures>({ max: limits.rateAddressesMax })
  const bucket = (burst: number, refillMs: number) =>
    createRateLimit({ clock, burst, refillMs, addressesMax: limits.rateAddressesMax })
  const addresses = bucket(limits.loginAddressBurst, limits.loginAddressRefillMs)
  const names = bucket(limits.loginNameBurst, limits.loginNameRefillMs)

  const known = (key: string): Failures | undefined => {
    const found = failures.get(key)
    if (found === undefined) return undefined
    return clock.monotonicMs() - found.lastMs < limits.loginForgetMs ? found : undefined
  }
  const waitMs = (key: string): number => {
    const found = known(key)
    if (found === undefined || found.count < limits.loginTries) return 0
    const doubled = limits.loginWaitMs * 2 ** Math.min(20, found.count - limits.loginTries)
    return Math.max(
      0,
      found.lastMs + Math.min(doubled, limits.loginWaitMsMax) - clock.monotonicMs(),
    )
  }

  return {
    take(attempt) {
      const key = keyOf(attempt)
      const wait = waitMs(key)
      if (wait > 0) return Math.max(1, Math.ceil(wait / 1_000))
      if (attempt.device === undefined) {
        const ofAddress = addresses.take(attempt.addressGroup)
        if (ofAddress > 0) return ofAddress
        const ofName = names.take(attempt.name)
        if (ofName > 0) {
          addresses.giveBack(attempt.addressGroup)
          return ofName
        }
      }
      failures.set(key, { count: (known(key)?.count ?? 0) + 1, lastMs: clock.monotonicMs() })
      return 0
    },
    passed(attempt) {
      failures.delete(keyOf(attempt))
      giveBackBuckets(attempt)
    },
    giveBack(attempt) {
      const key = keyOf(attempt)
      const found = known(key)
      if (found !== undefined) failures.set(key, { ...found, count: found.count - 1 })
      giveBackBuckets(attempt)
    },
  }

  function giveBackBuckets({ device, addressGroup, name }: LoginAttempt): void {
    if (device !== undefined) return
    addresses.giveBack(addressGroup)
    names.giveBack(name)
  }
}

function keyOf({ device, addressGroup, name }: LoginAttempt): string {
  return device === undefined ? `at ${addressGroup} ${name}` : `on ${device} ${name}`
}
