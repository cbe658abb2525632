/** A stored comment as the rest of the program sees it. */

import { effectiveStatus, textHash } from '../../buckets/comments/merge.ts'
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
  }
}

/** A part of the text's hash that no two texts of one comment share by chance. */
export function seenOf(value: CommentValue): string {
  return textHash(value.text).slice(0, 16)
}
