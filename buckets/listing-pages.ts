/**
 * Pages of a listing: which segments to read, and what they show.
 *
 * Pure: `planPage` names at most three segments, the caller reads them, `showPage` unites.
 *
 *     directory ──planPage──▶ segments to read ──(reads)──▶ showPage ──▶ entries, next
 *
 * Invariants: a page costs the directory and at most three segments, whatever the listing's length;
 * walking by `next` meets every covered entry exactly once, on a listing that does not change; a page
 * may come out short (its segments held absent entries), never wrong.
 *
 * Source: DESIGN §3 "A page costs a constant number of reads".
 */

import { compareText } from './lattice.ts'
import type { Directory, Entry, Segment, SegmentRef } from './listing-schema.ts'
import { compareFreshness, placeOf } from './listing.ts'

export interface PageRequest {
  /** Newest first, or oldest first (threads). */
  readonly order: 'descending' | 'ascending'
  /** Entries at most. */
  readonly limit: number
  /** From an earlier `next`. */
  readonly cursor?: string
  /** 1-based; by the counts in the directory. Ignored beside a cursor. */
  readonly page?: number
  /** Entries with sort ≥ this are hidden (not yet published): `sortKey(nowMs + 1, '')`. */
  readonly below?: string
}

export interface PagePlan {
  readonly request: PageRequest
  /** To be read, at most three. */
  readonly segments: readonly SegmentRef[]
  /** Whether the directory's own entries are shown on this page. */
  readonly isDirectoryShown: boolean
  /** Shown entries to pass over before the page begins. */
  readonly skip: number
  /** Whether more places follow in this order after the planned ones. */
  readonly hasMore: boolean
}

export interface Page<D> {
  readonly entries: readonly Entry<D>[]
  /** Opaque to callers; null at the end. */
  readonly next: string | null
  /** Present entries in the whole listing, as far as the directory knows; hidden ones left out. */
  readonly total: number
  /** False where a planned segment was not at hand: the page may lack entries. */
  readonly isComplete: boolean
}

const segmentsMax = 3

/** A place in reading order; no ref: the directory. */
interface Stop {
  readonly ref: SegmentRef | undefined
  /** Shown entries expected there. */
  readonly count: number
}

/** @param directory - of the listing; strays in it count with the segments that cover them. */
export function planPage(directory: Directory<unknown>, request: PageRequest): PagePlan {
  const stops = stopsFrom(directory, request)
  let skip = 0
  let first = 0
  if (request.cursor === undefined && request.page !== undefined) {
    skip = Math.max(0, request.page - 1) * request.limit
    while (first < stops.length - 1 && skip >= (stops[first]?.count ?? 0)) {
      skip -= stops[first]?.count ?? 0
      first++
    }
  }
  const segments: SegmentRef[] = []
  let isDirectoryShown = false
  let expected = -skip
  let at = first
  // The first stop is not counted on: a cursor, or a stale count, may leave little of it.
  for (; at < stops.length && (at === first || expected <= request.limit); at++) {
    const stop = stops[at]
    if (stop === undefined || (stop.ref !== undefined && segments.length === segmentsMax)) break
    if (stop.ref === undefined) isDirectoryShown = true
    else segments.push(stop.ref)
    const isCertain = stop.ref === undefined || at > first || request.cursor === undefined
    if (isCertain) expected += stop.count
  }
  return { request, segments, isDirectoryShown, skip, hasMore: at < stops.length }
}

/**
 * Unite what was read.
 *
 * @param read - by segment id; one that is missing or unreadable is simply not in it.
 * @param isShown - e.g. approved comments only.
 */
export function showPage<D>(
  directory: Directory<D>,
  plan: PagePlan,
  read: ReadonlyMap<string, Segment<D>>,
  isShown: (entry: Entry<D>) => boolean = () => true,
): Page<D> {
  const { request } = plan
  const segments = plan.segments.flatMap((ref) => read.get(ref.id) ?? [])
  const planned = new Set(plan.segments.map((ref) => ref.from))
  const isPlanned = (entry: Entry<D>): boolean => {
    const place = placeOf(directory, entry.sort)
    return place === undefined ? plan.isDirectoryShown : planned.has(place.from)
  }
  const all = [directory, ...segments].flatMap((place) => place.entries)
  const shown = newestOfEach(all)
    .filter((entry) => isPlanned(entry) && isWithin(entry.sort, request) && isShown(entry))
    .sort((a, b) => compareText(a.sort, b.sort) || compareText(a.id, b.id))
  if (request.order === 'descending') shown.reverse()
  const entries = shown.slice(plan.skip, plan.skip + request.limit)
  const last = entries.at(-1)
  const isCut = shown.length > plan.skip + request.limit
  const next =
    isCut && last !== undefined
      ? cursorAfter(last.sort, request)
      : plan.hasMore
        ? cursorBehind(directory, plan)
        : null
  const isComplete = segments.length === plan.segments.length
  return { entries, next, total: totalOf(directory, request), isComplete }
}

/**
 * Of each id its newest state, where that is present. An older present copy elsewhere is a place that
 * was not told yet.
 */
export function newestOfEach<D>(entries: readonly Entry<D>[]): Entry<D>[] {
  const newest = new Map<string, Entry<D>>()
  for (const entry of entries) {
    const other = newest.get(entry.id)
    const order = other === undefined ? 1 : compareFreshness(entry, other)
    const isChosen =
      other === undefined ||
      order > 0 ||
      // One derivation says absent at the old place and present at the new one: present shows it.
      (order === 0 && (entry.present === other.present ? entry.sort > other.sort : entry.present))
    if (isChosen) newest.set(entry.id, entry)
  }
  return [...newest.values()].filter((entry) => entry.present)
}

/** Present entries known to the directory, less those hidden by `below`. */
function totalOf(directory: Directory<unknown>, request: PageRequest): number {
  const inSegments = directory.segments.reduce((sum, ref) => sum + ref.count, 0)
  const { order, limit, below } = request
  const whole = below === undefined ? { order, limit } : { order, limit, below }
  return inSegments + countOwn(directory, whole)
}

/** The directory's own entries that the request may show: those are at hand. */
function countOwn(directory: Directory<unknown>, request: PageRequest): number {
  const own = directory.entries.filter(
    ({ sort }) => sort >= directory.floor && isWithin(sort, request),
  )
  return newestOfEach(own).length
}

/** The places from where the request begins, in its order. */
function stopsFrom(directory: Directory<unknown>, request: PageRequest): readonly Stop[] {
  const { segments } = directory
  const all: readonly Stop[] = [
    ...segments.map((ref) => ({ ref, count: ref.count })),
    { ref: undefined, count: countOwn(directory, request) },
  ]
  const isFrom = (index: number): boolean => {
    const { cursor } = request
    const start = index === 0 ? '' : (segments[index]?.from ?? directory.floor)
    if (request.order === 'ascending') {
      const end =
        segments[index + 1]?.from ?? (index < segments.length ? directory.floor : undefined)
      return cursor === undefined || end === undefined || cursor < end
    }
    return (
      (cursor === undefined || start < cursor) &&
      (request.below === undefined || start < request.below)
    )
  }
  const stops = all.filter((_stop, index) => isFrom(index))
  return request.order === 'ascending' ? stops : stops.reverse()
}

/** Cursors are bounds: below it (descending), or at it and above (ascending). */
function isWithin(sort: string, request: PageRequest): boolean {
  if (request.below !== undefined && sort >= request.below) return false
  if (request.cursor === undefined) return true
  return request.order === 'descending' ? sort < request.cursor : sort >= request.cursor
}

function cursorAfter(sort: string, request: PageRequest): string {
  // The smallest text above `sort` is itself with a NUL behind it.
  return request.order === 'descending' ? sort : `${sort}\u0000`
}

/** The border between the places that were read and those that were not. */
function cursorBehind(directory: Directory<unknown>, plan: PagePlan): string | null {
  const last = plan.segments.at(-1)
  if (plan.request.order === 'descending') return last === undefined ? directory.floor : last.from
  const { segments } = directory
  const index = segments.findIndex((ref) => ref.from === last?.from)
  return segments[index + 1]?.from ?? directory.floor
}
