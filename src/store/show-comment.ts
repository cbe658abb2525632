/** A stored comment as the rest of the program sees it. */

import { commentClock, effectiveStatus, textHash } from '../../buckets/comments/merge.ts'
import { nextClock } from '../../buckets/hybrid-clock.ts'
import type { CommentValue } from '../../buckets/comments/schema.ts'
import type { CommentView } from './blog.ts'

export function showComment(value: CommentValue): CommentView {
  return {
    id: value.id,
    postId: value.postId,
    parent: value.parent,
    author: value.text.author,
    email: value.text.email,
    url: value.text.url,
    body: value.text.body,
    status: effectiveStatus(value),
    createdAt: new Date(value.createdAtMs).toISOString(),
    updatedAt: updatedAt(value.createdAtMs, commentClock(value)),
  }
}

/** @param clock - the later one of its text and of what was decided about it. @returns ISO 8601 UTC. */
export function updatedAt(createdAtMs: number, clock: number): string {
  // A new one's clock is a step ahead of its time.
  const isNew = clock <= nextClock(createdAtMs, [])
  return new Date(isNew ? createdAtMs : clock).toISOString()
}

/** A part of the text's hash that no two texts of one comment share by chance. */
export function seenOf(value: CommentValue): string {
  return textHash(value.text).slice(0, 16)
}
