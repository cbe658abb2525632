/**
 * What the spam check said of a comment, and what Akismet is to be told of a moderator's decision.
 *
 * Pure.
 *
 *     decision ──contradicts what Akismet believes──▶ due ──claimed, sent──▶ due, tries + 1 ──▶ done
 *                                                      └─▶ withdrawn (another decision or text), given up
 *
 * Invariants: a report's clock is that of the decision that made it, so a later decision wins over
 * whatever becomes of an earlier report, on whichever server; at one clock the further state wins. Who
 * sent a comment, once forgotten, is not brought back by an older copy.
 * Not here: sending (`src/spam`), the queue of what is due (`src/store/spam-reports.ts`).
 *
 * Source: Akismet API, comment check, submit spam, submit ham.
 */

import { later } from '../lattice.ts'
import type { RoomIndex } from '../room.ts'
import type { CommentCheck, CommentReport, CommentStatus, CommentValue } from './schema.ts'

/** While it is due: when it is to be sent, ms. */
export const reportField = 'report_int'
/** While it is known who sent the comment: when it was checked, ms. */
export const visitorField = 'visitor_int'

const progress: Readonly<Record<CommentReport['state'], number>> = {
  due: 0,
  withdrawn: 1,
  'given up': 2,
  done: 3,
}
/** More tries than there will ever be. */
const triesMax = 1_000_000

export function mergeChecks(
  a: CommentCheck | undefined,
  b: CommentCheck | undefined,
): CommentCheck | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return later(a, b, ({ visitor }) => (visitor === null ? 1 : 0))
}

export function mergeReports(
  a: CommentReport | undefined,
  b: CommentReport | undefined,
): CommentReport | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return later(a, b, ({ state, tries }) => progress[state] * triesMax + Math.min(tries, triesMax))
}

/** Written with the comment itself, so that no crash comes between a decision and its report. */
export function checkIndexes({ check, report }: CommentValue): readonly RoomIndex[] {
  return [
    ...(report?.state === 'due' ? [{ field: reportField, value: String(report.dueMs) }] : []),
    ...(check === undefined || check.visitor === null
      ? []
      : [{ field: visitorField, value: String(check.atMs) }]),
  ]
}

/**
 * The report of a comment once somebody has decided about it.
 *
 * Nothing is told that Akismet said itself, or of which it was never shown who sent it. A decision that
 * is taken back before anything was sent withdraws its report; once it may have been sent, the opposite
 * is sent after it. Deleting takes nothing back: what was spam stays spam.
 *
 * @param decision - about the text named `judged`, at the clock of its register.
 * @returns undefined where there never was anything to tell.
 */
export function reportAfter(
  { check, report }: Pick<CommentValue, 'check' | 'report'>,
  decision: {
    readonly status: CommentStatus
    readonly judged: string
    readonly clock: number
    readonly nowMs: number
  },
): CommentReport | undefined {
  const { status, judged, clock, nowMs } = decision
  const before = report?.of === judged ? report : undefined
  if (status === 'deleted') return report
  const want = status === 'approved' ? 'ham' : status === 'spam' ? 'spam' : undefined
  const mayBeSent = before?.state === 'due' && before.tries > 0
  if (mayBeSent && (want === undefined || want === before.want)) return report
  const told = before?.told ?? null
  const believed = told ?? saidOf(check, judged)
  const canBeTold = check?.of === judged && check.visitor !== null
  const isNews = canBeTold && want !== undefined && (mayBeSent || want !== believed)
  if (isNews) return { want, of: judged, told, state: 'due', tries: 0, dueMs: nowMs, clock }
  return before?.state === 'due' ? { ...before, state: 'withdrawn', clock } : report
}

/**
 * A due report as it is just before it is sent: due once more after a pause, for whoever is there then.
 *
 * @param judged - hash of the comment's current text.
 */
export function claimReport(
  { check }: Pick<CommentValue, 'check'>,
  report: CommentReport,
  { judged, nextTryMs }: { readonly judged: string; readonly nextTryMs: number },
): CommentReport {
  // Its author wrote something else since: whoever decides about that will be heard.
  if (report.of !== judged) return { ...report, state: 'withdrawn' }
  if (check?.of !== judged || check.visitor === null) return { ...report, state: 'given up' }
  return { ...report, tries: report.tries + 1, dueMs: nextTryMs }
}

/**
 * The report of a comment once Akismet has acknowledged one of it.
 *
 * @param sent - which decision it was told, and what.
 * @param clock - for the opposite, where the decision was taken back on another server meanwhile.
 */
export function reportToldOf(
  value: Pick<CommentValue, 'check' | 'moderation' | 'report'>,
  sent: Pick<CommentReport, 'want' | 'clock'>,
  { clock, nowMs }: { readonly clock: number; readonly nowMs: number },
): CommentReport | undefined {
  const { report, moderation } = value
  if (report === undefined) return undefined
  if (report.clock === sent.clock) return { ...report, told: sent.want, state: 'done' }
  if (report.state !== 'withdrawn') return report
  const told: CommentReport = { ...report, told: sent.want, state: 'done', clock }
  const { status, judged } = moderation
  return reportAfter({ ...value, report: told }, { status, judged, clock: clock + 1, nowMs })
}

/** Who sent it is forgotten; what is still to be told of it never will be. */
export function forgetVisitor(value: CommentValue): CommentValue {
  const { check, report } = value
  if (check === undefined) return value
  return {
    ...value,
    check: { ...check, visitor: null },
    ...(report?.state === 'due' ? { report: { ...report, state: 'given up' as const } } : {}),
  }
}

function saidOf(check: CommentCheck | undefined, judged: string): 'spam' | 'ham' | undefined {
  if (check?.of !== judged || check.said === 'unknown') return undefined
  return check.said === 'ham' ? 'ham' : 'spam'
}
