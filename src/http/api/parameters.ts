/** What stands in the query: paging, and Riak's tuning of one request. */

import { limits } from '../../kernel/limits.ts'
import type { ReadTuning, WriteTuning } from '../../store/blog.ts'
import { WebError } from '../problem.ts'

type Quorum = NonNullable<ReadTuning['r']>

function quorum(query: URLSearchParams, name: 'r' | 'w' | 'dw'): Quorum | undefined {
  const value = query.get(name)
  if (value === null) return undefined
  if (value === 'one' || value === 'quorum' || value === 'all' || value === 'default') return value
  if (/^[1-9]\d{0,2}$/.test(value)) return Number(value)
  throw new WebError('BLOG_BAD_PARAMETER', `${name} is one, quorum, all or a number of replicas.`)
}

/** `?r=one|quorum|all|N` */
export function readTuning(query: URLSearchParams): ReadTuning {
  const r = quorum(query, 'r')
  return r === undefined ? {} : { r }
}

/** `?w=` and `?dw=` */
export function writeTuning(query: URLSearchParams): WriteTuning {
  const w = quorum(query, 'w')
  const dw = quorum(query, 'dw')
  return { ...(w === undefined ? {} : { w }), ...(dw === undefined ? {} : { dw }) }
}

/** `?limit=` (cut to `max`) and `?cursor=`. */
export function paging(
  query: URLSearchParams,
  max: number,
): { readonly limit: number; readonly cursor?: string } {
  const text = query.get('limit')
  if (text !== null && !/^[1-9]\d{0,8}$/.test(text)) {
    throw new WebError('BLOG_BAD_PARAMETER', `limit is a number from 1 to ${max}.`)
  }
  const limit = Math.min(max, text === null ? limits.apiLimitDefault : Number(text))
  const cursor = query.get('cursor')
  if (cursor !== null && (cursor === '' || cursor.length > 2_048)) {
    throw new WebError('BLOG_BAD_PARAMETER', 'cursor is the next of the page before.')
  }
  return cursor === null ? { limit } : { limit, cursor }
}

const idempotencyKeyCharsMax = 255

/** `Idempotency-Key`, with or without the quotes that the draft standard asks for. */
export function idempotencyKey(headers: Headers): { readonly idempotencyKey?: string } {
  const value = headers.get('idempotency-key')?.trim()
  if (value === undefined) return {}
  const key = /^"(.*)"$/.exec(value)?.[1] ?? value
  if (key === '' || key.length > idempotencyKeyCharsMax) {
    throw new WebError(
      'BLOG_BAD_PARAMETER',
      `Idempotency-Key holds 1 to ${idempotencyKeyCharsMax} characters.`,
    )
  }
  return { idempotencyKey: key }
}

/** A key of the store as it may stand in a path; anything else leads nowhere. */
export function isId(text: string): boolean {
  return /^[0-9A-Za-z_-]{1,64}$/.test(text)
}
