/**
 * A comment as it is stored: two registers that are written by different people at the same time.
 *
 *     comments/<site>/<post id>/<comment id>   CommentValue: text (its author's), moderation (ours)
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
}

const statusSchema: z.ZodType<CommentStatus> = z.enum(['approved', 'pending', 'spam', 'deleted'])

const commentSchema: z.ZodType<CommentValue> = z.looseObject({
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
})

export const commentCodec: JsonCodec<CommentValue> = jsonCodec('comment', commentSchema)
