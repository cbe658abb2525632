/** From a stored comment its entries in the thread of its post and among the held ones. */

import { commentClock, effectiveStatus } from '../../buckets/comments/merge.ts'
import type { CommentValue } from '../../buckets/comments/schema.ts'
import type { Entry } from '../../buckets/listing-schema.ts'
import type { ThreadRow } from '../../buckets/threads/schema.ts'
import { commentRows } from '../../mapreduce/comment-rows.ts'
import type { StoreChange } from './blog.ts'
import type { CommentSource } from './comment-source.ts'
import type { Lately } from './lately.ts'
import type { ListingWriter, Look } from './listing-writer.ts'

export class CommentDeriver {
  readonly #source: CommentSource
  readonly #threads: ListingWriter<ThreadRow>
  readonly #emit: (change: StoreChange) => void
  readonly #derived: Lately<number>

  constructor(options: {
    source: CommentSource
    threads: ListingWriter<ThreadRow>
    emit: (change: StoreChange) => void
    derived: Lately<number>
  }) {
    this.#source = options.source
    this.#threads = options.threads
    this.#emit = options.emit
    this.#derived = options.derived
  }

  /**
   * @param isSeen - false: readers never saw it and do not now, so that no page has to be made again.
   * @returns whether anything had to be written.
   */
  async derive(
    value: CommentValue,
    look: Look = 'trusting',
    { isSeen = true }: { readonly isSeen?: boolean } = {},
  ): Promise<boolean> {
    const flushed = await Promise.all(
      threadEntries(value).map(([listing, entry]) => this.#threads.put(listing, entry, look)),
    )
    this.#derived.set(`comments/${value.postId}/${value.id}`, commentClock(value))
    const isWritten = flushed.some((each) => each.isWritten)
    if (isWritten && isSeen) this.#emit({ kind: 'comment', postId: value.postId })
    return isWritten
  }

  /** @param key - `<post>/<comment>`. @returns undefined where it cannot be found. */
  async revisit(
    key: string,
  ): Promise<{ readonly value: CommentValue; readonly isWritten: boolean } | undefined> {
    const written = await this.#source.update(key, (value) => value)
    if (written === undefined) return undefined
    const isDerived = await this.derive(written.value, 'surely')
    return { value: written.value, isWritten: written.isWritten || isDerived }
  }
}

/** The rows of a comment with what a thread shows of it. */
export function threadEntries(
  value: CommentValue,
): readonly (readonly [listing: string, entry: Entry<ThreadRow>])[] {
  const status = effectiveStatus(value)
  return commentRows(value).map(([listing, sort, id, clock, version, present]) => [
    listing,
    {
      id,
      sort,
      clock,
      version,
      present: present === 1,
      data: present === 1 && status !== 'deleted' ? showRow(value, status) : null,
    },
  ])
}

function showRow(value: CommentValue, status: ThreadRow['status']): ThreadRow {
  return {
    parent: value.parent,
    author: value.text.author,
    url: value.text.url,
    body: value.text.body,
    status,
    createdAt: new Date(value.createdAtMs).toISOString(),
  }
}
