/** The comments of a post: an ordered list, answers as lists within. */

import type { Child } from 'hono/jsx'
import { raw } from 'hono/html'

import type { CommentView } from '../../store/blog.ts'
import { commentDate, isoSeconds } from '../dates.ts'
import { commentAnchor } from '../links.ts'
import { renderCommentMarkdown } from '../markdown/markdown.ts'

/** Answers to answers to answers are shown beside each other: a column has an end. */
const depthMax = 4

/** Safe to link to: what a stranger typed may be anything. */
function webAddress(url: string): string | undefined {
  return /^https?:\/\/\S+$/i.test(url) && URL.canParse(url) ? new URL(url).href : undefined
}

export function CommentBody({ comment }: { comment: CommentView }): Child {
  const address = webAddress(comment.url)
  const name = comment.author.trim() === '' ? 'Anonymous' : comment.author
  return (
    <>
      <header class="meta">
        <b class="who">
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
      <div class="prose">{raw(renderCommentMarkdown(comment.body))}</div>
    </>
  )
}

function Branch(props: {
  readonly comments: readonly CommentView[]
  readonly answers: ReadonlyMap<string, readonly CommentView[]>
  readonly depth: number
  readonly replyTo: string
}): Child {
  const { comments, answers, depth, replyTo } = props
  return (
    <ol class="comments">
      {comments.map((comment) => {
        const below = answers.get(comment.id) ?? []
        return (
          <li>
            <article id={commentAnchor(comment.id)} class="comment">
              <CommentBody comment={comment} />
              <p class="reply">
                <a
                  href={`${replyTo}?reply=${encodeURIComponent(comment.id)}#respond`}
                  rel="nofollow"
                  aria-label={`Reply to ${comment.author}`}
                >
                  Reply
                </a>
              </p>
            </article>
            {below.length === 0 ? null : (
              <Branch comments={below} answers={answers} depth={depth + 1} replyTo={replyTo} />
            )}
          </li>
        )
      })}
    </ol>
  )
}

/**
 * Who answers whom. An answer to a comment that is not shown (removed, or on another page) stands at
 * the top; one that would stand too deep stands beside its parent. Every comment appears once.
 */
export function arrangeThread(comments: readonly CommentView[]): {
  readonly roots: readonly CommentView[]
  readonly answers: ReadonlyMap<string, readonly CommentView[]>
} {
  const shown = new Map(comments.map((comment) => [comment.id, comment]))
  /** The chain upwards, nearest first; empty where it has no shown parent or runs in a circle. */
  const ancestors = (comment: CommentView): readonly string[] => {
    const chain: string[] = []
    let at = comment.parent
    while (at !== null && shown.has(at)) {
      if (chain.includes(at) || at === comment.id) return []
      chain.push(at)
      at = shown.get(at)?.parent ?? null
    }
    return chain
  }
  const roots: CommentView[] = []
  const answers = new Map<string, CommentView[]>()
  for (const comment of comments) {
    const chain = ancestors(comment)
    const under = chain[Math.max(0, chain.length - depthMax)]
    if (under === undefined) roots.push(comment)
    else answers.set(under, [...(answers.get(under) ?? []), comment])
  }
  return { roots, answers }
}

export function CommentList(props: {
  readonly comments: readonly CommentView[]
  /** Path of the post's page. */
  readonly path: string
}): Child {
  const { roots, answers } = arrangeThread(props.comments)
  if (roots.length === 0) return null
  return <Branch comments={roots} answers={answers} depth={1} replyTo={props.path} />
}
