/**
 * Autosaved texts: never shown to readers, merged into the post only by Save, Publish or Update.
 *
 *     drafts/<site>/<post id>/<author>   DraftValue
 */

import { z } from 'zod'

import { clockSchema, hashSchema, jsonCodec, timeMsSchema } from '../json-codec.ts'
import type { JsonCodec } from '../json-codec.ts'
import { postFieldsSchema } from '../post-fields.ts'
import type { PostFields } from '../post-fields.ts'

/** One autosave; `id` is a hash of its content, as with revisions. */
export interface DraftVersion {
  readonly id: string
  /** Versions of this draft that it replaces, sorted. */
  readonly parents: readonly string[]
  readonly fields: PostFields
  /** Head revisions of the post that the author had before them, sorted. */
  readonly basedOn: readonly string[]
  readonly clock: number
  readonly savedAtMs: number
}

export interface DraftAncestor {
  readonly id: string
  readonly parents: readonly string[]
  readonly clock: number
}

export interface DraftValue {
  readonly schema: 1
  readonly postId: string
  readonly author: string
  /** Ascending by (clock, id): several where one author typed in two places. */
  readonly heads: readonly DraftVersion[]
  /** The last 50, newest first. */
  readonly ancestors: readonly DraftAncestor[]
}

const draftSchema: z.ZodType<DraftValue> = z.looseObject({
  schema: z.literal(1),
  postId: z.string().min(1),
  author: z.string().min(1),
  heads: z
    .array(
      z.looseObject({
        id: hashSchema,
        parents: z.array(hashSchema),
        fields: postFieldsSchema,
        basedOn: z.array(hashSchema),
        clock: clockSchema,
        savedAtMs: timeMsSchema,
      }),
    )
    .min(1),
  ancestors: z.array(
    z.looseObject({ id: hashSchema, parents: z.array(hashSchema), clock: clockSchema }),
  ),
})

export const draftCodec: JsonCodec<DraftValue> = jsonCodec('draft', draftSchema)
