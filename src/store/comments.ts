/**
 * The verbs of comments. Text and moderation are registers of their own: the author's edit and a
 * moderator's decision never overwrite each other, and a decision about another text than the current
 * one decides nothing.
 */

import { nextClock } from '../../buckets/hybrid-clock.ts'
import { effectiveStatus, newComment } from '../../buckets/comments/merge.ts'
import type { CommentText, CommentValue } from '../../buckets/comments/schema.ts'
import { OperationError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import { ownNames } from '../kernel/own-names.ts'
import type { Clock, Log } from '../kernel/ports.ts'
import { bringComments } from './bring-comments.ts'
import type {
  CommentPick,
  Comments,
  CommentStatus,
  CommentView,
  StoreChange,
  WriteTuning,
} from './blog.ts'
import { decideEdit, decide, withCheck } from './comment-decisions.ts'
import { checkCommentBody, checkCommentInput } from './comment-input.ts'
import type { CheckedComment } from './comment-input.ts'
import type { CommentDeriver } from './comment-deriver.ts'
import type { CommentQueue } from './comment-queue.ts'
import type { CommentSource, WrittenComment } from './comment-source.ts'
import { cursorOf } from './comment-threads.ts'
import type { CommentThreads } from './comment-threads.ts'
import { Issues } from './issues.ts'
import { Lately } from './lately.ts'
import { moderateMany } from './moderate-many.ts'
import type { StoredChange } from './moderate-many.ts'
import { derivedId, isId } from './new-ids.ts'
import type { PostSource } from './post-source.ts'
import { seenOf, showComment } from './show-comment.ts'
import type { SpamCounter } from './spam-counter.ts'
import { within } from './within.ts'
import type { Witnesses } from './witnesses.ts'

export interface CommentsOptions {
  readonly site: string
  readonly clock: Clock
  readonly log: Log
  readonly posts: PostSource
  readonly source: CommentSource
  readonly threads: CommentThreads
  readonly queue: CommentQueue
  readonly deriver: CommentDeriver
  readonly witnesses: Witnesses
  readonly emit: (change: StoreChange) => void
  readonly counter: SpamCounter
  /** A decision was stored that Akismet is to be told of. */
  readonly onReportDue: () => void
}

type AddOptions = Parameters<Comments['add']>[2]

export function openComments(options: CommentsOptions): Comments {
  const { clock, log, source, threads, queue, deriver, emit } = options
  /** Posts seen open for comments, and until when that is believed: a discussion reads its post once. */
  const open = new Lately<number>(limits.openPostsRemembered)

  const isOpen = async (postId: string): Promise<boolean> => {
    if ((open.get(postId) ?? 0) > clock.monotonicMs()) return true
    if (!(await isOpenForComments(options, postId))) return false
    open.set(postId, clock.monotonicMs() + limits.openPostMs)
    return true
  }

  /** Also of what was there already: whoever repeats a request may have been told that it failed half-way. */
  const follow = async ({ value, isWritten }: WrittenComment, isSeen = true): Promise<void> => {
    if (isWritten && isSeen) emit({ kind: 'comment', postId: value.postId })
    const derived = deriver.derive(value, 'trusting', { isSeen })
    await within(clock, limits.derivedInlineMsMax, derived, (error) => {
      log.write('warn', 'what follows from a comment is left to the sweeper', {
        id: value.id,
        error: String(error),
      })
    })
  }

  /** Stored, and what follows from it under way. */
  const store = async (
    id: string,
    make: (value: CommentValue, nowMs: number) => CommentValue,
  ): Promise<StoredChange | undefined> => {
    if (!isId(id)) return undefined
    const key = await source.keyOf(id)
    if (key === undefined) return undefined
    let before: CommentValue | undefined
    const written = await source.update(key, (value, nowMs) => {
      before = value
      return make(value, nowMs)
    })
    if (written === undefined || before === undefined) return undefined
    if (written.isWritten) tellOfSpam(options, before, written.value)
    return { comment: showComment(written.value), following: follow(written) }
  }

  const change = async (...change: Parameters<typeof store>): Promise<CommentView | undefined> => {
    const stored = await store(...change)
    await stored?.following
    return stored?.comment
  }

  return {
    async add(postId, input, add) {
      const checked = checkCommentInput(input)
      if (!isId(postId)) return undefined
      const earlier = readEarlier(options, postId, checked, add)
      // Both reads go at once; whichever fails first is told, the other's failure is no second one.
      earlier.catch(() => undefined)
      if (add.postIsKnown !== true && !(await isOpen(postId))) return undefined
      const made = await addOnce(options, postId, checked, add, await earlier)
      if (made.isWritten) tellOfSpam(options, undefined, made.value)
      // A held one changes no page: on a busy day most comments are, and the pages stay.
      await follow(made, effectiveStatus(made.value) === 'approved')
      return { comment: showComment(made.value), changed: made.isWritten }
    },

    async edit(id, input, checked) {
      const issues = new Issues()
      const body = checkCommentBody(issues, input.body)
      issues.throwIfAny()
      return change(id, (value, nowMs) => decideEdit(value, body, checked, nowMs))
    },

    bring: (postId, comments) => bringComments(options, postId, comments),

    discard: () => {
      options.counter.add(1)
    },

    moderate: (id, status, by, pick = {}) => change(id, decideAs(status, by, pick)),

    moderateMany: (picks, status, by) =>
      moderateMany(log, picks, status, (pick) => store(pick.id, decideAs(status, by, pick))),

    queue: queue.queue,

    queueCount: queue.queueCount,

    async read(id) {
      if (!isId(id)) return undefined
      const key = await source.keyOf(id)
      const value = key === undefined ? undefined : await source.readNamed(key)
      return value === undefined ? undefined : showComment(value)
    },

    ofPost: (postId, page) => threads.page(postId, page),

    cursorAt: cursorOf,

    counts: (postIds) => threads.counts(postIds),
  }
}

/** Where the text or the status is another than was seen, nothing is decided. */
function decideAs(
  status: CommentStatus,
  by: string,
  { seen, was }: Pick<CommentPick, 'seen' | 'was'>,
): (value: CommentValue, nowMs: number) => CommentValue {
  return (value, nowMs) => {
    const isOtherText = seen !== undefined && seen !== seenOf(value)
    const isDecided = was !== undefined && was !== effectiveStatus(value)
    return isOtherText || isDecided ? value : decide(value, status, by, nowMs)
  }
}

/** What others have to hear of it: the counter, and whoever sends reports. */
function tellOfSpam(
  { counter, onReportDue }: CommentsOptions,
  before: CommentValue | undefined,
  now: CommentValue,
): void {
  counter.moved(before && effectiveStatus(before), effectiveStatus(now))
  if (now.report?.state === 'due' && now.report.clock !== before?.report?.clock) onReportDue()
}

/** Only what readers can see is open for comments. */
async function isOpenForComments(
  { posts, witnesses, clock }: CommentsOptions,
  postId: string,
): Promise<boolean> {
  const found = await posts.read(postId, 'page')
  if (found === undefined) {
    await witnesses.assertAbsent(postId)
    return false
  }
  const fields = found.seen?.view.fields
  if (fields?.status !== 'published' || fields.publishedAt === null) return false
  return Date.parse(fields.publishedAt) <= clock.nowMs()
}

/** Of a comment without a key: the same one of the window before this one. */
async function readEarlier(
  options: CommentsOptions,
  postId: string,
  input: CheckedComment,
  add: AddOptions,
): Promise<CommentValue | undefined> {
  if (add.idempotencyKey !== undefined) return undefined
  const id = windowId(options, postId, input, -1)
  return options.source.read(`${postId}/${id}`, 'glance')
}

/** One id for an author, a text and a window of 10 minutes: this one, or one before. */
function windowId(
  { site, clock }: CommentsOptions,
  postId: string,
  input: CheckedComment,
  offset: 0 | -1,
): string {
  const window = Math.floor(clock.nowMs() / limits.sameCommentMs) + offset
  return derivedId(site, 'comment', postId, input.author, input.body, String(window))
}

/**
 * Store a comment under an id that a repetition finds again: derived from the key, or without one
 * from author, text and window; a repetition may have come into the next window (`earlier`).
 */
async function addOnce(
  options: CommentsOptions,
  postId: string,
  input: CheckedComment,
  add: AddOptions,
  earlier: CommentValue | undefined,
): Promise<WrittenComment> {
  const { site, clock, source } = options
  const now = clock.nowMs()
  if (earlier !== undefined && now - earlier.createdAtMs < limits.sameCommentMs) {
    return { value: earlier, isWritten: false }
  }
  const isKeyed = add.idempotencyKey !== undefined
  const id = isKeyed
    ? derivedId(site, 'comment', postId, add.idempotencyKey)
    : windowId(options, postId, input, 0)
  const { author, email, url, body, parent } = input
  const text: CommentText = { author, email, url, body, clock: nextClock(now, []) }
  const judged = newComment({ id, postId, parent, createdAtMs: now }, text, {
    status: add.verdict,
    by: add.verdict === 'pending' ? ownNames.server : ownNames.check,
  })
  const first = withCheck(judged, add.check)
  const made = await source.create(`${postId}/${id}`, first, writeTuning(add))
  if (!made.isWritten && isKeyed) assertSame(made.value, input)
  return made
}

/** @throws OperationError `BLOG_KEY_REUSED` */
function assertSame(stored: CommentValue, input: CheckedComment): void {
  // Its author may have edited the text since: who wrote it, and to what, cannot change.
  if (stored.text.author === input.author && stored.parent === input.parent) return
  throw new OperationError(
    'BLOG_KEY_REUSED',
    `comment ${stored.id} exists already, made by a different request of the same key`,
  )
}

function writeTuning(tuning: WriteTuning): WriteTuning | undefined {
  if (tuning.w === undefined && tuning.dw === undefined) return undefined
  return {
    ...(tuning.w === undefined ? {} : { w: tuning.w }),
    ...(tuning.dw === undefined ? {} : { dw: tuning.dw }),
  }
}
