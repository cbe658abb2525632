/** What the log keeps of a request that failed by no fault of its sender. */

import type { Context } from 'hono'

import { StoreError } from '../kernel/errors.ts'
import { WebError, describeError } from './problem.ts'
import type { Env, Web } from './web.ts'

/** Statuses below 500 are the sender's own, and are not kept. */
export function logFailure(web: Web, c: Context<Env>, error: unknown): void {
  const { problem } = describeError(error)
  if (problem.status < 500) return
  const isKnown = error instanceof StoreError || error instanceof WebError
  const stack = error instanceof Error ? error.stack : undefined
  web.log.write(problem.status === 503 ? 'warn' : 'error', 'a request failed', {
    method: c.req.method,
    path: c.req.path,
    code: problem.code,
    error: String(error),
    ...(isKnown ? {} : { stack }),
  })
}
