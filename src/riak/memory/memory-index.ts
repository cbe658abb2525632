/**
 * Secondary index queries of the memory backend: what one bucket's objects answer, in the order and
 * with the paging of Riak.
 *
 * All siblings' entries count until they are merged, so that one key can appear under several terms.
 * Terms are ordered by their bytes, `_int` terms by their value, then keys by their bytes.
 *
 * Pure. Source: basho/riak_kv src/riak_index.erl, riak_kv_index_fsm.erl (paging).
 */

import { OperationError } from '../../kernel/errors.ts'
import type { IndexPage, IndexQuery, Sibling } from '../riak-kv.ts'

const utf8 = new TextEncoder()
const fromUtf8 = new TextDecoder()

/** Compare as UTF-8 bytes are compared (UTF-16 order differs beyond the first plane). */
export function compareBytes(a: string, b: string): number {
  if (a === b) return 0
  const left = utf8.encode(a)
  const right = utf8.encode(b)
  const shared = Math.min(left.length, right.length)
  for (let i = 0; i < shared; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0)
    if (difference !== 0) return difference
  }
  return left.length - right.length
}

function compareIntegers(a: string, b: string): number {
  const left = BigInt(a)
  const right = BigInt(b)
  return left < right ? -1 : Number(left > right)
}

interface Match {
  readonly term: string
  readonly key: string
}

/** The terms one object has in the queried field: each once. */
function termsOf(query: IndexQuery, key: string, siblings: readonly Sibling[]): readonly string[] {
  if (query.field === '$bucket') return [query.bucket]
  if (query.field === '$key') return [key]
  const terms = siblings.flatMap((sibling) =>
    sibling.indexes.filter((entry) => entry.field === query.field).map((entry) => entry.value),
  )
  return [...new Set(terms)]
}

/** @param objects - everything stored in the bucket, in any order. */
export function answerIndexQuery(
  query: IndexQuery,
  kind: 'bytes' | 'integer',
  objects: Iterable<readonly [key: string, siblings: readonly Sibling[]]>,
): IndexPage {
  const compareTerms = kind === 'integer' ? compareIntegers : compareBytes
  const from = query.equals ?? query.from ?? ''
  const to = query.equals ?? query.to ?? ''
  const compare = (a: Match, b: Match): number =>
    compareTerms(a.term, b.term) || compareBytes(a.key, b.key)
  const after = query.continuation === undefined ? undefined : decodePlace(query.continuation)
  const matches: Match[] = []
  for (const [key, siblings] of objects) {
    for (const term of termsOf(query, key, siblings)) {
      if (compareTerms(term, from) < 0 || compareTerms(term, to) > 0) continue
      const match = { term, key }
      if (after === undefined || compare(match, after) > 0) matches.push(match)
    }
  }
  matches.sort(compare)
  const page = query.maxResults === undefined ? matches : matches.slice(0, query.maxResults)
  const last = page.length === query.maxResults ? page.at(-1) : undefined
  return {
    entries: page.map(({ term, key }) => (query.returnTerms === true ? { key, term } : { key })),
    continuation: last === undefined ? undefined : encodePlace(last),
  }
}

function encodePlace(match: Match): Uint8Array {
  return utf8.encode(JSON.stringify([match.term, match.key]))
}

/** @throws OperationError `BLOG_REFUSED_BY_RIAK` on bytes that no query has returned, as Riak does. */
function decodePlace(continuation: Uint8Array): Match {
  let parsed: unknown
  try {
    parsed = JSON.parse(fromUtf8.decode(continuation))
  } catch {
    parsed = undefined
  }
  if (Array.isArray(parsed)) {
    const [term, key] = parsed as [unknown, unknown]
    if (typeof term === 'string' && typeof key === 'string') return { term, key }
  }
  throw new OperationError('BLOG_REFUSED_BY_RIAK', 'the continuation cannot be decoded')
}
