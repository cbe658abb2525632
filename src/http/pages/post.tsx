/** `/posts/SLUG` and `/pages/SLUG`: one text, its comments, the form. */

import { raw } from 'hono/html'
import type { Child } from 'hono/jsx'

import { StoreError } from '../../kernel/errors.ts'
import { limits } from '../../kernel/limits.ts'
import type { CommentView, PostView } from '../../store/blog.ts'
import type { Page } from '../cached-page.ts'
import { commentAnchor, postPath } from '../links.ts'
import { unescapeHtml } from '../markdown/escape.ts'
import type { RenderedPost } from '../markdown/rendered-posts.ts'
import { isStoreAway } from '../problem.ts'
import { signPostId } from '../ticket.ts'
import type { Web } from '../web.ts'
import { CommentForm, emptyDraft } from './comment-form.tsx'
import type { CommentDraft } from './comment-form.tsx'
import { CommentBody, CommentList } from './comment-list.tsx'
import { DateLine, TagLine, comments as countOf } from './entry.tsx'
import { htmlPage, renderToText } from './layout.tsx'
import type { Head } from './head.ts'
import { findNeighbours } from './neighbours.ts'
import type { Neighbours } from './neighbours.ts'

/** What one visitor sees beside the page everybody sees; such a page is never kept. */
export interface Visit {
  readonly draft?: CommentDraft
  readonly errors?: ReadonlyMap<string, string>
  /** How the comment would look. */
  readonly preview?: CommentView
  /** The visitor's own comment waits for a moderator (null: which one is not known any more). */
  readonly held?: CommentView | null
  readonly replyTo?: string
  readonly status?: number
  /** Where the list of a long thread goes on. */
  readonly commentsAfter?: string
}

interface Thread {
  readonly comments: readonly CommentView[]
  readonly next: string | null
  readonly total: number
}

async function readThread(
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
    // Absent comments must not look like no comments.
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

function HeldNotice({ held }: { held: CommentView | null }): Child {
  return (
    <div class="notice held" id="comment-notice" role="status">
      <p>
        <b>Thank you.</b> Your comment is held for moderation; it will appear here once it has been
        looked at.
      </p>
      {held === null ? null : (
        <blockquote class="comment">
          <CommentBody comment={held} />
        </blockquote>
      )}
    </div>
  )
}

/** How a comment would look. */
export function Preview({ comment }: { comment: CommentView }): Child {
  return (
    <section class="notice preview" aria-labelledby="preview-title">
      <h3 id="preview-title">Preview</h3>
      <div id={commentAnchor(comment.id)} class="comment">
        <CommentBody comment={comment} />
      </div>
    </section>
  )
}

function Comments(props: {
  readonly thread: Thread | undefined
  readonly path: string
  readonly visit: Visit
}): Child {
  const { thread, path, visit } = props
  const { held } = visit
  return (
    <section id="comments" aria-labelledby="comments-title">
      <h2 id="comments-title">{thread && thread.total > 0 ? countOf(thread.total) : 'Comments'}</h2>
      {thread ? null : (
        <p class="notice" role="status">
          The comments could not be read right now. They are not lost: try again in a few seconds.
        </p>
      )}
      {thread?.total === 0 && held === undefined ? <p class="meta">None yet.</p> : null}
      {thread ? <CommentList comments={thread.comments} path={path} /> : null}
      {thread?.next == null ? null : (
        <p class="more">
          <a href={`${path}?comments=${encodeURIComponent(thread.next)}#comments`}>More comments</a>
        </p>
      )}
      {held === undefined ? null : <HeldNotice held={held} />}
      {visit.preview ? <Preview comment={visit.preview} /> : null}
    </section>
  )
}

function NeighbourLinks({ older, newer }: Neighbours): Child {
  if (!older && !newer) return null
  return (
    <nav class="pager neighbours" aria-label="Posts before and after">
      {older ? (
        <a href={postPath(older)} rel="prev">
          <span class="hint">Before</span> {older.title}
        </a>
      ) : (
        <span></span>
      )}{' '}
      {newer ? (
        <a href={postPath(newer)} rel="next">
          <span class="hint">After</span> {newer.title}
        </a>
      ) : (
        <span></span>
      )}
    </nav>
  )
}

function firstImage(web: Web, html: string, path: string): string | undefined {
  const source = /<img src="([^"]+)"/.exec(html)?.[1]
  if (source === undefined || source.startsWith('data:')) return undefined
  const base = web.links.absolute(path)
  const words = unescapeHtml(source)
  return URL.canParse(words, base) ? new URL(words, base).href : undefined
}

function headOf(
  web: Web,
  site: string,
  post: PostView,
  rendered: RenderedPost,
  neighbours: Neighbours,
): Head {
  const path = postPath(post)
  const image = firstImage(web, rendered.html, path)
  const url = web.links.absolute(path)
  return {
    title: post.title,
    description: rendered.description,
    canonical: path,
    prev: neighbours.older ? postPath(neighbours.older) : undefined,
    next: neighbours.newer ? postPath(neighbours.newer) : undefined,
    image,
    ...(post.kind === 'post'
      ? {
          article: { publishedAt: post.publishedAt, updatedAt: post.updatedAt, tags: post.tags },
          feeds: [{ title: `Comments on ${post.title}`, path: `${path}/comments.atom` }],
        }
      : {}),
    jsonLd: {
      '@context': 'https://schema.org',
      '@type': post.kind === 'post' ? 'BlogPosting' : 'WebPage',
      headline: post.title,
      description: rendered.description,
      url,
      mainEntityOfPage: url,
      ...(post.publishedAt === null ? {} : { datePublished: post.publishedAt }),
      dateModified: post.updatedAt,
      ...(post.author === '' ? {} : { author: { '@type': 'Person', name: post.author } }),
      publisher: { '@type': 'Organization', name: site, url: web.links.absolute('/') },
      ...(post.tags.length > 0 ? { keywords: post.tags.join(', ') } : {}),
      ...(image === undefined ? {} : { image }),
    },
  }
}

function Text({ post, rendered }: { post: PostView; rendered: RenderedPost }): Child {
  return (
    <article class="post">
      <header>
        <h1 class="title">{post.title}</h1>
        {post.kind === 'page' ? null : (
          <p class="meta">
            {post.publishedAt === null ? null : <DateLine at={post.publishedAt} />}
            {post.author === '' ? null : <span class="by"> by {post.author}</span>}
          </p>
        )}
      </header>
      <div class="prose">{raw(rendered.html)}</div>
      {post.tags.length === 0 ? null : (
        <footer class="meta">
          <TagLine tags={post.tags} />
        </footer>
      )}
    </article>
  )
}

/** The form as everybody sees it first: of each text the last one that was shown, by the post's path. */
const emptyForms = new WeakMap<RenderedPost, { readonly path: string; readonly html: string }>()

function emptyForm(web: Web, post: PostView, rendered: RenderedPost): string {
  const path = postPath(post)
  const known = emptyForms.get(rendered)
  if (known?.path === path) return known.html
  const html = renderToText(
    <CommentForm
      action={`${path}/comments`}
      ticket={signPostId(post.id, web.config.secret)}
      draft={emptyDraft}
      errors={new Map()}
      replyingTo={undefined}
      cancel={path}
    />,
  )
  emptyForms.set(rendered, { path, html })
  return html
}

/** @param visit - what one visitor alone sees; without it the page is everybody's and may be kept. */
export async function postPage(web: Web, post: PostView, visit?: Visit): Promise<Page> {
  const [frame, rendered, neighbours, thread] = await Promise.all([
    web.frames.load(),
    web.rendered.render(post),
    findNeighbours(web.blog, post, () => web.frames.months()),
    post.kind === 'post' ? readThread(web, post, visit?.commentsAfter) : undefined,
  ])
  const path = postPath(post)
  const replyTo = thread?.comments.find((comment) => comment.id === visit?.replyTo)
  const draft = visit?.draft ?? { ...emptyDraft, parent: replyTo?.id ?? '' }
  const answered = replyTo ?? thread?.comments.find((comment) => comment.id === draft.parent)
  const isWhole = post.kind === 'page' || thread !== undefined
  return htmlPage(
    web,
    frame,
    headOf(web, frame.settings.title, post, rendered, neighbours),
    <>
      <Text post={post} rendered={rendered} />
      {post.kind === 'page' ? null : (
        <>
          <Comments thread={thread} path={path} visit={visit ?? {}} />
          {visit === undefined ? (
            raw(emptyForm(web, post, rendered))
          ) : (
            <CommentForm
              action={`${path}/comments`}
              ticket={signPostId(post.id, web.config.secret)}
              draft={draft}
              errors={visit.errors ?? new Map()}
              replyingTo={answered?.author}
              cancel={path}
            />
          )}
          <NeighbourLinks {...neighbours} />
        </>
      )}
    </>,
    {
      status: visit?.status ?? 200,
      dependsOn: [`post:${post.id}`, `slug:${post.slug}`, `thread:${post.id}`, 'settings'],
      ...(visit ? { isKept: false } : {}),
      ...(isWhole && !post.isPending ? {} : { freshMs: limits.missingPageFreshMs }),
    },
  )
}
