/** What stands below a post: its comments, the visitor's own that wait, the form. */

import type { Child } from 'hono/jsx'

import { StoreError } from '../../kernel/errors.ts'
import { limits } from '../../kernel/limits.ts'
import type { CommentView, PostView } from '../../store/blog.ts'
import { keepStamp } from '../comment-stamp.ts'
import { commentAnchor, postPath } from '../links.ts'
import { isStoreAway } from '../problem.ts'
import { signPostId } from '../ticket.ts'
import type { Web } from '../web.ts'
import { CommentForm, emptyDraft } from './comment-form.tsx'
import type { CommentDraft } from './comment-form.tsx'
import { CommentBody, CommentList, EditLink, nameOf } from './comment-list.tsx'
import { comments as countOf } from './entry.tsx'

/** A comment of the visitor's own, and until when it may be changed. */
export interface OwnView {
  readonly comment: CommentView
  readonly untilMs: number
}

/** What became of what the visitor has just sent. */
export type Sent = 'held' | 'shown' | 'deleted'

/** What one visitor sees beside the page everybody sees; such a page is never kept. */
export interface Visit {
  readonly draft?: CommentDraft
  readonly errors?: ReadonlyMap<string, string>
  /** How the comment would look. */
  readonly preview?: CommentView
  readonly own?: readonly OwnView[]
  readonly sent?: Sent
  readonly replyTo?: string
  readonly status?: number
  /** Where the list of a long thread goes on. */
  readonly commentsAfter?: string
}

export interface Thread {
  readonly comments: readonly CommentView[]
  readonly next: string | null
  readonly total: number
}

/** @returns undefined where they cannot be read now: absent comments must not look like no comments. */
export async function readThread(
  web: Web,
  post: PostView,
  after: string | undefined,
): Promise<Thread | undefined> {
  try {
    return await web.blog.comments.ofPost(post.id, {
      limit: limits.pageComments,
      ...(after === undefined ? {} : { cursor: after }),
    })
  } catch (error) {
    if (!isStoreAway(error)) throw error
    // Most posts have none: after a node's return that is said of each of them, for minutes.
    const isUsual = error instanceof StoreError && error.code === 'BLOG_UNSETTLED'
    web.log.write(isUsual ? 'debug' : 'warn', 'comments could not be read', {
      post: post.id,
      error: String(error),
    })
    return undefined
  }
}

/** Waits for a moderator, or seems to: whoever sends spam learns nothing of what we think of it. */
function isHeld({ comment }: OwnView): boolean {
  return comment.status === 'pending' || comment.status === 'spam'
}

function OwnComments({ own, path }: { own: readonly OwnView[]; path: string }): Child {
  return own.map(({ comment, untilMs }) => (
    <article id={commentAnchor(comment.id)} class="comment">
      <CommentBody comment={comment} />
      <p class="reply">
        <EditLink comment={comment} path={path} untilMs={untilMs} />
      </p>
    </article>
  ))
}

/** What became of what was sent. A comment that is on its way into the list is shown here meanwhile. */
function SentNotice(props: {
  readonly visit: Visit
  readonly thread: Thread | undefined
  readonly path: string
}): Child {
  const { visit, thread, path } = props
  const listed = new Set(thread?.comments.map(({ id }) => id))
  const waiting = (visit.own ?? []).filter(({ comment }) => !listed.has(comment.id))
  const held = waiting.filter(isHeld)
  const isHeldShown = held.length > 0 || visit.sent === 'held'
  if (visit.sent !== 'deleted' && !isHeldShown && waiting.length === 0) return null
  return (
    <div class="notice held" id="comment-notice" role="status">
      {visit.sent === 'deleted' ? <p>Your comment is deleted.</p> : null}
      {isHeldShown ? (
        <p>
          <b>Thank you.</b> Your comment is held for moderation; it will appear here once it has
          been looked at.
        </p>
      ) : null}
      <OwnComments own={held} path={path} />
      {waiting.length > held.length ? (
        <p>
          <b>Thank you.</b> Your comment is published.
        </p>
      ) : null}
      <OwnComments own={waiting.filter((each) => !isHeld(each))} path={path} />
    </div>
  )
}

function ListOfComments(props: {
  readonly thread: Thread
  readonly path: string
  readonly visit: Visit
}): Child {
  const { thread, path, visit } = props
  const { next, comments } = thread
  const after = visit.commentsAfter
  return (
    <>
      {after === undefined ? null : (
        <p class="more">
          <a href={`${path}#comments`}>The first comments</a>
        </p>
      )}
      <CommentList
        comments={comments}
        isWhole={after === undefined && next === null}
        path={path}
        after={after}
        own={new Map((visit.own ?? []).map(({ comment, untilMs }) => [comment.id, untilMs]))}
      />
      {next === null ? null : (
        <p class="more">
          <a href={`${path}?comments=${encodeURIComponent(next)}#comments`}>More comments</a>
        </p>
      )}
    </>
  )
}

/** The list, and what the visitor is told of an own comment. */
export function Comments(props: {
  readonly thread: Thread | undefined
  readonly path: string
  readonly visit: Visit
}): Child {
  const { thread, path, visit } = props
  const isQuiet = thread?.total === 0 && (visit.own ?? []).length === 0 && visit.sent === undefined
  return (
    <section id="comments" aria-labelledby="comments-title">
      <h2 id="comments-title">{thread && thread.total > 0 ? countOf(thread.total) : 'Comments'}</h2>
      {thread ? null : (
        <p class="notice" role="status">
          The comments could not be read right now. They are not lost: try again in a few seconds.
        </p>
      )}
      {isQuiet ? <p class="meta">None yet.</p> : null}
      {thread ? <ListOfComments thread={thread} path={path} visit={visit} /> : null}
      <SentNotice visit={visit} thread={thread} path={path} />
    </section>
  )
}

/** Whose comment it is, among those that the visitor sees. */
function answeredIn(thread: Thread | undefined, visit: Visit, parent: string): string | undefined {
  const shown = [...(thread?.comments ?? []), ...(visit.own ?? []).map(({ comment }) => comment)]
  const answered = shown.find((comment) => comment.id === parent)
  return answered === undefined ? undefined : nameOf(answered)
}

/** The form as one visitor sees it: with what was typed, and the stamp that proves it was looked at. */
export function VisitorsForm(props: {
  readonly web: Web
  readonly post: PostView
  readonly thread: Thread | undefined
  readonly visit: Visit
}): Child {
  const { web, post, thread, visit } = props
  const path = postPath(post)
  const replyTo = answeredIn(thread, visit, visit.replyTo ?? '')
  const draft = visit.draft ?? {
    ...emptyDraft,
    parent: replyTo === undefined ? '' : (visit.replyTo ?? ''),
  }
  const { secret } = web.config
  return (
    <CommentForm
      action={`${path}/comments`}
      ticket={signPostId(post.id, secret)}
      draft={{ ...draft, stamp: keepStamp(draft.stamp, post.id, web.clock.nowMs(), secret) }}
      errors={visit.errors ?? new Map()}
      preview={visit.preview}
      replyingTo={answeredIn(thread, visit, draft.parent)}
      cancel={path}
    />
  )
}
