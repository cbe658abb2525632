/**
 * What three Riak nodes answer while one is away and after it has returned, drawn from a seed: the rules
 * of `riak-trio.ts`, without sockets.
 *
 *     all up ──lost──▶ trouble ──returned──▶ trouble until `returnMs` later ──▶ all up
 *
 * In trouble a share of the keys is falsely absent for a kind of read, at any address, for as long as
 * nothing fetched or wrote the object (then a read repair, or the put, has reached the replicas that
 * answered). `captures/quorum`: 10 of 160 keys with one node down, 4–12 of 40 after a return.
 *
 * Source: captures/quorum of a Riak 3.2.3 (s1, s4); RIAK.md §2.2–2.4, §2.7 and §14.
 */

import { createHash } from 'node:crypto'
import { claimFresh } from '../../src/embedded/ring/claim.ts'
import { firstPrimary, hashKey } from '../../src/embedded/ring/chash.ts'
import { activePreflist, primaries } from '../../src/embedded/ring/preflist.ts'
import type { PreflistEntry } from '../../src/embedded/ring/preflist.ts'
import type { BucketId, NodeGetOptions, NodePutOptions } from '../../src/embedded/requests.ts'
import { seededDice } from '../../src/kernel/prng.ts'
import type { Dice } from '../../src/kernel/ports.ts'

const replicas = 3
/** So small that one key in eight has two primaries on the first node. */
const ringSize = 16

export interface TrioRulesOptions {
  readonly names: readonly string[]
  readonly seed: number
  /** How long a returned node is without what was written while it was away, ms. */
  readonly returnMs: number
  /** Of the keys, for each kind of read: falsely absent. */
  readonly falseShare: number
  /** Of the quorum writes with a node away: stored, and answered as an unmet quorum. */
  readonly unmetShare: number
  /** How long a node that starts listens before it knows what a get is, ms. */
  readonly startMs: number
  /** How long the others believe in a node that has gone silent, ms (Erlang's `net_ticktime`). */
  readonly tickMs: number
  readonly nowMs: () => number
}

/** `silent absence`: a time-out where nothing is stored; as it is where something is. */
export type ReadFate =
  'as it is' | 'notfound' | 'primaries away' | 'unsatisfied' | 'timeout' | 'silent absence'
export type WriteFate = 'as it is' | 'stored, unmet' | 'stored, timeout'

/** How often each kind of misbehaviour happened. */
export interface Misbehaved {
  notFound: number
  unsatisfied: number
  unmet: number
  timeouts: number
}

export class TrioRules {
  readonly counts: Misbehaved = { notFound: 0, unsatisfied: 0, unmet: 0, timeouts: 0 }
  readonly #options: TrioRulesOptions
  readonly #ring
  readonly #dice: Dice
  /** Name → since when, ms. */
  readonly #silent = new Map<string, number>()
  readonly #gone = new Set<string>()
  #troubleUntilMs = 0
  /** A new draw of keys with each loss and each return. */
  #phase = 0
  readonly #repaired = new Set<string>()

  constructor(options: TrioRulesOptions) {
    this.#options = options
    this.#ring = claimFresh(ringSize, options.names)
    this.#dice = seededDice(options.seed)
  }

  lost(name: string): void {
    this.#gone.add(name)
    this.#turn()
  }

  fellSilent(name: string): void {
    this.#silent.set(name, this.#options.nowMs())
  }

  returned(name: string): void {
    const wasMissed = this.#gone.delete(name) || this.#isNoticed(name)
    this.#silent.delete(name)
    if (!wasMissed) return
    this.#troubleUntilMs = this.#options.nowMs() + this.#options.returnMs
    this.#turn()
  }

  #turn(): void {
    this.#phase++
    this.#repaired.clear()
  }

  #isNoticed(name: string): boolean {
    const since = this.#silent.get(name)
    return since !== undefined && this.#options.nowMs() - since >= this.#options.tickMs
  }

  readonly #isUp = (name: string): boolean => !this.#gone.has(name) && !this.#isNoticed(name)

  get isTroubled(): boolean {
    const isWhole = this.#options.names.every(this.#isUp)
    return !isWhole || this.#options.nowMs() < this.#troubleUntilMs
  }

  #first(of: BucketId, key: Uint8Array): number {
    return firstPrimary(hashKey(of, key, 'chash_std_keyfun'), ringSize)
  }

  preflist(of: BucketId, key: Uint8Array): readonly PreflistEntry[] {
    return activePreflist(this.#ring, this.#first(of, key), replicas, this.#isUp)
  }

  unmetPrimaries(of: BucketId, key: Uint8Array): string {
    return `{pr_val_unsatisfied,${replicas},${this.#primariesUp(of, key)}}`
  }

  #primariesUp(of: BucketId, key: Uint8Array): number {
    return this.preflist(of, key).filter(({ role }) => role === 'primary').length
  }

  /** Nodes that are away for good or silent leave too few vnodes for a query that needs a third of all. */
  coverage(): 'whole' | 'too few' | 'silent' {
    const away = this.#options.names.filter((name) => !this.#isUp(name)).length
    if (away >= 2) return 'too few'
    const isSilent = this.#options.names.some((name) => this.#silent.has(name) && this.#isUp(name))
    return isSilent ? 'silent' : 'whole'
  }

  /** How many of its three replicas are on a node that is silent, while nobody knows that yet. */
  #waiting(of: BucketId, key: Uint8Array): number {
    if (this.#silent.size === 0) return 0
    const holders = primaries(this.#ring, this.#first(of, key), replicas)
    return holders.filter(({ node }) => this.#silent.has(node) && this.#isUp(node)).length
  }

  /** A quorum of its replicas will not answer. */
  #waitsForSilent(of: BucketId, key: Uint8Array): boolean {
    return this.#waiting(of, key) >= 2
  }

  #draw(...words: readonly (string | number)[]): number {
    const text = [this.#options.seed, this.#phase, ...words].join(' ')
    return createHash('sha256').update(text).digest().readUInt32BE(0) / 2 ** 32
  }

  static #nameOf(of: BucketId, key: Uint8Array): string {
    return [of.type, of.bucket, key].map((part) => Buffer.from(part).toString('latin1')).join('/')
  }

  read(of: BucketId, key: Uint8Array, options: NodeGetOptions): ReadFate {
    // Before any vnode is asked (riak_kv_get_fsm); the blog asks for all of them, or none.
    if (options.pr === 'all' && this.#primariesUp(of, key) < replicas) return 'primaries away'
    const isSingle = options.r === 1 || options.r === 'one'
    if (!isSingle && this.#waitsForSilent(of, key)) {
      this.counts.timeouts++
      return 'timeout'
    }
    const isPatient = options.notFoundOk === false && options.basicQuorum !== true
    if (isPatient && this.#waiting(of, key) > 0) return 'silent absence'
    if (!this.isTroubled) return 'as it is'
    const name = TrioRules.#nameOf(of, key)
    if (this.#repaired.has(name)) return 'as it is'
    const mode = options.notFoundOk === false ? 'value wanted' : 'absence counts'
    if (this.#draw(name, mode) >= this.#options.falseShare) return 'as it is'
    if (mode === 'value wanted' && this.#draw(name, 'words') < 1 / 3) {
      this.counts.unsatisfied++
      return 'unsatisfied'
    }
    this.counts.notFound++
    return 'notfound'
  }

  /** An object was fetched: the replicas that lacked it are repaired. */
  fetched(of: BucketId, key: Uint8Array): void {
    if (this.isTroubled) this.#repaired.add(TrioRules.#nameOf(of, key))
  }

  write(of: BucketId, key: Uint8Array, options: NodePutOptions): WriteFate {
    const isSingle = options.w === 1 || options.w === 'one'
    if (!isSingle && this.#waitsForSilent(of, key)) {
      this.counts.timeouts++
      return 'stored, timeout'
    }
    this.fetched(of, key)
    const isShort = !this.#options.names.every(this.#isUp)
    if (isSingle || !isShort) return 'as it is'
    if (this.#dice.uint32() / 2 ** 32 >= this.#options.unmetShare) return 'as it is'
    this.counts.unmet++
    return 'stored, unmet'
  }
}
