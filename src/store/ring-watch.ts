/**
 * Looks at the ring every few seconds: is a node away, or has one been?
 *
 *     keys ──preflist, get pr=all──▶ RingView ──primary away, new owner──▶ Settled: trouble, now
 *                                                                           │ once a minute  ▲ at the start,
 *                                                                           ▼                │ then each minute
 *                                                                     mark in the store ──▶ other servers
 *
 * RIAK_NODES may name fewer nodes than the cluster has, or a balancer before them: our connections are
 * whole while a node is away. And a server that starts now has not seen what was away a minute ago.
 *
 * Invariant: only what this server saw itself is told to others, or servers would keep one another
 * unsettled for ever. A look never fails: what cannot be asked is no evidence.
 * Not here: what the answers say (`ring-view.ts`), what follows from it (`settled.ts`).
 */

import { QuorumUnmetError, StoreError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import type { Clock, Dice, Log, Timer } from '../kernel/ports.ts'
import type { PreflistEntry, RiakKv } from '../riak/riak-kv.ts'
import type { Ring, RingState } from './blog.ts'
import { eachBounded } from './each.ts'
import type { HighMark } from './high-mark.ts'
import { isWorthAnotherTry } from './quorums.ts'
import { RingView } from './ring-view.ts'
import type { Settled } from './settled.ts'
import { TroubleNews } from './trouble-news.ts'
import { within } from './within.ts'

export interface RingWatchOptions {
  readonly riak: RiakKv
  readonly site: string
  readonly clock: Clock
  readonly dice: Dice
  readonly log: Log
  readonly settled: Settled
  /** When any server last saw trouble. */
  readonly mark: HighMark
}

export function openRingWatch(options: RingWatchOptions): Ring {
  const watch = new RingWatch(options)
  return {
    start: () => watch.start(),
    stop: () => {
      watch.stop()
    },
    state: () => watch.state(),
  }
}

/** Of a store whose replicas are all on one node: there is nobody who could return empty. */
export function unwatchedRing(settled: Settled): Ring {
  return {
    start: () => Promise.resolve(),
    stop: () => undefined,
    state: () => ({ isSettled: settled.isSettled() }),
  }
}

class RingWatch {
  readonly #options: RingWatchOptions
  readonly #view = new RingView()
  readonly #news: TroubleNews
  #timer: Timer | undefined
  #isStarted = false
  /** False while Riak says that it shows no preflists (2.0): asked again now and then. */
  #hasPreflists = true
  #askAgainMs = -Infinity
  #lookedMs = -Infinity
  #looking: Promise<void> | undefined
  #isFirst = true
  #isAway = false

  constructor(options: RingWatchOptions) {
    this.#options = options
    const { clock, log, settled, mark } = options
    this.#news = new TroubleNews({ clock, log, settled, mark })
  }

  /** Idempotent. @returns after the first look, or `ringFirstWaitMs`. */
  async start(): Promise<void> {
    if (this.#isStarted) return
    this.#isStarted = true
    const { clock, settled } = this.#options
    settled.watchedBy(() => this.#refresh())
    await within(clock, limits.ringFirstWaitMs, this.#turn(), throwLater)
  }

  /** What is under way only reads, or leaves a mark that may as well be missed: nobody waits for it. */
  stop(): void {
    this.#isStarted = false
    this.#timer?.cancel()
  }

  state(): RingState {
    const { settled } = this.#options
    const age = settled.troubleAgeMs()
    return {
      isSettled: settled.isSettled(),
      ...(this.#lookedMs === -Infinity
        ? {}
        : { nodes: this.#view.nodes(), fallbacks: this.#view.fallbacks }),
      ...(age === undefined ? {} : { troubleAgeMs: age }),
    }
  }

  async #turn(): Promise<void> {
    const { clock, dice } = this.#options
    await this.#look()
    await this.#news.exchange()
    if (!this.#isStarted) return
    const inMs = limits.ringLookMs * (0.75 + (dice.uint32() / 2 ** 32) * 0.25)
    this.#timer = clock.after(inMs, () => {
      this.#turn().catch(throwLater)
    })
  }

  /**
   * A look that begins now: one that began before a "not found" cannot have seen what made it false.
   *
   * @returns whether there was one.
   */
  async #refresh(): Promise<boolean> {
    if (!this.#isStarted) return true
    const askedMs = this.#options.clock.monotonicMs()
    const isSeen = (): boolean => this.#lookedMs >= askedMs
    const look = async (): Promise<void> => {
      // What is under way may have begun before: whoever waits for it shares the next one.
      await this.#looking
      if (!isSeen()) await this.#look()
    }
    await within(this.#options.clock, limits.ringWaitMs, look(), throwLater)
    return isSeen()
  }

  /** One look at a time: whoever asks meanwhile takes this one's answer. */
  #look(): Promise<void> {
    this.#looking ??= this.#lookOnce().finally(() => {
      this.#looking = undefined
    })
    return this.#looking
  }

  async #lookOnce(): Promise<void> {
    const { clock, settled } = this.#options
    const startedMs = clock.monotonicMs()
    if (startedMs >= this.#askAgainMs) this.#hasPreflists = true
    // Without preflists nobody knows which keys meet which node: more of them are asked.
    const isBroad = this.#isFirst || !this.#hasPreflists
    const keys = this.#view.nextKeys(isBroad ? limits.ringFirstKeys : limits.ringExploredKeys)
    try {
      const answers = await eachBounded(keys, limits.storeConcurrency, (key) => this.#ask(key))
      // All at once: a look is judged as one moment.
      this.#judge(answers)
      this.#isFirst = false
      this.#lookedMs = startedMs
      settled.noteRing(this.#view.isSingleNode())
    } catch (error) {
      // No node, or none that answers: nothing is learned, and our connections say so.
      if (!(error instanceof StoreError)) throw error
      this.#options.log.write('debug', 'the ring could not be looked at', { error: String(error) })
    }
  }

  async #ask(key: string): Promise<Answer> {
    const [preflist, presence] = await Promise.all([this.#preflist(key), this.#presence(key)])
    return { key, preflist, presence }
  }

  /** @returns undefined where the cluster shows none. */
  async #preflist(key: string): Promise<readonly PreflistEntry[] | undefined> {
    const { riak, site, clock, log } = this.#options
    if (!this.#hasPreflists) return undefined
    try {
      // The default type is always there; where a key lies does not depend on whether it exists.
      return await riak.preflist({ type: 'default', bucket: site, key })
    } catch (error) {
      if (!(error instanceof StoreError) || isWorthAnotherTry(error)) throw error
      if (this.#askAgainMs === -Infinity) {
        const event = 'the cluster does not show its preflists: names of nodes are not known'
        log.write('info', event, { error: String(error) })
      }
      this.#hasPreflists = false
      this.#askAgainMs = clock.monotonicMs() + limits.jobRefusalMs
      return undefined
    }
  }

  /** A read that every primary must answer; that nothing is there is the usual answer. */
  async #presence(key: string): Promise<Presence> {
    const { riak, site } = this.#options
    const options = { pr: 'all', notFoundOk: true, timeoutMs: limits.ringProbeMs } as const
    try {
      await riak.get({ type: 'default', bucket: site, key }, options)
      return 0
    } catch (error) {
      if (error instanceof QuorumUnmetError) return Math.max(1, error.required - error.answered)
      if (error instanceof StoreError && error.code === 'BLOG_TIMEOUT') return 'silent'
      throw error
    }
  }

  #judge(answers: readonly Answer[]): void {
    const { settled, log } = this.#options
    let hasMoved = false
    for (const { key, preflist, presence } of answers) {
      if (preflist !== undefined) hasMoved = this.#view.noteOwners(key, preflist) || hasMoved
      if (presence === 'silent') settled.noteDoubt()
      else this.#view.notePresence(key, presence)
    }
    if (hasMoved) log.write('info', 'partitions have changed hands', {})
    const isAway = this.#view.fallbacks > 0
    if (isAway || hasMoved) settled.noteTrouble()
    if (isAway !== this.#isAway) {
      if (isAway) {
        const suspects = this.#view.suspects()
        log.write('warn', 'a Riak node is away: "not found" proves nothing', { suspects })
      } else {
        log.write('info', 'every Riak node is back: "not found" will mean it in 5 minutes', {})
      }
    }
    this.#isAway = isAway
  }
}

/** Primaries that are away; `silent`: one that should be there did not answer in time. */
type Presence = number | 'silent'

interface Answer {
  readonly key: string
  readonly preflist: readonly PreflistEntry[] | undefined
  readonly presence: Presence
}

/** A programmer's error: nobody waits for this promise any more. */
function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
