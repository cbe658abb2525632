/**
 * Looking at sources again, in batches: read and merged a few at a time, derived together, so that a
 * listing is written once a batch and not once a source.
 */

import { limits } from '../kernel/limits.ts'
import type { Clock, Log } from '../kernel/ports.ts'
import { StoreError } from '../kernel/errors.ts'
import type { CommentDeriver } from './comment-deriver.ts'
import type { PostDeriver } from './deriver.ts'
import { eachBounded } from './each.ts'
import { rest } from './rest.ts'

export type SourceType = 'posts' | 'comments'

export interface Revisited {
  readonly key: string
  /** Undefined: it could not be read, or what follows could not be written. */
  readonly isWritten: boolean | undefined
}

export interface Revisits {
  /** @returns in the order of the keys. */
  run(type: SourceType, keys: readonly string[]): Promise<readonly Revisited[]>
}

export function openRevisits(options: {
  readonly posts: PostDeriver
  readonly comments: CommentDeriver
  readonly clock: Clock
  readonly log: Log
}): Revisits {
  const { posts, comments, clock, log } = options

  const one = async (type: SourceType, key: string): Promise<Revisited> => {
    try {
      const done = await (type === 'posts' ? posts.revisit(key) : comments.revisit(key))
      return { key, isWritten: done?.isWritten }
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      log.write('warn', 'a source could not be looked at again', {
        type,
        key,
        error: String(error),
      })
      return { key, isWritten: undefined }
    }
  }

  return {
    async run(type, keys) {
      const results: Revisited[] = []
      for (let at = 0; at < keys.length; at += limits.sweepBatch) {
        const startedMs = clock.monotonicMs()
        const batch = keys.slice(at, at + limits.sweepBatch)
        results.push(...(await eachBounded(batch, limits.sweepBatch, (key) => one(type, key))))
        // Half of the time at most: pages go before.
        const restMs = Math.min(clock.monotonicMs() - startedMs, limits.sweepRestMsMax)
        const isLast = at + limits.sweepBatch >= keys.length
        if (!isLast && restMs >= 1) await rest(clock, restMs)
      }
      return results
    },
  }
}
