/**
 * A post's value: union of heads less proven ancestors, beside grow-only sets.
 *
 * Pure and total; keeps the three laws of `test/support/laws.ts`.
 * Invariants: an acknowledged revision is a head, an ancestor, or older than the 500 newest ancestors;
 * slugs and places are never forgotten.
 */

import { limits } from '../../src/kernel/limits.ts'
import { storedBytes } from '../canonical-json.ts'
import { joinHeads, newestAncestors } from '../heads.ts'
import { compareText, firstTime, largerJson, unionBy, withUnknown } from '../lattice.ts'
import { joinRevisions } from '../revision-schema.ts'
import type { Revision } from '../revision-schema.ts'
import { isReference } from './schema.ts'
import type { Head, HeldSlug, Place, PostValue, RevisionReference } from './schema.ts'

export function mergePosts(a: PostValue, b: PostValue): PostValue {
  return joinPosts(a, b, new Set())
}

/** A post that was just created. */
export function newPost(id: string, revision: Revision): PostValue {
  return { schema: 1, id, heads: [revision], ancestors: [], slugs: [], places: [] }
}

/**
 * Add a save. Heads that it names as parents become ancestors; others stay beside it. A revision that
 * is known already changes nothing.
 */
export function addRevision(value: PostValue, revision: Revision): PostValue {
  return mergePosts(value, newPost(value.id, revision))
}

/** Heads that a walk through `revisions` proved to be ancestors of other heads become ancestors. */
export function dropProven(value: PostValue, proofs: ReadonlySet<string>): PostValue {
  return joinPosts(value, value, proofs)
}

/** @returns undefined also for an ancestor older than those kept: look in `revisions`. */
export function knows(value: PostValue, revisionId: string): 'head' | 'ancestor' | undefined {
  if (value.heads.some((head) => head.id === revisionId)) return 'head'
  const isAncestor =
    value.ancestors.some(
      (ancestor) => ancestor.id === revisionId || ancestor.parents.includes(revisionId),
    ) || value.heads.some((head) => head.parents.includes(revisionId))
  return isAncestor ? 'ancestor' : undefined
}

/**
 * Heads of `before` that `after` no longer has whole: their snapshots must be acknowledged in
 * `revisions` before `after` is put.
 */
export function droppedHeads(before: readonly PostValue[], after: PostValue): readonly Revision[] {
  const kept = new Set(after.heads.filter((head) => !isReference(head)).map((head) => head.id))
  const dropped = new Map<string, Revision>()
  for (const head of before.flatMap((value) => value.heads)) {
    if (!isReference(head) && !kept.has(head.id)) dropped.set(head.id, head)
  }
  return [...dropped.values()]
}

/**
 * Make the value fit: the largest heads become references, one after the other.
 *
 * @returns `referenced`: snapshots to put to `revisions` before the value itself.
 */
export function fitHeads(
  value: PostValue,
  bytesMax: number = limits.objectBytesMax,
): { readonly value: PostValue; readonly referenced: readonly Revision[] } {
  let fitted = trimmed(value)
  let bytes = storedBytes(fitted)
  const referenced: Revision[] = []
  if (bytes <= bytesMax) return { value: fitted, referenced }
  const largestFirst = fitted.heads
    .filter((head): head is Revision => !isReference(head))
    .map((head) => ({ head, bytes: storedBytes(head) }))
    .sort((a, b) => b.bytes - a.bytes || compareText(a.head.id, b.head.id))
  for (const { head, bytes: headBytes } of largestFirst) {
    if (bytes <= bytesMax) break
    const reference = referenceTo(head)
    const heads = fitted.heads.map((other) => (other.id === head.id ? reference : other))
    fitted = { ...fitted, heads }
    bytes -= headBytes - storedBytes(reference)
    referenced.push(head)
  }
  return { value: fitted, referenced }
}

/** What is written: the newest ancestors only. */
export function trimmed(value: PostValue): PostValue {
  const ancestors = newestAncestors(value.ancestors, limits.ancestorsMax)
  return ancestors === value.ancestors ? value : { ...value, ancestors }
}

/**
 * Record that the post now asks for `slug`: it is held from `atMs`, every other one ends there.
 *
 * @param atMs - the clock of the revision that says so, so that all servers record the same.
 */
export function holdSlug(
  held: readonly HeldSlug[],
  slug: string,
  atMs: number,
): readonly HeldSlug[] {
  const isOpen = (entry: HeldSlug): boolean => entry.untilMs === undefined
  const open = held.filter((entry) => isOpen(entry) && entry.slug === slug)
  const closed = held.map((entry) =>
    isOpen(entry) && entry.slug !== slug
      ? { ...entry, untilMs: Math.max(atMs, entry.sinceMs) }
      : entry,
  )
  if (open.length > 0 || slug === '') return closed
  // A slug taken back is a new period: it must begin after all earlier ones to be told apart.
  const earlier = held.filter((entry) => entry.slug === slug)
  const sinceMs = earlier.reduce((ms, entry) => Math.max(ms, entry.sinceMs + 1), atMs)
  return [...closed, { slug, sinceMs }].sort(bySlug)
}

/** The latest period in which the post held each slug: what it claims in `slugs`. */
export function claimsOf(held: readonly HeldSlug[]): readonly HeldSlug[] {
  const latest = new Map<string, HeldSlug>()
  for (const entry of held.toSorted(bySlug)) {
    const other = latest.get(entry.slug)
    // One period twice: a value that was not merged yet says it so.
    latest.set(entry.slug, other?.sinceMs === entry.sinceMs ? joinHeld(other, entry) : entry)
  }
  return [...latest.values()]
}

/** Remember where the post is listed from now on. */
export function addPlaces(value: PostValue, places: readonly Place[]): PostValue {
  return { ...value, places: unionBy(value.places, places, placeKey, joinPlaces, byPlace) }
}

function joinPosts(a: PostValue, b: PostValue, proofs: ReadonlySet<string>): PostValue {
  return withUnknown(a, b, {
    schema: 1,
    id: a.id >= b.id ? a.id : b.id,
    ...joinHeads(a, b, joinHead, proofs),
    slugs: unionBy(a.slugs, b.slugs, slugKeyOf, joinHeld, bySlug),
    places: unionBy(a.places, b.places, placeKey, joinPlaces, byPlace),
  })
}

/** A whole copy says more than a reference to it. */
function joinHead(a: Head, b: Head): Head {
  if (!isReference(a) && !isReference(b)) return joinRevisions(a, b)
  const times = {
    clock: Math.min(a.clock, b.clock),
    savedAtMs: Math.min(a.savedAtMs, b.savedAtMs),
  }
  if (isReference(a) && isReference(b)) {
    const { schema, id, isReference: mark } = a
    const known = { schema, id, parents: largerJson(a.parents, b.parents), isReference: mark }
    return withUnknown<RevisionReference>(a, b, { ...known, ...times })
  }
  return { ...(isReference(a) ? b : a), ...times }
}

function referenceTo(head: Revision): RevisionReference {
  const { id, parents, clock, savedAtMs } = head
  return { schema: 1, id, parents, clock, savedAtMs, isReference: true }
}

const slugKeyOf = (held: HeldSlug): string => `${String(held.sinceMs)} ${held.slug}`
const bySlug = (a: HeldSlug, b: HeldSlug): number =>
  compareText(a.slug, b.slug) || a.sinceMs - b.sinceMs

/** A period that one side saw end has ended; where both did, at the first end. */
function joinHeld(a: HeldSlug, b: HeldSlug): HeldSlug {
  const untilMs = firstTime(a.untilMs, b.untilMs)
  const known = { slug: a.slug, sinceMs: a.sinceMs }
  return withUnknown<HeldSlug>(a, b, untilMs === undefined ? known : { ...known, untilMs })
}

function joinPlaces(a: Place, b: Place): Place {
  return withUnknown(a, b, { index: a.index, atMs: a.atMs })
}

const placeKey = (place: Place): string => `${String(place.atMs)} ${place.index}`
const byPlace = (a: Place, b: Place): number => compareText(a.index, b.index) || a.atMs - b.atMs
