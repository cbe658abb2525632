/** A stored address as the jobs read it: who claims it. Pure. */

import type { Claim } from '../buckets/slugs/schema.ts'
import { isId, isListOf, isObject, isTime, readObject } from './stored-json.ts'

/** @returns undefined where the store must look itself. */
export function readSlug(bytes: Uint8Array): readonly Claim[] | undefined {
  const slug = readObject(bytes)
  if (slug?.['schema'] !== 1 || !isListOf(slug['claims'], isClaim)) return undefined
  return slug['claims'] as readonly Claim[]
}

function isClaim(claim: unknown): boolean {
  return (
    isObject(claim) &&
    isId(claim['postId']) &&
    isTime(claim['sinceMs']) &&
    (claim['untilMs'] === undefined || isTime(claim['untilMs']))
  )
}
