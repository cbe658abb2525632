/** Headers that every answer carries, and the check that a form came from this site. */

import { createHash } from 'node:crypto'

import { WebError } from './problem.ts'

/** A CSP source for what stands in a page (JSON-LD, the stylesheet): its hash, so that a cached page needs no nonce. */
export type ContentHash = `'sha256-${string}'`

export function contentHash(text: string): ContentHash {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}

export const commonHeaders: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'strict-origin-when-cross-origin',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), interest-cohort=()',
  // Of feeds, JSON, redirects and plain texts; a page and a file bring their own.
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
}

/** Of a site whose public address is https: browsers never ask for it without TLS again, for a year. */
export function transportSecurity(isHttps: boolean): Readonly<Record<string, string>> {
  return isHttps ? { 'strict-transport-security': 'max-age=31536000' } : {}
}

/**
 * @param options.isHttps - the public address is https: insecure images of old posts are upgraded.
 * @param options.scripts - hashes of the data blocks of this page.
 */
export function contentSecurityPolicy(options: {
  readonly isHttps: boolean
  readonly scripts: readonly ContentHash[]
  /** Of the style element in the page; absent: its stylesheet is a file of ours. */
  readonly style?: ContentHash
  /** A script file of ours runs in the page. */
  readonly hasOwnScript?: boolean
}): string {
  const own = options.hasOwnScript === true ? ["'self'"] : []
  const sources = [...own, ...options.scripts]
  const scripts = sources.length > 0 ? sources.join(' ') : "'none'"
  return [
    "default-src 'none'",
    `script-src ${scripts}`,
    `style-src ${options.style ?? "'self'"}`,
    // Only scripts of ours run here, if any; what judges a page from within it (Lighthouse) asks for robots.txt.
    "connect-src 'self'",
    "img-src 'self' https: data:",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    ...(options.isHttps ? ['upgrade-insecure-requests'] : []),
  ].join('; ')
}

/** Uploaded files: even an SVG or HTML file runs nothing. */
export const mediaPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"

/**
 * Refuse a form that another site made the browser send.
 *
 * Browsers say so in `Sec-Fetch-Site`, older ones in `Origin`. A request with neither is no browser that
 * could be tricked (text browsers, scripts): it may send what anybody may. What is done with somebody's
 * rights is asked for a proof: `Sec-Fetch-Site: same-origin`, or without that header the `Origin` of this
 * site, or without both a `Referer` on it (text browsers send one; no other site can forge it).
 *
 * @param options.withRights - a session comes with the request.
 * @throws WebError BLOG_CROSS_SITE
 */
export function checkSameSite(
  headers: Headers,
  publicOrigin: string,
  { withRights = false }: { readonly withRights?: boolean } = {},
): void {
  const site = headers.get('sec-fetch-site')
  if (site === 'same-origin' || (site === 'none' && !withRights)) return
  const origin = headers.get('origin')
  const referer = headers.get('referer')
  if (site === null && origin === null && !withRights) return
  // A site that shares the registrable domain is another site all the same.
  if (!withRights && origin === publicOrigin) return
  if (site === null && isOurs(origin ?? (withRights ? referer : null), headers, publicOrigin))
    return
  throw new WebError('BLOG_CROSS_SITE', 'Open the page itself and send the form from there.')
}

/** This site, perhaps under another of its names (localhost for 127.0.0.1): the browser fills in both. */
function isOurs(address: string | null, headers: Headers, publicOrigin: string): boolean {
  if (address === null || !URL.canParse(address)) return false
  const { origin, host } = new URL(address)
  return origin === publicOrigin || host === headers.get('host')
}
