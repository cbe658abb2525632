/** A comment: text and moderation are registers of their own, each taken from its latest writer. */

import { hashId } from '../canonical-json.ts'
import { largerJson, later, withUnknown } from '../lattice.ts'
import { mergeChecks, mergeReports } from './report.ts'
import type { CommentStatus, CommentText, CommentValue, Moderation } from './schema.ts'

/** Of two decisions at one clock the one that shows less. */
const strictness: Readonly<Record<CommentStatus, number>> = {
  approved: 0,
  pending: 1,
  spam: 2,
  deleted: 3,
}

export function mergeComments(a: CommentValue, b: CommentValue): CommentValue {
  const check = mergeChecks(a.check, b.check)
  const report = mergeReports(a.report, b.report)
  return withUnknown(a, b, {
    schema: 1,
    id: a.id >= b.id ? a.id : b.id,
    postId: a.postId >= b.postId ? a.postId : b.postId,
    parent: largerJson(a.parent, b.parent),
    createdAtMs: Math.min(a.createdAtMs, b.createdAtMs),
    text: later(a.text, b.text),
    moderation: later(a.moderation, b.moderation, ({ status }) => strictness[status]),
    // An absent register stays absent: undefined is no value.
    ...(check === undefined ? {} : { check }),
    ...(report === undefined ? {} : { report }),
  })
}

/** Of texts met before: whatever is asked of a comment (its status, its places) begins with this hash. */
const textHashes = new WeakMap<Omit<CommentText, 'clock'>, string>()

/** Names what was judged: the words and the addresses beside them, not when they were saved. */
export function textHash(text: Omit<CommentText, 'clock'>): string {
  const known = textHashes.get(text)
  if (known !== undefined) return known
  const { author, email, url, body } = text
  const made = hashId({ author, email, url, body })
  textHashes.set(text, made)
  return made
}

/** What readers go by: a decision about another text than the current one decides nothing. */
export function effectiveStatus(value: CommentValue): CommentStatus {
  const { moderation, text } = value
  return moderation.judged === textHash(text) ? moderation.status : 'pending'
}

/** The clock of the last change, ms: `changed_int`, and of the comment's entry in its thread. */
export function commentClock(value: CommentValue): number {
  return Math.max(value.text.clock, value.moderation.clock)
}

/** Grows with either register: breaks ties between entries derived at one clock. */
export function commentVersion(value: CommentValue): string {
  const padded = (clock: number): string => String(clock).padStart(16, '0')
  const content = hashId([value.text, value.moderation]).slice(0, 16)
  return `${padded(value.text.clock)}.${padded(value.moderation.clock)}.${content}`
}

export function newComment(
  of: Pick<CommentValue, 'id' | 'postId' | 'parent' | 'createdAtMs'>,
  text: CommentText,
  verdict: { readonly status: CommentStatus; readonly by: string },
): CommentValue {
  const judged = textHash(text)
  const moderation: Moderation = { ...verdict, judged, clock: text.clock }
  return { schema: 1, ...of, text, moderation }
}

/** The author's own edit; a changed text is held until it is judged. */
export function editText(value: CommentValue, text: CommentText): CommentValue {
  return { ...value, text: { ...value.text, ...text } }
}

/** Decide about the text that was seen (`judged`), which need not be the current one. */
export function moderate(value: CommentValue, decision: Moderation): CommentValue {
  return { ...value, moderation: { ...value.moderation, ...decision } }
}
