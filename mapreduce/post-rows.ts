/**
 * Where a post is listed: the one definition, used on every write, by `index rebuild` and by
 * `index verify`.
 *
 *     post ──map──▶ [index, sort, post id, clock, heads, present]      one row a place
 *
 * Pure. Rows are lists of more than two JSON values: a real Riak collapses pairs into an object. They
 * carry no title and no summary, so that a job's answer stays small; the store adds what is shown.
 */

import { sortKey } from '../buckets/listing.ts'
import type { PostFields } from '../buckets/post-fields.ts'
import type { Place } from '../buckets/posts/schema.ts'

export type PostRow = readonly [
  index: string,
  sort: string,
  id: string,
  clock: number,
  /** Head revision ids, sorted, joined by `.`. */
  version: string,
  present: 0 | 1,
]

/** Listings that a post with these fields stands in: none unless it is a published post. */
export function placesOf(fields: PostFields): readonly Place[] {
  if (fields.status !== 'published' || fields.kind !== 'post' || fields.publishedAt === null) {
    return []
  }
  const atMs = Date.parse(fields.publishedAt)
  const month = fields.publishedAt.slice(0, 7)
  const indexes = ['all', `month/${month}`, ...fields.tags.map((tag) => `tag/${tag}`)]
  return indexes.map((index) => ({ index, atMs }))
}

/**
 * @param post.places - every place it was ever listed at: where it is no longer, it is absent.
 */
export function postRows(post: {
  readonly id: string
  readonly places: readonly Place[]
  readonly heads: readonly { readonly id: string }[]
  readonly fields: PostFields
  readonly clock: number
}): readonly PostRow[] {
  const current = new Set(placesOf(post.fields).map(nameOf))
  const all = new Map(
    [...post.places, ...placesOf(post.fields)].map((place) => [nameOf(place), place]),
  )
  const version = post.heads
    .map((head) => head.id)
    .sort()
    .join('.')
  return [...all].map(([name, { index, atMs }]) => [
    index,
    sortKey(atMs, post.id),
    post.id,
    post.clock,
    version,
    current.has(name) ? 1 : 0,
  ])
}

function nameOf(place: Place): string {
  return `${place.atMs} ${place.index}`
}
