/** From a request to the bytes of a page: which visitors share one, and what is said when the store is away. */

import type { Context } from 'hono'

import { visitorBar } from './admin/visitor-bar.ts'
import { visitorSlot } from './cached-page.ts'
import type { Page, Wanted } from './cached-page.ts'
import { commentDate } from './dates.ts'
import type { Found } from './page-cache.ts'
import { everybodysKey, pageText, sharedKey } from './page-key.ts'
import { errorPage } from './pages/error-pages.tsx'
import { commonHeaders } from './security.ts'
import { WebError, isStoreAway } from './problem.ts'
import type { Env, NodeBindings, Web } from './web.ts'

/** Own cookies (a session, a comment just written) and tokens go past the cache. */
function isKnownVisitor(cookie: string | undefined, authorization: string | undefined): boolean {
  return authorization !== undefined || cookie?.includes('ringpost_') === true
}

function targetOf(url: string): string {
  const path = url.indexOf('/', url.indexOf('//') + 2)
  return path === -1 ? '/' : url.slice(path)
}

export function isPersonal(c: Context<Env>): boolean {
  return (
    isKnownVisitor(c.req.header('cookie'), c.req.header('authorization')) ||
    sharedKey(targetOf(c.req.url)) === undefined
  )
}

/** @throws WebError BLOG_NOT_FOUND for anything that is no page number. */
export function pageNumber(c: Context<Env>): number {
  const text = pageText(c.req.url)
  if (text === undefined) return 1
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new WebError('BLOG_NOT_FOUND')
  return Number(text)
}

function wantedBy(c: Context<Env>): Wanted {
  return {
    acceptEncoding: c.req.header('accept-encoding'),
    ifNoneMatch: c.req.header('if-none-match'),
  }
}

function noticeOf(restoredFromMs: number | undefined): string {
  const made =
    restoredFromMs === undefined
      ? 'made a little earlier'
      : `of ${commentDate(new Date(restoredFromMs).toISOString())} UTC`
  return (
    '<p class="notice away" role="status">The store does not answer right now: this is a copy ' +
    `${made}. Nothing is lost.</p>`
  )
}

function show(found: Found, wanted: Wanted): Response | Promise<Response> {
  const { page, isStale, restoredFromMs } = found
  if (!isStale) return page.respond(wanted)
  return page.stale(noticeOf(restoredFromMs)).then((copy) => copy.respond(wanted))
}

function privately(page: Page): Page {
  return { ...page, headers: { ...page.headers, 'cache-control': 'private, no-store' } }
}

/** Headers that every page carries, made part of it once. */
export function dressed(page: Page): Page {
  return { ...page, headers: { ...commonHeaders, ...page.headers } }
}

/** Answer with the page, from the cache where the visitor may share it. */
export async function servePage(
  web: Web,
  c: Context<Env>,
  make: () => Promise<Page>,
): Promise<Response> {
  c.set('isDressed', true)
  const key = isPersonal(c) ? undefined : sharedKey(targetOf(c.req.url))
  if (key === undefined) return servePersonal(web, c, make)
  return show(await web.cache.get(key, async () => dressed(await make())), wantedBy(c))
}

/** With the store away a visitor's own page cannot be made: the one that everybody sees stands in. */
async function servePersonal(
  web: Web,
  c: Context<Env>,
  make: () => Promise<Page>,
): Promise<Response> {
  const wanted = { ...wantedBy(c), ifNoneMatch: undefined }
  try {
    const page = await web.cache.own(async () => {
      const [made, bar] = await Promise.all([make(), visitorBar(web, c.req.raw.headers)])
      // A function: a name with `$&` in it is text, too.
      const body = made.body.replace(visitorSlot, () => bar)
      return dressed(privately({ ...made, body }))
    })
    return await page.respond(wanted)
  } catch (error) {
    const copy = isStoreAway(error)
      ? web.cache.standIn(everybodysKey(targetOf(c.req.url)))
      : undefined
    if (!copy) throw error
    return show(copy, wanted)
  }
}

/** The error's page, or its problem on `/api`, is the app's choice; this is the page. */
export function serveError(
  web: Web,
  c: Context<Env>,
  error: unknown,
): Response | Promise<Response> {
  return serveOwn(web, c, errorPage(web, error))
}

/** A page that is good for this answer only. */
export async function serveOwn(web: Web, c: Context<Env>, page: Page): Promise<Response> {
  c.set('isDressed', true)
  return web.cache.show(dressed(page)).respond({ ...wantedBy(c), ifNoneMatch: undefined })
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(', ') : header
}

function withoutBody(answer: Response): Response {
  return new Response(null, answer)
}

/**
 * The shortest way: a page in memory, for a visitor who may share it, before any routing. Reads what
 * Node has parsed already instead of building a `Headers`.
 *
 * @returns undefined where the request must take the usual way.
 */
export function serveFromMemory(
  web: Pick<Web, 'cache'>,
  request: Request,
  bindings: NodeBindings | undefined,
): Response | Promise<Response> | undefined {
  const { method } = request
  if (method !== 'GET' && method !== 'HEAD') return undefined
  const incoming = bindings?.incoming
  const target = incoming?.url ?? targetOf(request.url)
  const header = incoming
    ? (name: string): string | undefined => single(incoming.headers[name])
    : (name: string): string | undefined => request.headers.get(name) ?? undefined
  if (isKnownVisitor(header('cookie'), header('authorization'))) return undefined
  const key = sharedKey(target)
  const found = key === undefined ? undefined : web.cache.peek(key)
  if (!found) return undefined
  const answer = show(found, {
    acceptEncoding: header('accept-encoding'),
    ifNoneMatch: header('if-none-match'),
  })
  if (method === 'GET') return answer
  return answer instanceof Promise ? answer.then(withoutBody) : withoutBody(answer)
}
