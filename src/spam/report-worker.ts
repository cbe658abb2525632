/**
 * Tells Akismet what moderators decided otherwise, and forgets in time who sent a comment. One on every
 * server.
 *
 *     a decision here, or every 10 s ─▶ what is due ─▶ claim ─▶ send ─▶ accepted
 *                                          └─▶ not while Akismet is away, refuses us, or is not set up
 *
 * Invariant: a report leaves the store only once Akismet has acknowledged it, or wants nothing of it any
 * more; all that this worker remembers may be lost at any moment.
 */

import { StoreError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import type { Clock, Dice, Log, Timer } from '../kernel/ports.ts'
import type { DueReport, SpamReports } from '../store/blog.ts'
import type { SpamCheck, Submission } from './spam-check.ts'

export interface ReportWorker {
  /** Idempotent. */
  start(): void
  stop(): Promise<void>
}

export function createReportWorker(options: {
  readonly reports: SpamReports
  readonly check: SpamCheck
  readonly clock: Clock
  readonly dice: Dice
  readonly log: Log
}): ReportWorker {
  const { reports, check, clock, dice, log } = options
  let timer: Timer | undefined
  let running: Promise<void> | undefined
  let isStarted = false
  /** Decisions told of so far: one that comes while a pass is running makes another. */
  let told = 0
  let forgetAtMs = 0
  let unsubscribe: (() => void) | undefined

  const mayGoOn = (): boolean => isStarted && check.state() === 'well'

  /** @returns whether Akismet has it now. */
  const send = async (key: string): Promise<boolean> => {
    const report = await reports.claim(key)
    if (report === undefined) return false
    if ((await check.report(report.want, submissionOf(report))) !== 'accepted') return false
    await reports.accepted(report)
    log.write('info', 'Akismet was told of a decision', { key, want: report.want })
    return true
  }

  /** Counts what waits also while nothing may be sent: operators see it grow. */
  const sendDue = async (): Promise<void> => {
    for (;;) {
      const { due, isMore } = await reports.waiting()
      let accepted = 0
      for (const key of due) {
        if (!mayGoOn()) return
        if (await send(key)) accepted++
      }
      if (!isMore || accepted === 0) return
    }
  }

  const forget = async (): Promise<void> => {
    if (clock.monotonicMs() < forgetAtMs) return
    while (isStarted && (await reports.forget()) > 0);
    forgetAtMs = clock.monotonicMs() + limits.visitorForgetEveryMs
  }

  const pass = async (): Promise<void> => {
    try {
      let seen
      do {
        seen = told
        await sendDue()
      } while (seen !== told && mayGoOn())
      await forget()
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      log.write('warn', 'reports to Akismet wait for the store', { error: String(error) })
    }
  }

  const schedule = (inMs: number): void => {
    timer?.cancel()
    timer = clock.after(inMs, () => {
      running = pass().finally(() => {
        running = undefined
        if (isStarted) schedule(jittered(limits.spamReportsEveryMs))
      })
    })
  }

  const jittered = (ms: number): number => ms * (0.75 + (dice.uint32() / 0x1_0000_0000) * 0.25)

  return {
    start() {
      if (isStarted) return
      isStarted = true
      unsubscribe = reports.onDue(() => {
        told++
        if (isStarted && running === undefined) schedule(0)
      })
      schedule(jittered(limits.sweepFirstMs))
    },

    async stop() {
      isStarted = false
      unsubscribe?.()
      timer?.cancel()
      await running
    },
  }
}

function submissionOf({ comment, createdAtMs, permalink, visitor }: DueReport): Submission {
  const { author, email, url, body } = comment
  return { author, email, url, body, createdAtMs, permalink, isEdit: false, ...visitor }
}
