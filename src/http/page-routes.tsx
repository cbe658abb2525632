/** Addresses of pages and feeds, and what each shows. All of them go through the page cache. */

import type { Hono } from 'hono'

import { limits } from '../kernel/limits.ts'
import type { PostView, SlugAnswer } from '../store/blog.ts'
import { isPublic } from './api/shapes.ts'
import { tagKey } from './api/tags.ts'
import type { Page } from './cached-page.ts'
import { atomFeed, commentsFeed } from './feeds/atom.ts'
import { readFeed } from './feeds/feed-source.ts'
import type { Feed } from './feeds/feed-source.ts'
import { jsonFeed } from './feeds/json-feed.ts'
import { rssFeed } from './feeds/rss.ts'
import { robotsText, sitemapIndex, sitemapOfSite, sitemapOfYear } from './feeds/sitemap.ts'
import { visitOf, visitTo } from './comment-visit.ts'
import { commentAnchor, postPath, tagPath } from './links.ts'
import { aboutPage } from './pages/about.tsx'
import { archivePage, monthPage, yearPage } from './pages/archive.tsx'
import { frontAwayPage, gonePage, missingPage } from './pages/error-pages.tsx'
import type { Visit } from './pages/comment-section.tsx'
import { homePage } from './pages/home.tsx'
import { postPage } from './pages/post.tsx'
import { tagPage, tagsPage } from './pages/tags.tsx'
import { isUnreachable } from './problem.ts'
import { isSlug } from './slug.ts'
import { oldQuery } from './page-key.ts'
import { isPersonal, pageNumber, serveOwn, servePage } from './serve-page.ts'
import type { Env, Web } from './web.ts'

/** A permanent redirect; kept like a page, because finding it costs as much. */
export function redirectPage(location: string, dependsOn: readonly string[]): Page {
  return {
    status: 301,
    headers: { location, 'content-type': 'text/plain', 'cache-control': 'public, max-age=300' },
    body: '',
    dependsOn,
  }
}

/** The page of what a slug (or an old address) leads to. */
export async function pageOfAnswer(
  web: Web,
  answer: SlugAnswer,
  asked: { readonly dependsOn: string; readonly kind?: 'post' | 'page'; readonly suffix?: string },
  show: (post: PostView) => Promise<Page>,
): Promise<Page> {
  const { dependsOn, kind, suffix = '' } = asked
  switch (answer.kind) {
    case 'post': {
      const { post } = answer
      const ids = [dependsOn, `post:${post.id}`]
      if (!isPublic(post, web.clock.nowMs())) return missingPage(web, ids)
      if (kind !== undefined && post.kind !== kind)
        return redirectPage(postPath(post) + suffix, ids)
      const page = await show(post)
      return { ...page, dependsOn: [...page.dependsOn, ...ids] }
    }
    case 'moved':
      return redirectPage(postPath({ slug: answer.slug, kind: answer.kindOfPost }) + suffix, [
        dependsOn,
        `slug:${answer.slug}`,
      ])
    case 'gone':
      return gonePage(web, [dependsOn])
    case 'hidden':
    case 'none':
      return missingPage(web, [dependsOn])
  }
}

async function slugPage(
  web: Web,
  kind: 'post' | 'page',
  slug: string,
  options: { readonly suffix?: string; readonly show: (post: PostView) => Promise<Page> },
): Promise<Page> {
  if (!isSlug(slug)) return missingPage(web, [])
  // Slugs are in small letters, all of them.
  const key = slug.normalize('NFC').toLowerCase()
  const dependsOn = `slug:${key}`
  const answer = await web.blog.posts.bySlug(key)
  if (answer.kind === 'post' && key !== slug) {
    return redirectPage(postPath(answer.post) + (options.suffix ?? ''), [dependsOn])
  }
  if (answer.kind === 'none' && options.suffix === undefined) {
    // Another program's `/posts/…` may have been imported as an old address.
    return aliasPage(web, [`${kind}s/${slug}`], [dependsOn])
  }
  return pageOfAnswer(web, answer, { ...options, dependsOn, kind }, options.show)
}

/**
 * Where an imported old address leads.
 *
 * @param paths - without a leading slash, the likeliest first.
 */
export async function aliasPage(
  web: Web,
  paths: readonly string[],
  dependsOn: readonly string[],
): Promise<Page> {
  const depends = [...dependsOn, ...paths.map((path) => `alias:${path}`)]
  for (const path of paths) {
    const answer = await web.blog.posts.byAlias(path)
    if (answer.kind === 'none') continue
    return pageOfAnswer(web, answer, { dependsOn: `alias:${path}` }, (post) =>
      Promise.resolve(redirectPage(postPath(post), [`post:${post.id}`])),
    )
  }
  return missingPage(web, depends)
}

/**
 * Where a comment stands for good: on the first page of its post's comments, or on one that begins with it.
 *
 * @param visit - its author's, who is shown it while it waits for a moderator.
 */
async function commentPlace(
  web: Web,
  post: PostView,
  id: string,
  visit: Visit | undefined,
): Promise<Page> {
  const dependsOn = [`thread:${post.id}`]
  const path = postPath(post)
  const own = visitTo(post.id, visit)?.own?.find(({ comment }) => comment.id === id)
  if (own !== undefined && own.comment.status !== 'approved') {
    const held = `${path}?comment=held#comment-notice`
    return { ...redirectPage(held, []), status: 302, isKept: false }
  }
  const to = (query: string): Page => ({
    ...redirectPage(`${path}${query}#${commentAnchor(id)}`, dependsOn),
    status: 302,
  })
  const first = await web.blog.comments.ofPost(post.id, { limit: limits.pageComments })
  if (first.comments.some((comment) => comment.id === id)) return to('')
  const comment = first.next === null ? undefined : await web.blog.comments.read(id)
  if (comment?.status !== 'approved' || comment.postId !== post.id) {
    return missingPage(web, dependsOn)
  }
  return to(`?comments=${encodeURIComponent(web.blog.comments.cursorAt(comment))}`)
}

function routeThreads(app: Hono<Env>, web: Web): void {
  app.get('/posts/:slug/comments.atom', (c) =>
    servePage(web, c, () =>
      slugPage(web, 'post', c.req.param('slug'), {
        suffix: '/comments.atom',
        show: async (post) => {
          await web.frames.load()
          return commentsFeed(
            web,
            post,
            await web.blog.comments.ofPost(post.id, {
              limit: limits.feedComments,
              order: 'newest first',
            }),
          )
        },
      }),
    ),
  )
  // The form's own address, asked for by whoever loads its answer again.
  app.get('/posts/:slug/comments', (c) => {
    const slug = encodeURIComponent(c.req.param('slug'))
    return servePage(web, c, () => Promise.resolve(redirectPage(`/posts/${slug}#comments`, [])))
  })
  app.get('/posts/:slug/comments/:id{[0-9A-Z]{26}}', (c) => {
    const { slug, id } = c.req.param()
    return servePage(web, c, async () => {
      const visit = isPersonal(c) ? await visitOf(web, c) : undefined
      return slugPage(web, 'post', slug, {
        suffix: `/comments/${id}`,
        show: (post) => commentPlace(web, post, id, visit),
      })
    })
  })
}

function routePosts(app: Hono<Env>, web: Web): void {
  for (const kind of ['post', 'page'] as const) {
    app.get(`/${kind}s/:slug`, (c) => {
      const slug = c.req.param('slug')
      return servePage(web, c, async () => {
        const visit = isPersonal(c) ? await visitOf(web, c) : undefined
        return slugPage(web, kind, slug, {
          show: (post) => postPage(web, post, visitTo(post.id, visit)),
        })
      })
    })
  }
  app.get('/about', (c) => servePage(web, c, () => aboutPage(web)))
}

function routeListings(app: Hono<Env>, web: Web): void {
  app.get('/', (c) => {
    const { pathname, search } = new URL(c.req.url)
    const old = oldQuery(pathname + search)
    if (old !== undefined) return servePage(web, c, () => aliasPage(web, [old], []))
    const page = pageNumber(c)
    return servePage(web, c, () => homePage(web, page)).catch((error: unknown) => {
      // Where no copy of it is left, the blog's door still opens: with words, and for nobody to keep.
      if (page > 1 || !isUnreachable(error)) throw error
      return serveOwn(web, c, frontAwayPage(web))
    })
  })
  app.get('/tags', (c) => servePage(web, c, () => tagsPage(web)))
  app.get('/tags/:tag', (c) => {
    const asked = c.req.param('tag')
    return servePage(web, c, async () => {
      const tag = tagKey(asked)
      if (tag === undefined) return missingPage(web, [])
      if (tag !== asked) return redirectPage(tagPath(tag), [])
      return tagPage(web, tag, pageNumber(c))
    })
  })
  app.get('/archive', (c) => servePage(web, c, () => archivePage(web)))
  app.get('/archive/:year{\\d{4}}', (c) =>
    servePage(web, c, () => yearPage(web, c.req.param('year'))),
  )
  app.get('/archive/:year{\\d{4}}/:month{(?:0[1-9]|1[0-2])}', (c) => {
    const { year, month } = c.req.param()
    return servePage(web, c, () => monthPage(web, `${year}-${month}`, pageNumber(c)))
  })
}

const feedFormats: readonly (readonly [string, (web: Web, feed: Feed) => Page])[] = [
  ['feed.atom', atomFeed],
  ['feed.rss', (_web, feed) => rssFeed(feed)],
  ['feed.json', jsonFeed],
]

function routeFeeds(app: Hono<Env>, web: Web): void {
  for (const [file, show] of feedFormats) {
    app.get(`/${file}`, (c) =>
      servePage(web, c, async () =>
        show(web, await readFeed(web, { kind: 'all' }, { path: '/', self: `/${file}` })),
      ),
    )
    app.get(`/tags/:tag/${file}`, (c) => {
      const asked = c.req.param('tag')
      return servePage(web, c, async () => {
        const tag = tagKey(asked)
        if (tag === undefined) return missingPage(web, [])
        const path = tagPath(tag)
        if (tag !== asked) return redirectPage(`${path}/${file}`, [])
        const at = { path, self: `${path}/${file}`, title: tag }
        const feed = await readFeed(web, { kind: 'tag', tag }, at)
        return feed.entries.length === 0 ? missingPage(web, feed.dependsOn) : show(web, feed)
      })
    })
  }
  app.get('/sitemap.xml', (c) => servePage(web, c, () => sitemapIndex(web)))
  app.get('/sitemap-site.xml', (c) => servePage(web, c, () => sitemapOfSite(web)))
  app.get('/:file{sitemap-\\d{4}\\.xml}', (c) =>
    servePage(web, c, () => sitemapOfYear(web, c.req.param('file').slice(8, 12))),
  )
  app.get('/robots.txt', (c) => servePage(web, c, () => Promise.resolve(robotsText(web))))
}

export function routePages(app: Hono<Env>, web: Web): void {
  routeListings(app, web)
  routePosts(app, web)
  routeThreads(app, web)
  routeFeeds(app, web)
}
