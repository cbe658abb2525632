/** One post among others: title, date line, text (or its beginning), tags and comments. */

import { raw } from 'hono/html'
import type { Child } from 'hono/jsx'

import { isoSeconds, longDate } from '../dates.ts'
import { postPath, tagPath } from '../links.ts'

export function DateLine({ at }: { at: string }): Child {
  return <time datetime={isoSeconds(at)}>{longDate(at)}</time>
}

/** The seed blog's line: tags joined by " + ". */
export function TagLine({ tags }: { tags: readonly string[] }): Child {
  if (tags.length === 0) return null
  return (
    <span class="tags">
      {tags.map((tag, index) => (
        <>
          {index === 0 ? null : ' + '}
          <a href={tagPath(tag)} rel="tag">
            {tag}
          </a>
        </>
      ))}
    </span>
  )
}

/** Nothing where there are none. */
export function comments(count: number): string {
  return count === 1 ? '1 comment' : `${count} comments`
}

export interface EntryProps {
  readonly post: {
    readonly slug: string
    readonly kind: 'post' | 'page'
    readonly title: string
    readonly tags: readonly string[]
    readonly publishedAt: string | null
  }
  /** Safe HTML, headings from h3. */
  readonly html: string
  /** There is more of it at its own address. */
  readonly isCut: boolean
  /** undefined: could not be read, so nothing is said. */
  readonly commentCount: number | undefined
}

export function Entry({ post, html, isCut, commentCount = 0 }: EntryProps): Child {
  const path = postPath(post)
  return (
    <article class="entry">
      <header>
        <h2 class="title">
          <a href={path} rel="bookmark">
            {post.title}
          </a>
        </h2>
        <p class="meta">{post.publishedAt === null ? null : <DateLine at={post.publishedAt} />}</p>
      </header>
      <div class="prose">{raw(html)}</div>
      {isCut ? (
        <p class="more">
          <a href={path}>
            Continue reading <cite>{post.title}</cite>
          </a>
        </p>
      ) : null}
      {post.tags.length === 0 && commentCount === 0 ? null : (
        <footer class="meta">
          <TagLine tags={post.tags} />
          {commentCount === 0 ? null : (
            <a class="count" href={`${path}#comments`}>
              {comments(commentCount)}
            </a>
          )}
        </footer>
      )}
    </article>
  )
}
