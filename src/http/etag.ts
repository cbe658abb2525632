/** Entity tags: made, and met again in `If-None-Match` and `If-Match` (RFC 9110 §8.8, §13.1). */

import { createHash } from 'node:crypto'

/** A strong tag of these bytes, without its quotes. */
export function hashTag(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64url').slice(0, 22)
}

const quoted = /^(?:W\/)?"([\x21\x23-\x7e\x80-\xff]*)"$/

/**
 * Whether `If-None-Match` names one of the tags. Compared weakly, as GET and HEAD ask for.
 *
 * @param tags - opaque parts, without quotes.
 */
export function matchesNone(header: string | undefined, tags: readonly string[]): boolean {
  if (header === undefined || header === '') return false
  if (header.trim() === '*') return true
  return header.split(',').some((part) => {
    const tag = quoted.exec(part.trim())?.[1]
    return tag !== undefined && tags.includes(tag)
  })
}

export type IfMatch =
  | { readonly kind: 'absent' }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'any' }
  /** Revision ids, sorted and unique. */
  | { readonly kind: 'revisions'; readonly ids: readonly string[] }

/**
 * `If-Match` of a save: `*`, or one strong tag that holds revision ids joined by `.`.
 *
 * Several tags would mean "any of these": no author's text is based on one of two unknown versions,
 * so a list is malformed here, and so is a weak tag (RFC 9110 asks for the strong comparison).
 */
export function parseIfMatch(header: string | undefined): IfMatch {
  if (header === undefined) return { kind: 'absent' }
  const value = header.trim()
  if (value === '*') return { kind: 'any' }
  const ids = /^"([0-9A-Za-z_-]+(?:\.[0-9A-Za-z_-]+)*)"$/.exec(value)?.[1]?.split('.')
  if (!ids || value.length > 8_192) return { kind: 'malformed' }
  return { kind: 'revisions', ids: [...new Set(ids)].sort() }
}
