/**
 * When nodes were last seen away, told among the servers of one store by a mark that only grows.
 *
 * A server that starts reads how long ago that was; later ones notice that the mark has moved, which
 * does not depend on whose clock is right. Told trouble is never told on.
 */

import { StoreError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import type { Clock, Log } from '../kernel/ports.ts'
import type { HighMark } from './high-mark.ts'
import type { Settled } from './settled.ts'

export class TroubleNews {
  readonly #clock: Clock
  readonly #log: Log
  readonly #settled: Settled
  readonly #mark: HighMark
  /** As it was last read or written; undefined: not read yet. */
  #knownMs: number | undefined
  /** Monotonic. */
  #readMs = -Infinity
  #writtenMs = -Infinity
  /** Monotonic ms of the trouble that was last told. */
  #toldMs = -Infinity

  constructor(options: { clock: Clock; log: Log; settled: Settled; mark: HighMark }) {
    this.#clock = options.clock
    this.#log = options.log
    this.#settled = options.settled
    this.#mark = options.mark
  }

  /** At most one read and one write a minute; what fails is tried again at the next turn. */
  async exchange(): Promise<void> {
    try {
      await this.#hear()
      await this.#tell()
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      this.#log.write('debug', 'the mark of the last trouble cannot be reached', {
        error: String(error),
      })
    }
  }

  async #hear(): Promise<void> {
    const now = this.#clock.monotonicMs()
    const sinceMs = now - this.#readMs
    if (sinceMs < limits.troubleMarkMs) return
    const markMs = await this.#mark.read()
    this.#readMs = now
    const isFirst = this.#knownMs === undefined
    const hasMoved = markMs > (this.#knownMs ?? 0)
    this.#knownMs = Math.max(this.#knownMs ?? 0, markMs)
    if (!hasMoved) return
    const age = Math.max(0, this.#clock.nowMs() - markMs)
    // It moved since it was last read: whatever the other's clock says, it is no older than that.
    this.#settled.noteToldTrouble(isFirst ? age : Math.min(age, sinceMs + limits.troubleMarkMs))
  }

  async #tell(): Promise<void> {
    const age = this.#settled.ownTroubleAgeMs()
    if (age === undefined) return
    const now = this.#clock.monotonicMs()
    const atMs = now - age
    if (atMs <= this.#toldMs || now - this.#writtenMs < limits.troubleMarkMs) return
    // Also where it fails: a store in trouble is asked once a minute.
    this.#writtenMs = now
    const markMs = this.#clock.nowMs() - Math.round(age)
    await this.#mark.raise(markMs)
    this.#toldMs = atMs
    this.#knownMs = Math.max(this.#knownMs ?? 0, markMs)
  }
}
