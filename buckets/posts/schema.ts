/**
 * A post as it is stored, and its revisions.
 *
 *     posts/<site>/<post id>            PostValue: heads, ancestors, slugs, places
 *     revisions/<site>/<post>/<rev>     Revision: one immutable snapshot, id = hash of its content
 */

import { z } from 'zod'

import { clockSchema, hashSchema, jsonCodec, timeMsSchema } from '../json-codec.ts'
import type { JsonCodec } from '../json-codec.ts'
import { revisionSchema } from '../revision-schema.ts'
import type { Revision } from '../revision-schema.ts'

export type { PostFields, PostKind, PostStatus } from '../post-fields.ts'
export type { OpenConflict, Revision } from '../revision-schema.ts'

/** A head: whole while the object has room, else by reference (its snapshot is in `revisions`). */
export type Head = Revision | RevisionReference

export interface RevisionReference {
  readonly schema: 1
  readonly id: string
  readonly parents: readonly string[]
  readonly clock: number
  readonly savedAtMs: number
  readonly isReference: true
}

export interface Ancestor {
  readonly id: string
  readonly parents: readonly string[]
  readonly clock: number
}

/** A slug this post has held or holds; source of the claims in `slugs`. */
export interface HeldSlug {
  readonly slug: string
  readonly sinceMs: number
  /** Set when the post took another slug: from then on a redirect. */
  readonly untilMs?: number
}

/**
 * Where this post was ever listed: grow-only, so that a later save (or the sweeper, after a crash)
 * knows every listing that must now say "absent".
 */
export interface Place {
  /** `all`, `tag/<tag>`, `month/<yyyy-mm>`. */
  readonly index: string
  /** The publication time it was listed under, ms. */
  readonly atMs: number
}

export interface PostValue {
  readonly schema: 1
  readonly id: string
  /** ≥ 1, ascending by (clock, id); none is a proven ancestor of another. */
  readonly heads: readonly Head[]
  /** The last 500, newest first by (clock, id). */
  readonly ancestors: readonly Ancestor[]
  readonly slugs: readonly HeldSlug[]
  readonly places: readonly Place[]
}

const referenceSchema: z.ZodType<RevisionReference> = z.looseObject({
  schema: z.literal(1),
  id: hashSchema,
  parents: z.array(hashSchema),
  clock: clockSchema,
  savedAtMs: timeMsSchema,
  isReference: z.literal(true),
})

const postValueSchema: z.ZodType<PostValue> = z.looseObject({
  schema: z.literal(1),
  id: z.string().min(1),
  heads: z.array(z.union([referenceSchema, revisionSchema])).min(1),
  ancestors: z.array(
    z.looseObject({ id: hashSchema, parents: z.array(hashSchema), clock: clockSchema }),
  ),
  slugs: z.array(
    z.looseObject({
      slug: z.string(),
      sinceMs: timeMsSchema,
      untilMs: timeMsSchema.exactOptional(),
    }),
  ),
  places: z.array(z.looseObject({ index: z.string(), atMs: timeMsSchema })),
})

export const postCodec: JsonCodec<PostValue> = jsonCodec('post', postValueSchema)

export function isReference(head: Head): head is RevisionReference {
  return 'isReference' in head
}
