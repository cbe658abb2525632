/** The cookie of a session: nothing but its token, for this site's own pages. */

import { limits } from '../../kernel/limits.ts'

/** Own cookies begin with `ringpost_` (they go past the page cache), so it cannot begin with `__Host-`. */
export const sessionCookieName = 'ringpost_session'

/** @returns the value of the first cookie of that name. */
export function cookieValue(headers: Headers, name: string): string | undefined {
  for (const part of (headers.get('cookie') ?? '').split(';')) {
    const at = part.indexOf('=')
    if (at !== -1 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim()
  }
  return undefined
}

/**
 * A `Set-Cookie` that no script reads and no other site's form carries along.
 *
 * @param options.seconds - 0 deletes it.
 */
export function ownCookie(
  name: string,
  value: string,
  options: { readonly path: string; readonly seconds: number; readonly isHttps: boolean },
): string {
  const { path, seconds, isHttps } = options
  const secure = isHttps ? '; Secure' : ''
  return `${name}=${value}; Path=${path}; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`
}

/** @param token - of a session just begun; empty: the cookie goes. */
export function sessionCookie(token: string, isHttps: boolean): string {
  const seconds = token === '' ? 0 : Math.floor(limits.sessionMs / 1_000)
  return ownCookie(sessionCookieName, token, { path: '/', seconds, isHttps })
}
