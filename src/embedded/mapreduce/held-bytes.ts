/**
 * What jobs hold in memory between two phases, or until a client takes it: counted, and bounded.
 *
 * Pure. Invariant: a job that would pass its own bound or that of all jobs fails; nothing is dropped.
 */

import { limits } from '../../kernel/limits.ts'
import { JobFailedError } from './job-errors.ts'

export interface HeldTotal {
  bytes: number
}

/** One job's account. */
export class HeldBytes {
  readonly #total: HeldTotal
  #bytes = 0

  constructor(total: HeldTotal) {
    this.#total = total
  }

  /** @throws JobFailedError `overload` */
  take(bytes: number): void {
    const isTooMuch =
      this.#bytes + bytes > limits.mapReduceHeldBytesMax ||
      this.#total.bytes + bytes > limits.mapReduceHeldBytesTotal
    if (isTooMuch) throw new JobFailedError({ kind: 'overload' })
    this.#bytes += bytes
    this.#total.bytes += bytes
  }

  give(bytes: number): void {
    const given = Math.min(bytes, this.#bytes)
    this.#bytes -= given
    this.#total.bytes -= given
  }

  /** All of it: the job is over. */
  giveAll(): void {
    this.give(this.#bytes)
  }
}
