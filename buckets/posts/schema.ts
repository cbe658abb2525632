/**
 * A post as it is stored, and its revisions.
 *
 *     posts/<site>/<post id>            PostValue: heads, ancestors, slugs, places
 *     revisions/<site>/<post>/<rev>     Revision: one immutable snapshot, id = hash of its content
 */

export type PostStatus = 'draft' | 'published' | 'deleted'
export type PostKind = 'post' | 'page'

/** What an author writes. Times are ISO 8601 UTC. */
export interface PostFields {
  readonly title: string
  /** Markdown, LF line ends. */
  readonly body: string
  readonly summary: string
  /** Tag keys (NFC, lower case, `-` for spaces), sorted, unique. */
  readonly tags: readonly string[]
  /** The slug this post asks for; who owns it is decided in `slugs`. */
  readonly slug: string
  readonly status: PostStatus
  readonly kind: PostKind
  /** The byline. */
  readonly author: string
  /** Set at the first publication or by the author; null on a draft that has none. */
  readonly publishedAt: string | null
  /** Old addresses that redirect here: path parts without leading slash, as imported. */
  readonly aliases: readonly string[]
}

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
