/**
 * Which server looks after the listings, and when they were last verified.
 *
 * Entries of a catalog that nobody shows: the later (clock, holder) wins wherever two servers write at
 * once, so that both see the same one. Best effort: two that could not see each other both work, which
 * costs reads and harms nothing. A holder that dies lets go when its lease runs out.
 */

import { emptyDirectory, putEntries } from '../../buckets/listing.ts'
import { nextClock } from '../../buckets/hybrid-clock.ts'
import { catalogs } from '../../buckets/indexes/room.ts'
import type { CatalogRow } from '../../buckets/indexes/schema.ts'
import type { Directory, Entry } from '../../buckets/listing-schema.ts'
import { limits } from '../kernel/limits.ts'
import type { Clock } from '../kernel/ports.ts'
import type { Objects } from './read-merge-write.ts'

const key = 'keeper/lease'

export class KeeperLease {
  readonly #objects: Objects
  readonly #clock: Clock
  /** This server, unlike any other. */
  readonly #holder: string

  constructor(options: {
    readonly objects: Objects
    readonly clock: Clock
    readonly holder: string
  }) {
    this.#objects = options.objects
    this.#clock = options.clock
    this.#holder = options.holder
  }

  /** @returns when the listings were last verified whole, by whichever server, epoch ms; 0: never. */
  async verifiedMs(): Promise<number> {
    return timeOf((await this.#entries()).get('verified'))
  }

  /** Take the lease, or renew it. @returns whether it is ours now. */
  async take(): Promise<boolean> {
    const held = (await this.#entries()).get('lease')
    if (this.#isAnothers(held)) return false
    const stored = await this.#put('lease', this.#clock.nowMs() + limits.keeperLeaseMs, held)
    return stored.get('lease')?.version === this.#holder
  }

  /** Say that all was verified now, and let go of the lease. */
  async done(): Promise<void> {
    const entries = await this.#entries()
    await this.#put('verified', this.#clock.nowMs(), entries.get('verified'))
    await this.release()
  }

  async release(): Promise<void> {
    const held = (await this.#entries()).get('lease')
    if (held?.version === this.#holder) await this.#put('lease', 0, held)
  }

  /** A clock that is far ahead must not hold it for ever. */
  #isAnothers(held: Entry<CatalogRow> | undefined): boolean {
    const leftMs = timeOf(held) - this.#clock.nowMs()
    return held?.version !== this.#holder && leftMs > 0 && leftMs <= 2 * limits.keeperLeaseMs
  }

  async #entries(): Promise<ReadonlyMap<string, Entry<CatalogRow>>> {
    const found = await this.#objects.read(catalogs, key, 'edit')
    return byId(found?.value?.entries ?? [])
  }

  async #put(
    id: 'lease' | 'verified',
    atMs: number,
    before: Entry<CatalogRow> | undefined,
  ): Promise<ReadonlyMap<string, Entry<CatalogRow>>> {
    const entry = {
      id,
      sort: '',
      clock: nextClock(this.#clock.nowMs(), before === undefined ? [] : [before.clock]),
      version: this.#holder,
      present: true,
      data: { count: atMs },
    }
    const delta = putEntries<Directory<CatalogRow>, CatalogRow>(emptyDirectory(), [entry])
    const { value } = await this.#objects.mergeInto(catalogs, key, delta)
    return byId(value.entries)
  }
}

function byId(entries: readonly Entry<CatalogRow>[]): ReadonlyMap<string, Entry<CatalogRow>> {
  return new Map(entries.map((entry) => [entry.id, entry]))
}

function timeOf(entry: Entry<CatalogRow> | undefined): number {
  return entry?.data?.count ?? 0
}
