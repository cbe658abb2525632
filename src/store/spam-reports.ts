/**
 * Moderators' decisions on their way to Akismet, found by the index that is written with them.
 *
 * A report is claimed before it is sent: one put that says when it is due again. So a server that dies
 * between the two loses nothing, and others leave it alone meanwhile.
 *
 * Not here: when a decision is worth a report (`buckets/comments/report.ts`), sending (`src/spam`).
 */

import { nextClock } from '../../buckets/hybrid-clock.ts'
import { textHash } from '../../buckets/comments/merge.ts'
import {
  claimReport,
  forgetVisitor,
  reportField,
  reportToldOf,
  visitorField,
} from '../../buckets/comments/report.ts'
import { comments as commentRoom } from '../../buckets/comments/room.ts'
import type { CommentValue } from '../../buckets/comments/schema.ts'
import { limits } from '../kernel/limits.ts'
import type { Clock } from '../kernel/ports.ts'
import type { RiakKv } from '../riak/riak-kv.ts'
import type { DueReport, SpamReports } from './blog.ts'
import type { CommentSource } from './comment-source.ts'
import { eachBounded } from './each.ts'

export interface SpamReportsOptions {
  readonly riak: RiakKv
  readonly site: string
  readonly clock: Clock
  readonly source: CommentSource
}

export interface OwnSpamReports extends SpamReports {
  /** A decision was stored whose report is due. */
  announce(): void
}

interface IndexedTimes {
  readonly entries: readonly { readonly key: string; readonly atMs: number }[]
  readonly isMore: boolean
}

export function openSpamReports({ riak, site, clock, source }: SpamReportsOptions): OwnSpamReports {
  const listeners = new Set<() => void>()
  let counted: number | undefined

  /** Ascending in time; each key once, though a sibling may name it twice. */
  const look = async (field: string, toMs: number): Promise<IndexedTimes> => {
    const page = await riak.queryIndex({
      type: commentRoom.type,
      bucket: site,
      field,
      from: '0',
      to: String(toMs),
      returnTerms: true,
      maxResults: limits.spamReportsPage,
    })
    const times = new Map<string, number>()
    for (const { key, term } of page.entries) {
      if (!times.has(key)) times.set(key, Number(term))
    }
    const entries = [...times].map(([key, atMs]) => ({ key, atMs }))
    return { entries, isMore: page.continuation !== undefined }
  }

  return {
    async waiting() {
      const { entries, isMore } = await look(reportField, Number.MAX_SAFE_INTEGER)
      const nowMs = clock.nowMs()
      counted = entries.length
      const due = entries.filter(({ atMs }) => atMs <= nowMs).map(({ key }) => key)
      return { due, count: entries.length, isMore }
    },

    async claim(key) {
      const own = { isClaimed: false }
      const written = await source.update(key, (value, nowMs) => {
        const { report } = value
        own.isClaimed = report?.state === 'due' && report.dueMs <= nowMs
        if (report === undefined || !own.isClaimed) return value
        const nextTryMs = nowMs + pauseMs(report.tries)
        const judged = textHash(value.text)
        return { ...value, report: claimReport(value, report, { judged, nextTryMs }) }
      })
      return own.isClaimed && written !== undefined ? dueOf(key, written.value) : undefined
    },

    async accepted({ key, want, clock: decidedAt }) {
      await source.update(key, (value, nowMs) => {
        const newest = nextClock(nowMs, [value.moderation.clock, value.report?.clock ?? 0])
        const sent = { want, clock: decidedAt }
        const report = reportToldOf(value, sent, { clock: newest, nowMs })
        return report === undefined ? value : { ...value, report }
      })
    },

    async forget() {
      const { entries } = await look(visitorField, clock.nowMs() - limits.visitorKeptMs)
      await eachBounded(entries, limits.storeConcurrency, ({ key }) =>
        source.update(key, (value, nowMs) => {
          const isTime = (value.check?.atMs ?? nowMs) <= nowMs - limits.visitorKeptMs
          return isTime ? forgetVisitor(value) : value
        }),
      )
      return entries.length
    },

    counted: () => counted,

    onDue(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },

    announce() {
      for (const listener of listeners) listener()
    },
  }
}

/** @param tries - before this one. */
function pauseMs(tries: number): number {
  const doubled = limits.spamReportPauseMsMin * 2 ** Math.min(tries, 30)
  return Math.min(doubled, limits.spamReportPauseMsMax)
}

/** @returns undefined where it turned out that there is nothing to send. */
function dueOf(key: string, value: CommentValue): DueReport | undefined {
  const { text, parent, createdAtMs, check, report } = value
  if (report?.state !== 'due' || check === undefined || check.visitor === null) return undefined
  const { author, email, url, body } = text
  return {
    key,
    want: report.want,
    clock: report.clock,
    comment: { author, email, url, body, parent },
    createdAtMs,
    permalink: check.permalink,
    visitor: check.visitor,
  }
}
