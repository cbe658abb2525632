/** `index rebuild`: sources read, merged and derived again; then what no source lists is taken out. */

import { entryKey, uniteEntries } from '../../buckets/listing.ts'
import { StoreError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import { renewCount } from './deriver.ts'
import { eachBounded } from './each.ts'
import { collectExpectations, expectComment, expectPost, noExpectations } from './expectations.ts'
import type { ExpectedEntry, Expectations } from './expectations.ts'
import { derivedNames } from './index-access.ts'
import type { IndexJobsOptions, ListingAccess } from './index-access.ts'
import { monthCatalog, parseListingKey, tagCatalog } from './listings.ts'
import { pageKeys } from './source-pages.ts'

export async function rebuildIndexes(
  options: IndexJobsOptions,
  progress: (done: number) => void,
): Promise<{ readonly posts: number; readonly written: number }> {
  const { riak, site, revisits } = options
  let done = 0
  let posts = 0
  let written = 0
  for (const type of ['posts', 'comments'] as const) {
    for await (const keys of pageKeys(riak, { type, bucket: site })) {
      for (let at = 0; at < keys.length; at += limits.sweepBatch) {
        const batch = await revisits.run(type, keys.slice(at, at + limits.sweepBatch))
        written += batch.filter(({ isWritten }) => isWritten === true).length
        done += batch.length
        if (type === 'posts') posts += batch.length
        progress(done)
      }
    }
  }
  written += await takeOutExtras(options)
  return { posts, written }
}

/** Entries that no source explains: a place a damaged source forgot, a post that was erased. */
async function takeOutExtras(options: IndexJobsOptions): Promise<number> {
  const { listings, threads } = options
  const expected = await collectExpectations(options, () => undefined)
  const names = await derivedNames(options, expected)
  let written = 0
  for (const name of names.listings) {
    written += await takeOut(options, listings, expected, 'listings', name)
  }
  for (const name of names.threads) {
    written += await takeOut(options, threads, expected, 'threads', name)
  }
  return written + (await recount(options, names.listings))
}

async function takeOut<D>(
  options: IndexJobsOptions,
  { reader, writer }: ListingAccess<D>,
  expected: Expectations,
  kind: 'listings' | 'threads',
  name: string,
): Promise<number> {
  const wanted = expected[kind].get(name) ?? new Map<string, ExpectedEntry>()
  const stored = await unlessUnreadable(() => reader.everything(name, 'edit'))
  const extras = uniteEntries<D>([], stored).filter(
    (entry) => entry.present && !wanted.has(entryKey(entry)) && !expected.unresolved.has(entry.id),
  )
  const written = await eachBounded(
    extras,
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
  if (kind === 'listings') await expectPost(options, again, id)
  else await expectComment(options, again, `${name.split('/')[0] ?? name}/${id}`)
  const isSilent = again[kind].size === 0 && again.unresolved.size === 0
  // Not found proves nothing while nodes are away.
  if (isSilent && !options.settled.isSettled()) return true
  return again.unresolved.has(id) || again[kind].get(name)?.has(key) === true
}

/** Counts of tags and months that have lost their listing, or never heard of it. */
async function recount(
  { listings, catalogs, clock }: IndexJobsOptions,
  names: readonly string[],
): Promise<number> {
  const known = new Set(names)
  let written = 0
  for (const [catalog, prefix] of [
    [tagCatalog, 'tag/'],
    [monthCatalog, 'month/'],
  ] as const) {
    const stored = await unlessUnreadable(() => catalogs.reader.all(catalog, 'edit'))
    const ids = [
      ...names.filter((name) => parseListingKey(name)?.kind === prefix.slice(0, -1)),
      ...stored.map(({ id }) => prefix + id).filter((name) => !known.has(name)),
    ].map((name) => name.slice(prefix.length))
    for (const id of ids) {
      const entries = await unlessUnreadable(() => listings.reader.all(prefix + id, 'edit'))
      const { isWritten } = await catalogs.writer.renew(
        catalog,
        { id, sort: id },
        renewCount(id, entries.length, clock.nowMs()),
        'surely',
      )
      if (isWritten) written++
    }
  }
  return written
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
