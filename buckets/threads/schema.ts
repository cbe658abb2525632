/**
 * What a post page shows of its comments (derived): a listing named by the post id.
 * Mail addresses are not in it: moderators read the comment itself.
 */

import { z } from 'zod'

import { timeTextSchema } from '../json-codec.ts'

export interface ThreadRow {
  readonly parent: string | null
  readonly author: string
  readonly url: string
  readonly body: string
  /** The effective one. Readers are shown `approved` only. */
  readonly status: 'approved' | 'pending' | 'spam'
  /** ISO 8601 UTC. */
  readonly createdAt: string
}

export const threadRowSchema: z.ZodType<ThreadRow> = z.looseObject({
  parent: z.string().nullable(),
  author: z.string(),
  url: z.string(),
  body: z.string(),
  status: z.enum(['approved', 'pending', 'spam']),
  createdAt: timeTextSchema,
})
