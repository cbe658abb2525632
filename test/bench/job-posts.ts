/** The posts of `mapreduce.tags.*` and of their floor: 10,000 of 2 KB as the store keeps them, each with three tags. */

import { makeRevision } from '../../buckets/posts/revision.ts'
import { addPlaces, holdSlug, newPost } from '../../buckets/posts/merge.ts'
import { posts as postRoom } from '../../buckets/posts/room.ts'
import { placesOf } from '../../mapreduce/post-rows.ts'
import { makeText, seeded } from './blog-data.ts'
import { defaultFields } from '../../buckets/post-fields.ts'

export const jobPostCount = 10_000
export const tagsOfPost = 3
/** Asked for at once, by the product's jobs too (`limits.sweepPageKeys`). */
export const jobPageKeys = 1_000

/** With its head, its slug and its places some 2 KB in all. */
const bodyCharsMin = 700
const bodies = Array.from({ length: 50 }, (_, n) => makeText(bodyCharsMin, seeded(n)))
const firstMs = Date.UTC(2005, 0, 1)
const hourMs = 3_600_000

export function jobKey(n: number): string {
  return `01HZ${String(n).padStart(22, '0')}`
}

/** Bytes of the nth post. */
export function jobPost(n: number): Uint8Array {
  const atMs = firstMs + n * 7 * hourMs
  const slug = `post-${n}`
  const fields = {
    ...defaultFields,
    title: `The post number ${n} of this blog`,
    body: (bodies[n % bodies.length] ?? '').slice(0, 1_100),
    slug,
    status: 'published' as const,
    author: 'ann',
    publishedAt: new Date(atMs).toISOString(),
    tags: [0, 1, 2].map((at) => `tag-${(n * (at + 3)) % 199}-${at}`),
  }
  const revision = makeRevision({
    parents: [],
    fields,
    author: 'ann',
    conflicts: [],
    clock: atMs,
    savedAtMs: atMs,
  })
  const value = addPlaces(newPost(jobKey(n), revision), placesOf(revision.fields))
  return postRoom.encode({ ...value, slugs: holdSlug([], slug, atMs) })
}
