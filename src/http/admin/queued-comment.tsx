/** One comment of the moderation queue: the text as readers would see it, and all that helps to judge it. */

import type { Child } from 'hono/jsx'
import { raw } from 'hono/html'

import { limits } from '../../kernel/limits.ts'
import type { CommentStatus, QueuedComment, QueuedPost } from '../../store/blog.ts'
import { commentDate, isoSeconds } from '../dates.ts'
import { commentAnchor, commentPath, postPath } from '../links.ts'
import { renderCommentMarkdown } from '../markdown/markdown.ts'
import { nameOf } from '../pages/comment-list.tsx'
import { pickText } from './moderation-form.ts'
import { actions, checkWords, decisionWords, reportWord } from './moderation-words.ts'

export interface EntryProps {
  readonly comment: QueuedComment
  /** The list it stands in. */
  readonly status: CommentStatus
  /** `none`: it stands alone, and has its own buttons. */
  readonly tick: 'none' | 'open' | 'set'
  /** Address of the list with other words to find. */
  readonly findPath: (find: string) => string
}

export function QueueEntry({ comment, status, tick, findPath }: EntryProps): Child {
  const name = nameOf(comment)
  const anchor = commentAnchor(comment.id)
  return (
    <li>
      <article id={anchor} class="queued" aria-labelledby={`${anchor}-head`}>
        <header>
          {tick === 'none' ? null : (
            <input
              type="checkbox"
              id={`tick-${comment.id}`}
              name="pick[]"
              value={pickText(comment)}
              checked={tick === 'set'}
              aria-label={`Tick the comment by ${name}`}
            />
          )}
          <h2 id={`${anchor}-head`} dir="auto">
            {tick === 'none' ? name : <label for={`tick-${comment.id}`}>{name}</label>}
          </h2>
          <p class="about">
            on <PostLink post={comment.post} /> ·{' '}
            <time datetime={isoSeconds(comment.createdAt)}>
              {commentDate(comment.createdAt)} UTC
            </time>
          </p>
        </header>
        <Text comment={comment} />
        <Sender comment={comment} findPath={findPath} />
        <Grounds comment={comment} />
        <p class="acts">
          {actions[status].map(({ to, label, look }) => (
            <button
              type="submit"
              name="one"
              value={`${to} ${pickText(comment)}`}
              class={look === 'plain' ? undefined : look}
              aria-label={`${label}: the comment by ${name}`}
            >
              {label}
            </button>
          ))}
          <InPlace comment={comment} status={status} />
        </p>
      </article>
    </li>
  )
}

function PostLink({ post }: { post: QueuedPost | undefined }): Child {
  if (post === undefined) return 'a post that cannot be read just now'
  if (post.status !== 'published') {
    return `${post.title} (${post.status === 'deleted' ? 'deleted' : 'not published'})`
  }
  return (
    <a href={postPath(post)} dir="auto">
      {post.title}
    </a>
  )
}

/** Links to where readers find it, and what it answers. */
function InPlace({ comment, status }: { comment: QueuedComment; status: CommentStatus }): Child {
  const { post, parent } = comment
  if (post?.status !== 'published') return null
  const path = postPath(post)
  return (
    <>
      {status === 'approved' ? <a href={commentPath(path, comment.id)}>See it in place</a> : null}
      {parent === null ? null : <a href={commentPath(path, parent)}>What it answers</a>}
    </>
  )
}

/** Whole where it is short: a list of long spam is still a list. */
function Text({ comment }: { comment: QueuedComment }): Child {
  const { body } = comment
  const isLong =
    body.length > limits.queueTextChars || body.split('\n').length > limits.queueTextLines
  const text = (
    <div class="prose" dir="auto">
      {raw(renderCommentMarkdown(body))}
    </div>
  )
  return (
    <>
      {isLong ? (
        <>
          <p class="beginning" dir="auto">
            {beginningOf(body)}
          </p>
          <details>
            <summary>The whole text ({body.length.toLocaleString('en')} characters)</summary>
            {text}
          </details>
        </>
      ) : (
        text
      )}
      <details>
        <summary>As it was typed</summary>
        <pre tabindex={0}>{body}</pre>
      </details>
    </>
  )
}

function beginningOf(body: string): string {
  const words = body.slice(0, limits.queueBeginningChars).replace(/\s+/g, ' ').trim()
  return `${words.replace(/[\uD800-\uDBFF]$/, '')} …`
}

function Sender({ comment, findPath }: Pick<EntryProps, 'comment' | 'findPath'>): Child {
  const { email, url, check } = comment
  const address = check?.visitor?.address ?? ''
  if (email === '' && url === '' && address === '') return null
  return (
    <dl class="sender">
      <Told term="Mail" text={email} findPath={findPath} />
      <Told term="Web" text={url} findPath={findPath} />
      <Told term="Address" text={address} findPath={findPath} />
    </dl>
  )
}

/** Never a link to where a stranger wants to lead: it finds what else came with the same. */
function Told(props: {
  readonly term: string
  readonly text: string
  readonly findPath: EntryProps['findPath']
}): Child {
  const { term, text, findPath } = props
  if (text === '') return null
  return (
    <div>
      <dt>{term}</dt>
      <dd>
        <bdi>{text}</bdi>{' '}
        <a href={findPath(text)} aria-label={`Find others with ${text}`}>
          others
        </a>
      </dd>
    </div>
  )
}

function Grounds({ comment }: { comment: QueuedComment }): Child {
  const decision = decisionWords(comment)
  const report = reportWord(comment)
  return (
    <ul class="grounds">
      {decision === undefined ? null : <li>{decision}</li>}
      {checkWords(comment).map((words) => (
        <li>{words}</li>
      ))}
      {report === undefined ? null : <li>{report}</li>}
    </ul>
  )
}
