/**
 * Every published post has a thread, be it empty: one that is not found is then never "no comments" but
 * always something that cannot be seen just now. Without it every page of a post without comments would
 * have to say, while nodes are away, that its comments cannot be read.
 *
 * One put when a post is published for the first time. It merges with whatever was there.
 */

import { emptyDirectory } from '../../buckets/listing.ts'
import { threads } from '../../buckets/threads/room.ts'
import { threadOf } from '../../mapreduce/comment-rows.ts'
import { limits } from '../kernel/limits.ts'
import { Lately } from './lately.ts'
import type { Objects } from './read-merge-write.ts'

export class EmptyThreads {
  readonly #objects: Objects
  /** Posts whose thread this server has seen. */
  readonly #known = new Lately<true>(limits.acknowledgedRemembered)

  constructor(objects: Objects) {
    this.#objects = objects
  }

  /**
   * @param isFresh - the post was made by this request: there is nothing to look for.
   * @returns whether it was written.
   */
  async open(postId: string, isFresh: boolean): Promise<boolean> {
    if (this.#known.get(postId) === true) return false
    const key = threadOf(postId)
    // Damaged or deleted by hand counts as there: whoever reads it says so, and has it derived again.
    const isThere = !isFresh && (await this.#objects.read(threads, key, 'glance')) !== undefined
    if (!isThere) await this.#objects.putUnseen(threads, key, emptyDirectory(), undefined)
    this.#known.set(postId, true)
    return !isThere
  }
}
