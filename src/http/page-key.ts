/**
 * Under which key a page is kept: the one place that says which part of an address changes what is shown.
 *
 * Invariant: two addresses with one key show the same page, and one page has few keys: whoever adds marks to an
 * address (trackers, crawlers, somebody who wants the cache full) gets the page that is there.
 */

import { isTooLong, searchPath, searchWords } from './search-query.ts'

/** Parameters that make a post's page one visitor's own. */
const personalParameter = /[?&](?:reply|comment|comments|preview)=/
const postPath = /^\/(?:posts|pages)\//
const pageParameter = /[?&]page=([^&#]*)/
/** Listings: the only pages of which there is a second one. */
const listingPath = /^\/(?:$|tags\/[^/]+$|archive\/\d{4}\/\d{2}$)/

/**
 * The key of a shared page: its path, of a listing its page number, of a search its words. Everything else in a query changes
 * nothing.
 *
 * @param target - path and query, as requested.
 * @returns undefined for a visitor's own page.
 */
export function sharedKey(target: string): string | undefined {
  // Too long to be searched for: shown to whoever typed it, and kept for nobody.
  if (target.startsWith('/search?') && isTooLong(searchWords(queryOf(target)))) return undefined
  return postPath.test(target) && personalParameter.test(target) ? undefined : everybodysKey(target)
}

/** The key of the page that everybody sees at this address, whatever this visitor wants of it. */
export function everybodysKey(target: string): string {
  const end = target.search(/[?#]/)
  const path = normalPath(end === -1 ? target : target.slice(0, end))
  if (path === '/search') return searchPath(searchWords(queryOf(target)), pageText(target) ?? '1')
  const old = oldQuery(target)
  if (old !== undefined) return `/${old}`
  if (end === -1 || !listingPath.test(path)) return path
  const page = pageText(target)
  return page === undefined || page === '1' ? path : `${path}?page=${page}`
}

function queryOf(target: string): string {
  const start = target.indexOf('?')
  const end = target.indexOf('#')
  return start === -1 ? '' : target.slice(start, end === -1 ? undefined : end)
}

/**
 * WordPress's addresses by number, `/?p=42` and `/?page_id=42`: an import keeps them as what is returned here.
 *
 * @returns undefined where the front page itself is meant.
 */
export function oldQuery(target: string): string | undefined {
  const query = /^\/\?([^#]*)/.exec(target)?.[1]
  if (query === undefined) return undefined
  const found = /(?:^|&)(p|page_id)=(\d{1,12})(?:&|$)/.exec(query)
  return found === null ? undefined : `?${found[1] ?? 'p'}=${found[2] ?? ''}`
}

/** What an address says after `page=`; undefined: nothing. */
export function pageText(target: string): string | undefined {
  return pageParameter.exec(target)?.[1]
}

/** `/posts/%66oo` is `/posts/foo`, to the router as well (RFC 3986 §6.2.2). Dots may mean more than themselves. */
function normalPath(path: string): string {
  return path.replace(/%([0-9A-Fa-f]{2})/g, (written, hex: string) => {
    const character = String.fromCharCode(parseInt(hex, 16))
    return /[A-Za-z0-9_~-]/.test(character) ? character : written.toUpperCase()
  })
}
