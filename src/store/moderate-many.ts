/**
 * One decision about many comments, each for itself.
 *
 * What follows from them (rows in the threads of their posts) is waited for once, at the end: fifty
 * decisions about one post are a few puts of its thread then, not one each.
 */

import { StoreError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import type { Log } from '../kernel/ports.ts'
import type { CommentPick, CommentStatus, CommentView, DecidedComment } from './blog.ts'
import { eachBounded } from './each.ts'

/** A decision that was stored, or was not needed. */
export interface StoredChange {
  readonly comment: CommentView
  /** Ends within the inline budget of derived work; never fails for an operating error. */
  readonly following: Promise<void>
}

/**
 * @param decide - @returns undefined where there is no such comment.
 * @returns in the order of the picks; never throws what only one of them met.
 */
export async function moderateMany(
  log: Log,
  picks: readonly CommentPick[],
  status: CommentStatus,
  decide: (pick: CommentPick) => Promise<StoredChange | undefined>,
): Promise<readonly DecidedComment[]> {
  const following: Promise<void>[] = []
  const decided = await eachBounded(
    picks,
    limits.storeConcurrency,
    async (pick): Promise<DecidedComment> => {
      const { id } = pick
      try {
        const stored = await decide(pick)
        if (stored === undefined) return { id, outcome: 'gone' }
        following.push(stored.following)
        // Told at the end.
        stored.following.catch(() => undefined)
        return { id, outcome: stored.comment.status === status ? 'done' : 'changed' }
      } catch (error) {
        if (!(error instanceof StoreError)) throw error
        const fields = { id, error: String(error) }
        log.write('warn', 'a decision about a comment was not stored', fields)
        return { id, outcome: 'failed' }
      }
    },
  )
  await Promise.all(following)
  return decided
}
