/** Reading threads: what a page shows of a post's comments, and how many there are. */

import { sortKey } from '../../buckets/listing.ts'
import type { Entry } from '../../buckets/listing-schema.ts'
import type { ThreadRow } from '../../buckets/threads/schema.ts'
import { heldOf, threadOf } from '../../mapreduce/comment-rows.ts'
import { limits } from '../kernel/limits.ts'
import type { Comments, CommentView } from './blog.ts'
import { assertCursor } from './cursors.ts'
import { countOf } from './deriver.ts'
import { eachBounded } from './each.ts'
import type { ListingReader } from './listing-reader.ts'
import { isId } from './new-ids.ts'
import { updatedAt } from './show-comment.ts'

type Request = Parameters<Comments['ofPost']>[1]
type Answer = Awaited<ReturnType<Comments['ofPost']>>

export class CommentThreads {
  readonly #reader: ListingReader<ThreadRow>

  constructor(reader: ListingReader<ThreadRow>) {
    this.#reader = reader
  }

  async page(postId: string, request: Request): Promise<Answer> {
    assertCursor(request.cursor)
    if (!isId(postId)) return { comments: [], next: null, total: 0 }
    const approved = await this.#page(postId, threadOf(postId), request)
    if (request.all !== true || request.order === 'newest first') return approved
    const held = await this.#page(postId, heldOf(postId), request)
    return interleave(approved, held, request.limit)
  }

  /** Approved comments of each post: one read each, of whichever vnode is fastest. */
  async counts(postIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const counted = await eachBounded(postIds, limits.storeConcurrency, async (postId) => {
      const directory = await this.#reader.directory(threadOf(postId), 'page')
      return [postId, countOf(directory)] as const
    })
    return new Map(counted)
  }

  async #page(postId: string, listing: string, request: Request): Promise<Answer> {
    const { page } = await this.#reader.page(listing, {
      order: request.order === 'newest first' ? 'descending' : 'ascending',
      limit: request.limit,
      ...(request.cursor === undefined ? {} : { cursor: request.cursor }),
    })
    const comments = page.entries.flatMap((entry) => showEntry(postId, entry))
    return { comments, next: page.next, total: page.total }
  }
}

/** Two listings of one order, read from one cursor: their union, cut where the next page begins. */
function interleave(a: Answer, b: Answer, limit: number): Answer {
  const bound = [a.next, b.next].filter((next) => next !== null).sort()[0]
  const all = [...a.comments, ...b.comments].sort(byCreation)
  const total = a.total + b.total
  // Beyond the nearer cursor one of the two was not read: what lies there is for the next page.
  const known = bound === undefined ? all : all.filter((comment) => cursorOf(comment) < bound)
  const comments = known.slice(0, limit)
  const last = comments.at(-1)
  const isCut = known.length > limit
  const next = isCut && last !== undefined ? `${cursorOf(last)}\u0000` : (bound ?? null)
  return { comments, next, total }
}

/** A page's cursor is the place of its first comment. */
export function cursorOf(comment: Pick<CommentView, 'id' | 'createdAt'>): string {
  return sortKey(Date.parse(comment.createdAt), comment.id)
}

function byCreation(a: CommentView, b: CommentView): number {
  return cursorOf(a) < cursorOf(b) ? -1 : 1
}

function showEntry(postId: string, entry: Entry<ThreadRow>): readonly CommentView[] {
  if (entry.data === null) return []
  const { data, id, clock } = entry
  return [
    { ...data, id, postId, email: '', updatedAt: updatedAt(Date.parse(data.createdAt), clock) },
  ]
}
