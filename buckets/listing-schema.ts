/**
 * Derived listings as they are stored: a directory and its segments (`listing.ts` says how they live).
 *
 *     <name>                 Directory: segments' list, floor, and the entries at or above the floor
 *     <name>/S-<segment id>  Segment: entries of one range of the order
 *
 * Used by `indexes` (posts by tag, by month, all; the catalogs) and `threads` (comments of a post).
 */

import { z } from 'zod'

import { clockSchema, jsonCodec } from './json-codec.ts'
import type { JsonCodec } from './json-codec.ts'

/** One line of a listing: a register of its own, identified by (id, sort). */
export interface Entry<D> {
  readonly id: string
  /** Total order of the listing; see `sortKey`. Contains the id, so two entries never tie. */
  readonly sort: string
  /** Hybrid logical clock of the source value it was derived from, ms. */
  readonly clock: number
  /** Of that source value: heads joined by `.`, or registers' versions. Breaks ties of `clock`. */
  readonly version: string
  /** False: it was here and is no longer; kept 30 days so that an old copy cannot bring it back. */
  readonly present: boolean
  /** What the listing shows; null where absent. */
  readonly data: D | null
}

export interface SegmentRef {
  /** Derived from `from` (`segmentId`): two servers that split alike write the same object. */
  readonly id: string
  /** First sort key it covers; it ends where the next segment, or the directory, begins. */
  readonly from: string
  /** Present entries, as far as the last writer knew; register by `clock`. */
  readonly count: number
  readonly clock: number
}

export interface Directory<D> {
  readonly schema: 1
  readonly kind: 'directory'
  /** Entries with sort ≥ floor live in the directory itself. Only grows. */
  readonly floor: string
  /** Ascending by `from`; the first one covers everything below it as well. Only grows. */
  readonly segments: readonly SegmentRef[]
  /** Ascending by (sort, id). */
  readonly entries: readonly Entry<D>[]
}

export interface Segment<D> {
  readonly schema: 1
  readonly kind: 'segment'
  readonly from: string
  /** Ascending by (sort, id). May hold strays: entries a stale directory sent here. */
  readonly entries: readonly Entry<D>[]
}

export type Listing<D> = Directory<D> | Segment<D>

/** The codec of a listing whose lines show `data`. */
export function listingCodec<D>(name: string, data: z.ZodType<D>): JsonCodec<Listing<D>> {
  const entry: z.ZodType<Entry<D>> = z.looseObject({
    id: z.string().min(1),
    sort: z.string(),
    clock: clockSchema,
    version: z.string(),
    present: z.boolean(),
    data: data.nullable(),
  })
  const directory: z.ZodType<Directory<D>> = z.looseObject({
    schema: z.literal(1),
    kind: z.literal('directory'),
    floor: z.string(),
    segments: z.array(
      z.looseObject({
        id: z.string().min(1),
        from: z.string(),
        count: z.int().nonnegative(),
        clock: clockSchema,
      }),
    ),
    entries: z.array(entry),
  })
  const segment: z.ZodType<Segment<D>> = z.looseObject({
    schema: z.literal(1),
    kind: z.literal('segment'),
    from: z.string(),
    entries: z.array(entry),
  })
  return jsonCodec<Listing<D>>(name, z.union([directory, segment]))
}
