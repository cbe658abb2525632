/**
 * Jobs over posts and comments, for either engine, and their answers, parsed.
 *
 *     keys of one page ──jobInputs──▶ inputs ┐
 *                      ──jobPhases──▶ query  ┴─ RiakKv.mapReduce ──▶ results ──parseRows──▶ rows
 *
 * Pure. Invariant: a row of unknown shape is named in `unknown`, never taken for one of ours; one that
 * could not be judged where the data is stands in `unresolved`: read it through the store.
 * Not here: which language a cluster speaks, pages of keys, retries (`src/store`).
 */

import { javascriptSource } from './javascript-source.ts'
import type { CommentRow } from './comment-rows.ts'
import type { PostRow } from './post-rows.ts'
import { ringpostModuleName } from './ringpost-mapreduce.ts'
import type { Json, MapName, ReduceName } from './ringpost-mapreduce.ts'
import { unresolvedOf } from './rows.ts'
import type { ClaimRow, UnresolvedRow } from './rows.ts'
import { isClock, isId, isObject, isText, isTime } from './stored-json.ts'

/** Erlang names a function that the cluster has loaded; JavaScript comes with the job (Riak 2.x). */
export type JobLanguage = 'erlang' | 'javascript'

export type PhaseFunction = { readonly arg?: Json; readonly keep?: boolean } & (
  | { readonly language: 'erlang'; readonly module: string; readonly function: string }
  | { readonly language: 'javascript'; readonly source: string }
)

export type JobPhase = { readonly map: PhaseFunction } | { readonly reduce: PhaseFunction }

export interface JobInput {
  readonly type: string
  readonly bucket: string
  readonly key: string
  /** The key again: an Erlang map that finds nothing is told nothing else. */
  readonly keyData: string
}

export interface JobBucket {
  readonly type: string
  readonly bucket: string
}

export function jobInputs(of: JobBucket, keys: readonly string[]): readonly JobInput[] {
  return keys.map((key) => ({ type: of.type, bucket: of.bucket, key, keyData: key }))
}

/**
 * @param of - of all inputs: it names, together with the key data, an object that was not found.
 * @param isReduced - sorted, each row once: for people; whoever parses the rows needs neither.
 */
export function jobPhases(
  language: JobLanguage,
  map: MapName,
  of: JobBucket,
  isReduced = false,
): readonly JobPhase[] {
  const mapped: JobPhase = { map: phaseFunction(language, map, [of.type, of.bucket]) }
  if (!isReduced) return [mapped]
  // A page is small: one call at its end, instead of one for every twenty rows.
  const reduced = phaseFunction(language, 'reduce_rows', { reduce_phase_only_1: true })
  return [mapped, { reduce: reduced }]
}

function phaseFunction(
  language: JobLanguage,
  name: MapName | ReduceName,
  arg: Json,
): PhaseFunction {
  return language === 'erlang'
    ? { language, module: ringpostModuleName, function: name, arg }
    : { language, source: javascriptSource(name), arg }
}

export interface ParsedRows<T> {
  readonly rows: readonly T[]
  readonly unresolved: readonly UnresolvedRow[]
  /** What no function of ours gives, as text cut short: a newer module, or another of that name. */
  readonly unknown: readonly string[]
}

export interface ParsedPostRows extends ParsedRows<PostRow> {
  readonly claims: readonly ClaimRow[]
}

/** Of `map_posts`, `map_tags`, `map_months`, in any order. */
export function parsePostRows(results: readonly unknown[]): ParsedPostRows {
  const claims: ClaimRow[] = []
  const parsed = parseRows<PostRow>(results, (row) => {
    if (!isClaimRow(row)) return false
    claims.push(row)
    return true
  })
  return { ...parsed, claims }
}

/** Of `map_threads`, in any order. */
export function parseThreadRows(results: readonly unknown[]): ParsedRows<CommentRow> {
  return parseRows<CommentRow>(results, () => false)
}

/** Of `map_slugs`, in any order: what is stored, where `parsePostRows` says what should be. */
export function parseSlugRows(results: readonly unknown[]): ParsedRows<ClaimRow> {
  const { rows, claims, unresolved, unknown } = parsePostRows(results)
  return { rows: claims, unresolved, unknown: [...unknown, ...rows.map(shown)] }
}

function parseRows<T extends PostRow | CommentRow>(
  results: readonly unknown[],
  take: (row: readonly unknown[]) => boolean,
): ParsedRows<T> {
  const rows: T[] = []
  const unresolved: UnresolvedRow[] = []
  const unknown: string[] = []
  for (const result of results) {
    const row: readonly unknown[] = Array.isArray(result) ? result : (unresolvedOf(result) ?? [])
    if (isPlaceRow(row)) rows.push(row as unknown as T)
    else if (isUnresolvedRow(row)) unresolved.push(row)
    else if (!take(row)) unknown.push(shown(result))
  }
  return { rows, unresolved, unknown }
}

function isPlaceRow(row: readonly unknown[]): boolean {
  const [listing, sort, id, clock, version, present] = row
  return (
    row.length === 6 &&
    isText(listing) &&
    isId(id) &&
    isText(sort) &&
    /^\d{17}:/.test(sort) &&
    isClock(clock) &&
    isId(version) &&
    (present === 0 || present === 1)
  )
}

function isClaimRow(row: readonly unknown[]): row is ClaimRow {
  const [kind, key, postId, sinceMs, untilMs] = row
  const isTimed = isTime(sinceMs) && (untilMs === null || isTime(untilMs))
  return row.length === 5 && kind === 'slug' && isText(key) && isId(postId) && isTimed
}

function isUnresolvedRow(row: readonly unknown[]): row is UnresolvedRow {
  return row.length === 4 && row[0] === 'unresolved' && row.every(isText)
}

const shownCharsMax = 200

function shown(result: unknown): string {
  const text = isObject(result) || Array.isArray(result) ? JSON.stringify(result) : String(result)
  return text.length > shownCharsMax ? `${text.slice(0, shownCharsMax)}…` : text
}
