/**
 * Who claims an address (derived from the posts).
 *
 *     slugs/<site>/<slug>           SlugValue
 *     slugs/<site>/alias/<path>     SlugValue of an imported old address; its claims are closed
 */

import { z } from 'zod'

import { jsonCodec, timeMsSchema } from '../json-codec.ts'
import type { JsonCodec } from '../json-codec.ts'

export interface Claim {
  readonly postId: string
  /** When the post took the slug, ms. */
  readonly sinceMs: number
  /** Set when it took another one: a redirect from then on. */
  readonly untilMs?: number
}

export interface SlugValue {
  readonly schema: 1
  /** Ascending by post id, one a post. */
  readonly claims: readonly Claim[]
}

const slugSchema: z.ZodType<SlugValue> = z.looseObject({
  schema: z.literal(1),
  claims: z.array(
    z.looseObject({
      postId: z.string().min(1),
      sinceMs: timeMsSchema,
      untilMs: timeMsSchema.exactOptional(),
    }),
  ),
})

export const slugCodec: JsonCodec<SlugValue> = jsonCodec('slug', slugSchema)
