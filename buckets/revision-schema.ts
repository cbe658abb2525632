/** One immutable snapshot of a post: shared by the heads in `posts` and by `revisions`. */

import { z } from 'zod'

import { clockSchema, hashSchema, timeMsSchema } from './json-codec.ts'
import { largerJson, withUnknown } from './lattice.ts'
import { postFieldNameSchema, postFieldsSchema } from './post-fields.ts'
import type { PostFields } from './post-fields.ts'

/** Both sides changed one field; the text shown is the later side's. Ids and ranges only, no text. */
export interface OpenConflict {
  /** Hash of {field, base, sides, range}: every server that meets it names it alike. */
  readonly id: string
  readonly field: keyof PostFields
  /** Revision ids: their common ancestor (null: none), the side not shown, the side shown. */
  readonly base: string | null
  readonly hidden: string
  readonly shown: string
  /** Body only: line ranges [from, to) in base, hidden side, shown side. */
  readonly range?: {
    readonly base: readonly [number, number]
    readonly hidden: readonly [number, number]
    readonly shown: readonly [number, number]
  }
}

/** One snapshot. `id` is SHA-256 (hex) over RFC 8785 JSON of {schema, parents, fields, author, conflicts}. */
export interface Revision {
  readonly schema: 1
  readonly id: string
  /** Sorted. Empty at creation. */
  readonly parents: readonly string[]
  readonly fields: PostFields
  /** Who saved it (token or author name); `merge` for a merge made by a server. */
  readonly author: string
  readonly conflicts: readonly OpenConflict[]
  /** Hybrid logical clock, ms: max(now, parents') + 1. Not part of the id; the smaller wins. */
  readonly clock: number
  /** Wall time of the save, ms; `updatedAt`. Not part of the id; the smaller wins. */
  readonly savedAtMs: number
}

const rangeSchema: z.ZodType<readonly [number, number]> = z.tuple([
  z.int().nonnegative(),
  z.int().nonnegative(),
])

export const openConflictSchema: z.ZodType<OpenConflict> = z.looseObject({
  id: hashSchema,
  field: postFieldNameSchema,
  base: hashSchema.nullable(),
  hidden: hashSchema,
  shown: hashSchema,
  range: z
    .looseObject({ base: rangeSchema, hidden: rangeSchema, shown: rangeSchema })
    .exactOptional(),
})

export const revisionSchema: z.ZodType<Revision> = z.looseObject({
  schema: z.literal(1),
  id: hashSchema,
  parents: z.array(hashSchema),
  fields: postFieldsSchema,
  author: z.string(),
  conflicts: z.array(openConflictSchema),
  clock: clockSchema,
  savedAtMs: timeMsSchema,
})

/**
 * Two copies of one revision: equal by construction but for their times, of which the smaller stands.
 * Where a forged copy differs all the same, the larger canonical text is taken on every server.
 */
export function joinRevisions(a: Revision, b: Revision): Revision {
  if (a === b) return a
  return withUnknown<Revision>(a, b, {
    ...largerJson(contentOf(a), contentOf(b)),
    clock: Math.min(a.clock, b.clock),
    savedAtMs: Math.min(a.savedAtMs, b.savedAtMs),
  })
}

/** What a revision's id names, and the id. */
function contentOf(revision: Revision): Omit<Revision, 'clock' | 'savedAtMs'> {
  const { schema, id, parents, fields, author, conflicts } = revision
  return { schema, id, parents, fields, author, conflicts }
}
