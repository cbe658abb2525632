/** What the index jobs work with, and the names of all that is derived. */

import type { CatalogRow, PostRow } from '../../buckets/indexes/schema.ts'
import { postListings } from '../../buckets/indexes/room.ts'
import { filledField, threads as threadRoom } from '../../buckets/threads/room.ts'
import type { ThreadRow } from '../../buckets/threads/schema.ts'
import type { Clock } from '../kernel/ports.ts'
import type { Expectations, SourceReader } from './expectations.ts'
import type { ListingReader } from './listing-reader.ts'
import type { ListingWriter } from './listing-writer.ts'
import { parseListingKey } from './listings.ts'
import type { Revisits } from './revisits.ts'
import type { Settled } from './settled.ts'
import type { Slugs } from './slugs.ts'
import { pageIndex, pageKeys } from './source-pages.ts'

export interface ListingAccess<D> {
  readonly reader: ListingReader<D>
  readonly writer: ListingWriter<D>
}

export interface IndexJobsOptions extends SourceReader {
  readonly clock: Clock
  readonly settled: Settled
  readonly settle: () => Promise<void>
  readonly slugs: Slugs
  readonly revisits: Revisits
  readonly listings: ListingAccess<PostRow>
  readonly threads: ListingAccess<ThreadRow>
  readonly catalogs: ListingAccess<CatalogRow>
}

export interface Names {
  readonly listings: readonly string[]
  readonly threads: readonly string[]
}

/** Every listing of posts, and every thread that holds or should hold anything. */
export async function derivedNames(
  { riak, site }: Pick<IndexJobsOptions, 'riak' | 'site'>,
  expected: Pick<Expectations, 'listings' | 'threads'>,
): Promise<Names> {
  const listings = new Set(expected.listings.keys())
  for await (const keys of pageKeys(riak, { type: postListings.type, bucket: site })) {
    for (const key of keys) if (parseListingKey(key) !== undefined) listings.add(key)
  }
  const threads = new Set(expected.threads.keys())
  const filled = { type: threadRoom.type, bucket: site, field: filledField, equals: '1' }
  for await (const keys of pageIndex(riak, filled)) {
    for (const key of keys) threads.add(key)
  }
  return { listings: [...listings].sort(), threads: [...threads].sort() }
}
