/**
 * Listings of posts (derived): `all`, `tag/<tag>`, `month/<yyyy-mm>`, and the catalogs
 * `catalog/tags` and `catalog/months`.
 */

import { z } from 'zod'

import { timeTextSchema } from '../json-codec.ts'
import type { PostKind } from '../post-fields.ts'

/** What a listing shows of a post: no body. Times ISO 8601 UTC. */
export interface PostRow {
  readonly slug: string
  readonly title: string
  readonly summary: string
  readonly tags: readonly string[]
  readonly kind: PostKind
  readonly author: string
  readonly publishedAt: string
  readonly updatedAt: string
}

/** A line of a catalog; its entry's id is the tag or the month. */
export interface CatalogRow {
  readonly count: number
}

export const postRowSchema: z.ZodType<PostRow> = z.looseObject({
  slug: z.string(),
  title: z.string(),
  summary: z.string(),
  tags: z.array(z.string()),
  kind: z.enum(['post', 'page']),
  author: z.string(),
  publishedAt: timeTextSchema,
  updatedAt: timeTextSchema,
})

export const catalogRowSchema: z.ZodType<CatalogRow> = z.looseObject({
  count: z.int().nonnegative(),
})
