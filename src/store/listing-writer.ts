/**
 * Writing derived listings: entries coalesced by listing, one write of a listing in flight.
 *
 *     add(name, entry) ─┐
 *     add(name, entry) ─┼─▶ pending ──flush──▶ read directory ─▶ segments, then directory ─▶ cut
 *     add(name, entry) ─┘      ▲                                                             │
 *                              └──────────── more came meanwhile ────────────────────────────┘
 *
 * A flush follows the protocol of `buckets/listing-split.ts`: an entry is put where the directory says,
 * then the directory is read (or put) again, so that either this writer or whoever cuts the place
 * meanwhile sees the other; a place that is too large is cut, a stray brought home.
 *
 * Entries of a local write start from the places as this server last saw them, seconds ago: the put's
 * context makes that safe (what a rival wrote comes back as a sibling and is merged). Sweeps and jobs
 * read first, for they look for what is damaged.
 *
 * Invariants: nothing is written where nothing would change; of one entry only the newest waits.
 */

import { canonicalJson } from '../../buckets/canonical-json.ts'
import type { Directory, Entry, Listing, Segment } from '../../buckets/listing-schema.ts'
import {
  absentMsMax,
  compact,
  compareFreshness,
  countPresent,
  emptyDirectory,
  emptySegment,
  entryKey,
  mergeDirectories,
  noteCount,
  placeOf,
  putEntries,
  segmentId,
  segmentKey,
  straysOf,
} from '../../buckets/listing.ts'
import { placesToCheck, planRelocation, relocated } from '../../buckets/listing-split.ts'
import type { Relocation } from '../../buckets/listing-split.ts'
import type { Room } from '../../buckets/room.ts'
import { limits } from '../kernel/limits.ts'
import type { Clock, Log } from '../kernel/ports.ts'
import { eachBounded } from './each.ts'
import { Lately } from './lately.ts'
import { rest } from './rest.ts'
import type { Found, Objects } from './read-merge-write.ts'

/** An entry as it should be, seen beside what is stored; undefined: leave it. */
export type Renewal<D> = (stored: Entry<D> | undefined) => Entry<D> | undefined

export interface Flushed {
  readonly isWritten: boolean
}

/** `trusting`: as last seen will do; `surely`: what is stored now is read first. */
export type Look = 'trusting' | 'surely'

interface Waiting<D> {
  readonly key: string
  readonly sort: string
  readonly renew: Renewal<D>
  /** Of what it will add, roughly. */
  readonly chars: number
}

interface Batch<D> {
  look: Look
  readonly waiting: Map<string, Waiting<D>>
  readonly flushed: Promise<Flushed>
  readonly resolve: (flushed: Flushed) => void
  readonly reject: (error: unknown) => void
}

/** A place of a listing as it was read for writing. */
interface Place<D, L extends Listing<D>> {
  readonly key: string
  readonly value: L
  readonly byteLength: number
  readonly found: Found<Listing<D>> | undefined
}

/** A cut may leave places that must be cut again: bounded, the next write goes on. */
const relocationsMax = 8

export class ListingWriter<D> {
  readonly #room: Room<Listing<D>>
  readonly #objects: Objects
  readonly #clock: Clock
  readonly #log: Log
  /** After a flush: how many entries the listing has, as far as its directory knows. */
  readonly #onFlush: (name: string, directory: Directory<D>, look: Look) => Promise<void>
  readonly #warm = new Lately<Warm<D>>(limits.warmPlaces)
  readonly #pending = new Map<string, Batch<D>>()
  readonly #running = new Map<string, Promise<void>>()
  readonly #lost: Set<string>

  constructor(options: {
    readonly room: Room<Listing<D>>
    readonly objects: Objects
    readonly clock: Clock
    readonly log: Log
    /** Listings met as a tombstone or unreadable bytes: what they held must be derived again. */
    readonly lost: Set<string>
    readonly onFlush?: (name: string, directory: Directory<D>, look: Look) => Promise<void>
  }) {
    this.#room = options.room
    this.#objects = options.objects
    this.#clock = options.clock
    this.#log = options.log
    this.#lost = options.lost
    this.#onFlush = options.onFlush ?? (() => Promise.resolve())
  }

  /** @returns when the entry is stored in the listing, or a newer one is. */
  put(name: string, entry: Entry<D>, look: Look): Promise<Flushed> {
    const { id, sort } = entry
    const renew: Renewal<D> = (stored) =>
      stored !== undefined && compareFreshness(stored, entry) > 0 ? undefined : entry
    return this.#add(name, { id, sort }, renew, look, JSON.stringify(entry).length)
  }

  renew(
    name: string,
    { id, sort }: Pick<Entry<D>, 'id' | 'sort'>,
    renew: Renewal<D>,
    look: Look,
  ): Promise<Flushed> {
    return this.#add(name, { id, sort }, renew, look, 0)
  }

  /** Resolves when nothing runs or waits. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.values())
  }

  #add(
    name: string,
    { id, sort }: Pick<Entry<D>, 'id' | 'sort'>,
    renew: Renewal<D>,
    look: Look,
    chars: number,
  ): Promise<Flushed> {
    const batch = this.#pending.get(name) ?? this.#open(name)
    if (look === 'surely') batch.look = look
    const key = entryKey({ id, sort })
    const before = batch.waiting.get(key)
    batch.waiting.set(key, {
      key,
      sort,
      renew: before === undefined ? renew : chain(before.renew, renew),
      chars: Math.max(chars, before?.chars ?? 0),
    })
    return batch.flushed
  }

  #open(name: string): Batch<D> {
    let resolve: (flushed: Flushed) => void = () => undefined
    let reject: (error: unknown) => void = () => undefined
    const flushed = new Promise<Flushed>((done, failed) => {
      resolve = done
      reject = failed
    })
    // Whoever waits hears of a failure; where nobody does any more, the log and the sweeper do.
    flushed.catch(() => undefined)
    const batch: Batch<D> = { look: 'trusting', waiting: new Map(), flushed, resolve, reject }
    this.#pending.set(name, batch)
    if (!this.#running.has(name)) this.#start(name)
    return batch
  }

  #start(name: string): void {
    const running = this.#run(name).finally(() => {
      this.#running.delete(name)
      // Entries that came in the very turn in which the loop ended.
      if (this.#pending.has(name)) this.#start(name)
    })
    this.#running.set(name, running)
  }

  async #run(name: string): Promise<void> {
    // One turn later: entries added in the same turn go in one write.
    await Promise.resolve()
    let restMs: number = limits.listingRestMs
    for (let isFirst = true; ; isFirst = false) {
      if (!this.#pending.has(name)) return
      // Under load more entries gather meanwhile, and a listing is written half as often.
      if (!isFirst) await rest(this.#clock, restMs)
      const batch = this.#pending.get(name)
      if (batch === undefined) return
      this.#pending.delete(name)
      const beganMs = this.#clock.monotonicMs()
      try {
        const { directory, isWritten } = await this.#flushAll(name, batch)
        // What follows is another listing's write: this one's next batch need not wait for it.
        this.#onFlush(name, directory, batch.look).then(() => {
          batch.resolve({ isWritten })
        }, batch.reject)
      } catch (error) {
        this.#log.write('warn', 'a listing could not be written', {
          listing: `${this.#room.type}/${name}`,
          error: String(error),
        })
        batch.reject(error)
      }
      restMs = restAfter(this.#clock.monotonicMs() - beganMs)
    }
  }

  async #flushAll(
    name: string,
    { waiting, look }: Batch<D>,
  ): Promise<{ readonly directory: Directory<D>; readonly isWritten: boolean }> {
    let isWritten = false
    let directory = emptyDirectory<D>()
    for (const portion of portions([...waiting.values()])) {
      const flushed = await this.#flush(name, portion, look)
      directory = flushed.directory
      isWritten ||= flushed.isWritten
    }
    return { directory, isWritten }
  }

  async #flush(
    name: string,
    waiting: readonly Waiting<D>[],
    look: Look,
  ): Promise<{ readonly directory: Directory<D>; readonly isWritten: boolean }> {
    const read = await this.#readDirectory(name, look)
    const bySegment = new Map<string, Waiting<D>[]>()
    const own: Waiting<D>[] = []
    for (const each of waiting) {
      const ref = placeOf(read.value, each.sort)
      if (ref === undefined) own.push(each)
      else bySegment.set(ref.from, [...(bySegment.get(ref.from) ?? []), each])
    }
    const segments = await eachBounded([...bySegment], limits.storeConcurrency, ([from, group]) =>
      this.#putInSegment(name, from, group, look),
    )
    const counts = new Map(
      segments.map(({ value }) => [value.from, countPresent(read.value, value)]),
    )
    const next = this.#noteCounts(this.#renewed(read.value, own), counts)
    let directory = await this.#putPlace(read, next)
    let isWritten = directory.isWritten || segments.some((segment) => segment.isWritten)
    if (!directory.isWritten && segments.some((segment) => segment.isWritten)) {
      directory = { ...(await this.#readDirectory(name)), isWritten: false }
    }
    const settled = await this.#relocate(name, directory, segments)
    isWritten ||= settled.isWritten
    return { directory: settled.directory, isWritten }
  }

  async #putInSegment(
    name: string,
    from: string,
    group: readonly Waiting<D>[],
    look: Look,
  ): Promise<Place<D, Segment<D>> & { readonly isWritten: boolean }> {
    const place = await this.#readSegment(name, from, look)
    return this.#putPlace(place, this.#renewed(place.value, group))
  }

  #renewed<L extends Listing<D>>(value: L, waiting: readonly Waiting<D>[]): L {
    const stored = new Map(value.entries.map((entry) => [entryKey(entry), entry]))
    const now = this.#clock.nowMs()
    const entries = waiting.flatMap(({ key, renew }) => {
      const before = stored.get(key)
      const entry = renew(before)
      if (entry === undefined || (before !== undefined && isSameEntry(before, entry))) return []
      // An absence this old has been forgotten on purpose: to say it again would never end.
      const isForgotten = !entry.present && entry.clock < now - absentMsMax
      return isForgotten && before === undefined ? [] : [entry]
    })
    return entries.length === 0 ? value : putEntries<L, D>(value, entries)
  }

  async #putPlace<L extends Listing<D>>(
    place: Place<D, L>,
    next: L,
  ): Promise<Place<D, L> & { readonly isWritten: boolean }> {
    const isWhole = place.found === undefined || place.found.isUniform
    // Every step before this one gives back the very value where it changed nothing.
    if (isWhole && next === place.value) return { ...place, isWritten: false }
    this.#warm.delete(place.key)
    const found = await this.#objects.putUnion<Listing<D>>(
      this.#room,
      place.key,
      compact(next, this.#clock.nowMs()),
      place.found,
    )
    const stored = { ...place, value: found.value as L, byteLength: found.byteLength, found }
    this.#warm.set(place.key, { place: stored, untilMs: this.#clock.monotonicMs() + limits.warmMs })
    return { ...stored, isWritten: true }
  }

  /** Cut what has grown too large, bring strays home: steps 1–4 of the protocol. */
  async #relocate(
    name: string,
    start: Place<D, Directory<D>>,
    touched: readonly Place<D, Segment<D>>[],
  ): Promise<{ readonly directory: Directory<D>; readonly isWritten: boolean }> {
    let directory = start.value
    const known: readonly Place<D, Listing<D>>[] = [start, ...touched]
    // As they were just put, or read: small ones that hold no stray need no plan.
    const next = known
      .filter(({ value, byteLength }) => {
        const isLarge = byteLength > limits.segmentBytesMax
        return isLarge || straysOf(directory, value).length > 0
      })
      .map(({ value }) => fromOf(value))
    let isWritten = false
    for (let round = 0; next.length > 0 && round < relocationsMax + touched.length; round++) {
      const from = next.shift()
      const place: Listing<D> =
        from === undefined ? directory : (await this.#readSegment(name, from)).value
      const plan = planRelocation(directory, place)
      if (plan === undefined) continue
      directory = await this.#carryOut(name, from, plan)
      isWritten = true
      next.push(...placesToCheck(directory, place, plan))
    }
    return { directory, isWritten }
  }

  async #carryOut(
    name: string,
    from: string | undefined,
    plan: Relocation<D>,
  ): Promise<Directory<D>> {
    const counts = new Map<string, number>()
    for (const move of plan.moves) {
      const key = segmentKey(name, segmentId(move.from))
      const { value } = await this.#objects.mergeInto<Listing<D>>(this.#room, key, move)
      counts.set(move.from, countPresent(plan.directory, value))
    }
    const fresh = await this.#readDirectory(name)
    const laidOut =
      from === undefined
        ? relocated<Directory<D>, D>(fresh.value, plan)
        : mergeDirectories(fresh.value, plan.directory)
    const { value } = await this.#putPlace(fresh, this.#noteCounts(laidOut, counts))
    if (from === undefined) return value
    const place = await this.#readSegment(name, from)
    const cut = await this.#putPlace(place, relocated<Segment<D>, D>(place.value, plan))
    const left = new Map([[from, countPresent(value, cut.value)]])
    const last = await this.#readDirectory(name)
    return (await this.#putPlace(last, this.#noteCounts(last.value, left))).value
  }

  #noteCounts(directory: Directory<D>, counts: ReadonlyMap<string, number>): Directory<D> {
    let noted = directory
    for (const [from, count] of counts) {
      noted = noteCount(noted, from, count, this.#clock.nowMs())
    }
    return noted
  }

  async #readDirectory(name: string, look: Look = 'surely'): Promise<Place<D, Directory<D>>> {
    const place = await this.#read(name, look)
    const { found, value } = place
    if (found !== undefined && (found.tombstones > 0 || found.unreadable.length > 0)) {
      this.#lost.add(name)
    }
    return { ...place, value: value?.kind === 'directory' ? value : emptyDirectory<D>() }
  }

  async #readSegment(
    name: string,
    from: string,
    look: Look = 'surely',
  ): Promise<Place<D, Segment<D>>> {
    const place = await this.#read(segmentKey(name, segmentId(from)), look)
    const { value } = place
    return { ...place, value: value?.kind === 'segment' ? value : emptySegment<D>(from) }
  }

  async #read(
    key: string,
    look: Look,
  ): Promise<Omit<Place<D, Listing<D>>, 'value'> & { readonly value: Listing<D> | undefined }> {
    const warm = look === 'trusting' ? this.#warm.get(key) : undefined
    if (warm !== undefined && warm.untilMs > this.#clock.monotonicMs()) return warm.place
    const found = await this.#objects.read(this.#room, key, 'edit')
    return { key, value: found?.value, byteLength: found?.byteLength ?? 0, found }
  }
}

/** A large listing on a busy machine must not take all the time there is: every write sends it whole. */
function restAfter(tookMs: number): number {
  const { listingRestMs, listingRestMsMax, listingRestShare } = limits
  return Math.min(Math.max(tookMs * listingRestShare, listingRestMs), listingRestMsMax)
}

/** A place as this server last put it. */
interface Warm<D> {
  readonly place: Place<D, Listing<D>>
  readonly untilMs: number
}

/** A place is put before it is cut: so much at a time that it never outgrows an object. */
function portions<D>(waiting: readonly Waiting<D>[]): readonly (readonly Waiting<D>[])[] {
  const all: Waiting<D>[][] = []
  let chars = Infinity
  for (const each of waiting) {
    if (chars + each.chars > limits.segmentBytesMax) {
      all.push([])
      chars = 0
    }
    all.at(-1)?.push(each)
    chars += each.chars
  }
  return all
}

/** Undefined: the directory. */
function fromOf(value: Listing<unknown>): string | undefined {
  return value.kind === 'segment' ? value.from : undefined
}

function isSameEntry<D>(a: Entry<D>, b: Entry<D>): boolean {
  return (
    a.present === b.present && compareFreshness(a, b) === 0 && canonicalJson(a) === canonicalJson(b)
  )
}

/** The second renewal sees what the first would have stored. */
function chain<D>(first: Renewal<D>, second: Renewal<D>): Renewal<D> {
  return (stored) => {
    const between = first(stored)
    return second(between ?? stored) ?? between
  }
}
