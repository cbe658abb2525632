/** The moderation queue of the fake blog: decisions on comments that are only in memory. */

import { createHash } from 'node:crypto'

import type {
  Comments,
  CommentStatus,
  CommentView,
  DecidedComment,
  PostView,
  QueuedComment,
} from '../../src/store/blog.ts'

export interface FakeQueueOptions {
  readonly comments: Map<string, CommentView>
  readonly enter: (verb: string) => Promise<void>
  readonly nowIso: () => string
  readonly postOf: (id: string) => PostView | undefined
  /** A decision about this comment alone fails. */
  readonly isFailing: (id: string) => boolean
  readonly unread: () => readonly string[]
  readonly changed: (postId: string) => void
}

type FakeQueue = Pick<Comments, 'moderate' | 'moderateMany' | 'queue' | 'queueCount'>

function seenOf(comment: CommentView): string {
  return createHash('sha256').update(comment.body).digest('hex').slice(0, 16)
}

export function fakeQueue(options: FakeQueueOptions): FakeQueue {
  const { comments, enter, nowIso, postOf, isFailing, unread, changed } = options
  const decisions = new Map<string, QueuedComment['decision']>()

  function queued(comment: CommentView): QueuedComment {
    const nobody = { status: 'pending' as const, by: 'server', at: comment.createdAt }
    return {
      ...comment,
      seen: seenOf(comment),
      decision: decisions.get(comment.id) ?? { ...nobody, isOfThisText: true },
      post: postOf(comment.postId),
      check: undefined,
      report: undefined,
    }
  }

  const moderate: Comments['moderate'] = async (id, status, by, { seen, was } = {}) => {
    await enter('comments.moderate')
    const comment = comments.get(id)
    if (comment === undefined) return undefined
    const isOther = (seen ?? seenOf(comment)) !== seenOf(comment)
    if (isOther || (was ?? comment.status) !== comment.status) return comment
    const moderated = { ...comment, status, updatedAt: nowIso() }
    comments.set(id, moderated)
    decisions.set(id, { status, by, at: nowIso(), isOfThisText: true })
    changed(comment.postId)
    return moderated
  }

  const outcomeOf = async (
    id: string,
    status: CommentStatus,
    deciding: ReturnType<Comments['moderate']>,
  ): Promise<DecidedComment> => {
    const after = await deciding
    if (after === undefined) return { id, outcome: 'gone' }
    return { id, outcome: after.status === status ? 'done' : 'changed' }
  }

  return {
    moderate,
    async moderateMany(picks, status, by) {
      const decided: DecidedComment[] = []
      for (const { id, ...seen } of picks) {
        if (isFailing(id)) decided.push({ id, outcome: 'failed' })
        else decided.push(await outcomeOf(id, status, moderate(id, status, by, seen)))
      }
      return decided
    },
    async queue({ status, limit, cursor, find }) {
      await enter('comments.queue')
      const words = (find ?? '').toLowerCase().split(/\s+/)
      const all = [...comments.values()]
        .filter((comment) => comment.status === status)
        .filter((comment) => {
          const text = JSON.stringify(comment).toLowerCase()
          return words.every((word) => text.includes(word))
        })
        .sort((a, b) => (a.id < b.id ? 1 : -1))
      const found = all.filter(({ id }) => cursor === undefined || id < cursor)
      const shown = found.slice(0, limit)
      const last = shown.at(-1)
      return {
        comments: shown.map(queued),
        next: found.length > limit && last ? last.id : null,
        searched: shown.length,
        unread: unread(),
      }
    },
    async queueCount(status) {
      await enter('comments.queueCount')
      const count = [...comments.values()].filter((each) => each.status === status).length
      return { count, isMore: false }
    },
  }
}
