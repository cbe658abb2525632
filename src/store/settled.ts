/**
 * Whether "not found" may be believed (DESIGN §3, "Absence is never proof").
 *
 * Of a real cluster it may not while a node is away, nor for 5 minutes after a loss or a return:
 * primaries come back empty and answer "not found" at any quorum until hinted handoff has ended
 * (captures, `quorum/s4-second-return`: up to 130 s).
 *
 * Four witnesses, the latest of which counts:
 *
 *     our own connections   a node we were given is lost, or has come back
 *     answers               a quorum could not be met; for a moment: a vnode is silent
 *     the ring              a primary is away, whether we talk to its node or not (`ring-watch.ts`)
 *     other servers         the mark they left in the store: what a server that starts now has not seen
 *
 * Invariant: what is watched and not known yet is not settled.
 */

import { OperationError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import type { Clock } from '../kernel/ports.ts'
import type { RiakKv } from '../riak/riak-kv.ts'

/** `known`: the ring is watched; `unknown`: it is, and has not been seen yet. */
type RingKnowledge = 'unwatched' | 'unknown' | 'known'

export class Settled {
  readonly #riak: RiakKv
  readonly #clock: Clock
  readonly #isSingleNode: boolean
  /** A node's loss or return, not the first contact, counts from here. */
  readonly #firstChangeMs: number
  /** Monotonic ms of the last trouble: seen by this server, and told by others. */
  #seenMs: number | undefined
  #toldMs: number | undefined
  #doubtMs = -Infinity
  #ring: RingKnowledge = 'unwatched'
  #isRingOfOne = false
  #refresh: () => Promise<boolean> = () => Promise.resolve(true)

  /**
   * @param options.isSingleNode - every replica is on the one node we talk to (the embedded store):
   * there is nobody who could return empty, so it is settled whenever it answers.
   */
  constructor(options: {
    readonly riak: RiakKv
    readonly clock: Clock
    readonly isSingleNode: boolean
  }) {
    this.#riak = options.riak
    this.#clock = options.clock
    this.#isSingleNode = options.isSingleNode
    this.#firstChangeMs = options.riak.health().changedAtMs
  }

  isSettled(): boolean {
    const { up, of } = this.#riak.health()
    if (up < of) return false
    if (this.#isSingleNode) return true
    if (this.#ring === 'unknown') return false
    if (this.#clock.monotonicMs() - this.#doubtMs < limits.doubtMs) return false
    if (this.#isRingOfOne) return true
    const age = this.troubleAgeMs()
    return age === undefined || age >= limits.unsettledMs
  }

  /** How long ago somebody saw trouble, ms; undefined: nobody has, as far as is known. */
  troubleAgeMs(): number | undefined {
    const own = this.ownTroubleAgeMs()
    if (this.#toldMs === undefined) return own
    return Math.min(own ?? Infinity, this.#clock.monotonicMs() - this.#toldMs)
  }

  /** The same of what this server has seen itself. */
  ownTroubleAgeMs(): number | undefined {
    const { up, of, changedAtMs } = this.#riak.health()
    if (up < of) return 0
    const changed = changedAtMs === this.#firstChangeMs ? [] : [changedAtMs]
    const seen = this.#seenMs === undefined ? [] : [this.#seenMs]
    const times = [...changed, ...seen]
    return times.length === 0 ? undefined : this.#clock.monotonicMs() - Math.max(...times)
  }

  /** A quorum could not be met, or a node is away: whatever our own connections say. */
  noteTrouble(): void {
    this.#seenMs = this.#clock.monotonicMs()
  }

  /**
   * Not every vnode said "not found", and one that did not is silent: slow, or cut off and not yet
   * missed by the others. In doubt for a moment; where it stays away, the ring says so soon.
   */
  noteDoubt(): void {
    this.#doubtMs = this.#clock.monotonicMs()
  }

  /** Another server has seen trouble, so long ago. */
  noteToldTrouble(ageMs: number): void {
    const atMs = this.#clock.monotonicMs() - ageMs
    this.#toldMs = Math.max(this.#toldMs ?? -Infinity, atMs)
  }

  /**
   * From now on the ring is looked at.
   *
   * @param refresh - looks again where the last look is not of this moment; false: it could not.
   */
  watchedBy(refresh: () => Promise<boolean>): void {
    this.#ring = 'unknown'
    this.#refresh = refresh
  }

  /** @param isRingOfOne - one node owns all: nobody could return empty. */
  noteRing(isRingOfOne: boolean): void {
    this.#ring = 'known'
    this.#isRingOfOne = isRingOfOne
  }

  /** @throws OperationError `BLOG_UNSETTLED` unless "not found" means what it says, as of this moment. */
  async assertAbsent(what: string): Promise<void> {
    if (!this.isSettled() || !(await this.#refresh()) || !this.isSettled()) throw unsettled(what)
  }
}

export function unsettled(what: string): OperationError {
  return new OperationError(
    'BLOG_UNSETTLED',
    `${what} was not found, but may exist: nodes are away or have just returned`,
  )
}
