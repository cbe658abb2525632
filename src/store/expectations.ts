/**
 * What the sources say must be stored: every row of every post and comment, by the same pure functions
 * that derive on write, run near the data where the cluster can.
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
import { unpaced } from './pace.ts'
import type { Pace } from './pace.ts'
import type { PostSource } from './post-source.ts'
import type { SourceType } from './revisits.ts'
import { commentJob, postJob } from './row-job-kinds.ts'
import type { RowJobs } from './row-jobs.ts'
import { claimOfRow, claimRows } from './slugs.ts'
import type { KeyedClaim } from './slugs.ts'
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
  /** Keys of posts that there are. */
  posts: number
}

export interface SourceReader {
  readonly riak: RiakKv
  readonly site: string
  readonly rowJobs: RowJobs
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

/**
 * Page by page: by a job where one can say it, else by reading.
 *
 * @param visit - told of the keys of a page that no job could judge, before they are read.
 */
export async function collectExpectations(
  reader: SourceReader,
  progress: (done: number) => void,
  pace: Pace = unpaced,
  visit?: (type: SourceType, keys: readonly string[]) => Promise<void>,
): Promise<Expectations> {
  const expected = noExpectations()
  let done = 0
  for (const type of ['posts', 'comments'] as const) {
    for await (const keys of pageKeys(reader.riak, { type, bucket: reader.site })) {
      if (type === 'posts') expected.posts += keys.length
      const unread = await pace(() => expectPage(reader, expected, type, keys))
      done += keys.length - unread.length
      if (unread.length < keys.length) progress(done)
      if (unread.length > 0) await visit?.(type, unread)
      for (let at = 0; at < unread.length; at += limits.sweepBatch) {
        const batch = unread.slice(at, at + limits.sweepBatch)
        await pace(() =>
          eachBounded(batch, limits.storeConcurrency, async (key) => {
            await expectSource(reader, expected, type, key)
            progress(++done)
          }),
        )
      }
    }
  }
  return expected
}

/** @returns the keys that no job could judge. */
async function expectPage(
  { rowJobs }: SourceReader,
  expected: Expectations,
  type: SourceType,
  keys: readonly string[],
): Promise<readonly string[]> {
  if (type === 'comments') {
    const { rows, unread } = await rowJobs.page(commentJob, keys)
    for (const row of rows) expectRow(expected.threads, row)
    return unread
  }
  const { rows, unread } = await rowJobs.page(postJob, keys)
  for (const row of rows) {
    if (row.length === 6) expectRow(expected.listings, row)
    else expectClaim(expected, claimOfRow(row))
  }
  return unread
}

/** By reading it, siblings merged. */
export function expectSource(
  reader: SourceReader,
  expected: Expectations,
  type: SourceType,
  key: string,
): Promise<void> {
  return type === 'posts' ? expectPost(reader, expected, key) : expectComment(reader, expected, key)
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
  if (view.isPending) {
    expected.unresolved.add(id)
    return
  }
  for (const row of postRows({ ...value, fields: view.fields, clock: view.clock })) {
    expectRow(expected.listings, row)
  }
  for (const row of claimRows(read.seen)) expectClaim(expected, row)
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

function expectClaim({ claims }: Expectations, { key, claim }: KeyedClaim): void {
  const ofKey = claims.get(key) ?? new Map<string, Claim>()
  claims.set(key, ofKey.set(claim.postId, claim))
}

function expectRow(
  listings: Map<string, Map<string, ExpectedEntry>>,
  [listing, sort, id, clock, version, present]: PostRow | CommentRow,
): void {
  const entries = listings.get(listing) ?? new Map<string, ExpectedEntry>()
  entries.set(entryKey({ id, sort }), { id, clock, version, present: present === 1 })
  listings.set(listing, entries)
}
