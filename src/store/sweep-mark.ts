/**
 * How far sweeps have come: everything that changed up to here has been derived.
 *
 * It is an entry of a catalog that nobody shows, because its merge is what a mark needs: the later
 * clock wins.
 */

import { catalogs } from '../../buckets/indexes/room.ts'
import { emptyDirectory, putEntries } from '../../buckets/listing.ts'
import type { Directory } from '../../buckets/listing-schema.ts'
import type { CatalogRow } from '../../buckets/indexes/schema.ts'
import type { Objects } from './read-merge-write.ts'

const key = 'sweep/mark'

/** @returns 0 where nothing was swept yet: the first sweep looks at everything. */
export async function readSweepMark(objects: Objects): Promise<number> {
  const found = await objects.read(catalogs, key, 'edit')
  return Math.max(0, ...(found?.value?.entries ?? []).map((entry) => entry.clock))
}

export async function writeSweepMark(objects: Objects, markMs: number): Promise<void> {
  const mark = {
    id: 'mark',
    sort: '',
    clock: markMs,
    version: '',
    present: true,
    data: { count: 0 },
  }
  await objects.mergeInto(
    catalogs,
    key,
    putEntries<Directory<CatalogRow>, CatalogRow>(emptyDirectory(), [mark]),
  )
}
