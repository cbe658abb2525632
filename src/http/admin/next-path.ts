/** Where to go after signing in: a page of this site, never another's. */

const charsMax = 1_000
/** Any base will do: an address that leaves it is not ours. */
const base = 'http://this.site'

/**
 * @param text - of `?next=`, as it came.
 * @returns path and query of this site; `fallback` for anything else.
 */
export function safeNext(text: string | null | undefined, fallback = '/admin'): string {
  if (text == null || text.length > charsMax) return fallback
  // Two slashes begin a host, browsers read a backslash as a slash, and proxies may decode either.
  if (!/^\/(?![/\\]|%2f|%5c)/i.test(text) || /[\p{Cc}\\]/u.test(text)) return fallback
  if (!URL.canParse(text, base)) return fallback
  const { origin, pathname, search } = new URL(text, base)
  if (origin !== base || pathname.startsWith('//')) return fallback
  // Signing in to be signed out, or to sign in again, is not what anybody wanted.
  return /^\/admin\/(?:login|logout|setup)\b/.test(pathname) ? fallback : pathname + search
}

/** The login page that comes back here. */
export function loginPath(next: string): string {
  const safe = safeNext(next)
  return safe === '/admin' ? '/admin/login' : `/admin/login?next=${encodeURIComponent(safe)}`
}
