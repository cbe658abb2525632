/**
 * Whether a service is worth asking: after some failures in a row it counts as away, and callers do not
 * wait for it, but for one at a time that tries again after a growing pause.
 *
 * Pure: the caller reads the clock.
 *
 *     well ──failures──▶ away ──pause over──▶ one call ──▶ well, or away for twice as long
 *       └──not accepted──▶ refused ──pause over──▶ one call
 *
 * Invariant: `away` and `refused` end by themselves, without a call having to be let through.
 */

import { limits } from '../kernel/limits.ts'

export type BreakerState = 'well' | 'away' | 'refused'

export class Breaker {
  #failures = 0
  #blockedUntilMs = 0
  #isRefused = false
  #isTrying = false

  /** @returns `well` where a call may be made; after it, one of the three below has to be told. */
  enter(nowMs: number): BreakerState {
    const state = this.state(nowMs)
    if (state !== 'well') return state
    if (this.#isTrying) return this.#isRefused ? 'refused' : 'away'
    this.#isTrying = this.#isRefused || this.#failures >= limits.akismetFailuresMax
    return 'well'
  }

  /** As a call would find it, the one that tries again apart. */
  state(nowMs: number): BreakerState {
    if (nowMs >= this.#blockedUntilMs) return 'well'
    return this.#isRefused ? 'refused' : 'away'
  }

  /** @returns whether it was away, or refused us, until now. */
  succeeded(): boolean {
    const wasAway = this.#isRefused || this.#failures >= limits.akismetFailuresMax
    this.#failures = 0
    this.#blockedUntilMs = 0
    this.#isRefused = false
    this.#isTrying = false
    return wasAway
  }

  /** @returns whether it counts as away from now on, and did not before. */
  failed(nowMs: number): boolean {
    const wasAway = this.#failures >= limits.akismetFailuresMax
    this.#failures++
    this.#isTrying = false
    this.#isRefused = false
    const over = this.#failures - limits.akismetFailuresMax
    if (over < 0) return false
    const pauseMs = limits.akismetPauseMsMin * 2 ** Math.min(over, 20)
    this.#blockedUntilMs = nowMs + Math.min(pauseMs, limits.akismetPauseMsMax)
    return !wasAway
  }

  /** @returns whether it took us until now. */
  refused(nowMs: number): boolean {
    const isNews = !this.#isRefused
    this.#isRefused = true
    this.#isTrying = false
    this.#failures = 0
    this.#blockedUntilMs = nowMs + limits.akismetRefusedMs
    return isNews
  }
}
