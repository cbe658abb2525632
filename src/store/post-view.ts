/** A post as whoever reads it is shown it: a part of `Blog` (`blog.ts`). */

import type { OpenConflict, PostKind, PostStatus } from '../../buckets/posts/schema.ts'

/** A post as readers and the API see it: the view of its heads. */
export interface PostView {
  readonly id: string
  /** The slug that leads to it (after a lost slug: the one it was given). */
  readonly slug: string
  readonly title: string
  readonly body: string
  readonly summary: string
  readonly tags: readonly string[]
  readonly status: PostStatus
  readonly kind: PostKind
  readonly author: string
  /** ISO 8601 UTC, or null. */
  readonly publishedAt: string | null
  readonly updatedAt: string
  readonly aliases: readonly string[]
  /** Head revision ids, sorted, joined by `.`. */
  readonly revision: string
  readonly conflicts: readonly OpenConflict[]
  /** A base could not be read: the later head is shown, and nothing may be derived from it. */
  readonly isPending: boolean
}
