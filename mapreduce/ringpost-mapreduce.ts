/**
 * The jobs in TypeScript: the reference that the Erlang and the JavaScript must equal, and what the
 * embedded node runs under the name of the Erlang module.
 *
 *     map_posts      every row of a post: its places, its slugs
 *     map_tags       only places in `tag/…`
 *     map_months     only places in `all` and `month/…`
 *     map_threads    every row of a comment
 *     map_slugs      every claim that stands in an address
 *     reduce_rows    sorted, each once
 *
 * Pure. Invariants: a map never fails: what it cannot judge from one replica's one value alone is an
 * `unresolved` row, which the store reads itself. `reduce_rows` is associative, commutative and
 * idempotent, so that batches fed their own output give the same.
 *
 * Source: DESIGN §3 "MapReduce at size"; RIAK.md §7.3.
 */

import { compareText } from '../buckets/lattice.ts'
import { commentRows } from './comment-rows.ts'
import type { CommentRow } from './comment-rows.ts'
import { postRows } from './post-rows.ts'
import type { PostRow } from './post-rows.ts'
import { claimRows, storedClaimRows, unresolved, unresolvedOf } from './rows.ts'
import type { ClaimRow, UnresolvedRow } from './rows.ts'
import { readComment } from './stored-comment.ts'
import { readPost } from './stored-post.ts'
import { readSlug } from './stored-slug.ts'

export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

export type Row = PostRow | CommentRow | ClaimRow | UnresolvedRow

/** What is mapped: an object of one replica, or what was looked for and not found. */
export interface MappedObject {
  readonly type: string
  readonly bucket: string
  readonly key: string
  /** Siblings, at least one; undefined: not found. */
  readonly values:
    readonly { readonly value: Uint8Array; readonly isTombstone: boolean }[] | undefined
}

export type MapName = 'map_posts' | 'map_tags' | 'map_months' | 'map_threads' | 'map_slugs'
export type ReduceName = 'reduce_rows'

export interface RingpostModule {
  readonly map: Readonly<Record<MapName, (object: MappedObject) => readonly Row[]>>
  readonly reduce: Readonly<Record<ReduceName, (values: readonly Json[]) => readonly Json[]>>
}

/** The name of the Erlang module, under which the embedded node offers these. */
export const ringpostModuleName = 'ringpost_mapreduce'

export const ringpostModule: RingpostModule = {
  map: {
    map_posts: mapPosts,
    map_tags: (object) => mapPlaces(object, isTag),
    map_months: (object) => mapPlaces(object, isMonth),
    map_threads: mapThreads,
    map_slugs: mapSlugs,
  },
  reduce: { reduce_rows: reduceRows },
}

function mapPosts(object: MappedObject): readonly Row[] {
  const bytes = onlyValue(object)
  const post = bytes && readPost(bytes)
  return post === undefined ? [unresolved(object)] : [...postRows(post), ...claimRows(post)]
}

function mapPlaces(object: MappedObject, isWanted: (index: string) => boolean): readonly Row[] {
  const bytes = onlyValue(object)
  const post = bytes && readPost(bytes)
  return post === undefined
    ? [unresolved(object)]
    : postRows(post).filter(([index]) => isWanted(index))
}

function mapThreads(object: MappedObject): readonly Row[] {
  const bytes = onlyValue(object)
  const comment = bytes && readComment(bytes)
  return comment === undefined ? [unresolved(object)] : commentRows(comment)
}

function mapSlugs(object: MappedObject): readonly Row[] {
  const bytes = onlyValue(object)
  const claims = bytes && readSlug(bytes)
  return claims === undefined ? [unresolved(object)] : storedClaimRows(object.key, claims)
}

/** Of siblings, or of a tombstone, one replica cannot tell what the object says. */
function onlyValue({ values }: MappedObject): Uint8Array | undefined {
  const [first, ...others] = values ?? []
  return first === undefined || first.isTombstone || others.length > 0 ? undefined : first.value
}

function isTag(index: string): boolean {
  return index.startsWith('tag/')
}

function isMonth(index: string): boolean {
  return index === 'all' || index.startsWith('month/')
}

/**
 * Each row once, in the order of its JSON text by UTF-16 code units: the order that JavaScript sorts in.
 * What is no row (an object, a list in a list, a fraction) follows, once.
 */
function reduceRows(values: readonly Json[]): readonly Json[] {
  const byText = new Map<string, Json>()
  for (const value of values) {
    const row = unresolvedOf(value) ?? value
    byText.set(`${isRow(row) ? '' : '~'}${JSON.stringify(row)}`, row)
  }
  return [...byText].sort(([a], [b]) => compareText(a, b)).map(([, value]) => value)
}

function isRow(value: Json): boolean {
  return Array.isArray(value) && value.every(isElement)
}

function isElement(value: Json): boolean {
  return typeof value === 'number'
    ? Number.isSafeInteger(value)
    : value === null || typeof value !== 'object'
}
