/**
 * The moderation queue: comments of one status, newest first, wherever they stand.
 *
 *     queue_bin ──terms of a status, in order──▶ read and merge each ──still of that status?──▶ shown
 *         └─ a place in that order is the cursor: what is decided meanwhile moves no other comment
 *
 * The index only says where to look: entries of siblings, and of nodes that were away, name comments that
 * were decided long ago. Nothing is written here; a comment whose index entries lag behind its merged
 * value is put again by the sweeper.
 *
 * Invariant: a walk from the first page to the last meets every comment that kept its status throughout,
 * once.
 */

import { effectiveStatus, textHash } from '../../buckets/comments/merge.ts'
import { isQueuePlace, queueField, queueRange } from '../../buckets/comments/queue.ts'
import { comments as commentRoom } from '../../buckets/comments/room.ts'
import type { CommentCheck, CommentValue } from '../../buckets/comments/schema.ts'
import { StoreError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import type { Clock } from '../kernel/ports.ts'
import type { RiakKv } from '../riak/riak-kv.ts'
import type {
  BoundedCount,
  Comments,
  CommentStatus,
  QueuedCheck,
  QueuedComment,
  QueuedPost,
  QueuePage,
  QueueRequest,
} from './blog.ts'
import type { CommentSource } from './comment-source.ts'
import { unknownCursor } from './cursors.ts'
import { eachBounded } from './each.ts'
import { Lately } from './lately.ts'
import type { PostSource } from './post-source.ts'
import type { Settled } from './settled.ts'
import { seenOf, showComment } from './show-comment.ts'

export interface QueueOptions {
  readonly riak: RiakKv
  readonly site: string
  readonly clock: Clock
  readonly settled: Settled
  readonly source: CommentSource
  readonly posts: PostSource
}

export interface CommentQueue extends Pick<Comments, 'queue' | 'queueCount'> {
  /** Something was written: counts are taken anew. */
  changed(): void
}

interface Place {
  readonly term: string
  /** `<post>/<comment>` */
  readonly key: string
}

/** What stands at a place of the index: a comment, nothing (any more), or something unreadable. */
type AtPlace = CommentValue | 'nothing' | 'unread'

export function openCommentQueue(options: QueueOptions): CommentQueue {
  const { clock } = options
  const titles = new PostTitles(options)
  const counts = new Map<
    CommentStatus,
    { readonly count: Promise<BoundedCount>; untilMs: number }
  >()

  const count = (status: CommentStatus): Promise<BoundedCount> => {
    const known = counts.get(status)
    if (known !== undefined && clock.monotonicMs() < known.untilMs) return known.count
    const asked = countOf(options, status)
    const entry = { count: asked, untilMs: clock.monotonicMs() + limits.queueCountMs }
    counts.set(status, entry)
    asked.catch(() => {
      if (counts.get(status) === entry) counts.delete(status)
    })
    return asked
  }

  return {
    queue: (request) => readPage(options, titles, request),
    queueCount: count,
    changed: () => {
      counts.clear()
    },
  }
}

async function readPage(
  options: QueueOptions,
  titles: PostTitles,
  request: QueueRequest,
): Promise<QueuePage> {
  const { status, limit } = request
  if (request.cursor !== undefined && !isQueuePlace(status, request.cursor)) {
    throw unknownCursor(request.cursor)
  }
  const words = wordsOf(request.find ?? '')
  const untilMs = options.clock.monotonicMs() + limits.queueSearchMs
  const comments = new Map<string, QueuedComment>()
  const unread: string[] = []
  let at = request.cursor
  let searched = 0
  for (;;) {
    const isSearch = words.length > 0
    const batch = isSearch ? limits.queueSearchBatch : limit - comments.size
    const places = await placesAfter(options, status, at, batch + 1)
    const read = await readAll(options, titles, places.slice(0, batch))
    for (const [index, { place, value, post }] of read.entries()) {
      at = place.term
      searched++
      if (value === 'unread') unread.push(idOf(place.key))
      else if (value !== 'nothing' && effectiveStatus(value) === status) {
        const comment = showQueued(value, post)
        if (contains(comment, words)) comments.set(comment.id, comment)
      }
      if (comments.size === limit) {
        const isEnd = index + 1 === places.length
        return { comments: [...comments.values()], next: isEnd ? null : at, searched, unread }
      }
    }
    const isEnd = places.length <= batch
    const isEnough = searched >= limits.queueSearchedMax || options.clock.monotonicMs() >= untilMs
    if (isEnd || isEnough) {
      const next = isEnd ? null : (at ?? null)
      return { comments: [...comments.values()], next, searched, unread }
    }
  }
}

async function placesAfter(
  { riak, site }: QueueOptions,
  status: CommentStatus,
  after: string | undefined,
  countMax: number,
): Promise<readonly Place[]> {
  const { entries } = await riak.queryIndex({
    type: commentRoom.type,
    bucket: site,
    field: queueField,
    ...queueRange(status, after),
    returnTerms: true,
    maxResults: countMax,
  })
  return entries.map(({ key, term = '' }) => ({ key, term }))
}

async function readAll(
  options: QueueOptions,
  titles: PostTitles,
  places: readonly Place[],
): Promise<
  readonly {
    readonly place: Place
    readonly value: AtPlace
    readonly post: QueuedPost | undefined
  }[]
> {
  return eachBounded(places, limits.storeConcurrency, async (place) => {
    const [value, post] = await Promise.all([readAt(options, place.key), titles.of(place.key)])
    return { place, value, post }
  })
}

/** By a quorum: a moderator sees what was just decided. One that nobody can read hides no other. */
async function readAt({ source, settled }: QueueOptions, key: string): Promise<AtPlace> {
  try {
    const value = await source.read(key, 'edit')
    if (value !== undefined) return value
    // Of something erased an index may speak for a while; while nodes are away it may be right.
    return settled.isSettled() ? 'nothing' : 'unread'
  } catch (error) {
    if (error instanceof StoreError && error.code === 'BLOG_UNREADABLE_VALUE') return 'unread'
    throw error
  }
}

async function countOf({ riak, site }: QueueOptions, status: CommentStatus): Promise<BoundedCount> {
  const { entries } = await riak.queryIndex({
    type: commentRoom.type,
    bucket: site,
    field: queueField,
    ...queueRange(status),
    maxResults: limits.queueCountMax + 1,
  })
  const keys = new Set(entries.map(({ key }) => key))
  const isMore = keys.size > limits.queueCountMax
  return { count: isMore ? limits.queueCountMax : keys.size, isMore }
}

/** Titles and addresses of the posts that the comments are about, each read once for many comments. */
class PostTitles {
  readonly #options: QueueOptions
  readonly #known = new Lately<{
    readonly post: Promise<QueuedPost | undefined>
    readonly untilMs: number
  }>(limits.queuePostsRemembered)

  constructor(options: QueueOptions) {
    this.#options = options
  }

  /** @param key - of the comment. Never throws: a queue without a title is still a queue. */
  of(key: string): Promise<QueuedPost | undefined> {
    const [postId = ''] = key.split('/')
    const { clock } = this.#options
    const known = this.#known.get(postId)
    if (known !== undefined && clock.monotonicMs() < known.untilMs) return known.post
    const post = this.#read(postId)
    this.#known.set(postId, { post, untilMs: clock.monotonicMs() + limits.queuePostMs })
    return post
  }

  async #read(postId: string): Promise<QueuedPost | undefined> {
    try {
      const fields = (await this.#options.posts.read(postId, 'page'))?.seen?.view.fields
      if (fields === undefined) return undefined
      const { title, slug, kind, status } = fields
      return { title, slug, kind, status }
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      return undefined
    }
  }
}

function showQueued(value: CommentValue, post: QueuedPost | undefined): QueuedComment {
  const { moderation, check, report } = value
  const judged = textHash(value.text)
  return {
    ...showComment(value),
    seen: seenOf(value),
    decision: {
      status: moderation.status,
      by: moderation.by,
      at: new Date(moderation.clock).toISOString(),
      isOfThisText: moderation.judged === judged,
    },
    post,
    check: check === undefined ? undefined : showCheck(check, judged),
    report: report === undefined ? undefined : { want: report.want, state: report.state },
  }
}

function showCheck(check: CommentCheck, textHashNow: string): QueuedCheck {
  const { atMs, said, reason, would, isLogOnly, traps, visitor } = check
  const isOfThisText = check.of === textHashNow
  return { atMs, said, reason, would, isLogOnly, traps, visitor, isOfThisText }
}

function wordsOf(find: string): readonly string[] {
  return folded(find)
    .split(/\s+/)
    .filter((word) => word !== '')
}

/** Every word, somewhere in what a moderator sees of the comment. */
function contains(comment: QueuedComment, words: readonly string[]): boolean {
  if (words.length === 0) return true
  const { id, author, email, url, body, post, check } = comment
  const address = check?.visitor?.address ?? ''
  const text = folded([id, author, email, url, body, address, post?.title ?? ''].join('\n'))
  return words.every((word) => text.includes(word))
}

/** Letters without case and accents: who searches for "zoe" finds "Zoë". */
function folded(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
}

function idOf(key: string): string {
  return key.split('/').at(-1) ?? key
}
