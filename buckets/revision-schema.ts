/** One immutable snapshot of a post: shared by the heads in `posts` and by `revisions`. */

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
