/** Walking keys of a bucket by an index, a page at a time: no list-keys, no full scan at once. */

import type { IndexQuery, RiakKv } from '../riak/riak-kv.ts'
import { limits } from '../kernel/limits.ts'

export function pageKeys(
  riak: Pick<RiakKv, 'queryIndex'>,
  of: { readonly type: string; readonly bucket: string },
): AsyncGenerator<readonly string[]> {
  return pageIndex(riak, { ...of, field: '$bucket', equals: of.bucket })
}

/** Keys of one value of an index, or of a range, each once a page: siblings, or two vnodes, may name one twice. */
export async function* pageIndex(
  riak: Pick<RiakKv, 'queryIndex'>,
  of: Pick<IndexQuery, 'type' | 'bucket' | 'field'> &
    ({ readonly equals: string } | { readonly from: string; readonly to: string }),
): AsyncGenerator<readonly string[]> {
  let continuation: Uint8Array | undefined
  do {
    const page = await riak.queryIndex({
      ...of,
      maxResults: limits.sweepPageKeys,
      ...(continuation === undefined ? {} : { continuation }),
    })
    const keys = [...new Set(page.entries.map((entry) => entry.key))]
    if (keys.length > 0) yield keys
    continuation = page.continuation
  } while (continuation !== undefined)
}

/** Keys that changed since, with the term that says when: a sibling each may name one key twice. */
export async function* pageChanges(
  riak: RiakKv,
  of: { readonly type: string; readonly bucket: string },
  sinceMs: number,
): AsyncGenerator<readonly { readonly key: string; readonly changedMs: number }[]> {
  let continuation: Uint8Array | undefined
  do {
    const page = await riak.queryIndex({
      ...of,
      field: 'changed_int',
      from: String(Math.max(0, sinceMs)),
      // A clock that ran ahead is still met.
      to: String(Number.MAX_SAFE_INTEGER),
      returnTerms: true,
      maxResults: limits.sweepPageKeys,
      ...(continuation === undefined ? {} : { continuation }),
    })
    const changes = page.entries.map(({ key, term }) => ({ key, changedMs: Number(term) }))
    if (changes.length > 0) yield changes
    continuation = page.continuation
  } while (continuation !== undefined)
}
