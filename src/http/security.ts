/** Headers that every answer carries, and the check that a form came from this site. */

import { WebError } from './problem.ts'

/** A CSP source for an inline data block (JSON-LD): its hash, so that a cached page needs no nonce. */
export type ScriptHash = `'sha256-${string}'`

export const commonHeaders: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'strict-origin-when-cross-origin',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), interest-cohort=()',
}

/**
 * @param options.isHttps - the public address is https: insecure images of old posts are upgraded.
 * @param options.scripts - hashes of the data blocks of this page.
 */
export function contentSecurityPolicy(options: {
  readonly isHttps: boolean
  readonly scripts: readonly ScriptHash[]
}): string {
  const scripts = options.scripts.length > 0 ? options.scripts.join(' ') : "'none'"
  return [
    "default-src 'none'",
    `script-src ${scripts}`,
    "style-src 'self'",
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
 * Browsers say so in `Sec-Fetch-Site`, older ones in `Origin`; a request with neither is no browser
 * that could be tricked (text browsers, scripts), and the forms carry no visitor's rights.
 *
 * @throws WebError BLOG_CROSS_SITE
 */
export function checkSameSite(headers: Headers, publicOrigin: string): void {
  const site = headers.get('sec-fetch-site')
  if (site === 'same-origin' || site === 'none') return
  const origin = headers.get('origin')
  if (site === null && origin === null) return
  if (origin === publicOrigin) return
  // The site read under another of its names (localhost for 127.0.0.1): the browser fills in both.
  if (site === null && origin !== null && URL.canParse(origin)) {
    if (new URL(origin).host === headers.get('host')) return
  }
  throw new WebError('BLOG_CROSS_SITE', 'Open the page itself and send the form from there.')
}
