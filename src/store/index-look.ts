/**
 * What is stored in each derived object, held against what the sources say: what verify reports and
 * rebuild heals.
 */

import { postListings } from '../../buckets/indexes/room.ts'
import type { Entry } from '../../buckets/listing-schema.ts'
import { newestOfEach } from '../../buckets/listing-pages.ts'
import { entryKey, uniteEntries } from '../../buckets/listing.ts'
import { slugs as slugRoom } from '../../buckets/slugs/room.ts'
import type { Claim } from '../../buckets/slugs/schema.ts'
import { threads as threadRoom } from '../../buckets/threads/room.ts'
import { StoreError } from '../kernel/errors.ts'
import { showLocation } from '../kernel/ids.ts'
import { limits } from '../kernel/limits.ts'
import type { IndexDifference } from './blog.ts'
import { eachBounded } from './each.ts'
import type { ExpectedEntry, Expectations } from './expectations.ts'
import type { IndexJobsOptions, ListingAccess } from './index-access.ts'
import { compareCatalog, compareClaims, compareListing } from './index-compare.ts'
import type { ListingHealth } from './listing-reader.ts'
import { monthCatalog, parseListingKey, tagCatalog } from './listings.ts'
import type { Pace } from './pace.ts'
import { slugJob } from './row-job-kinds.ts'
import { claimOfRow } from './slugs.ts'

export interface ListingLook extends ListingHealth {
  readonly kind: 'listings' | 'threads'
  readonly name: string
  readonly differences: readonly IndexDifference[]
  /** Entries present now. */
  readonly count: number
  /** Entries, by their keys, that no source explains. */
  readonly extras: ReadonlySet<string>
}

/** @param how.mayBeUnsettled - that absence proves nothing now is an answer (not whole), no error. */
export async function lookAtListings(
  options: IndexJobsOptions,
  expected: Expectations,
  of: { readonly kind: 'listings' | 'threads'; readonly names: readonly string[] },
  how: { readonly pace: Pace; readonly mayBeUnsettled: boolean },
): Promise<readonly ListingLook[]> {
  const looks: ListingLook[] = []
  for (let at = 0; at < of.names.length; at += limits.sweepBatch) {
    const batch = of.names.slice(at, at + limits.sweepBatch)
    const look = (name: string): Promise<ListingLook> => {
      const at = { kind: of.kind, name }
      return of.kind === 'listings'
        ? lookAt(options, options.listings, expected, at, how.mayBeUnsettled)
        : lookAt(options, options.threads, expected, at, how.mayBeUnsettled)
    }
    const looked = await how.pace(() => eachBounded(batch, limits.storeConcurrency, look))
    looks.push(...looked)
  }
  return looks
}

async function lookAt<D>(
  { site }: IndexJobsOptions,
  { reader }: ListingAccess<D>,
  expected: Expectations,
  at: { readonly kind: 'listings' | 'threads'; readonly name: string },
  mayBeUnsettled: boolean,
): Promise<ListingLook> {
  const type = at.kind === 'listings' ? postListings.type : threadRoom.type
  const object = showLocation({ type, bucket: site, key: at.name })
  const wanted = expected[at.kind].get(at.name) ?? new Map<string, ExpectedEntry>()
  const isUnresolved = (id: string): boolean => expected.unresolved.has(id)
  const damaged = { ...at, count: 0, extras: new Set<string>(), isWhole: false, split: [] }
  try {
    const { entries, ...health } = await reader.look(at.name, 'edit')
    const differences = compareListing(object, wanted, entries, isUnresolved)
    const extras = extrasOf(entries, wanted, isUnresolved)
    return { ...at, ...health, differences, extras, count: newestOfEach(entries).length }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    if (mayBeUnsettled && error.code === 'BLOG_UNSETTLED') return { ...damaged, differences: [] }
    return { ...damaged, differences: [unreadable(object, error)] }
  }
}

function extrasOf(
  stored: readonly Entry<unknown>[],
  wanted: ReadonlyMap<string, unknown>,
  isUnresolved: (id: string) => boolean,
): ReadonlySet<string> {
  const present = uniteEntries([], stored).filter((entry) => entry.present)
  const extras = present.filter((entry) => !wanted.has(entryKey(entry)) && !isUnresolved(entry.id))
  return new Set(extras.map(entryKey))
}

/** @param how - `rows`: by a job where one can say it; `reading`: by a quorum, for what is in doubt. */
export async function claimDifferences(
  options: IndexJobsOptions,
  expected: Expectations,
  how: 'rows' | 'reading',
  pace: Pace,
): Promise<readonly IndexDifference[]> {
  const found: IndexDifference[] = []
  const all = [...expected.claims]
  for (let at = 0; at < all.length; at += limits.sweepPageKeys) {
    const page = new Map(all.slice(at, at + limits.sweepPageKeys))
    found.push(...(await claimPage(options, page, how, pace)))
  }
  return found
}

async function claimPage(
  { site, slugs, rowJobs }: IndexJobsOptions,
  page: ReadonlyMap<string, ReadonlyMap<string, Claim>>,
  how: 'rows' | 'reading',
  pace: Pace,
): Promise<readonly IndexDifference[]> {
  const found: IndexDifference[] = []
  const judge = (key: string, stored: readonly Claim[]): void => {
    const object = showLocation({ type: slugRoom.type, bucket: site, key })
    found.push(...compareClaims(object, page.get(key) ?? new Map<string, Claim>(), stored))
  }
  let unread: readonly string[] = [...page.keys()]
  if (how === 'rows') {
    const answer = await pace(() => rowJobs.page(slugJob, unread))
    const byKey = new Map<string, Claim[]>()
    for (const row of answer.rows) {
      const { key, claim } = claimOfRow(row)
      const claims = byKey.get(key)
      if (claims === undefined) byKey.set(key, [claim])
      else claims.push(claim)
    }
    const isUnread = new Set(answer.unread)
    for (const key of page.keys()) if (!isUnread.has(key)) judge(key, byKey.get(key) ?? [])
    unread = answer.unread
  }
  for (let at = 0; at < unread.length; at += limits.sweepBatch) {
    const batch = unread.slice(at, at + limits.sweepBatch)
    await pace(() =>
      eachBounded(batch, limits.storeConcurrency, async (key) => {
        judge(key, (await slugs.readSurely(key))?.claims ?? [])
      }),
    )
  }
  return found
}

/**
 * @param counts - of listings that were looked at.
 * @param doubts - only these tags and months are asked for; absent: all.
 */
export async function catalogDifferences(
  options: IndexJobsOptions,
  counts: ReadonlyMap<string, number>,
  doubts?: ReadonlySet<string>,
): Promise<readonly IndexDifference[]> {
  return [
    ...(await ofCatalog(options, tagCatalog, 'tag', counts, doubts)),
    ...(await ofCatalog(options, monthCatalog, 'month', counts, doubts)),
  ]
}

async function ofCatalog(
  { site, catalogs }: IndexJobsOptions,
  catalog: string,
  kind: 'tag' | 'month',
  listingCounts: ReadonlyMap<string, number>,
  doubts: ReadonlySet<string> | undefined,
): Promise<readonly IndexDifference[]> {
  const object = showLocation({ type: postListings.type, bucket: site, key: catalog })
  const counts = new Map<string, number>()
  for (const [name, count] of listingCounts) {
    const listing = parseListingKey(name)
    if (listing?.kind === 'tag' && kind === 'tag') counts.set(listing.tag, count)
    if (listing?.kind === 'month' && kind === 'month') counts.set(listing.month, count)
  }
  try {
    const stored = await catalogs.reader.all(catalog, 'edit')
    const ids = [...counts.keys(), ...stored.map((entry) => entry.id)]
    const asked = doubts === undefined ? ids : ids.filter((id) => doubts.has(id))
    return compareCatalog(object, asked, counts, stored)
  } catch (error) {
    return [unreadable(object, error)]
  }
}

function unreadable(object: string, error: unknown): IndexDifference {
  if (!(error instanceof StoreError) || error.code !== 'BLOG_UNREADABLE_VALUE') throw error
  return { kind: 'unreadable', object, id: '', detail: error.message }
}
