/**
 * The sweeper: what a crash between two puts, or a sibling born by healing, left to do.
 *
 *     every minute   what changed in the last hour, unless this server has derived it already
 *     every hour     what changed in the last day, all of it
 *     at the start   what changed since the mark
 *
 * Jittered, so that servers do not sweep at once; in batches with rests; an idle store is written
 * nothing.
 *
 * Invariant: the mark only passes what a whole sweep has derived, and stands still while nodes are
 * away: what they bring back is older than an hour.
 */

import { limits } from '../kernel/limits.ts'
import type { Clock, Dice, Log, Timer } from '../kernel/ports.ts'
import { StoreError } from '../kernel/errors.ts'
import type { RiakKv } from '../riak/riak-kv.ts'
import type { IndexJobs, Sweeper } from './blog.ts'
import { HighMark } from './high-mark.ts'
import type { Lately } from './lately.ts'
import type { Objects } from './read-merge-write.ts'
import type { Revisits, SourceType } from './revisits.ts'
import type { Settled } from './settled.ts'
import { pageChanges } from './source-pages.ts'

export interface SweeperOptions {
  readonly riak: RiakKv
  readonly site: string
  readonly clock: Clock
  readonly dice: Dice
  readonly log: Log
  readonly objects: Objects
  readonly settled: Settled
  readonly revisits: Revisits
  /** `<type>/<key>` of sources that this server has derived, with their `changed_int`. */
  readonly derived: Lately<number>
  /** Listings met damaged: rebuilt after the sweep. */
  readonly lost: readonly Set<string>[]
  readonly jobs: IndexJobs
}

interface Swept {
  readonly seen: number
  readonly healed: number
  readonly failed: number
  readonly newestMs: number
}

const sources: readonly SourceType[] = ['posts', 'comments']

export function openSweeper(options: SweeperOptions): Sweeper {
  const { riak, site, clock, dice, log, objects, settled, revisits, derived, lost, jobs } = options
  /** Everything that changed up to here has been derived. */
  const mark = new HighMark(objects, 'sweep/mark')
  let timer: Timer | undefined
  let running: Promise<void> | undefined
  let isStarted = false
  let markMs: number | undefined
  let deepAtMs = clock.monotonicMs() + limits.deepSweepEveryMs
  let isStopping = false

  const sweep = async (sinceMs: number, isDeep: boolean): Promise<Swept> => {
    let seen = 0
    let healed = 0
    let failed = 0
    let newestMs = 0
    for (const type of sources) {
      for await (const page of pageChanges(riak, { type, bucket: site }, sinceMs)) {
        if (isStopping) return { seen, healed, failed: failed + 1, newestMs }
        const due = new Map<string, number>()
        for (const { key, changedMs } of page) {
          seen++
          newestMs = Math.max(newestMs, changedMs)
          const isKnown = derived.get(`${type}/${key}`) === changedMs
          if (isDeep || !isKnown) due.set(key, Math.max(changedMs, due.get(key) ?? 0))
        }
        for (const { key, isWritten } of await revisits.run(type, [...due.keys()])) {
          if (isWritten === undefined) failed++
          else if (isWritten) healed++
          derived.set(`${type}/${key}`, isWritten === undefined ? -1 : (due.get(key) ?? -1))
        }
      }
    }
    return { seen, healed, failed, newestMs }
  }

  const pass = async (): Promise<void> => {
    const startMs = clock.nowMs()
    markMs ??= trusted(await mark.read(), startMs)
    const isDeep = clock.monotonicMs() >= deepAtMs
    const windowMs = isDeep ? limits.deepSweepWindowMs : limits.sweepWindowMs
    const swept = await sweep(Math.min(startMs - windowMs, markMs - limits.sweepOverlapMs), isDeep)
    if (isDeep) deepAtMs = clock.monotonicMs() + limits.deepSweepEveryMs
    if (swept.healed > 0) {
      log.write('info', 'the sweep derived what was missing', {
        seen: swept.seen,
        healed: swept.healed,
      })
    }
    const reachedMs = Math.min(swept.newestMs, startMs)
    if (swept.failed === 0 && settled.isSettled() && reachedMs > markMs) {
      await mark.raise(reachedMs)
      markMs = reachedMs
    }
    const damaged = lost.flatMap((listings) => [...listings])
    if (damaged.length > 0 && !isStopping) {
      log.write('warn', 'listings were met damaged and are rebuilt', { listings: damaged })
      for (const listings of lost) listings.clear()
      await jobs.rebuild()
    }
  }

  const schedule = (inMs: number): void => {
    timer = clock.after(inMs, () => {
      running = pass()
        .catch((error: unknown) => {
          if (!(error instanceof StoreError)) throw error
          log.write('warn', 'a sweep ended early and is tried again', { error: String(error) })
        })
        .finally(() => {
          running = undefined
          if (isStarted) schedule(jittered(limits.sweepEveryMs))
        })
    })
  }

  const jittered = (ms: number): number => ms * (0.75 + (dice.uint32() / 0x1_0000_0000) * 0.25)

  return {
    start() {
      if (isStarted) return
      isStarted = true
      isStopping = false
      schedule(jittered(limits.sweepFirstMs))
    },

    async stop() {
      isStarted = false
      isStopping = true
      timer?.cancel()
      await running
    },

    async sweepOnce(sinceMs) {
      const { seen, healed } = await sweep(sinceMs, true)
      return { seen, healed }
    },
  }
}

/** A mark that a clock far ahead has left says nothing of what was swept: a day is looked at. */
function trusted(markMs: number, nowMs: number): number {
  return markMs > nowMs + limits.sweepOverlapMs ? nowMs - limits.deepSweepWindowMs : markMs
}
