/**
 * What no route knows: an address with a slash or a capital too many, one that an import brought along,
 * one that other programs use, or nothing.
 *
 *     /tags/riak/ ─▶ /tags/riak        no read
 *     /2017/12/old.html ─▶ alias? ─▶ /posts/…
 *                             └ none ─▶ a usual name (/rss.xml)? a slug at its end? ─▶ 404
 *
 * Invariant: every redirect leads to a path of this site.
 */

import type { Context } from 'hono'

import type { Page } from './cached-page.ts'
import { slugGuess, usualAddress } from './old-addresses.ts'
import { aliasPage, redirectPage } from './page-routes.tsx'
import { missingPage } from './pages/error-pages.tsx'
import { postPath } from './links.ts'
import { WebError } from './problem.ts'
import { servePage } from './serve-page.ts'
import type { Env, Web } from './web.ts'

/** Longer ones are nobody's. */
const pathCharsMax = 1_024

/** @param hasRoute - whether a page stands at a path. */
export async function serveUnknown(
  web: Web,
  c: Context<Env>,
  hasRoute: (path: string) => boolean,
): Promise<Response> {
  const { path, method } = c.req
  const isApi = path === '/api' || path.startsWith('/api/')
  if ((method !== 'GET' && method !== 'HEAD') || isApi) throw new WebError('BLOG_NOT_FOUND')
  // As it was asked for, in percent signs: what they stand for may be no letter of a header.
  const { pathname, search } = new URL(c.req.url)
  const tidied = tidy(pathname)
  if (tidied !== pathname && hasRoute(tidied)) return c.redirect(tidied + search, 301)
  return servePage(web, c, () => oldPage(web, path))
}

/** One slash at its beginning, none at its end, the site's own words in small letters. */
function tidy(path: string): string {
  const bare = `/${path.replace(/^\/+|\/+$/g, '')}`
  return bare.replace(
    /^\/(?:posts|pages|tags|archive|about|search|feed\.(?:atom|rss|json)|sitemap\.xml)(?=\/|$)/i,
    (words) => words.toLowerCase(),
  )
}

async function oldPage(web: Web, path: string): Promise<Page> {
  const old = decodePath(path)?.slice(1)
  if (old === undefined || old.length > pathCharsMax) return missingPage(web, [])
  const bare = old.replace(/^\/+|\/+$/g, '')
  const imported = await aliasPage(web, [...new Set([old, bare])], [])
  if (imported.status !== 404 || bare === '') return imported
  const known = usualAddress(bare)
  if (known !== undefined && known !== path) return redirectPage(known, imported.dependsOn)
  const slug = slugGuess(bare)
  if (slug === undefined) return imported
  const answer = await web.blog.posts.bySlug(slug)
  const dependsOn = [...imported.dependsOn, `slug:${slug}`]
  if (answer.kind === 'post') return redirectPage(postPath(answer.post), dependsOn)
  if (answer.kind === 'moved') {
    const target = postPath({ slug: answer.slug, kind: answer.kindOfPost })
    return redirectPage(target, [...dependsOn, `slug:${answer.slug}`])
  }
  return { ...imported, dependsOn }
}

function decodePath(path: string): string | undefined {
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}
