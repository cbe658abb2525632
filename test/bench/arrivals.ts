/**
 * Visitors who come at their own times, so many a second, and wait in one line for a free connection.
 *
 * A connection that asks only once it was answered lets a slow server set the pace: of what would have waited
 * meanwhile nothing is measured. Here each has a time at which it was due, and is late from then on. Pure.
 */

import type { Below } from './blog-data.ts'

/** A power of two, so that no number is drawn more often than another. */
const drawnBelow = 2 ** 30

export class Arrivals {
  readonly #meanGapMs: number
  readonly #below: Below
  #nextMs: number
  /** When each of those who wait was due, ms, ascending; taken from `#first` on. */
  #line: number[] = []
  #first = 0

  /** @param perSecond - on average, each without regard to the others (Poisson). */
  constructor(perSecond: number, below: Below, beganMs: number) {
    this.#meanGapMs = 1_000 / perSecond
    this.#below = below
    this.#nextMs = beganMs + this.#gapMs()
  }

  /** Lets in all who were due by now. @returns how many wait. */
  come(nowMs: number): number {
    for (; this.#nextMs <= nowMs; this.#nextMs += this.#gapMs()) this.#line.push(this.#nextMs)
    return this.#line.length - this.#first
  }

  /** @returns when the one who has waited longest was due, ms; undefined: nobody waits. */
  take(): number | undefined {
    const due = this.#line[this.#first]
    if (due === undefined) return undefined
    this.#first++
    if (this.#first === this.#line.length) {
      this.#line = []
      this.#first = 0
    }
    return due
  }

  /** How long each of those who still wait has done so, ms. */
  waiting(nowMs: number): readonly number[] {
    return this.#line.slice(this.#first).map((due) => nowMs - due)
  }

  #gapMs(): number {
    const drawn = (this.#below(drawnBelow) + 1) / drawnBelow
    return -Math.log(drawn) * this.#meanGapMs
  }
}
