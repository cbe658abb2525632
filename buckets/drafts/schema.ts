/**
 * Autosaved texts: never shown to readers, merged into the post only by Save, Publish or Update.
 *
 *     drafts/<site>/<post id>/<author>   DraftValue
 */

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
