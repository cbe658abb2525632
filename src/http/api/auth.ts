/** Bearer tokens: who asks, and how far the token reaches. */

import type { Blog, Scope } from '../../store/blog.ts'
import { WebError } from '../problem.ts'

export interface Caller {
  readonly name: string
  readonly scope: Scope
}

const rank: Readonly<Record<Scope, number>> = { read: 1, write: 2, admin: 3 }

function challenge(detail: string): WebError {
  return new WebError('BLOG_UNAUTHENTICATED', detail, {
    'www-authenticate': 'Bearer realm="ringpost"',
  })
}

/**
 * @returns undefined without an `Authorization` header.
 * @throws WebError BLOG_UNAUTHENTICATED where a token is given and is not valid: a mistyped one must
 *   not quietly see less.
 */
export async function identify(blog: Blog, headers: Headers): Promise<Caller | undefined> {
  const header = headers.get('authorization')
  if (header === null) return undefined
  const token = /^Bearer +([\w.~+/=-]{1,512})$/i.exec(header.trim())?.[1]
  if (token === undefined) throw challenge('Send the header Authorization: Bearer TOKEN.')
  const caller = await blog.tokens.authenticate(token)
  if (!caller) throw challenge('This token is unknown or revoked.')
  return caller
}

export function reaches(caller: Caller | undefined, scope: Scope): caller is Caller {
  return caller !== undefined && rank[caller.scope] >= rank[scope]
}

/** @throws WebError BLOG_UNAUTHENTICATED without a token, BLOG_FORBIDDEN with a lesser one. */
export async function demand(blog: Blog, headers: Headers, scope: Scope): Promise<Caller> {
  const caller = await identify(blog, headers)
  if (!caller) throw challenge(`This needs a token with the scope ${scope}.`)
  if (rank[caller.scope] < rank[scope]) {
    throw new WebError(
      'BLOG_FORBIDDEN',
      `This needs the scope ${scope}; the token has ${caller.scope}.`,
    )
  }
  return caller
}
