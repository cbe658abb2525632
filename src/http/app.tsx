/**
 * The HTTP side of the blog as one Hono app: pages, feeds, the JSON API, operations.
 *
 *     request ─▶ page in memory ─▶ bytes                                   (serve-page.ts)
 *         └────▶ routes ─▶ Blog ─▶ page ─▶ cache ─▶ bytes                  (page-routes.tsx)
 *                      └─▶ Blog ─▶ JSON, problem+json                      (api/)
 *
 * Invariant: a page in the cache holds nothing of the visitor for whom it was made, and no link is
 * built from the `Host` header.
 * Not here: sockets and ports (`src/commands`), storing and merging (`src/store`).
 */

import { Hono } from 'hono'
import type { Context } from 'hono'

import { createSpamJudge } from '../spam/judge.ts'
import { unsetCheck } from '../spam/spam-check.ts'
import type { StoreChange } from '../store/blog.ts'
import { routeAdmin } from './admin/route-admin.tsx'
import { routeCommentQueue } from './api/comment-queue.ts'
import { routeComments } from './api/comments.ts'
import { routePosts } from './api/posts.ts'
import { routeSearchApi } from './api/search.ts'
import { routeTags } from './api/tags.ts'
import { loadAssets } from './assets.ts'
import { routeCommentEdit } from './comment-edit.tsx'
import { routeCommentForm } from './comment-post.tsx'
import { createLinks } from './links.ts'
import { logFailure } from './log-failure.ts'
import { routeMedia } from './media.ts'
import { createMetrics } from './metrics.ts'
import { createMethodCheck } from './method-check.ts'
import { createRenderedPosts } from './markdown/rendered-posts.ts'
import { routeOperations } from './operations.ts'
import { createPageCache } from './page-cache.ts'
import { createPageCopies, stampOf } from './page-copies.ts'
import type { PageCopies } from './page-copies.ts'
import { routePages } from './page-routes.tsx'
import { createFrames } from './pages/frame.ts'
import { createRelated } from './pages/related.ts'
import { WebError, problemResponse } from './problem.ts'
import { createCommentBudgets } from './rate-limit.ts'
import { routeSearch } from './search-routes.tsx'
import { commonHeaders, transportSecurity } from './security.ts'
import { serveError, serveFromMemory } from './serve-page.ts'
import { serveUnknown } from './unknown-address.ts'
import type { AppDeps, Env, Web } from './web.ts'

/** What of the cache a write makes wrong. */
function dependenciesOf(change: StoreChange): readonly string[] {
  switch (change.kind) {
    case 'post':
      return [
        `post:${change.id}`,
        ...change.slugs.map((slug) => `slug:${slug}`),
        ...change.listings.map((name) => {
          if (name.kind === 'all') return 'listing:all'
          return name.kind === 'tag' ? `listing:tag/${name.tag}` : `listing:month/${name.month}`
        }),
        'tags',
        'months',
      ]
    case 'comment':
      return [`thread:${change.postId}`]
    case 'settings':
      return ['settings']
  }
}

/** A refused or silent check is one that killed spam before, and will again. */
function hasKey({ spam }: AppDeps): boolean {
  return spam !== undefined && spam.check.state() !== 'unset'
}

function createWeb(deps: AppDeps): Web {
  const cache = createPageCache(deps)
  const frames = createFrames({ ...deps, hasSpamCheck: hasKey(deps) })
  const related = createRelated(deps)
  deps.blog.onChange((change) => {
    if (change.kind === 'post') {
      frames.drop(change.id)
      related.forget(change.id)
    } else if (change.kind === 'settings') frames.drop()
    // With the store gone right after, an older copy without the new comment is better than none; an
    // older copy of a post could show what its author has just taken back.
    cache.drop(dependenciesOf(change), { mayStandIn: change.kind !== 'post' })
  })
  const metrics = createMetrics(() => cache.counts(), deps.blog, deps.search)
  const { spam, ...shared } = deps
  return {
    ...shared,
    assets: loadAssets(),
    links: createLinks(deps.config.publicUrl),
    rendered: createRenderedPosts(deps),
    cache,
    frames,
    related,
    metrics,
    spam: createSpamJudge({
      check: spam?.check ?? unsetCheck,
      mode: spam?.mode ?? 'act',
      clock: deps.clock,
      blog: deps.blog,
      onAsked: (said, tookMs) => {
        metrics.spamAsked(said, tookMs)
      },
    }),
  }
}

const isApi = (c: Context<Env>): boolean => c.req.path === '/api' || c.req.path.startsWith('/api/')

function answerError(web: Web, c: Context<Env>, error: unknown): Response | Promise<Response> {
  logFailure(web, c, error)
  return isApi(c) ? problemResponse(error) : serveError(web, c, error)
}

/** First in line: what every answer of the usual way carries, and how long it took. */
function observe(app: Hono<Env>, web: Web): void {
  const secure = transportSecurity(web.links.origin.startsWith('https:'))
  app.use(async (c, next) => {
    const beganMs = web.clock.monotonicMs()
    await next()
    // A page has them from the start: asking for its headers would make a `Headers` of them.
    if (c.get('isDressed') !== true) {
      for (const [name, value] of Object.entries({ ...commonHeaders, ...secure })) {
        if (!c.res.headers.has(name)) c.res.headers.set(name, value)
      }
    }
    const tookMs = web.clock.monotonicMs() - beganMs
    web.metrics.observe(isApi(c) ? 'api' : 'page', c.req.method, c.res.status, tookMs / 1_000)
    web.log.write('debug', 'a request was answered', {
      method: c.req.method,
      path: c.req.path,
      status: c.res.status,
      ms: Math.round(tookMs * 10) / 10,
    })
  })
}

export interface BlogApp extends Hono<Env> {
  /** Takes up the pages that were kept. Before the first request. */
  start(): Promise<void>
  /** Ends what the app runs beside the event loop. Called once its server takes no more requests. */
  close(): Promise<void>
}

/** The pages that outlive the server, where it is given a file for them. */
function keepCopies(
  { copies, blog, clock, log }: AppDeps,
  web: Web,
  ask: (request: Request) => Promise<unknown>,
): PageCopies | undefined {
  if (copies === undefined) return undefined
  const { cache, assets, links } = web
  // The stylesheet stands in the page, and its scripts and pictures are asked for by their hash.
  const files = [assets.stylesheet, assets.commentScript, assets.icon].map(({ path }) => path)
  const kept = createPageCopies({
    cache,
    clock,
    log,
    file: copies.file,
    stamp: stampOf([copies.version, blog.site, links.publicUrl, ...files]),
    askForFrontPage: async () => {
      await ask(new Request(links.absolute('/'), { headers: { 'accept-encoding': 'gzip' } }))
    },
  })
  blog.onChange(({ kind }) => {
    if (kind !== 'comment') kept.changed()
  })
  return kept
}

/** @returns an app for any server that speaks `fetch`; made for @hono/node-server. */
export function createApp(deps: AppDeps): BlogApp {
  const web = createWeb(deps)
  const app = new Hono<Env>()
  const budgets = createCommentBudgets(deps.clock)
  observe(app, web)
  routeOperations(app, web)
  routeAdmin(app, web)
  routePosts(app, web)
  routeComments(app, web, budgets.comments)
  routeCommentQueue(app, web)
  routeTags(app, web)
  routeSearchApi(app, web)
  routeMedia(app, web)
  routePages(app, web)
  routeSearch(app, web)
  routeCommentForm(app, web, budgets)
  routeCommentEdit(app, web, budgets)

  const methodsOf = createMethodCheck(app)
  const answerUnknown = async (c: Context<Env>): Promise<Response> => {
    const allow = methodsOf(c.req.path)
    if (allow.length === 0) {
      return serveUnknown(web, c, (path) => methodsOf(path).includes('GET'))
    }
    const headers = { allow: allow.join(', ') }
    if (c.req.method === 'OPTIONS') return new Response(null, { status: 204, headers })
    throw new WebError('BLOG_METHOD_NOT_ALLOWED', `${headers.allow} may be used here.`, headers)
  }
  // What is thrown here would pass by `observe`: no common headers, and not counted.
  app.notFound((c) => answerUnknown(c).catch((error: unknown) => answerError(web, c, error)))
  app.onError((error, c) => answerError(web, c, error))

  const usualWay = app.fetch
  app.fetch = (request, bindings, execution) =>
    serveFromMemory(web, request, bindings) ?? usualWay(request, bindings, execution)
  const copies = keepCopies(deps, web, async (request) => app.fetch(request))
  return Object.assign(app, {
    start: async () => {
      await copies?.start()
    },
    close: async () => {
      await copies?.stop()
      await web.rendered.close()
    },
  })
}
