/** Who is signed in, and how far that reaches. */

import type { Context } from 'hono'

import type { AuthorView, Role } from '../../store/blog.ts'
import { WebError } from '../problem.ts'
import type { Env, Web } from '../web.ts'
import { loginPath } from './next-path.ts'
import { cookieValue, sessionCookieName } from './session-cookie.ts'

export interface SignedIn {
  readonly name: string
  readonly displayName: string
  readonly role: Role
  readonly sessionId: string
  readonly account: AuthorView
}

const rank: Readonly<Record<Role, number>> = { author: 1, editor: 2, admin: 3 }

/** Roles nest: admin ⊃ editor ⊃ author. */
export function reaches(role: Role, needed: Role): boolean {
  return rank[role] >= rank[needed]
}

/**
 * @returns undefined for everybody else.
 * @throws StoreError where the store cannot say: nobody is signed out for that.
 */
export async function readSession(
  web: Pick<Web, 'blog'>,
  headers: Headers,
): Promise<SignedIn | undefined> {
  const token = cookieValue(headers, sessionCookieName)
  if (token === undefined || token === '') return undefined
  const found = await web.blog.sessions.authenticate(token)
  if (found === undefined) return undefined
  const { account, id: sessionId } = found
  const { name, displayName, role } = account
  if (role === 'none') return undefined
  return { name, displayName, role, sessionId, account }
}

/**
 * @throws WebError BLOG_SIGNED_OUT, whose `location` is the login page that comes back here;
 *   BLOG_ROLE_TOO_LOW for somebody who is signed in, but may not.
 */
export async function demandRole(
  web: Pick<Web, 'blog'>,
  c: Context<Env>,
  role: Role,
): Promise<SignedIn> {
  const { pathname, search } = new URL(c.req.url)
  const signedIn = await readSession(web, c.req.raw.headers)
  if (signedIn === undefined) {
    const location = loginPath(c.req.method === 'GET' ? pathname + search : pathname)
    throw new WebError('BLOG_SIGNED_OUT', 'Sign in to see this page.', { location })
  }
  if (!reaches(signedIn.role, role)) {
    const detail = `This is for the role ${role}; you are signed in as ${signedIn.role}.`
    throw new WebError('BLOG_ROLE_TOO_LOW', detail)
  }
  return signedIn
}
