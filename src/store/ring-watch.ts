/**
 * Looks at the ring every few seconds: is a node away, or has one been?
 *
 *     keys ──preflist──▶ RingView ──fallback, new owner──▶ Settled: trouble, now
 *                                                           │ once a minute      ▲ at the start,
 *                                                           ▼                    │ then each minute
 *                                                     mark in the store ──▶ other servers
 *
 * RIAK_NODES may name fewer nodes than the cluster has, or a balancer before them: our connections are
 * whole while a node is away. And a server that starts now has not seen what was away a minute ago.
 *
 * Invariant: only what this server saw itself is told to others, or servers would keep one another
 * unsettled for ever. A look never fails: what cannot be asked is no evidence.
 * Not here: what a preflist says (`ring-view.ts`), what follows from it (`settled.ts`).
 */

import { StoreError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import type { Clock, Dice, Log, Timer } from '../kernel/ports.ts'
import type { PreflistEntry, RiakKv } from '../riak/riak-kv.ts'
import type { Ring, RingState } from './blog.ts'
import { eachBounded } from './each.ts'
import type { HighMark } from './high-mark.ts'
import { isWorthAnotherTry } from './quorums.ts'
import { RingView } from './ring-view.ts'
import type { RingSign } from './ring-view.ts'
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
  /** False while Riak says that it has no such request (2.0): asked again now and then. */
  #isSupported = true
  #askAgainMs = -Infinity
  #lookedMs = -Infinity
  #looking: Promise<void> | undefined
  #isFirst = true
  #hasFallbacks = false

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

  /** Looks again unless the last look is of this moment. @returns whether one is. */
  async #refresh(): Promise<boolean> {
    const { clock } = this.#options
    if (!this.#isSupported || !this.#isStarted) return true
    if (this.#isFresh()) return true
    await within(clock, limits.ringWaitMs, this.#look(), throwLater)
    return this.#isFresh() || !this.#isSupported
  }

  #isFresh(): boolean {
    return this.#options.clock.monotonicMs() - this.#lookedMs <= limits.ringFreshMs
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
    if (!this.#isSupported && startedMs < this.#askAgainMs) return
    const keys = this.#view.nextKeys(this.#isFirst ? limits.ringFirstKeys : limits.ringExploredKeys)
    try {
      const answers = await eachBounded(keys, limits.storeConcurrency, (key) => this.#ask(key))
      // All at once: a look is judged as one moment.
      this.#judge(answers)
      this.#isFirst = false
      this.#lookedMs = startedMs
      if (!this.#isSupported) settled.watchedBy(() => this.#refresh())
      this.#isSupported = true
      settled.noteRing(this.#view.isSingleNode())
    } catch (error) {
      this.#judgeFailure(error)
    }
  }

  async #ask(key: string): Promise<readonly [string, readonly PreflistEntry[]]> {
    const { riak, site } = this.#options
    // The default type is always there; where a key lies does not depend on whether it exists.
    return [key, await riak.preflist({ type: 'default', bucket: site, key })]
  }

  #judge(answers: readonly (readonly [string, readonly PreflistEntry[]])[]): void {
    const { settled, log } = this.#options
    const signs = new Set<RingSign | undefined>()
    for (const [key, preflist] of answers) signs.add(this.#view.note(key, preflist))
    if (signs.has('moved')) log.write('info', 'partitions have changed hands', {})
    const isAway = signs.has('away') || this.#view.fallbacks > 0
    if (isAway || signs.has('moved')) settled.noteTrouble()
    if (isAway !== this.#hasFallbacks) {
      const event = isAway
        ? 'a Riak node is away: "not found" proves nothing'
        : 'every Riak node is back: "not found" will mean it again in a while'
      log.write(isAway ? 'warn' : 'info', event, { nodes: this.#view.nodes() })
    }
    this.#hasFallbacks = isAway
  }

  #judgeFailure(error: unknown): void {
    const { clock, settled, log } = this.#options
    if (!(error instanceof StoreError)) throw error
    if (error.code === 'BLOG_QUORUM_UNMET') settled.noteTrouble()
    // No node, or none that answers in time: nothing is learned, and our connections say so.
    if (isWorthAnotherTry(error)) return
    if (this.#isSupported) {
      log.write('info', 'the cluster does not show its preflists: nodes away are noticed later', {
        error: String(error),
      })
    }
    this.#isSupported = false
    this.#askAgainMs = clock.monotonicMs() + limits.jobRefusalMs
    settled.noteNoRing()
  }
}

/** A programmer's error: nobody waits for this promise any more. */
function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
