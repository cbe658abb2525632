/**
 * Where a comment is listed: the one definition, as for posts.
 *
 *     comment ──map──▶ [listing, sort, comment id, clock, version, present]
 *
 * Approved ones stand in the thread of their post, which readers see; held ones and spam beside it,
 * so that a page neither reads nor counts them.
 */

import { commentClock, commentVersion, effectiveStatus } from '../buckets/comments/merge.ts'
import type { CommentValue } from '../buckets/comments/schema.ts'
import { nextClock } from '../buckets/hybrid-clock.ts'
import { sortKey } from '../buckets/listing.ts'

export type CommentRow = readonly [
  listing: string,
  sort: string,
  id: string,
  clock: number,
  version: string,
  present: 0 | 1,
]

/** What readers of the post are shown. */
export function threadOf(postId: string): string {
  return postId
}

/** What moderators are shown besides. */
export function heldOf(postId: string): string {
  return `${postId}/held`
}

export function commentRows(comment: CommentValue): readonly CommentRow[] {
  const status = effectiveStatus(comment)
  const isHeld = status === 'pending' || status === 'spam'
  const sort = sortKey(comment.createdAtMs, comment.id)
  const clock = commentClock(comment)
  const version = commentVersion(comment)
  const rows: readonly CommentRow[] = [
    [threadOf(comment.postId), sort, comment.id, clock, version, status === 'approved' ? 1 : 0],
    [heldOf(comment.postId), sort, comment.id, clock, version, isHeld ? 1 : 0],
  ]
  // Judged when it was made and not since: it never stood anywhere else, there is nothing to take out.
  const isUntouched = clock <= nextClock(comment.createdAtMs, [])
  return isUntouched ? rows.filter(([, , , , , present]) => present === 1) : rows
}
