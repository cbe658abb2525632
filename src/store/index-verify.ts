/**
 * `index verify`: what is stored against what the sources say, each difference looked at again by
 * reading: a job sees one replica, and a server may be deriving just now.
 */

import { postListings } from '../../buckets/indexes/room.ts'
import { threads as threadRoom } from '../../buckets/threads/room.ts'
import { showLocation } from '../kernel/ids.ts'
import { limits } from '../kernel/limits.ts'
import type { IndexDifference } from './blog.ts'
import { eachBounded } from './each.ts'
import { collectExpectations, expectSource, noExpectations } from './expectations.ts'
import type { ExpectedEntry, Expectations } from './expectations.ts'
import { derivedNames } from './index-access.ts'
import type { IndexJobsOptions, Names } from './index-access.ts'
import { catalogDifferences, claimDifferences, lookAtListings } from './index-look.ts'
import { parseListingKey } from './listings.ts'
import { unpaced } from './pace.ts'
import type { Pace } from './pace.ts'
import { queueDifferences } from './queue-index.ts'
import { rest } from './rest.ts'
import { pageKeys } from './source-pages.ts'

export async function verifyIndexes(
  options: IndexJobsOptions,
  progress: (done: number) => void,
  pace: Pace = unpaced,
): Promise<readonly IndexDifference[]> {
  await pace(() => options.settle())
  const expected = await collectExpectations(options, progress, pace)
  const names = await pace(() => derivedNames(options, expected))
  let differences = await differencesOf(options, expected, names, { how: 'rows', pace })
  // What a server is just deriving is no difference: looked at again, it is gone.
  for (let look = 0; look < limits.verifyLooks && differences.length > 0; look++) {
    await pace(() => rest(options.clock, limits.verifyRestMs))
    differences = await confirm(options, expected, differences, pace)
  }
  return differences
}

interface Look {
  readonly how: 'rows' | 'reading'
  readonly pace: Pace
  /** Only these tags and months are asked of the catalogs; absent: all. */
  readonly doubts?: ReadonlySet<string>
}

async function differencesOf(
  options: IndexJobsOptions,
  expected: Expectations,
  names: Names,
  { how, pace, doubts }: Look,
): Promise<readonly IndexDifference[]> {
  const found: IndexDifference[] = [...expected.unreadable]
  const counts = new Map<string, number>()
  for (const kind of ['listings', 'threads'] as const) {
    const of = { kind, names: names[kind] }
    const looks = await lookAtListings(options, expected, of, { pace, mayBeUnsettled: false })
    for (const look of looks) {
      found.push(...look.differences)
      if (kind === 'listings') counts.set(look.name, look.count)
    }
  }
  found.push(...(await claimDifferences(options, expected, how, pace)))
  found.push(...(await pace(() => catalogDifferences(options, counts, doubts))))
  found.push(...(await queueDifferences(options, pace)))
  return found
}

/** Reads the sources and the listings of these differences again; @returns those that stayed. */
async function confirm(
  options: IndexJobsOptions,
  first: Expectations,
  differences: readonly IndexDifference[],
  pace: Pace,
): Promise<readonly IndexDifference[]> {
  const { site } = options
  const ids = new Set(differences.map(({ id }) => id))
  const again = noExpectations()
  await readSources(options, again, ids, pace)
  // What is not in doubt is taken as it was read first.
  for (const kind of ['listings', 'threads'] as const) {
    for (const [name, entries] of first[kind]) {
      const merged = again[kind].get(name) ?? new Map<string, ExpectedEntry>()
      for (const [key, entry] of entries) if (!ids.has(entry.id)) merged.set(key, entry)
      again[kind].set(name, merged)
    }
  }
  const objects = new Set(differences.map(({ object }) => object))
  const names = await pace(() => derivedNames(options, again))
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
  const still = await differencesOf(options, again, doubtful, {
    how: 'reading',
    pace,
    doubts: ids,
  })
  const before = new Set(differences.map(({ object, id }) => `${object}\n${id}`))
  return still.filter(({ object, id }) => before.has(`${object}\n${id}`))
}

async function readSources(
  options: IndexJobsOptions,
  into: Expectations,
  ids: ReadonlySet<string>,
  pace: Pace,
): Promise<void> {
  const { riak, site } = options
  for (const type of ['posts', 'comments'] as const) {
    for await (const page of pageKeys(riak, { type, bucket: site })) {
      const keys = page.filter((key) => ids.has(key.split('/').at(-1) ?? key))
      for (let at = 0; at < keys.length; at += limits.sweepBatch) {
        const batch = keys.slice(at, at + limits.sweepBatch)
        await pace(() =>
          eachBounded(batch, limits.storeConcurrency, (key) =>
            expectSource(options, into, type, key),
          ),
        )
      }
    }
  }
}
