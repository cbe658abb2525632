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
 * Invariants: nothing is written where nothing would change; of one entry only the newest waits.
 */

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
} from '../../buckets/listing.ts'
import { planRelocation, relocated } from '../../buckets/listing-split.ts'
import type { Relocation } from '../../buckets/listing-split.ts'
import type { Room } from '../../buckets/room.ts'
import { limits } from '../kernel/limits.ts'
import type { Clock, Log } from '../kernel/ports.ts'
import { eachBounded } from './each.ts'
import { isSame } from './read-merge-write.ts'
import type { Found, Objects } from './read-merge-write.ts'

/** An entry as it should be, seen beside what is stored; undefined: leave it. */
export type Renewal<D> = (stored: Entry<D> | undefined) => Entry<D> | undefined

export interface Flushed {
  readonly isWritten: boolean
}

interface Waiting<D> {
  readonly key: string
  readonly sort: string
  renew: Renewal<D>
}

interface Batch<D> {
  readonly waiting: Map<string, Waiting<D>>
  readonly flushed: Promise<Flushed>
  readonly resolve: (flushed: Flushed) => void
  readonly reject: (error: unknown) => void
}

/** A place of a listing as it was read for writing. */
interface Place<D, L extends Listing<D>> {
  readonly key: string
  readonly value: L
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
  readonly #onFlush: (name: string, directory: Directory<D>, isWritten: boolean) => Promise<void>
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
    readonly onFlush?: (name: string, directory: Directory<D>, isWritten: boolean) => Promise<void>
  }) {
    this.#room = options.room
    this.#objects = options.objects
    this.#clock = options.clock
    this.#log = options.log
    this.#lost = options.lost
    this.#onFlush = options.onFlush ?? (() => Promise.resolve())
  }

  /** @returns when the entry is stored in the listing, or a newer one is. */
  put(name: string, entry: Entry<D>): Promise<Flushed> {
    return this.renew(name, entry.id, entry.sort, (stored) =>
      stored !== undefined && compareFreshness(stored, entry) > 0 ? undefined : entry,
    )
  }

  renew(name: string, id: string, sort: string, renew: Renewal<D>): Promise<Flushed> {
    const batch = this.#pending.get(name) ?? this.#open(name)
    const key = entryKey({ id, sort })
    const before = batch.waiting.get(key)
    batch.waiting.set(key, {
      key,
      sort,
      renew: before === undefined ? renew : chain(before.renew, renew),
    })
    return batch.flushed
  }

  /** Resolves when nothing runs or waits. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.values())
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
    const batch: Batch<D> = { waiting: new Map(), flushed, resolve, reject }
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
    for (;;) {
      const batch = this.#pending.get(name)
      if (batch === undefined) return
      this.#pending.delete(name)
      try {
        const { directory, isWritten } = await this.#flush(name, [...batch.waiting.values()])
        // What follows is another listing's write: this one's next batch need not wait for it.
        this.#onFlush(name, directory, isWritten).then(() => {
          batch.resolve({ isWritten })
        }, batch.reject)
      } catch (error) {
        this.#log.write('warn', 'a listing could not be written', {
          listing: `${this.#room.type}/${name}`,
          error: String(error),
        })
        batch.reject(error)
      }
    }
  }

  async #flush(
    name: string,
    waiting: readonly Waiting<D>[],
  ): Promise<{ readonly directory: Directory<D>; readonly isWritten: boolean }> {
    const read = await this.#readDirectory(name)
    const bySegment = new Map<string, Waiting<D>[]>()
    const own: Waiting<D>[] = []
    for (const each of waiting) {
      const ref = placeOf(read.value, each.sort)
      if (ref === undefined) own.push(each)
      else bySegment.set(ref.from, [...(bySegment.get(ref.from) ?? []), each])
    }
    const segments = await eachBounded([...bySegment], limits.storeConcurrency, ([from, group]) =>
      this.#putInSegment(name, from, group),
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
    const touched = segments.map((segment) => segment.value.from)
    const settled = await this.#relocate(name, directory.value, touched)
    isWritten ||= settled.isWritten
    return { directory: settled.directory, isWritten }
  }

  async #putInSegment(
    name: string,
    from: string,
    group: readonly Waiting<D>[],
  ): Promise<{ readonly value: Segment<D>; readonly isWritten: boolean }> {
    const place = await this.#readSegment(name, from)
    return this.#putPlace(place, this.#renewed(place.value, group))
  }

  #renewed<L extends Listing<D>>(value: L, waiting: readonly Waiting<D>[]): L {
    const stored = new Map(value.entries.map((entry) => [entryKey(entry), entry]))
    const now = this.#clock.nowMs()
    const entries = waiting.flatMap(({ key, renew }) => {
      const before = stored.get(key)
      const entry = renew(before)
      // An absence this old has been forgotten on purpose: to say it again would never end.
      if (entry === undefined) return []
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
    if (isWhole && isSame<Listing<D>>(this.#room, place.value, next)) {
      return { ...place, isWritten: false }
    }
    const value = await this.#objects.putUnion<Listing<D>>(
      this.#room,
      place.key,
      compact(next, this.#clock.nowMs()),
      place.found,
    )
    return { ...place, value: value as L, isWritten: true }
  }

  /** Cut what has grown too large, bring strays home: steps 1–4 of the protocol. */
  async #relocate(
    name: string,
    start: Directory<D>,
    touched: readonly string[],
  ): Promise<{ readonly directory: Directory<D>; readonly isWritten: boolean }> {
    let directory = start
    let isWritten = false
    const places: (string | undefined)[] = [undefined, ...touched]
    for (let round = 0; places.length > 0 && round < relocationsMax + touched.length; round++) {
      const from = places.shift()
      const place: Listing<D> =
        from === undefined ? directory : (await this.#readSegment(name, from)).value
      const plan = planRelocation(directory, place)
      if (plan === undefined) continue
      directory = await this.#carryOut(name, from, plan)
      isWritten = true
      places.push(from, ...plan.moves.map((move) => move.from))
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

  async #readDirectory(name: string): Promise<Place<D, Directory<D>>> {
    const found = await this.#objects.read(this.#room, name, 'edit')
    if (found !== undefined && (found.tombstones > 0 || found.unreadable.length > 0)) {
      this.#lost.add(name)
    }
    const value = found?.value
    const directory = value?.kind === 'directory' ? value : emptyDirectory<D>()
    return { key: name, value: directory, found }
  }

  async #readSegment(name: string, from: string): Promise<Place<D, Segment<D>>> {
    const key = segmentKey(name, segmentId(from))
    const found = await this.#objects.read(this.#room, key, 'edit')
    const value = found?.value
    return { key, value: value?.kind === 'segment' ? value : emptySegment<D>(from), found }
  }
}

/** The second renewal sees what the first would have stored. */
function chain<D>(first: Renewal<D>, second: Renewal<D>): Renewal<D> {
  return (stored) => {
    const between = first(stored)
    return second(between ?? stored) ?? between
  }
}
