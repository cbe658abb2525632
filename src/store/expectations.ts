/**
 * What the sources say must be stored: every row of every post and comment, by the same pure functions
 * that derive on write.
 *
 * Held in memory, some 200 bytes a row: a hundred thousand posts fit a laptop.
 */

import { comments as commentRoom } from '../../buckets/comments/room.ts'
import { posts as postRoom } from '../../buckets/posts/room.ts'
import type { Claim } from '../../buckets/slugs/schema.ts'
import { entryKey } from '../../buckets/listing.ts'
import { commentRows } from '../../mapreduce/comment-rows.ts'
import type { CommentRow } from '../../mapreduce/comment-rows.ts'
import { postRows } from '../../mapreduce/post-rows.ts'
import type { PostRow } from '../../mapreduce/post-rows.ts'
import { StoreError } from '../kernel/errors.ts'
import { showLocation } from '../kernel/ids.ts'
import { limits } from '../kernel/limits.ts'
import type { RiakKv } from '../riak/riak-kv.ts'
import type { IndexDifference } from './blog.ts'
import type { CommentSource } from './comment-source.ts'
import { eachBounded } from './each.ts'
import type { PostSource } from './post-source.ts'
import { claimRows } from './slugs.ts'
import { pageKeys } from './source-pages.ts'

/** An entry as it should stand in a listing. */
export interface ExpectedEntry {
  readonly id: string
  readonly clock: number
  readonly version: string
  readonly present: boolean
}

export interface Expectations {
  /** Listing name → entry key → entry. */
  readonly listings: Map<string, Map<string, ExpectedEntry>>
  readonly threads: Map<string, Map<string, ExpectedEntry>>
  /** Slug → post id → claim. */
  readonly claims: Map<string, Map<string, Claim>>
  /** Sources of which nothing can be said now: their entries are neither missing nor extra. */
  readonly unresolved: Set<string>
  /** Sources that cannot be read. */
  readonly unreadable: IndexDifference[]
  posts: number
}

export interface SourceReader {
  readonly riak: RiakKv
  readonly site: string
  readonly source: PostSource
  readonly commentSource: CommentSource
}

export function noExpectations(): Expectations {
  return {
    listings: new Map(),
    threads: new Map(),
    claims: new Map(),
    unresolved: new Set(),
    unreadable: [],
    posts: 0,
  }
}

/** Reads every source, `$bucket` page by page. */
export async function collectExpectations(
  reader: SourceReader,
  progress: (done: number) => void,
): Promise<Expectations> {
  const expected = noExpectations()
  let done = 0
  for (const type of [postRoom.type, commentRoom.type]) {
    for await (const keys of pageKeys(reader.riak, { type, bucket: reader.site })) {
      await eachBounded(keys, limits.storeConcurrency, async (key) => {
        await (type === postRoom.type ? expectPost : expectComment)(reader, expected, key)
        progress(++done)
      })
    }
  }
  return expected
}

export async function expectPost(
  reader: SourceReader,
  expected: Expectations,
  id: string,
): Promise<void> {
  const read = await unlessUnreadable(reader, expected, postRoom.type, id, () =>
    reader.source.read(id, 'edit'),
  )
  if (read?.seen === undefined) return
  const { value, view } = read.seen
  expected.posts++
  if (view.isPending) {
    expected.unresolved.add(id)
    return
  }
  for (const row of postRows({ ...value, fields: view.fields, clock: view.clock })) {
    expectRow(expected.listings, row)
  }
  for (const { key, claim } of claimRows(read.seen)) {
    const claims = expected.claims.get(key) ?? new Map<string, Claim>()
    expected.claims.set(key, claims.set(claim.postId, claim))
  }
}

export async function expectComment(
  reader: SourceReader,
  expected: Expectations,
  key: string,
): Promise<void> {
  const value = await unlessUnreadable(reader, expected, commentRoom.type, key, () =>
    reader.commentSource.read(key, 'edit'),
  )
  for (const row of value === undefined ? [] : commentRows(value)) expectRow(expected.threads, row)
}

async function unlessUnreadable<T>(
  { site }: SourceReader,
  expected: Expectations,
  type: string,
  key: string,
  read: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    const isHere = error instanceof StoreError
    if (!isHere || (error.code !== 'BLOG_UNREADABLE_VALUE' && error.code !== 'BLOG_UNSETTLED')) {
      throw error
    }
    const id = key.split('/').at(-1) ?? key
    expected.unresolved.add(id)
    const object = showLocation({ type, bucket: site, key })
    expected.unreadable.push({ kind: 'unreadable', object, id, detail: error.message })
    return undefined
  }
}

function expectRow(
  listings: Map<string, Map<string, ExpectedEntry>>,
  [listing, sort, id, clock, version, present]: PostRow | CommentRow,
): void {
  const entries = listings.get(listing) ?? new Map<string, ExpectedEntry>()
  entries.set(entryKey({ id, sort }), { id, clock, version, present: present === 1 })
  listings.set(listing, entries)
}
