/**
 * How jobs share the one thread with requests, and with each other.
 *
 *     turn of the event loop:  requests … │ one job, `mapReduceSliceMs` at most │ requests … │ next job
 *
 * A job works while its turn lasts, then asks for another and stands in line. After every wait for
 * disk, timer or another thread it asks first: what has come back does not push in.
 *
 * Depends on the world for the clock. Invariant: one job a turn, whatever the number of jobs.
 *
 * Source: the schedulers of Erlang count reductions; here a process has to give way by itself.
 */

import { limits } from '../../kernel/limits.ts'
import type { Clock } from '../../kernel/ports.ts'

/** Hands out turns, one each time round the event loop, in order of asking. */
export class TurnQueue {
  readonly #clock: Clock
  readonly #waiting: (() => void)[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  turn(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      if (this.#waiting.length === 1) this.#handOutSoon()
    })
  }

  #handOutSoon(): void {
    this.#clock.afterTurn(() => {
      this.#waiting.shift()?.()
      if (this.#waiting.length > 0) this.#handOutSoon()
    })
  }
}

/** One job's turns. */
export class Turns {
  readonly #queue: TurnQueue
  readonly #clock: Clock
  #endsAtMs = 0

  constructor(queue: TurnQueue, clock: Clock) {
    this.#queue = queue
    this.#clock = clock
  }

  /** Work has gone on long enough: `await next()`. */
  isOver(): boolean {
    return this.#clock.monotonicMs() >= this.#endsAtMs
  }

  /** Also after any other wait. */
  async next(): Promise<void> {
    await this.#queue.turn()
    this.#endsAtMs = this.#clock.monotonicMs() + limits.mapReduceSliceMs
  }
}
