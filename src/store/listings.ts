/** What readers leaf through: all posts, a tag's, a month's, and the catalogs of tags and months. */

import type { CatalogRow, PostRow } from '../../buckets/indexes/schema.ts'
import type { Entry } from '../../buckets/listing-schema.ts'
import { sortKey } from '../../buckets/listing.ts'
import { tagKey } from '../../buckets/post-fields.ts'
import type { Clock } from '../kernel/ports.ts'
import type { ListingName, Listings, PostEntry } from './blog.ts'
import { assertCursor } from './cursors.ts'
import { nextShowingMs } from './listing-reader.ts'
import type { ListingReader } from './listing-reader.ts'

export const tagCatalog = 'catalog/tags'
export const monthCatalog = 'catalog/months'

export function listingKey(name: ListingName): string {
  switch (name.kind) {
    case 'all':
      return 'all'
    case 'tag':
      return `tag/${tagKey(name.tag)}`
    case 'month':
      return `month/${name.month}`
  }
}

/** @returns undefined for a key that is no listing of posts (a segment, a catalog). */
export function parseListingKey(key: string): ListingName | undefined {
  if (key === 'all') return { kind: 'all' }
  if (/\/S-[0-9a-f]+$/.test(key)) return undefined
  if (key.startsWith('tag/')) return { kind: 'tag', tag: key.slice(4) }
  if (key.startsWith('month/')) return { kind: 'month', month: key.slice(6) }
  return undefined
}

export function openListings(options: {
  readonly reader: ListingReader<PostRow>
  readonly catalogs: ListingReader<CatalogRow>
  readonly clock: Clock
}): Listings {
  const { reader, catalogs, clock } = options

  const catalog = async (
    name: string,
  ): Promise<readonly { readonly id: string; readonly count: number }[]> => {
    const entries = await catalogs.all(name, 'page')
    return entries.flatMap(({ id, data }) => (data === null ? [] : [{ id, count: data.count }]))
  }

  return {
    async page(name, at, tuning) {
      assertCursor(at.cursor)
      const olderMs = at.olderThan === undefined ? Number.NaN : Date.parse(at.olderThan)
      const cursor = Number.isNaN(olderMs) ? at.cursor : sortKey(olderMs, '')
      const below = sortKey(clock.nowMs() + 1, '')
      const { directory, page } = await reader.page(
        listingKey(name),
        {
          order: 'descending',
          limit: at.limit,
          below,
          ...(cursor === undefined ? {} : { cursor }),
          ...(at.page === undefined ? {} : { page: at.page }),
        },
        tuning,
      )
      return {
        entries: page.entries.flatMap(showEntry),
        next: page.next,
        total: page.total,
        nextPublicationMs: nextShowingMs(directory, below),
      }
    },

    async tags() {
      const entries = await catalog(tagCatalog)
      return entries.map(({ id, count }) => ({ tag: id, count })).sort(byTag)
    },

    async months() {
      const entries = await catalog(monthCatalog)
      return entries
        .map(({ id, count }) => ({ month: id, count }))
        .sort((a, b) => (a.month < b.month ? 1 : -1))
    },
  }
}

function byTag(a: { readonly tag: string }, b: { readonly tag: string }): number {
  return a.tag < b.tag ? -1 : 1
}

function showEntry(entry: Entry<PostRow>): readonly PostEntry[] {
  if (entry.data === null) return []
  return [{ ...entry.data, id: entry.id, revision: entry.version }]
}
