/**
 * Comments that another store has taken before, brought into this one: many of a post at once.
 *
 *     comments of a post ──8 at once──▶ comments/<post>/<id>   (each put once)
 *                        └──together──▶ threads/<post>         (written once for all)
 *
 * The clock of a brought comment is its own date, not the time of the import. Brought again it is the same
 * value, bit for bit: even where its first copy is falsely not found, nothing here has become older by it, and
 * an author's later edit or a moderator's decision, being later, stands.
 *
 * Invariant: what is there already under an id is read and derived again, never written: so a run that was
 * killed between a comment and its thread is completed by the next.
 */

import { nextClock } from '../../buckets/hybrid-clock.ts'
import { newComment } from '../../buckets/comments/merge.ts'
import type { CommentText, CommentValue } from '../../buckets/comments/schema.ts'
import { InvalidInputError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import { ownNames } from '../kernel/own-names.ts'
import type { BroughtComments, CommentToBring, StoreChange } from './blog.ts'
import type { CommentDeriver } from './comment-deriver.ts'
import { checkCommentInput } from './comment-input.ts'
import type { CommentSource } from './comment-source.ts'
import { eachBounded } from './each.ts'
import { Issues } from './issues.ts'
import { isId } from './new-ids.ts'

export interface BringOptions {
  readonly source: CommentSource
  readonly deriver: CommentDeriver
  readonly emit: (change: StoreChange) => void
}

export async function bringComments(
  { source, deriver, emit }: BringOptions,
  postId: string,
  comments: readonly CommentToBring[],
): Promise<BroughtComments> {
  const refused: { id: string; reason: string }[] = []
  const values = comments.flatMap((comment) => {
    try {
      return [valueOf(postId, comment)]
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error
      refused.push({ id: comment.id, reason: error.message })
      return []
    }
  })
  const written = await eachBounded(values, limits.storeConcurrency, (value) =>
    source.create(`${postId}/${value.id}`, value, undefined),
  )
  // In one turn: the listing takes them as one write.
  await Promise.all(
    written.map(({ value }) => deriver.derive(value, 'trusting', { isSeen: false })),
  )
  const created = written.filter(({ isWritten }) => isWritten).length
  if (created > 0) emit({ kind: 'comment', postId })
  return { created, unchanged: written.length - created, refused }
}

/** @throws InvalidInputError */
function valueOf(postId: string, comment: CommentToBring): CommentValue {
  const issues = new Issues()
  if (!isId(comment.id)) issues.add('id', 'not the id of a comment')
  if (!isId(postId)) issues.add('postId', 'not the id of a post')
  const createdAt = issues.time('createdAt', comment.createdAt)
  const status = issues.choice('status', comment.status, [
    'approved',
    'pending',
    'spam',
    'deleted',
  ] as const)
  if (createdAt === null) issues.add('createdAt', 'is missing')
  issues.throwIfAny()
  const { parent, ...text } = checkCommentInput(comment)
  const createdAtMs = Math.max(0, Date.parse(createdAt ?? ''))
  const dated: CommentText = { ...text, clock: nextClock(createdAtMs, []) }
  return newComment({ id: comment.id, postId, parent, createdAtMs }, dated, {
    status: status ?? 'pending',
    by: ownNames.importer,
  })
}
