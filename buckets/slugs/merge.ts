/** Claims to one address: union by post; who owns it follows from the claims alone. */

import { limits } from '../../src/kernel/limits.ts'
import { compareText, largerJson, unionBy, withUnknown } from '../lattice.ts'
import { firstCharacters } from '../post-fields.ts'
import type { Claim, SlugValue } from './schema.ts'

export function mergeSlugs(a: SlugValue, b: SlugValue): SlugValue {
  const claims = unionBy(a.claims, b.claims, (claim) => claim.postId, joinClaims, byPost)
  return withUnknown(a, b, { schema: 1, claims })
}

export function claimed(claims: readonly Claim[]): SlugValue {
  const none: SlugValue = { schema: 1, claims: [] }
  return claims.reduce((value, claim) => mergeSlugs(value, { schema: 1, claims: [claim] }), none)
}

/** Open beats closed, then the earliest since, then the smaller post id. */
export function owner(value: SlugValue): Claim | undefined {
  return value.claims.filter(isOpen).sort(byAge)[0]
}

/** Posts that asked for this slug and lost it: each is given `<slug>-<n>`. Earliest claim first. */
export function losers(value: SlugValue): readonly Claim[] {
  return value.claims.filter(isOpen).sort(byAge).slice(1)
}

/** Where nobody lives here any more: the post that left last; its live slug is the redirect. */
export function formerOwner(value: SlugValue): Claim | undefined {
  const byLeaving = (a: Claim, b: Claim): number =>
    (b.untilMs ?? 0) - (a.untilMs ?? 0) || compareText(a.postId, b.postId)
  return value.claims.filter((claim) => !isOpen(claim)).sort(byLeaving)[0]
}

/** The n-th (≥ 2) variant of a slug, within the length a slug may have. */
export function numberedSlug(slug: string, n: number): string {
  const suffix = `-${String(n)}`
  return firstCharacters(slug, limits.slugCharsMax - suffix.length) + suffix
}

const isOpen = (claim: Claim): boolean => claim.untilMs === undefined
const byPost = (a: Claim, b: Claim): number => compareText(a.postId, b.postId)
const byAge = (a: Claim, b: Claim): number =>
  a.sinceMs - b.sinceMs || compareText(a.postId, b.postId)

/**
 * Of one post: the later period; of one period, that it ended, at the earlier end. A post that takes
 * its slug back begins a new period, so it cannot be closed again by an old copy.
 */
function joinClaims(a: Claim, b: Claim): Claim {
  if (a.sinceMs !== b.sinceMs) return a.sinceMs > b.sinceMs ? a : b
  if (a.untilMs === b.untilMs) return largerJson(a, b)
  if (a.untilMs === undefined) return b
  if (b.untilMs === undefined) return a
  return a.untilMs < b.untilMs ? a : b
}
