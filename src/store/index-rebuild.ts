/**
 * `index rebuild`: what differs from the sources is derived again from them, by reading and merging;
 * then what no source lists is taken out.
 *
 *     sources ──job──▶ rows ──against──▶ listings, addresses ──▶ sources to look at again ──▶ derived
 *        └─ unread: looked at again anyway (siblings are merged, and put where that changes something)
 *
 * Invariant: rows only say where to look: everything written follows from a source that was read by a
 * quorum. A listing that is damaged is derived again whole; one in siblings is written as one.
 */

import { losers } from '../../buckets/slugs/merge.ts'
import { entryKey, uniteEntries } from '../../buckets/listing.ts'
import { StoreError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import type { IndexDifference } from './blog.ts'
import { renewCount } from './deriver.ts'
import { eachBounded } from './each.ts'
import { collectExpectations, expectSource, noExpectations } from './expectations.ts'
import type { Expectations } from './expectations.ts'
import { derivedNames } from './index-access.ts'
import type { IndexJobsOptions, ListingAccess } from './index-access.ts'
import { catalogDifferences, claimDifferences, lookAtListings } from './index-look.ts'
import type { ListingLook } from './index-look.ts'
import { monthCatalog, parseListingKey, tagCatalog } from './listings.ts'
import { unpaced } from './pace.ts'
import type { Pace } from './pace.ts'
import { unqueuedComments } from './queue-index.ts'
import type { SourceType } from './revisits.ts'

export async function rebuildIndexes(
  options: IndexJobsOptions,
  progress: (done: number) => void,
  pace: Pace = unpaced,
): Promise<{ readonly posts: number; readonly written: number }> {
  let written = 0
  const revisit = async (type: SourceType, keys: readonly string[]): Promise<void> => {
    for (let at = 0; at < keys.length; at += limits.sweepBatch) {
      const batch = keys.slice(at, at + limits.sweepBatch)
      const results = await pace(() => options.revisits.run(type, batch))
      written += results.filter(({ isWritten }) => isWritten === true).length
    }
  }
  const expected = await collectExpectations(options, progress, pace, revisit)
  const names = await pace(() => derivedNames(options, expected))
  // Absence that proves nothing now: what a listing should hold is put there all the same.
  const how = { pace, mayBeUnsettled: true }
  const listings = await lookAtListings(
    options,
    expected,
    { kind: 'listings', names: names.listings },
    how,
  )
  const threads = await lookAtListings(
    options,
    expected,
    { kind: 'threads', names: names.threads },
    how,
  )
  const claims = await claimDifferences(options, expected, 'rows', pace)
  const doubtful = doubtfulSources(expected, [...listings, ...threads], claims)
  await revisit('posts', [...doubtful.posts])
  const unqueued = await pace(() => unqueuedComments(options))
  await revisit('comments', [...new Set([...doubtful.comments, ...unqueued])])
  for (const look of [...listings, ...threads]) {
    if (look.extras.size > 0) written += await pace(() => takeOutOf(options, look))
  }
  written += await pace(() => recount(options, listings))
  return { posts: expected.posts, written }
}

/** The sources of everything that differs, and all of what is not whole. */
function doubtfulSources(
  expected: Expectations,
  looks: readonly ListingLook[],
  claims: readonly IndexDifference[],
): { readonly posts: ReadonlySet<string>; readonly comments: ReadonlySet<string> } {
  const posts = new Set<string>()
  const comments = new Set<string>()
  for (const { kind, name, differences, isWhole, split } of looks) {
    const wanted = expected[kind].get(name)
    const known = new Set([...(wanted?.values() ?? [])].map(({ id }) => id))
    // One entry of a place is enough to have its siblings written as one.
    const ofEach = split.map((ids) => ids.find((id) => known.has(id)))
    const differing = [...differences.map(({ id }) => id), ...ofEach]
    for (const id of isWhole ? differing : known) {
      if (id === undefined || !known.has(id)) continue
      if (kind === 'listings') posts.add(id)
      else comments.add(`${postOfThread(name)}/${id}`)
    }
  }
  for (const { id } of claims) posts.add(id)
  for (const ofKey of expected.claims.values()) {
    // Two posts live at one address: whoever derives gives the second another one.
    const rivals = losers({ schema: 1, claims: [...ofKey.values()] })
    if (rivals.length > 0) for (const { postId } of ofKey.values()) posts.add(postId)
  }
  return { posts, comments }
}

function postOfThread(name: string): string {
  return name.split('/')[0] ?? name
}

function takeOutOf(options: IndexJobsOptions, look: ListingLook): Promise<number> {
  return look.kind === 'listings'
    ? takeOut(options, options.listings, look)
    : takeOut(options, options.threads, look)
}

/** Entries that no source explains: a place a damaged source forgot, a post that was erased. */
async function takeOut<D>(
  options: IndexJobsOptions,
  { reader, writer }: ListingAccess<D>,
  { kind, name, extras }: ListingLook,
): Promise<number> {
  const stored = await unlessUnreadable(() => reader.everything(name, 'edit'))
  const present = uniteEntries<D>([], stored).filter((entry) => entry.present)
  const doubtful = present.filter((entry) => extras.has(entryKey(entry)))
  const written = await eachBounded(
    doubtful,
    limits.storeConcurrency,
    async (entry): Promise<number> => {
      const key = entryKey(entry)
      if (await isListed(options, kind, name, entry.id, key)) return 0
      const { isWritten } = await writer.renew(
        name,
        entry,
        (now) => {
          // Somebody wrote it meanwhile: that is newer than what was confirmed.
          if (now?.present !== true || now.clock !== entry.clock) return undefined
          return { ...now, clock: now.clock + 1, present: false, data: null }
        },
        'surely',
      )
      return isWritten ? 1 : 0
    },
  )
  return written.reduce((sum, count) => sum + count, 0)
}

/** A second read of the source: the first may have missed it, or it was saved since. */
async function isListed(
  options: IndexJobsOptions,
  kind: 'listings' | 'threads',
  name: string,
  id: string,
  key: string,
): Promise<boolean> {
  const again = noExpectations()
  if (kind === 'listings') await expectSource(options, again, 'posts', id)
  else await expectSource(options, again, 'comments', `${postOfThread(name)}/${id}`)
  const isSilent = again[kind].size === 0 && again.unresolved.size === 0
  // Not found proves nothing while nodes are away.
  if (isSilent && !options.settled.isSettled()) return true
  return again.unresolved.has(id) || again[kind].get(name)?.has(key) === true
}

/** Counts of tags and months that have lost their listing, or never heard of it. */
async function recount(options: IndexJobsOptions, looks: readonly ListingLook[]): Promise<number> {
  const { listings, catalogs, clock } = options
  const counts = new Map(looks.map(({ name, count }) => [name, count]))
  // Looked at before anything was healed: a count that was right then may be another now.
  const doubtful = looks.filter(({ isWhole, differences }) => !isWhole || differences.length > 0)
  const unsure = await catalogDoubts(options, counts)
  const names = new Set([...doubtful.map(({ name }) => name), ...unsure])
  let written = 0
  for (const name of names) {
    const listing = parseListingKey(name)
    if (listing === undefined || listing.kind === 'all') continue
    const [catalog, id] =
      listing.kind === 'tag' ? [tagCatalog, listing.tag] : [monthCatalog, listing.month]
    const entries = await unlessUnreadable(() => listings.reader.all(name, 'edit'))
    const { isWritten } = await catalogs.writer.renew(
      catalog,
      { id, sort: id },
      renewCount(id, entries.length, clock.nowMs()),
      'surely',
    )
    if (isWritten) written++
  }
  return written
}

/** Listings whose count is not what the catalog says; all of them where it cannot be read. */
async function catalogDoubts(
  options: IndexJobsOptions,
  counts: ReadonlyMap<string, number>,
): Promise<readonly string[]> {
  const differences = await catalogDifferences(options, counts)
  return differences.flatMap(({ kind, object, id }) => {
    const prefix = object.endsWith(tagCatalog) ? 'tag/' : 'month/'
    return kind === 'unreadable'
      ? [...counts.keys()].filter((name) => name.startsWith(prefix))
      : [prefix + id]
  })
}

/** What cannot be read is named by `verify`, and covered, after quarantine, by the next write. */
async function unlessUnreadable<T>(read: () => Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof StoreError && error.code === 'BLOG_UNREADABLE_VALUE') return []
    throw error
  }
}
