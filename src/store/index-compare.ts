/** Stored against expected, entry by entry. Pure. */

import { compareFreshness, entryKey, uniteEntries } from '../../buckets/listing.ts'
import type { Entry } from '../../buckets/listing-schema.ts'
import type { Claim } from '../../buckets/slugs/schema.ts'
import type { IndexDifference } from './blog.ts'
import type { ExpectedEntry } from './expectations.ts'

/**
 * @param object - `indexes/<site>/tag/release`.
 * @param stored - of all places of the listing, older copies among them.
 * @param isUnresolved - nothing can be said of this source now.
 */
export function compareListing(
  object: string,
  expected: ReadonlyMap<string, ExpectedEntry>,
  stored: readonly Entry<unknown>[],
  isUnresolved: (id: string) => boolean,
): readonly IndexDifference[] {
  const differences: IndexDifference[] = []
  const byKey = new Map(uniteEntries([], stored).map((entry) => [entryKey(entry), entry]))
  for (const [key, wanted] of expected) {
    const entry = byKey.get(key)
    const { id } = wanted
    if (entry?.present !== true) {
      if (wanted.present) {
        differences.push({ kind: 'missing', object, id, detail: 'the source says it is listed' })
      }
    } else if (!wanted.present) {
      differences.push({ kind: 'extra', object, id, detail: 'the source says it is not listed' })
    } else if (compareFreshness(entry, wanted) !== 0) {
      const detail = `stored of ${entry.version}, the source is ${wanted.version}`
      differences.push({ kind: 'stale', object, id, detail })
    }
  }
  for (const [key, { id, present }] of byKey) {
    if (!present || expected.has(key) || isUnresolved(id)) continue
    differences.push({ kind: 'extra', object, id, detail: 'no source says it is listed here' })
  }
  return differences
}

export function compareClaims(
  object: string,
  expected: ReadonlyMap<string, Claim>,
  stored: readonly Claim[],
): readonly IndexDifference[] {
  const byPost = new Map(stored.map((claim) => [claim.postId, claim]))
  return [...expected.values()].flatMap((wanted): readonly IndexDifference[] => {
    const claim = byPost.get(wanted.postId)
    const id = wanted.postId
    if (claim === undefined) {
      return [{ kind: 'missing', object, id, detail: 'the post holds this address' }]
    }
    const isSame = claim.sinceMs === wanted.sinceMs && claim.untilMs === wanted.untilMs
    if (isSame) return []
    return [{ kind: 'stale', object, id, detail: 'the post held this address at another time' }]
  })
}

/**
 * @param ids - tags, or months, that are in question.
 * @param counts - entries of their listings as stored; none where there is no listing.
 */
export function compareCatalog(
  object: string,
  ids: Iterable<string>,
  counts: ReadonlyMap<string, number>,
  stored: readonly Entry<{ readonly count: number }>[],
): readonly IndexDifference[] {
  const byId = new Map(stored.map((entry) => [entry.id, entry.data?.count ?? 0]))
  return [...new Set(ids)].flatMap((id): readonly IndexDifference[] => {
    const wanted = counts.get(id) ?? 0
    const count = byId.get(id) ?? 0
    if (wanted === count) return []
    const kind = count === 0 ? 'missing' : wanted === 0 ? 'extra' : 'stale'
    return [{ kind, object, id, detail: `stored count ${count}, the listing holds ${wanted}` }]
  })
}
