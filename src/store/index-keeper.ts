/**
 * The keeper: verifies and heals the listings of a running server.
 *
 *     nightly       between 02:00 and 04:00 UTC, at a moment of its own
 *     a return      once nodes that were away are back, and the unsettled time is over
 *     overdue       where no server did it for two nights: one that sleeps at night
 *
 *     due ──lease──▶ verify ──differences?──▶ rebuild ──▶ noted, lease let go
 *
 * It rests as long as each piece of work took: pages go before. One server at a time by a lease, best
 * effort; two at once do no harm.
 *
 * Invariant: it works only while the store is settled. What fails is tried again later; nothing is
 * reported as verified that was not.
 * Not here: what is compared and how it is healed (`index-verify.ts`, `index-rebuild.ts`); what
 * changed lately (`sweeper.ts`).
 */

import { StoreError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import type { Clock, Dice, Log, Timer } from '../kernel/ports.ts'
import type { IndexDifference, Keeper, KeeperState } from './blog.ts'
import type { KeeperLease } from './keeper-lease.ts'
import { PaceStopped, restingPace } from './pace.ts'
import type { Pace, StoppablePace } from './pace.ts'
import type { Settled } from './settled.ts'

export interface KeeperOptions {
  readonly clock: Clock
  readonly dice: Dice
  readonly log: Log
  readonly settled: Settled
  readonly lease: KeeperLease
  readonly verify: (pace: Pace) => Promise<readonly IndexDifference[]>
  /** @returns how many derived objects were written. */
  readonly heal: (pace: Pace) => Promise<number>
}

const dayMs = 86_400_000
/** Differences named in the log; `index verify` names all. */
const shownMax = 5

export function openKeeper(options: KeeperOptions): Keeper {
  const running = new IndexKeeper(options)
  return {
    start: () => {
      running.start()
    },
    stop: () => running.stop(),
    state: () => running.state(),
    verifiedAtMs: async () => {
      const verifiedMs = await options.lease.verifiedMs()
      return verifiedMs === 0 ? undefined : verifiedMs
    },
  }
}

class IndexKeeper {
  readonly #options: KeeperOptions
  #timer: Timer | undefined
  #running: Promise<void> | undefined
  #pace: StoppablePace | undefined
  #isStarted = false
  #startedMs = 0
  /** Nodes have been away since the last verification. */
  #wasUnsettled = false
  /** Epoch ms of a return that has not been looked after yet. */
  #returnedMs: number | undefined
  #nightMs = Infinity
  #retryMs = -Infinity
  #verifiedMs: number | undefined
  #last: Omit<KeeperState, 'isRunning' | 'verifiedAtMs'> = {}

  constructor(options: KeeperOptions) {
    this.#options = options
  }

  start(): void {
    if (this.#isStarted) return
    this.#isStarted = true
    const { clock } = this.#options
    this.#startedMs = clock.monotonicMs()
    this.#nightMs = this.#nextNight(clock.nowMs())
    this.#schedule()
  }

  async stop(): Promise<void> {
    this.#isStarted = false
    this.#timer?.cancel()
    this.#pace?.stop()
    await this.#running
  }

  state(): KeeperState {
    return {
      isRunning: this.#running !== undefined,
      ...(this.#verifiedMs === undefined || this.#verifiedMs === 0
        ? {}
        : { verifiedAtMs: this.#verifiedMs }),
      ...this.#last,
    }
  }

  #schedule(): void {
    const { clock, dice } = this.#options
    const inMs = limits.keeperLookMs * (0.75 + (dice.uint32() / 2 ** 32) * 0.25)
    this.#timer = clock.after(inMs, () => {
      this.#running = this.#look().finally(() => {
        this.#running = undefined
        this.#pace = undefined
        if (this.#isStarted) this.#schedule()
      })
    })
  }

  async #look(): Promise<void> {
    const { clock, log, settled } = this.#options
    if (!settled.isSettled()) {
      this.#wasUnsettled = true
      return
    }
    if (this.#wasUnsettled) this.#returnedMs = clock.nowMs()
    this.#wasUnsettled = false
    if (clock.monotonicMs() < this.#retryMs) return
    this.#pace = restingPace(clock)
    const { pace } = this.#pace
    try {
      // Whole, so that a stop need not wait for the request in hand; its own pieces rest.
      await pace(() => this.#keepIfDue(pace))
    } catch (error) {
      if (error instanceof PaceStopped) return
      if (!(error instanceof StoreError)) throw error
      this.#retryMs = clock.monotonicMs() + limits.keeperRetryMs
      log.write('warn', 'the listings could not be verified and are tried again', {
        error: String(error),
      })
    }
  }

  async #keepIfDue(pace: Pace): Promise<void> {
    const { clock, lease } = this.#options
    if (!(await this.#isDue())) return
    if (!(await lease.take())) return
    // Another server may have done it since.
    this.#verifiedMs = await lease.verifiedMs()
    if (await this.#isDue()) await this.#keep(this.#renewing(pace))
    else await lease.release()
    if (clock.nowMs() >= this.#nightMs) this.#nightMs = this.#nextNight(clock.nowMs())
  }

  /** Reads the store once, later only what this server remembers. */
  async #isDue(): Promise<boolean> {
    const { clock, lease } = this.#options
    const now = clock.nowMs()
    // The wall clock was set back.
    if (this.#nightMs - now > 2 * dayMs) this.#nightMs = this.#nextNight(now)
    const isWarm = clock.monotonicMs() - this.#startedMs >= limits.keeperFirstMs
    const isNight = now >= this.#nightMs
    if (!isWarm && !isNight && this.#returnedMs === undefined) return false
    this.#verifiedMs ??= await lease.verifiedMs()
    const verified = this.#verifiedMs
    if (this.#returnedMs !== undefined && verified < this.#returnedMs) return true
    this.#returnedMs = undefined
    if (isNight && verified < startOfNight(this.#nightMs)) return true
    return isWarm && now - verified >= limits.keeperOverdueMs
  }

  async #keep(pace: Pace): Promise<void> {
    const { clock, log, lease, settled, verify, heal } = this.#options
    const startedMs = clock.monotonicMs()
    const differences = await verify(pace)
    // What was found to be missing may be on the nodes that left meanwhile.
    if (!settled.isSettled()) return lease.release()
    if (differences.length > 0) {
      log.write('warn', 'listings differ from what they are made from, and are healed', {
        count: differences.length,
        first: differences.slice(0, shownMax).map(({ kind, object, id }) => [kind, object, id]),
      })
    }
    const healed = differences.length === 0 ? 0 : await heal(pace)
    const tookMs = Math.round(clock.monotonicMs() - startedMs)
    this.#last = { tookMs, differences: differences.length, healed }
    this.#verifiedMs = clock.nowMs()
    this.#returnedMs = undefined
    log.write('info', 'the listings were verified', { ...this.#last })
    await lease.done()
  }

  /** The lease is renewed between two pieces of work. */
  #renewing(pace: Pace): Pace {
    const { clock, lease } = this.#options
    let renewMs = clock.monotonicMs() + limits.keeperLeaseMs / 3
    return async (work) => {
      if (clock.monotonicMs() >= renewMs) {
        await lease.take()
        renewMs = clock.monotonicMs() + limits.keeperLeaseMs / 3
      }
      return pace(work)
    }
  }

  #nextNight(nowMs: number): number {
    const share = this.#options.dice.uint32() / 2 ** 32
    const today = nowMs - (nowMs % dayMs) + limits.keeperNightMs + share * limits.keeperSpreadMs
    return today > nowMs ? today : today + dayMs
  }
}

/** 02:00 UTC of a night: verified since then is verified in this night, whoever did it. */
function startOfNight(atMs: number): number {
  return atMs - (atMs % dayMs) + limits.keeperNightMs
}
