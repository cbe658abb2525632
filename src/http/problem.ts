/**
 * Errors as the API tells them (RFC 9457). A new store code does not compile until it has a status.
 */

import type { Outcome, StoreErrorCode } from '../kernel/errors.ts'
import { InvalidInputError, StoreError } from '../kernel/errors.ts'

/** Errors of the HTTP side itself. */
export type WebErrorCode =
  | 'BLOG_NOT_FOUND'
  | 'BLOG_GONE'
  | 'BLOG_METHOD_NOT_ALLOWED'
  | 'BLOG_BAD_JSON'
  | 'BLOG_BAD_PARAMETER'
  | 'BLOG_BODY_TOO_LARGE'
  | 'BLOG_NOT_JSON'
  | 'BLOG_IF_MATCH_REQUIRED'
  | 'BLOG_BAD_IF_MATCH'
  | 'BLOG_UNAUTHENTICATED'
  | 'BLOG_FORBIDDEN'
  | 'BLOG_SIGNED_OUT'
  | 'BLOG_ROLE_TOO_LOW'
  | 'BLOG_TOO_MANY_REQUESTS'
  | 'BLOG_CROSS_SITE'
  | 'BLOG_INTERNAL'

interface Kind {
  readonly status: number
  readonly title: string
}

export const problems: Readonly<Record<StoreErrorCode | WebErrorCode, Kind>> = {
  BLOG_QUORUM_UNMET: { status: 503, title: 'Too few of the replicas answered' },
  BLOG_TIMEOUT: { status: 503, title: 'The store did not answer in time' },
  BLOG_UNAVAILABLE: { status: 503, title: 'The store cannot be reached' },
  BLOG_OVERLOADED: { status: 503, title: 'The store has too much to do' },
  BLOG_NO_BUCKET_TYPE: { status: 503, title: 'The store is not set up completely' },
  BLOG_SECURITY_ON: { status: 503, title: 'The store speaks only to clients with TLS' },
  BLOG_NO_INDEXES: { status: 503, title: 'The store has no secondary indexes' },
  BLOG_REFUSED_BY_RIAK: { status: 502, title: 'The store refused the request' },
  BLOG_BAD_REQUEST: { status: 400, title: 'The request cannot be carried out as it stands' },
  BLOG_UNREADABLE_VALUE: { status: 500, title: 'A stored value cannot be read' },
  BLOG_TOO_LARGE: { status: 413, title: 'Too large to be stored' },
  BLOG_UNSETTLED: { status: 503, title: 'The store cannot tell yet whether this exists' },
  BLOG_NOT_A_REVISION: { status: 412, title: 'If-Match names no revision of this post' },
  BLOG_INVALID_INPUT: { status: 422, title: 'Some fields cannot be accepted' },
  BLOG_KEY_REUSED: { status: 422, title: 'This Idempotency-Key was used for another request' },
  BLOG_NOT_FOUND: { status: 404, title: 'There is nothing at this address' },
  BLOG_GONE: { status: 410, title: 'This was deleted' },
  BLOG_METHOD_NOT_ALLOWED: { status: 405, title: 'This address does not take that method' },
  BLOG_BAD_JSON: { status: 400, title: 'The body is not a JSON object' },
  BLOG_BAD_PARAMETER: { status: 400, title: 'A parameter cannot be understood' },
  BLOG_BODY_TOO_LARGE: { status: 413, title: 'The body is too large' },
  BLOG_NOT_JSON: { status: 415, title: 'The body must be application/json' },
  BLOG_IF_MATCH_REQUIRED: { status: 428, title: 'This request needs an If-Match header' },
  BLOG_BAD_IF_MATCH: { status: 400, title: 'If-Match must be "<revision>" or *' },
  BLOG_UNAUTHENTICATED: { status: 401, title: 'A valid token is needed' },
  BLOG_FORBIDDEN: { status: 403, title: 'The token does not reach this far' },
  BLOG_SIGNED_OUT: { status: 401, title: 'This is for people who are signed in' },
  BLOG_ROLE_TOO_LOW: { status: 403, title: 'Your role does not reach this far' },
  BLOG_TOO_MANY_REQUESTS: { status: 429, title: 'Too many comments at once' },
  BLOG_CROSS_SITE: { status: 403, title: 'This form was sent from another site' },
  BLOG_INTERNAL: { status: 500, title: 'Something went wrong on our side' },
}

/** An error that a route answers with; thrown inside routes, caught by the app. */
export class WebError extends Error {
  override readonly name = 'WebError'
  readonly code: WebErrorCode
  readonly headers: Readonly<Record<string, string>>

  constructor(code: WebErrorCode, detail = '', headers: Readonly<Record<string, string>> = {}) {
    super(detail)
    this.code = code
    this.headers = headers
  }
}

export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: StoreErrorCode | WebErrorCode
  readonly detail?: string
  /** `indefinite`: the write may have been stored; repeat it with the same Idempotency-Key. */
  readonly outcome?: Outcome
  readonly errors?: readonly { readonly field: string; readonly message: string }[]
}

/** Seconds after which a client may try again. */
const retryAfterSeconds = '5'

/** @returns what to tell, and the headers that go with it; anything unknown is a 500 without words. */
export function describeError(error: unknown): {
  readonly problem: Problem
  readonly headers: Readonly<Record<string, string>>
} {
  const code =
    error instanceof StoreError || error instanceof WebError ? error.code : 'BLOG_INTERNAL'
  const kind = problems[code]
  const detail = code === 'BLOG_INTERNAL' ? '' : (error as Error).message
  const problem: Problem = {
    type: `urn:ringpost:problem:${code.slice('BLOG_'.length).toLowerCase().replaceAll('_', '-')}`,
    title: kind.title,
    status: kind.status,
    code,
    ...(detail === '' ? {} : { detail }),
    ...(error instanceof StoreError && kind.status >= 500 ? { outcome: error.outcome } : {}),
    ...(error instanceof InvalidInputError ? { errors: error.issues } : {}),
  }
  const headers = error instanceof WebError ? error.headers : {}
  return {
    problem,
    headers: kind.status === 503 ? { 'retry-after': retryAfterSeconds, ...headers } : headers,
  }
}

/** Whether the store (rather than the request) is at fault: an older copy may be shown instead. */
export function isStoreAway(error: unknown): boolean {
  return error instanceof StoreError && problems[error.code].status === 503
}

/** Whether no node of it can be asked, or none is certain yet; too much work, or a store half set up, is another matter. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof StoreError && unreachable.has(error.code)
}

const unreachable: ReadonlySet<StoreErrorCode> = new Set([
  'BLOG_QUORUM_UNMET',
  'BLOG_TIMEOUT',
  'BLOG_UNAVAILABLE',
  'BLOG_UNSETTLED',
])

export function problemResponse(error: unknown): Response {
  const { problem, headers } = describeError(error)
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...headers,
    },
  })
}
