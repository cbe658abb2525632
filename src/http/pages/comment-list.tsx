/** The comments of a post: an ordered list, answers as lists within. */

import type { Child } from 'hono/jsx'
import { raw } from 'hono/html'

import type { CommentView } from '../../store/blog.ts'
import { arrangeThread } from '../comment-thread.ts'
import type { ThreadNode } from '../comment-thread.ts'
import { commentDate, isoSeconds, timeOfDay } from '../dates.ts'
import { commentAnchor, commentPath, editCommentPath, webAddress } from '../links.ts'
import { renderCommentMarkdown } from '../markdown/markdown.ts'

export function nameOf(comment: Pick<CommentView, 'author'>): string {
  return comment.author.trim() === '' ? 'Anonymous' : comment.author
}

export function CommentBody({ comment }: { comment: CommentView }): Child {
  const address = webAddress(comment.url)
  const name = nameOf(comment)
  return (
    <>
      <header class="meta">
        <b class="who" dir="auto">
          {address === undefined ? (
            name
          ) : (
            <a href={address} rel="nofollow ugc noopener">
              {name}
            </a>
          )}
        </b>{' '}
        <a class="when" href={`#${commentAnchor(comment.id)}`}>
          <time datetime={isoSeconds(comment.createdAt)}>{commentDate(comment.createdAt)}</time>
        </a>
      </header>
      <div class="prose" dir="auto">
        {raw(renderCommentMarkdown(comment.body))}
      </div>
    </>
  )
}

/** Shown to the comment's author alone, while the window is open. */
export function EditLink(props: {
  readonly comment: CommentView
  readonly path: string
  readonly untilMs: number
}): Child {
  const { comment, path, untilMs } = props
  return (
    <>
      <a href={editCommentPath(path, comment.id)} rel="nofollow">
        Edit or delete
      </a>{' '}
      (until {timeOfDay(untilMs)} UTC)
    </>
  )
}

interface ListProps {
  /** Path of the post's page. */
  readonly path: string
  /** Where this page of a long thread begins; undefined: with its first comment. */
  readonly after: string | undefined
  /** The visitor's own comments, and until when each may be changed. */
  readonly own: ReadonlyMap<string, number>
}

/** To the form on the same page of comments: it names whom one answers. */
function replyLink({ path, after }: ListProps, commentId: string): string {
  const page = after === undefined ? '' : `comments=${encodeURIComponent(after)}&`
  return `${path}?${page}reply=${encodeURIComponent(commentId)}#respond`
}

function InReplyTo({ node, path }: { node: ThreadNode; path: string }): Child {
  if (node.inReplyTo !== undefined) {
    return (
      <p class="meta">
        in reply to{' '}
        <a href={`#${commentAnchor(node.inReplyTo.id)}`} dir="auto">
          {nameOf(node.inReplyTo)}
        </a>
      </p>
    )
  }
  if (node.elsewhere === undefined) return null
  return (
    <p class="meta">
      in reply to{' '}
      <a href={commentPath(path, node.elsewhere)} rel="nofollow">
        a comment on another page
      </a>
    </p>
  )
}

function Comment(props: ListProps & { node: ThreadNode; comment: CommentView }): Child {
  const { node, comment, path, own } = props
  const untilMs = own.get(comment.id)
  return (
    <article id={commentAnchor(comment.id)} class="comment">
      <InReplyTo node={node} path={path} />
      <CommentBody comment={comment} />
      <p class="reply">
        <a
          href={replyLink(props, comment.id)}
          rel="nofollow"
          aria-label={`Reply to ${nameOf(comment)}`}
        >
          Reply
        </a>
        {untilMs === undefined ? null : (
          <>
            {' '}
            · <EditLink comment={comment} path={path} untilMs={untilMs} />
          </>
        )}
      </p>
    </article>
  )
}

function Branch({ nodes, ...rest }: ListProps & { nodes: readonly ThreadNode[] }): Child {
  return (
    <ol class="comments">
      {nodes.map((node) => (
        <li>
          {node.comment === undefined ? (
            <p class="meta missing">A comment that is not shown.</p>
          ) : (
            <Comment {...rest} node={node} comment={node.comment} />
          )}
          {node.answers.length === 0 ? null : <Branch {...rest} nodes={node.answers} />}
        </li>
      ))}
    </ol>
  )
}

export function CommentList(
  props: ListProps & {
    readonly comments: readonly CommentView[]
    /** There is no other page of them. */
    readonly isWhole: boolean
  },
): Child {
  const { comments, isWhole, ...rest } = props
  if (comments.length === 0) return null
  return <Branch {...rest} nodes={arrangeThread(comments, { isWhole })} />
}
