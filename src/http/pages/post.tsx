/** `/posts/SLUG` and `/pages/SLUG`: one text, its comments, the form. */

import { raw } from 'hono/html'
import type { Child } from 'hono/jsx'

import { limits } from '../../kernel/limits.ts'
import type { PostEntry, PostView } from '../../store/blog.ts'
import type { Page } from '../cached-page.ts'
import { postPath } from '../links.ts'
import { unescapeHtml } from '../markdown/escape.ts'
import type { RenderedPost } from '../markdown/rendered-posts.ts'
import { signPostId } from '../ticket.ts'
import type { Web } from '../web.ts'
import { CommentForm, emptyDraft } from './comment-form.tsx'
import { Comments, VisitorsForm, readThread } from './comment-section.tsx'
import type { Visit } from './comment-section.tsx'
import { EntryList } from './entry-list.tsx'
import { DateLine, TagLine } from './entry.tsx'
import type { Frame } from './frame.ts'
import { htmlPage, renderToText } from './layout.tsx'
import type { Head } from './head.ts'
import { findNeighbours } from './neighbours.ts'
import type { Neighbours } from './neighbours.ts'

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

/** Found once a minute, shown by every rendering until then. */
const relatedLists = new WeakMap<readonly PostEntry[], string>()

function relatedPosts(entries: readonly PostEntry[]): Child {
  if (entries.length === 0) return null
  const known = relatedLists.get(entries)
  if (known !== undefined) return raw(known)
  const html = renderToText(
    <nav class="related" aria-labelledby="related-title">
      <h2 id="related-title">Related posts</h2>
      <EntryList entries={entries} show="date" />
    </nav>,
  )
  relatedLists.set(entries, html)
  return raw(html)
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
  frame: Frame,
  post: PostView,
  rendered: RenderedPost,
  neighbours: Neighbours,
): Head {
  const { title: site, language } = frame.settings
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
          script: web.assets.commentScript.path,
        }
      : {}),
    jsonLd: {
      '@context': 'https://schema.org',
      '@type': post.kind === 'post' ? 'BlogPosting' : 'WebPage',
      headline: post.title,
      description: rendered.description,
      url,
      mainEntityOfPage: url,
      inLanguage: language,
      ...(post.kind === 'page'
        ? {}
        : { isPartOf: { '@type': 'Blog', name: site, url: web.links.absolute('/') } }),
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
      preview={undefined}
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
  const related = await web.related.of(post, frame.tags, neighbours.around)
  const path = postPath(post)
  const isWhole = post.kind === 'page' || thread !== undefined
  return htmlPage(
    web,
    frame,
    headOf(web, frame, post, rendered, neighbours),
    <>
      <Text post={post} rendered={rendered} />
      {post.kind === 'page' ? null : (
        <>
          {relatedPosts(related)}
          <Comments thread={thread} path={path} visit={visit ?? {}} />
          {visit === undefined ? (
            raw(emptyForm(web, post, rendered))
          ) : (
            <VisitorsForm web={web} post={post} thread={thread} visit={visit} />
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
