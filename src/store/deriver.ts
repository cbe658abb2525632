/**
 * Derived follows source: from a stored post its claims, then its entries in every listing; from a
 * stored comment its entries in the thread and among the held ones.
 *
 *     post ──▶ slugs ──lost?──▶ a numbered slug is saved in the post, and all follows from that
 *       ├────▶ all, month/…, tag/… ──counts──▶ catalog/months, catalog/tags
 *       └────▶ an empty thread, once published
 *
 * Idempotent: what is stored already is not written. From the merged value only, never from what a
 * request believed: so it does not matter who derives, when, or how often.
 */

import type { CatalogRow, PostRow as ShownPost } from '../../buckets/indexes/schema.ts'
import { nextClock } from '../../buckets/hybrid-clock.ts'
import type { Directory, Entry } from '../../buckets/listing-schema.ts'
import { countPresent } from '../../buckets/listing.ts'
import { addRevision } from '../../buckets/posts/merge.ts'
import { makeRevision } from '../../buckets/posts/revision.ts'
import type { Revision } from '../../buckets/revision-schema.ts'
import { postRows } from '../../mapreduce/post-rows.ts'
import type { Clock, Log } from '../kernel/ports.ts'
import type { ListingName, StoreChange } from './blog.ts'
import type { EmptyThreads } from './empty-threads.ts'
import type { Lately } from './lately.ts'
import type { ListingWriter, Look, Renewal } from './listing-writer.ts'
import { monthCatalog, parseListingKey, tagCatalog } from './listings.ts'
import type { SavePlan } from './post-save.ts'
import type { PostSource, SeenPost } from './post-source.ts'
import type { PostWriter, Written } from './post-writer.ts'
import type { Slugs } from './slugs.ts'

export interface Derived {
  readonly seen: SeenPost
  readonly isWritten: boolean
}

/** Numbered slugs tried for one save: each loss means a rival took the number at the same moment. */
const lossesMax = 5

export class PostDeriver {
  readonly #slugs: Slugs
  readonly #writer: PostWriter
  readonly #source: PostSource
  readonly #listings: ListingWriter<ShownPost>
  readonly #threads: EmptyThreads
  readonly #emit: (change: StoreChange) => void
  readonly #log: Log
  /** `<type>/<key>` with the `changed_int` that was derived: the sweeper need not look again. */
  readonly #derived: Lately<number>
  /** Told of every post that is derived: written here, swept, or looked at by a job. */
  readonly #tellSeen: (seen: SeenPost) => void
  /** Derivations under way, and losers being given their numbers. */
  readonly #running = new Set<Promise<unknown>>()

  constructor(options: {
    slugs: Slugs
    writer: PostWriter
    source: PostSource
    listings: ListingWriter<ShownPost>
    threads: EmptyThreads
    emit: (change: StoreChange) => void
    log: Log
    derived: Lately<number>
    tellSeen: (seen: SeenPost) => void
  }) {
    this.#slugs = options.slugs
    this.#writer = options.writer
    this.#source = options.source
    this.#listings = options.listings
    this.#threads = options.threads
    this.#emit = options.emit
    this.#log = options.log
    this.#derived = options.derived
    this.#tellSeen = options.tellSeen
  }

  /**
   * @param isFresh - the post was made by this request.
   * @param look - `surely` for whoever looks for damage: sweeps and jobs.
   * @returns the post as it is after a lost slug was replaced.
   */
  derive(seen: SeenPost, isFresh: boolean, look: Look = 'trusting'): Promise<Derived> {
    const running = this.#derive(seen, isFresh, look)
    this.#running.add(running)
    const forget = (): void => {
      this.#running.delete(running)
    }
    running.then(forget, forget)
    return running
  }

  /** Read, merge, put where that changes something, derive: what the sweeper does to a post. */
  async revisit(id: string): Promise<Derived | undefined> {
    const written = await this.#writer.settle(id)
    if (written === undefined) return undefined
    if (written.changed) this.#emit(postChange(written.seen))
    const derived = await this.derive(written.seen, false, 'surely')
    return { ...derived, isWritten: derived.isWritten || written.changed }
  }

  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running)
  }

  async #derive(seen: SeenPost, isFresh: boolean, look: Look): Promise<Derived> {
    // Nothing may follow from a text that lacks a side.
    if (seen.view.isPending) return { seen, isWritten: false }
    const addressed = await this.#claim(seen, isFresh)
    const { value, view } = addressed.seen
    this.#tellSeen(addressed.seen)
    const [isOpened, ...flushed] = await Promise.all([
      view.fields.status === 'published' ? this.#threads.open(value.id, isFresh) : false,
      ...postEntries(addressed.seen).map(([listing, entry]) =>
        this.#listings.put(listing, entry, look),
      ),
    ])
    this.#derived.set(`posts/${value.id}`, Math.max(...value.heads.map((head) => head.clock)))
    const isWritten = addressed.isWritten || flushed.some((each) => each.isWritten)
    if (isWritten) this.#emit(postChange(addressed.seen))
    return { seen: addressed.seen, isWritten: isWritten || isOpened }
  }

  async #claim(start: SeenPost, isFresh: boolean): Promise<Derived> {
    let seen = start
    let isWritten = false
    for (let losses = 0; ; losses++) {
      const claimed = await this.#slugs.claimAll(seen, isFresh && losses === 0)
      isWritten ||= claimed.isWritten
      for (const loser of claimed.losers) this.#revisitLater(loser)
      if (!claimed.isLost || losses === lossesMax) return { seen, isWritten }
      const written = await this.#giveNumber(seen)
      if (written === undefined || written.seen.view.isPending) return { seen, isWritten }
      seen = written.seen
      isWritten = true
    }
  }

  /** The post that came second to an address keeps another one, from now on for good. */
  async #giveNumber(seen: SeenPost): Promise<Written | undefined> {
    const { id } = seen.value
    const lost = seen.view.fields.slug
    const slug = await this.#slugs.numbered(lost, id)
    return this.#writer.update(id, async (current, nowMs): Promise<SavePlan> => {
      const { view, value } = current
      if (view.isPending || view.fields.slug !== lost) return { kind: 'nothing' }
      const revision: Revision = makeRevision({
        parents: value.heads.map((head) => head.id),
        fields: { ...view.fields, slug },
        author: 'slugs',
        conflicts: view.conflicts,
        clock: nextClock(
          nowMs,
          value.heads.map((head) => head.clock),
        ),
        savedAtMs: nowMs,
      })
      const next = this.#source.complete(await this.#source.see(addRevision(value, revision)))
      return { kind: 'put', next, fresh: [revision], merge: 'none' }
    })
  }

  #revisitLater(id: string): void {
    const running = this.revisit(id).catch((error: unknown) => {
      this.#log.write('warn', 'a post that lost its address could not be given another yet', {
        id,
        error: String(error),
      })
    })
    this.#running.add(running)
    void running.then(() => this.#running.delete(running))
  }
}

/** The rows of a post with what a listing shows of it. */
export function postEntries(
  seen: SeenPost,
): readonly (readonly [listing: string, entry: Entry<ShownPost>])[] {
  const { value, view } = seen
  const shown = showRow(seen)
  const rows = postRows({ ...value, fields: view.fields, clock: view.clock })
  return rows.map(([listing, sort, id, clock, version, present]) => [
    listing,
    { id, sort, clock, version, present: present === 1, data: present === 1 ? shown : null },
  ])
}

/** Keeps the catalogs: after every flush of a tag or month, its count. */
export function catalogKeeper(
  catalogs: ListingWriter<CatalogRow>,
  clock: Clock,
): (name: string, directory: Directory<ShownPost>, look: Look) => Promise<void> {
  return async (name, directory, look) => {
    const listing = parseListingKey(name)
    if (listing === undefined || listing.kind === 'all') return
    const [catalog, id] =
      listing.kind === 'tag' ? [tagCatalog, listing.tag] : [monthCatalog, listing.month]
    const count = countOf(directory)
    await catalogs.renew(catalog, { id, sort: id }, renewCount(id, count, clock.nowMs()), look)
  }
}

/** A count is no union: whoever counted last says it, and the sweeper counts again. */
export function renewCount(id: string, count: number, nowMs: number): Renewal<CatalogRow> {
  return (stored) => {
    const known = stored?.present === true ? (stored.data?.count ?? 0) : 0
    if (known === count) return undefined
    const clock = nextClock(nowMs, stored === undefined ? [] : [stored.clock])
    const present = count > 0
    return { id, sort: id, clock, version: '', present, data: present ? { count } : null }
  }
}

/** Present entries of the whole listing, as far as its directory knows. */
export function countOf(directory: Directory<unknown>): number {
  const inSegments = directory.segments.reduce((sum, ref) => sum + ref.count, 0)
  return inSegments + countPresent(directory, directory)
}

function showRow(seen: SeenPost): ShownPost {
  const { fields, updatedAtMs } = seen.view
  return {
    slug: fields.slug,
    title: fields.title,
    summary: fields.summary,
    tags: fields.tags,
    kind: fields.kind,
    author: fields.author,
    publishedAt: fields.publishedAt ?? '',
    updatedAt: new Date(updatedAtMs).toISOString(),
  }
}

export function postChange(seen: SeenPost): StoreChange {
  const names = new Map<string, ListingName>()
  for (const { index } of seen.value.places) {
    const name = parseListingKey(index)
    if (name !== undefined) names.set(index, name)
  }
  return {
    kind: 'post',
    id: seen.value.id,
    slugs: [...new Set(seen.value.slugs.map((held) => held.slug))],
    listings: [...names.values()],
  }
}
