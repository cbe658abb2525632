/** One decision about many comments, each for itself. */

import { StoreError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import type { Log } from '../kernel/ports.ts'
import type { CommentPick, Comments, CommentStatus, DecidedComment } from './blog.ts'
import { eachBounded } from './each.ts'

/** @returns in the order of the picks; never throws what only one of them met. */
export function moderateMany(
  log: Log,
  moderate: Comments['moderate'],
  picks: readonly CommentPick[],
  status: CommentStatus,
  by: string,
): Promise<readonly DecidedComment[]> {
  return eachBounded(picks, limits.storeConcurrency, async ({ id, ...seen }) => {
    try {
      const comment = await moderate(id, status, by, seen)
      if (comment === undefined) return { id, outcome: 'gone' }
      return { id, outcome: comment.status === status ? 'done' : 'changed' }
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      log.write('warn', 'a decision about a comment was not stored', { id, error: String(error) })
      return { id, outcome: 'failed' }
    }
  })
}
