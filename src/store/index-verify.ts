/** `index verify`: what is stored against what the sources say, each difference looked at again. */

import { postListings } from '../../buckets/indexes/room.ts'
import { newestOfEach } from '../../buckets/listing-pages.ts'
import { slugs as slugRoom } from '../../buckets/slugs/room.ts'
import { threads as threadRoom } from '../../buckets/threads/room.ts'
import { StoreError } from '../kernel/errors.ts'
import { showLocation } from '../kernel/ids.ts'
import { limits } from '../kernel/limits.ts'
import type { IndexDifference } from './blog.ts'
import { eachBounded } from './each.ts'
import { collectExpectations, expectComment, expectPost, noExpectations } from './expectations.ts'
import type { ExpectedEntry, Expectations } from './expectations.ts'
import { derivedNames } from './index-access.ts'
import type { IndexJobsOptions, ListingAccess, Names } from './index-access.ts'
import { compareCatalog, compareClaims, compareListing } from './index-compare.ts'
import { monthCatalog, parseListingKey, tagCatalog } from './listings.ts'
import { rest } from './rest.ts'
import { pageKeys } from './source-pages.ts'

export async function verifyIndexes(
  options: IndexJobsOptions,
  progress: (done: number) => void,
): Promise<readonly IndexDifference[]> {
  await options.settle()
  const expected = await collectExpectations(options, progress)
  const names = await derivedNames(options, expected)
  let differences = await differencesOf(options, expected, names)
  // What a server is just deriving is no difference: looked at again, it is gone.
  for (let look = 0; look < limits.verifyLooks && differences.length > 0; look++) {
    await rest(options.clock, limits.verifyRestMs)
    differences = await confirm(options, expected, differences)
  }
  return differences
}

/** @param doubts - only these tags and months are asked of the catalogs; absent: all. */
async function differencesOf(
  options: IndexJobsOptions,
  expected: Expectations,
  names: Names,
  doubts?: ReadonlySet<string>,
): Promise<readonly IndexDifference[]> {
  const { site, slugs, listings, threads } = options
  const found: IndexDifference[] = [...expected.unreadable]
  const counts = new Map<string, number>()
  await eachBounded(names.listings, limits.storeConcurrency, async (name) => {
    const object = showLocation({ type: postListings.type, bucket: site, key: name })
    const looked = await lookAt(object, listings, expected, 'listings', name)
    found.push(...looked.differences)
    counts.set(name, looked.count)
  })
  await eachBounded(names.threads, limits.storeConcurrency, async (name) => {
    const object = showLocation({ type: threadRoom.type, bucket: site, key: name })
    found.push(...(await lookAt(object, threads, expected, 'threads', name)).differences)
  })
  await eachBounded([...expected.claims], limits.storeConcurrency, async ([key, claims]) => {
    const object = showLocation({ type: slugRoom.type, bucket: site, key })
    found.push(...compareClaims(object, claims, await slugs.readSurely(key)))
  })
  found.push(...(await catalogDifferences(options, tagCatalog, 'tag', counts, doubts)))
  found.push(...(await catalogDifferences(options, monthCatalog, 'month', counts, doubts)))
  return found
}

async function lookAt<D>(
  object: string,
  { reader }: ListingAccess<D>,
  expected: Expectations,
  kind: 'listings' | 'threads',
  name: string,
): Promise<{ readonly differences: readonly IndexDifference[]; readonly count: number }> {
  const wanted = expected[kind].get(name) ?? new Map<string, ExpectedEntry>()
  try {
    const stored = await reader.everything(name, 'edit')
    const isUnresolved = (id: string): boolean => expected.unresolved.has(id)
    const differences = compareListing(object, wanted, stored, isUnresolved)
    return { differences, count: newestOfEach(stored).length }
  } catch (error) {
    return { differences: [unreadable(object, error)], count: 0 }
  }
}

async function catalogDifferences(
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

/** Reads the sources and the listings of these differences again; @returns those that stayed. */
async function confirm(
  options: IndexJobsOptions,
  first: Expectations,
  differences: readonly IndexDifference[],
): Promise<readonly IndexDifference[]> {
  const { site } = options
  const ids = new Set(differences.map(({ id }) => id))
  const again = noExpectations()
  await readSources(options, again, ids)
  // What is not in doubt is taken as it was read first.
  for (const kind of ['listings', 'threads'] as const) {
    for (const [name, entries] of first[kind]) {
      const merged = again[kind].get(name) ?? new Map<string, ExpectedEntry>()
      for (const [key, entry] of entries) if (!ids.has(entry.id)) merged.set(key, entry)
      again[kind].set(name, merged)
    }
  }
  const objects = new Set(differences.map(({ object }) => object))
  const names = await derivedNames(options, again)
  const isInDoubt = (type: string, name: string): boolean =>
    objects.has(showLocation({ type, bucket: site, key: name }))
  // A catalog is measured by the listing it counts: that one is read again as well.
  const isCounted = (name: string): boolean => {
    const listing = parseListingKey(name)
    if (listing === undefined || listing.kind === 'all') return false
    return ids.has(listing.kind === 'tag' ? listing.tag : listing.month)
  }
  const doubtful: Names = {
    listings: names.listings.filter(
      (name) => isInDoubt(postListings.type, name) || isCounted(name),
    ),
    threads: names.threads.filter((name) => isInDoubt(threadRoom.type, name)),
  }
  const still = await differencesOf(options, again, doubtful, ids)
  const before = new Set(differences.map(({ object, id }) => `${object}\n${id}`))
  return still.filter(({ object, id }) => before.has(`${object}\n${id}`))
}

async function readSources(
  options: IndexJobsOptions,
  into: Expectations,
  ids: ReadonlySet<string>,
): Promise<void> {
  const { riak, site } = options
  for (const type of ['posts', 'comments'] as const) {
    for await (const page of pageKeys(riak, { type, bucket: site })) {
      const keys = page.filter((key) => ids.has(key.split('/').at(-1) ?? key))
      await eachBounded(keys, limits.storeConcurrency, (key) =>
        (type === 'posts' ? expectPost : expectComment)(options, into, key),
      )
    }
  }
}
