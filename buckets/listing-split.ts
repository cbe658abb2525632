/**
 * Cutting listings by size, and bringing strays home.
 *
 * Pure: a plan says what to put, in which order; `src/store` puts it.
 *
 *     1. merge each of `moves` into its segment         acknowledged: the entries are in two places
 *     2. put the directory, `relocated(fresh, plan)`    readers now look in the new place
 *     3. put a segment that was cut, `relocated(…)`     the second copies go
 *     4. read `placesToCheck` again, plan again         what a writer with an old directory left there,
 *                                                       what another cutter laid out meanwhile
 *
 * Invariants: an entry is dropped from a place only in the very state in which it was acknowledged in
 * another, and that one is further on in the order: directory, then segments by `from`. Two programs
 * that see different layouts can therefore never move one entry past each other and drop both copies;
 * the copy that is furthest on is nobody's to drop. A cut only adds segments and only raises the
 * floor, so an entry's home too only moves on. Equal values are cut alike: two servers that cut at once
 * write the same objects.
 * Step 4 closes the race: a writer puts its entry and then reads the directory; a cutter puts the
 * directory and then reads the place. Whatever the order, one of the two sees the other.
 *
 * Source: DESIGN §3 "Small objects"; Lamport 1979 on why each must write before it reads.
 */

import { limits } from '../src/kernel/limits.ts'
import { storedBytes } from './canonical-json.ts'
import { unionBy } from './lattice.ts'
import type { Directory, Entry, Listing, Segment, SegmentRef } from './listing-schema.ts'
import {
  byFrom,
  compareFreshness,
  covers,
  emptySegment,
  entryKey,
  mergeDirectories,
  placeOf,
  segmentId,
  straysOf,
} from './listing.ts'

export interface Relocation<D> {
  /** To be merged into the segments of the same `from`, new or not; before anything else. */
  readonly moves: readonly Segment<D>[]
  /** Merged into the directory: the new segments and floor; no entries. */
  readonly directory: Directory<D>
  /** What may be dropped from the planned place once `moves` and `directory` are acknowledged. */
  readonly moved: readonly Entry<D>[]
}

/**
 * What to do about a place that is too large or holds strays.
 *
 * @param directory - as just read; for a plan of the directory itself, the same value.
 * @param bytesMax - of a place's own entries, as stored.
 * @returns undefined where nothing is to be done, as nearly always.
 */
export function planRelocation<D>(
  directory: Directory<D>,
  place: Listing<D>,
  bytesMax: number = limits.segmentBytesMax,
): Relocation<D> | undefined {
  const layout = cut(directory, place, bytesMax)
  const moved = straysOf(layout, place)
  if (moved.length === 0) return undefined
  const bySegment = new Map<string, Entry<D>[]>()
  for (const entry of moved) {
    const { from } = placeOf(layout, entry.sort) ?? { from: '' }
    const others = bySegment.get(from)
    if (others === undefined) bySegment.set(from, [entry])
    else others.push(entry)
  }
  const moves = [...bySegment].map(([from, entries]) => ({ ...emptySegment<D>(from), entries }))
  return { moves, directory: layout, moved }
}

/** The place as it is read for writing, with the plan carried out. */
export function relocated<L extends Listing<D>, D>(fresh: L, plan: Relocation<D>): L {
  const gone = new Map(plan.moved.map((entry) => [entryKey(entry), entry]))
  const kept = fresh.entries.filter((entry) => {
    const copy = gone.get(entryKey(entry))
    return copy === undefined || compareFreshness(entry, copy) > 0
  })
  const rest = { ...fresh, entries: kept }
  if (rest.kind === 'segment') return rest
  return { ...rest, ...mergeDirectories<D>(rest, plan.directory) }
}

/**
 * Where to look again after the directory was put: the place that was cut, the segments that took its
 * entries, and whatever lost a part of its range to a segment that is new in the directory. The last is
 * another one where two programs cut one place at different keys.
 *
 * @param directory - as it was put, merged with what others put.
 * @returns `from` of a segment; undefined: the directory itself.
 */
export function placesToCheck(
  directory: Directory<unknown>,
  place: Listing<unknown>,
  plan: Relocation<unknown>,
): readonly (string | undefined)[] {
  const froms = directory.segments.map((ref) => ref.from)
  const before = plan.moves.flatMap((move) => froms.filter((from) => from < move.from).slice(-1))
  const cutPlace = place.kind === 'segment' ? place.from : undefined
  return [...new Set([cutPlace, ...plan.moves.map((move) => move.from), ...before])]
}

/** The directory's layout after the place was cut as often as it needs; its entries left out. */
function cut<D>(directory: Directory<D>, place: Listing<D>, bytesMax: number): Directory<D> {
  const layout: Directory<D> = { ...directory, entries: [] }
  const own = place.entries.filter((entry) => covers(directory, place, entry.sort))
  const chunks = cutEntries(own, bytesMax)
  if (chunks.length < 2) return layout
  const starts = chunks.map(([first]) => first.sort)
  // A segment keeps its oldest chunk, the directory its newest: it is what most readers want.
  const added =
    place.kind === 'segment'
      ? chunks.slice(1).map((chunk, index) => refOf(starts[index + 1] ?? '', chunk))
      : chunks
          .slice(0, -1)
          .map((chunk, index) =>
            refOf(index === 0 ? directory.floor : (starts[index] ?? ''), chunk),
          )
  const segments = unionBy(
    layout.segments,
    added,
    (ref) => ref.from,
    (old) => old,
    byFrom,
  )
  const floor = place.kind === 'segment' ? layout.floor : (starts.at(-1) ?? layout.floor)
  return { ...layout, segments, floor }
}

type Chunk<D> = readonly [Entry<D>, ...Entry<D>[]]

/**
 * Equal shares in order, each at most three quarters of the size, so that a place has room to grow.
 *
 * @returns none where it all fits.
 */
function cutEntries<D>(entries: readonly Entry<D>[], bytesMax: number): readonly Chunk<D>[] {
  const sized = entries.map((entry) => ({ entry, bytes: storedBytes(entry) + 1 }))
  const total = sized.reduce((sum, { bytes }) => sum + bytes, 0)
  if (total <= bytesMax) return []
  const share = total / Math.max(2, Math.ceil(total / (bytesMax * 0.75)))
  const chunks: [Entry<D>, ...Entry<D>[]][] = []
  let before = 0
  for (const { entry, bytes } of sized) {
    const last = chunks.at(-1)
    // Entries of one sort key cannot be told apart by a range: they stay together.
    const isTied = last?.at(-1)?.sort === entry.sort
    if (last !== undefined && (isTied || before < chunks.length * share)) last.push(entry)
    else chunks.push([entry])
    before += bytes
  }
  return chunks
}

function refOf(from: string, chunk: readonly Entry<unknown>[]): SegmentRef {
  const count = chunk.filter((entry) => entry.present).length
  return { id: segmentId(from), from, count, clock: 0 }
}
