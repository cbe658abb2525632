/**
 * Rows that the jobs of `ringpost_mapreduce` give, beside those of posts and comments.
 *
 *     ["slug", key, post id, since, until or null]     what a post claims, or an address holds
 *     ["unresolved", type, bucket, key]                read this one yourself
 *
 * Lists of more than two JSON values: a real Riak collapses pairs into an object. The three kinds are
 * told apart by their length: places and comments 6, claims 5, unresolved 4.
 */

import { claimsOf } from '../buckets/posts/merge.ts'
import type { HeldSlug } from '../buckets/posts/schema.ts'
import type { Claim } from '../buckets/slugs/schema.ts'
import { isObject, isText } from './stored-json.ts'

export type ClaimRow = readonly [
  kind: 'slug',
  /** Of `slugs`: a slug, or `alias/<path>`. */
  key: string,
  postId: string,
  sinceMs: number,
  /** Null: the post lives there now. */
  untilMs: number | null,
]

export type UnresolvedRow = readonly [kind: 'unresolved', type: string, bucket: string, key: string]

export function aliasKey(path: string): string {
  return `alias/${path}`
}

/**
 * Every claim that follows from a post: the latest period in which it held each slug, and its aliases.
 * An alias is a closed claim: it only ever redirects.
 */
export function claimRows(post: {
  readonly id: string
  readonly slugs: readonly HeldSlug[]
  readonly fields: { readonly aliases: readonly string[] }
}): readonly ClaimRow[] {
  const rows: ClaimRow[] = claimsOf(post.slugs).map(({ slug, sinceMs, untilMs }) => [
    'slug',
    slug,
    post.id,
    sinceMs,
    untilMs ?? null,
  ])
  for (const path of post.fields.aliases) rows.push(['slug', aliasKey(path), post.id, 0, 0])
  return rows
}

/** Every claim that stands in an object of `slugs`: the other side of the comparison. */
export function storedClaimRows(key: string, claims: readonly Claim[]): readonly ClaimRow[] {
  return claims.map(({ postId, sinceMs, untilMs }) => [
    'slug',
    key,
    postId,
    sinceMs,
    untilMs ?? null,
  ])
}

export function unresolved(at: {
  readonly type: string
  readonly bucket: string
  readonly key: string
}): UnresolvedRow {
  return ['unresolved', at.type, at.bucket, at.key]
}

/**
 * Riak calls no JavaScript map for an object that it did not find: it answers its name instead, without
 * a type where that is `default`.
 */
export function unresolvedOf(answer: unknown): UnresolvedRow | undefined {
  if (!isObject(answer) || !isObject(answer['not_found'])) return undefined
  const { bucket_type: type = 'default', bucket, key } = answer['not_found']
  return isText(type) && isText(bucket) && isText(key)
    ? unresolved({ type, bucket, key })
    : undefined
}
