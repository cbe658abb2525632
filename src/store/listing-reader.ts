/**
 * Reading listings: a page costs the directory and at most three segments, whatever the length.
 *
 * A listing that is not found is empty only while the store is settled; one that holds nothing but
 * bytes we cannot read is an error, so that a page is served from the cache instead of empty.
 */

import { planPage, showPage } from '../../buckets/listing-pages.ts'
import type { Page, PageRequest } from '../../buckets/listing-pages.ts'
import type { Directory, Entry, Listing, Segment } from '../../buckets/listing-schema.ts'
import { emptyDirectory, segmentKey, sortTime } from '../../buckets/listing.ts'
import { newestOfEach } from '../../buckets/listing-pages.ts'
import type { Room } from '../../buckets/room.ts'
import { limits } from '../kernel/limits.ts'
import type { ReadTuning } from './blog.ts'
import { eachBounded } from './each.ts'
import { assertReadable } from './read-merge-write.ts'
import type { Found, Objects } from './read-merge-write.ts'
import type { ReadUse } from './quorums.ts'
import type { Settled } from './settled.ts'

export interface ListingHealth {
  /** False where some place of the listing is missing, or damaged. */
  readonly isWhole: boolean
  /** Of each place that lies in siblings, which are one when it is next written: its entries' ids. */
  readonly split: readonly (readonly string[])[]
}

interface Health {
  isWhole: boolean
  readonly split: (readonly string[])[]
}

export class ListingReader<D> {
  readonly #room: Room<Listing<D>>
  readonly #objects: Objects
  readonly #settled: Settled
  readonly #lost: Set<string>

  /** @param options.lost - listings whose objects were met damaged: the sweeper has them rebuilt. */
  constructor(options: {
    readonly room: Room<Listing<D>>
    readonly objects: Objects
    readonly settled: Settled
    readonly lost: Set<string>
  }) {
    this.#room = options.room
    this.#objects = options.objects
    this.#settled = options.settled
    this.#lost = options.lost
  }

  /** @throws OperationError `BLOG_UNSETTLED`, `BLOG_UNREADABLE_VALUE` */
  directory(name: string, use: ReadUse, tuning?: ReadTuning): Promise<Directory<D>> {
    return this.#directory(name, use, tuning, newHealth())
  }

  async #directory(
    name: string,
    use: ReadUse,
    tuning: ReadTuning | undefined,
    health: Health,
  ): Promise<Directory<D>> {
    const found = await this.#objects.read(this.#room, name, use, tuning)
    if (found !== undefined) note(health, found)
    if (found === undefined) await this.#settled.assertAbsent(`the listing ${name}`)
    if (found !== undefined && found.value === undefined) this.#lost.add(name)
    if (found !== undefined) assertReadable(this.#objects.at(this.#room.type, name), found)
    return found?.value?.kind === 'directory' ? found.value : emptyDirectory<D>()
  }

  async page(
    name: string,
    request: PageRequest,
    tuning?: ReadTuning,
  ): Promise<{ readonly directory: Directory<D>; readonly page: Page<D> }> {
    const directory = await this.directory(name, 'page', tuning)
    const plan = planPage(directory, request)
    const read = await this.#segments(name, plan.segments, 'page', tuning)
    return { directory, page: showPage(directory, plan, read) }
  }

  /** Everything that is present, by any number of reads: for catalogs and jobs. */
  async all(name: string, use: ReadUse): Promise<readonly Entry<D>[]> {
    return newestOfEach(await this.everything(name, use))
  }

  /** Every entry of every place, absent ones and older copies too: for jobs. */
  async everything(name: string, use: ReadUse): Promise<readonly Entry<D>[]> {
    return (await this.look(name, use)).entries
  }

  /** As `everything`, with what is wrong with its places. */
  async look(
    name: string,
    use: ReadUse,
  ): Promise<ListingHealth & { entries: readonly Entry<D>[] }> {
    const health = newHealth()
    const directory = await this.#directory(name, use, undefined, health)
    const segments = await this.#segments(name, directory.segments, use, undefined, health)
    const entries = [directory, ...segments.values()].flatMap((place) => place.entries)
    const isWhole = health.isWhole && segments.size === directory.segments.length
    return { ...health, isWhole, entries }
  }

  async #segments(
    name: string,
    refs: Directory<D>['segments'],
    use: ReadUse,
    tuning?: ReadTuning,
    health: Health = newHealth(),
  ): Promise<ReadonlyMap<string, Segment<D>>> {
    const read = await eachBounded(refs, limits.storeConcurrency, async (ref) => {
      const key = segmentKey(name, ref.id)
      const found = await this.#objects.read(this.#room, key, use, tuning)
      if (found !== undefined) note(health, found)
      if (found?.value?.kind === 'segment') return [[ref.id, found.value] as const]
      // The directory that names it is a witness: a segment that is not found is not empty.
      if (found === undefined) await this.#settled.assertAbsent(`segment ${key}`)
      // Damaged or deleted by hand: one segment less must not take the listing down.
      this.#lost.add(name)
      return []
    })
    return new Map(read.flat())
  }
}

function newHealth(): Health {
  return { isWhole: true, split: [] }
}

function note(health: Health, found: Found<Listing<unknown>>): void {
  const isDamaged = found.unreadable.length > 0 || found.tombstones > 0
  const ids = (found.value?.entries ?? []).map(({ id }) => id)
  if (isDamaged || (!found.isUniform && ids.length === 0)) health.isWhole = false
  else if (!found.isUniform) health.split.push(ids)
}

/** When the next entry hidden by `below` begins to show, epoch ms. */
export function nextShowingMs(directory: Directory<unknown>, below: string): number | undefined {
  const hidden = [
    ...newestOfEach(directory.entries.filter((entry) => entry.sort >= below)).map(
      (entry) => entry.sort,
    ),
    ...directory.segments.filter((ref) => ref.from >= below).map((ref) => ref.from),
  ]
  const [first] = hidden.sort()
  return first === undefined ? undefined : sortTime(first)
}
