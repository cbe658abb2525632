/**
 * A stored post with one whole head, which needs no merge: all that the rows of a post follow from.
 *
 * Pure. Several heads, or one by reference, take what is in `revisions`: the store merges those.
 */

import type { PostFields } from '../buckets/post-fields.ts'
import { postFieldNames } from '../buckets/post-fields.ts'
import type { HeldSlug, Place } from '../buckets/posts/schema.ts'
import {
  isClock,
  isHash,
  isId,
  isIsoTime,
  isListOf,
  isObject,
  isPlaceTime,
  isText,
  isTime,
  isWhole,
  readObject,
} from './stored-json.ts'
import type { JsonObject } from './stored-json.ts'

export interface StoredPost {
  readonly id: string
  readonly heads: readonly [{ readonly id: string }]
  readonly fields: PostFields
  readonly clock: number
  readonly slugs: readonly HeldSlug[]
  readonly places: readonly Place[]
}

/** @returns undefined where the store must look itself. */
export function readPost(bytes: Uint8Array): StoredPost | undefined {
  const post = readObject(bytes)
  if (post?.['schema'] !== 1 || !isId(post['id'])) return undefined
  const { heads } = post
  if (!Array.isArray(heads) || heads.length !== 1) return undefined
  const head: unknown = heads[0]
  const isWholeValue =
    isHead(head) &&
    isListOf(post['ancestors'], isAncestor) &&
    isListOf(post['slugs'], isSlug) &&
    isListOf(post['places'], isPlace)
  if (!isWholeValue) return undefined
  return {
    id: post['id'],
    heads: [{ id: head.id }],
    fields: head.fields,
    clock: head.clock,
    slugs: post['slugs'] as readonly HeldSlug[],
    places: post['places'] as readonly Place[],
  }
}

type WholeHead = JsonObject & {
  readonly id: string
  readonly fields: PostFields
  readonly clock: number
}

function isHead(head: unknown): head is WholeHead {
  return (
    isObject(head) &&
    head['isReference'] === undefined &&
    head['schema'] === 1 &&
    isHash(head['id']) &&
    isListOf(head['parents'], isHash) &&
    isFields(head['fields']) &&
    isText(head['author']) &&
    isListOf(head['conflicts'], isConflict) &&
    isClock(head['clock']) &&
    isTime(head['savedAtMs'])
  )
}

function isFields(fields: unknown): fields is PostFields {
  return (
    isObject(fields) &&
    isText(fields['title']) &&
    isText(fields['body']) &&
    isText(fields['summary']) &&
    isText(fields['slug']) &&
    isText(fields['author']) &&
    isListOf(fields['tags'], isText) &&
    isListOf(fields['aliases'], isText) &&
    (fields['status'] === 'draft' ||
      fields['status'] === 'published' ||
      fields['status'] === 'deleted') &&
    (fields['kind'] === 'post' || fields['kind'] === 'page') &&
    (fields['publishedAt'] === null || isIsoTime(fields['publishedAt']))
  )
}

function isConflict(conflict: unknown): boolean {
  if (!isObject(conflict)) return false
  const { range } = conflict
  return (
    isHash(conflict['id']) &&
    isText(conflict['field']) &&
    (postFieldNames as readonly string[]).includes(conflict['field']) &&
    (conflict['base'] === null || isHash(conflict['base'])) &&
    isHash(conflict['hidden']) &&
    isHash(conflict['shown']) &&
    (range === undefined ||
      (isObject(range) &&
        isLines(range['base']) &&
        isLines(range['hidden']) &&
        isLines(range['shown'])))
  )
}

/** `[from, to]`, line numbers. */
function isLines(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && value.every(isLine)
}

function isLine(value: unknown): boolean {
  return isWhole(value, 0, Number.MAX_SAFE_INTEGER)
}

function isAncestor(value: unknown): boolean {
  return (
    isObject(value) &&
    isHash(value['id']) &&
    isListOf(value['parents'], isHash) &&
    isClock(value['clock'])
  )
}

function isSlug(value: unknown): boolean {
  return (
    isObject(value) &&
    isText(value['slug']) &&
    isTime(value['sinceMs']) &&
    (value['untilMs'] === undefined || isTime(value['untilMs']))
  )
}

function isPlace(value: unknown): boolean {
  return isObject(value) && isText(value['index']) && isPlaceTime(value['atMs'])
}
