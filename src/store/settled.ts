/**
 * Whether "not found" may be believed (DESIGN §3, "Absence is never proof").
 *
 * Of a real cluster it may not while a node is away, nor for 5 minutes after a loss or a return:
 * primaries come back empty and answer "not found" at any quorum until hinted handoff has ended
 * (captures, `quorum/s4-second-return`: up to 130 s).
 *
 * Evidence is what the facade sees of its own nodes, and failed quorums: the addresses we were given
 * may be fewer than the cluster's nodes, or a balancer before them.
 */

import { OperationError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import type { Clock } from '../kernel/ports.ts'
import type { RiakKv } from '../riak/riak-kv.ts'

export class Settled {
  readonly #riak: RiakKv
  readonly #clock: Clock
  readonly #isSingleNode: boolean
  /** A node's loss or return, not the first contact, counts from here. */
  readonly #firstChangeMs: number
  #troubleMs: number | undefined

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
    const health = this.#riak.health()
    if (health.up < health.of) return false
    if (this.#isSingleNode) return true
    const now = this.#clock.monotonicMs()
    const isQuiet = (atMs: number): boolean => now - atMs >= limits.unsettledMs
    if (health.changedAtMs !== this.#firstChangeMs && !isQuiet(health.changedAtMs)) return false
    return this.#troubleMs === undefined || isQuiet(this.#troubleMs)
  }

  /** A quorum could not be met: some vnode is away, whatever our own connections say. */
  noteTrouble(): void {
    this.#troubleMs = this.#clock.monotonicMs()
  }

  /** @throws OperationError `BLOG_UNSETTLED` unless "not found" means what it says. */
  assertAbsent(what: string): void {
    if (!this.isSettled()) throw unsettled(what)
  }
}

export function unsettled(what: string): OperationError {
  return new OperationError(
    'BLOG_UNSETTLED',
    `${what} was not found, but may exist: nodes are away or have just returned`,
  )
}
