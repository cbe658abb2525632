/**
 * Witnesses of an id: while a revision of a post can be found, the post is not absent, whatever the
 * reads of the post itself say (DESIGN §3, "Absence is never proof").
 */

import { revisions } from '../../buckets/revisions/room.ts'
import { OperationError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import type { RiakKv } from '../riak/riak-kv.ts'
import { isId } from './new-ids.ts'
import { unsettled } from './settled.ts'
import type { Settled } from './settled.ts'

export class Witnesses {
  readonly #riak: RiakKv
  readonly #site: string
  readonly #settled: Settled
  #asking = 0

  constructor(options: { riak: RiakKv; site: string; settled: Settled }) {
    this.#riak = options.riak
    this.#site = options.site
    this.#settled = options.settled
  }

  /**
   * @throws OperationError `BLOG_UNSETTLED` where the post may exist; `BLOG_OVERLOADED` where too
   * many unknown ids are asked for at once: each costs a third of the ring.
   */
  async assertAbsent(postId: string): Promise<void> {
    await this.#settled.assertAbsent(`post ${postId}`)
    if (!isId(postId)) return
    if (this.#asking >= limits.witnessQueriesMax) {
      throw new OperationError('BLOG_OVERLOADED', 'too many unknown ids are asked for at once')
    }
    this.#asking++
    try {
      const page = await this.#riak.queryIndex({
        type: revisions.type,
        bucket: this.#site,
        field: '$key',
        from: `${postId}/`,
        to: `${postId}/~`,
        maxResults: 1,
      })
      if (page.entries.length > 0) throw unsettled(`post ${postId}`)
    } finally {
      this.#asking--
    }
  }
}
