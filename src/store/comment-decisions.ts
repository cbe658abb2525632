/**
 * What a check or a moderator decides, as the comment that is stored afterwards. Pure.
 */

import { nextClock } from '../../buckets/hybrid-clock.ts'
import { editText, moderate, textHash } from '../../buckets/comments/merge.ts'
import { reportAfter } from '../../buckets/comments/report.ts'
import type {
  CheckRecord,
  CommentText,
  CommentValue,
  Moderation,
} from '../../buckets/comments/schema.ts'
import { InvalidInputError } from '../kernel/errors.ts'
import { ownNames } from '../kernel/own-names.ts'
import type { CommentStatus } from './blog.ts'
import { Issues } from './issues.ts'

/** What the spam check said of a text, before it was stored. */
export interface Checked {
  readonly verdict: 'approved' | 'pending' | 'spam'
  readonly check?: CheckRecord
}

/** A moderator's word about the current text; with it, what Akismet is to be told. @throws InvalidInputError */
export function decide(
  value: CommentValue,
  status: CommentStatus,
  by: string,
  nowMs: number,
): CommentValue {
  const issues = new Issues()
  const checked = issues.choice('status', status, ['approved', 'pending', 'spam', 'deleted'])
  issues.throwIfAny()
  if (checked === undefined) throw new InvalidInputError([])
  const judged = textHash(value.text)
  const { moderation } = value
  if (moderation.status === status && moderation.judged === judged) return value
  const decision: Moderation = { status, judged, by, clock: clockAfter(value, nowMs) }
  const report = reportAfter(value, { status, judged, clock: decision.clock, nowMs })
  return { ...moderate(value, decision), ...(report === undefined ? {} : { report }) }
}

/** The author's own edit, and what the check said of the new text: without it the text is held. */
export function decideEdit(
  value: CommentValue,
  body: string,
  checked: Checked | undefined,
  nowMs: number,
): CommentValue {
  if (value.text.body === body) return value
  const text: CommentText = { ...value.text, body, clock: clockAfter(value, nowMs) }
  const edited = withCheck(editText(value, text), checked?.check)
  const status = checked?.verdict ?? 'pending'
  if (status === 'pending' || (status === 'approved' && !mayPass(value))) return edited
  return moderate(edited, {
    status,
    judged: textHash(edited.text),
    by: ownNames.check,
    clock: text.clock,
  })
}

/** What was thrown out, or put aside by a person, comes back by a person's word only. */
function mayPass({ moderation: { status, by } }: CommentValue): boolean {
  return status === 'approved' || (status === 'pending' && by === ownNames.server)
}

/** The check names the text that it saw. */
export function withCheck(value: CommentValue, check: CheckRecord | undefined): CommentValue {
  if (check === undefined) return value
  const { text } = value
  return { ...value, check: { ...check, of: textHash(text), clock: text.clock } }
}

function clockAfter(value: CommentValue, nowMs: number): number {
  const { text, moderation, report } = value
  return nextClock(nowMs, [text.clock, moderation.clock, report?.clock ?? 0])
}
