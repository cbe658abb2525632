/**
 * A comment as it is stored: registers that are written by different people at the same time.
 *
 *     comments/<site>/<post id>/<comment id>   CommentValue: text (its author's), moderation (ours),
 *                                              check (the spam check's), report (what Akismet is told)
 */

import { z } from 'zod'

import { clockSchema, hashSchema, jsonCodec, timeMsSchema } from '../json-codec.ts'
import type { JsonCodec } from '../json-codec.ts'

export type CommentStatus = 'approved' | 'pending' | 'spam' | 'deleted'

/** What the comment's author wrote; the later save wins. */
export interface CommentText {
  readonly author: string
  readonly email: string
  readonly url: string
  /** Markdown subset, LF line ends. */
  readonly body: string
  /** Hybrid logical clock of the save, ms. */
  readonly clock: number
}

/** What was decided about it; the later decision wins, at one clock the stricter. */
export interface Moderation {
  readonly status: CommentStatus
  /** Hash of the text that was judged (`textHash`): a changed text is held again. */
  readonly judged: string
  /** Token or author name; `akismet`, `author` (the comment's own) or `server` where nobody decided. */
  readonly by: string
  readonly clock: number
}

/**
 * How the form's time trap was found; `exempt`: the way in has none (the JSON API). A page that stood
 * in a cache carries no stamp: `absent` is a reason to look, never to refuse.
 */
export type CommentStamp = 'good' | 'young' | 'old' | 'absent' | 'forged' | 'exempt'

export interface CommentTraps {
  /** The field that people do not see was filled in. */
  readonly honeypot: boolean
  readonly stamp: CommentStamp
}

/** Who sent it: personal, and kept for a bounded time (`visitorKeptMs`). */
export interface CommentVisitor {
  readonly address: string
  readonly userAgent: string
  readonly referrer: string
}

/** What the spam check said, and on which grounds. */
export interface CheckRecord {
  /** Wall time, ms. */
  readonly atMs: number
  /** Akismet's word; `discard`: spam beyond doubt. `unknown`: it was not asked, or gave no answer. */
  readonly said: 'ham' | 'spam' | 'discard' | 'unknown'
  /** Why `unknown`, for moderators; else empty. */
  readonly reason: string
  /** What follows from it by the table of `src/spam/README.md`. */
  readonly would: 'approved' | 'pending' | 'spam' | 'discard'
  /** It was asked, and not acted upon: `would` did not happen. */
  readonly isLogOnly: boolean
  readonly traps: CommentTraps
  /** Public address of the post, as it was told to Akismet. */
  readonly permalink: string
  /** Null once it was forgotten. */
  readonly visitor: CommentVisitor | null
}

export interface CommentCheck extends CheckRecord {
  /** Hash of the text that was checked (`textHash`). */
  readonly of: string
  /** That text's clock. */
  readonly clock: number
}

/** A moderator's decision, on its way to Akismet: `report.ts`. */
export interface CommentReport {
  readonly want: 'spam' | 'ham'
  /** Hash of the text that was decided about. */
  readonly of: string
  /** What Akismet has acknowledged last about this text. */
  readonly told: 'spam' | 'ham' | null
  /** `withdrawn`: overtaken by another decision or text. `given up`: what Akismet wants to know of it is gone. */
  readonly state: 'due' | 'withdrawn' | 'given up' | 'done'
  /** Times it was sent, or was about to be. */
  readonly tries: number
  /** Wall time of the next try, ms. */
  readonly dueMs: number
  /** Of the decision: what becomes of the report never changes it. */
  readonly clock: number
}

export interface CommentValue {
  readonly schema: 1
  readonly id: string
  readonly postId: string
  /** Comment id it answers, or null. */
  readonly parent: string | null
  /** Wall time of the first save, ms; the smaller wins. */
  readonly createdAtMs: number
  readonly text: CommentText
  readonly moderation: Moderation
  /** Absent: it came with a token, by an import, or before there were checks. */
  readonly check?: CommentCheck
  readonly report?: CommentReport
}

const statusSchema: z.ZodType<CommentStatus> = z.enum(['approved', 'pending', 'spam', 'deleted'])

const checkSchema = z.looseObject({
  atMs: timeMsSchema,
  said: z.enum(['ham', 'spam', 'discard', 'unknown']),
  reason: z.string(),
  would: z.enum(['approved', 'pending', 'spam', 'discard']),
  isLogOnly: z.boolean(),
  traps: z.looseObject({
    honeypot: z.boolean(),
    stamp: z.enum(['good', 'young', 'old', 'absent', 'forged', 'exempt']),
  }),
  permalink: z.string(),
  visitor: z
    .looseObject({ address: z.string(), userAgent: z.string(), referrer: z.string() })
    .nullable(),
  of: hashSchema,
  clock: clockSchema,
})

const reportSchema = z.looseObject({
  want: z.enum(['spam', 'ham']),
  of: hashSchema,
  told: z.enum(['spam', 'ham']).nullable(),
  state: z.enum(['due', 'withdrawn', 'given up', 'done']),
  tries: z.int().min(0),
  dueMs: timeMsSchema,
  clock: clockSchema,
})

const commentSchema = z.looseObject({
  schema: z.literal(1),
  id: z.string().min(1),
  postId: z.string().min(1),
  parent: z.string().nullable(),
  createdAtMs: timeMsSchema,
  text: z.looseObject({
    author: z.string(),
    email: z.string(),
    url: z.string(),
    body: z.string(),
    clock: clockSchema,
  }),
  moderation: z.looseObject({
    status: statusSchema,
    judged: hashSchema,
    by: z.string(),
    clock: clockSchema,
  }),
  check: checkSchema.optional(),
  report: reportSchema.optional(),
}) as z.ZodType<CommentValue>

export const commentCodec: JsonCodec<CommentValue> = jsonCodec('comment', commentSchema)
