/**
 * Derived listings: entries united, cut into segments by size, never lost by a cut.
 *
 * Pure.
 *
 *     order of sort keys   ''…              k1…              floor…            newest
 *     who covers it        segment ''       segment k1       the directory
 *
 * Every (id, sort) is a register of its own: the newest by (clock, version) stands. Where a post moves
 * (another date), its old place gets an absent entry and its new one a present entry, both of one
 * clock; they never fight, whichever objects they lie in.
 *
 * Invariants: merges unite, so an entry leaves only as an older copy of itself; the set of segments
 * and the floor only grow, so every sort key is covered by exactly one place, and only moves from the
 * directory to a segment, or from a segment to a younger one; an entry that lies elsewhere (a stray,
 * left by a writer with an old directory) counts only together with the place that covers it.
 * Not here: cutting (`listing-split.ts`), pages (`listing-pages.ts`), the puts (`src/store`).
 *
 * Source: DESIGN §3 "Small objects"; Lehman, Yao 1981, "Efficient locking for concurrent operations
 * on B-trees" (a reader with an old directory is told where to look further).
 */

import { hashId } from './canonical-json.ts'
import { timeMsMax } from './hybrid-clock.ts'
import { compareText, largerJson, later, unionBy, withUnknown } from './lattice.ts'
import type { Directory, Entry, Listing, Segment, SegmentRef } from './listing-schema.ts'

/** How long an absent entry is remembered, ms. */
export const absentMsMax: number = 30 * 24 * 3_600_000

/** Orders by time, then id. Times before 1970 have a place too. */
export function sortKey(atMs: number, id: string): string {
  return `${String(atMs + timeMsMax).padStart(17, '0')}:${id}`
}

/** The time a sort key was made of, ms. */
export function sortTime(sort: string): number {
  return Number(sort.slice(0, 17)) - timeMsMax
}

/** Two servers that cut at one key write one and the same object. */
export function segmentId(from: string): string {
  return hashId(from).slice(0, 16)
}

/** The key of a segment. Tags are lower case, post ids hold no slash: it is no listing's own name. */
export function segmentKey(name: string, id: string): string {
  return `${name}/S-${id}`
}

export function emptyDirectory<D>(): Directory<D> {
  return { schema: 1, kind: 'directory', floor: '', segments: [], entries: [] }
}

export function emptySegment<D>(from: string): Segment<D> {
  return { schema: 1, kind: 'segment', from, entries: [] }
}

export function mergeListings<D>(a: Listing<D>, b: Listing<D>): Listing<D> {
  if (a.kind === 'directory' && b.kind === 'directory') return mergeDirectories(a, b)
  if (a.kind === 'segment' && b.kind === 'segment') return mergeSegments(a, b)
  // A directory and a segment never share a key. Damage that says so still loses no entry.
  const directory = a.kind === 'directory' ? a : b
  return { ...directory, entries: uniteEntries(a.entries, b.entries) }
}

export function mergeDirectories<D>(a: Directory<D>, b: Directory<D>): Directory<D> {
  return withUnknown<Directory<D>>(a, b, {
    schema: 1,
    kind: 'directory',
    floor: a.floor >= b.floor ? a.floor : b.floor,
    segments: unionBy(a.segments, b.segments, (ref) => ref.from, joinRefs, byFrom),
    entries: uniteEntries(a.entries, b.entries),
  })
}

export function mergeSegments<D>(a: Segment<D>, b: Segment<D>): Segment<D> {
  return withUnknown<Segment<D>>(a, b, {
    schema: 1,
    kind: 'segment',
    from: a.from >= b.from ? a.from : b.from,
    entries: uniteEntries(a.entries, b.entries),
  })
}

/** Add or renew entries of either kind of object. */
export function putEntries<L extends Listing<D>, D>(value: L, entries: readonly Entry<D>[]): L {
  return { ...value, entries: uniteEntries(value.entries, entries) }
}

/** What (clock, version) says is newer: > 0 where `a` is. A longer version knows of more heads. */
export function compareFreshness(
  a: Pick<Entry<unknown>, 'clock' | 'version'>,
  b: Pick<Entry<unknown>, 'clock' | 'version'>,
): number {
  return (
    a.clock - b.clock || a.version.length - b.version.length || compareText(a.version, b.version)
  )
}

/** The segment that covers a sort key; undefined: the directory itself. */
export function placeOf(directory: Directory<unknown>, sort: string): SegmentRef | undefined {
  if (sort >= directory.floor) return undefined
  const { segments } = directory
  // The first segment covers everything below it: nothing is ever without a place.
  let place = segments[0]
  for (const ref of segments) if (ref.from <= sort) place = ref
  return place
}

/**
 * Entries whose home lies further on than `value`: in a segment where this is the directory, in a
 * younger segment where this is one. A writer with an old directory left them here.
 *
 * Copies on the other side of their home are no strays: a cutter puts them before it names their
 * segment in the directory, and they wait for that.
 */
export function straysOf<D>(directory: Directory<D>, value: Listing<D>): readonly Entry<D>[] {
  return value.entries.filter((entry) => {
    const home = placeOf(directory, entry.sort)
    return home !== undefined && (value.kind === 'directory' || home.from > value.from)
  })
}

/** Whether `value` is the place in which readers look for a sort key. */
export function covers(
  directory: Directory<unknown>,
  value: Listing<unknown>,
  sort: string,
): boolean {
  const place = placeOf(directory, sort)
  return value.kind === 'directory' ? place === undefined : place?.from === value.from
}

/** Present entries of a segment that it covers: what the directory notes as its count. */
export function countPresent(directory: Directory<unknown>, value: Listing<unknown>): number {
  return value.entries.filter((entry) => entry.present && covers(directory, value, entry.sort))
    .length
}

/**
 * Note how many entries a segment holds.
 *
 * @returns the same directory where it says so already: nothing to write.
 */
export function noteCount<D>(
  directory: Directory<D>,
  from: string,
  count: number,
  clock: number,
): Directory<D> {
  const ref = directory.segments.find((other) => other.from === from)
  if (ref === undefined || ref.count === count) return directory
  const noted = { ...ref, count, clock: Math.max(clock, ref.clock + 1) }
  return {
    ...directory,
    segments: directory.segments.map((other) => (other === ref ? noted : other)),
  }
}

/**
 * Forget absent entries older than 30 days: every copy that could bring them back has long been
 * merged, and the sweeper would say absent again.
 *
 * @returns the same value where there is nothing to forget.
 */
export function compact<L extends Listing<unknown>>(value: L, nowMs: number): L {
  const entries = value.entries.filter(
    (entry) => entry.present || entry.clock >= nowMs - absentMsMax,
  )
  return entries.length === value.entries.length ? value : { ...value, entries }
}

export function uniteEntries<D>(
  a: readonly Entry<D>[],
  b: readonly Entry<D>[],
): readonly Entry<D>[] {
  return unionBy(a, b, entryKey, newerEntry, bySort)
}

/** An entry's register: one id at one place of the order. */
export function entryKey(entry: Pick<Entry<unknown>, 'id' | 'sort'>): string {
  return `${entry.sort}\n${entry.id}`
}

function newerEntry<D>(a: Entry<D>, b: Entry<D>): Entry<D> {
  const order = compareFreshness(a, b)
  return order === 0 ? largerJson(a, b) : order > 0 ? a : b
}

function joinRefs(a: SegmentRef, b: SegmentRef): SegmentRef {
  return later(a, b, (ref) => ref.count)
}

const bySort = (a: Entry<unknown>, b: Entry<unknown>): number =>
  compareText(a.sort, b.sort) || compareText(a.id, b.id)
export const byFrom = (a: SegmentRef, b: SegmentRef): number => compareText(a.from, b.from)
