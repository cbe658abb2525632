/**
 * A time that only grows, kept in the store for all servers: how far sweeps have come, when a node was
 * last seen away.
 *
 * It is an entry of a catalog that nobody shows, because its merge is what such a mark needs: the later
 * clock wins. What is not found is 0, and proves nothing.
 */

import { catalogs } from '../../buckets/indexes/room.ts'
import { emptyDirectory, putEntries } from '../../buckets/listing.ts'
import type { Directory } from '../../buckets/listing-schema.ts'
import type { CatalogRow } from '../../buckets/indexes/schema.ts'
import type { Objects } from './read-merge-write.ts'

export class HighMark {
  readonly #objects: Objects
  readonly #key: string

  /** @param key - `sweep/mark`: of no listing, and of no other mark. */
  constructor(objects: Objects, key: string) {
    this.#objects = objects
    this.#key = key
  }

  /** @returns epoch ms; 0 where none was found. @throws StoreError */
  async read(): Promise<number> {
    const found = await this.#objects.read(catalogs, this.#key, 'edit')
    return Math.max(0, ...(found?.value?.entries ?? []).map((entry) => entry.clock))
  }

  /** Nothing is written where it is that high already. @throws StoreError */
  async raise(atMs: number): Promise<void> {
    const mark = {
      id: 'mark',
      sort: '',
      clock: atMs,
      version: '',
      present: true,
      data: { count: 0 },
    }
    await this.#objects.mergeInto(
      catalogs,
      this.#key,
      putEntries<Directory<CatalogRow>, CatalogRow>(emptyDirectory(), [mark]),
    )
  }
}
