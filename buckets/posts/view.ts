/**
 * What a set of heads shows: for readers, and for the next save, whose parents are all its heads.
 *
 * Pure; two servers that hold the same heads show the same text and would save the same merge.
 *
 *     posts value ──neededBases──▶ ids ──(read from `revisions`, until none is asked for)──▶ view
 *
 * Invariants: a view that is not pending depends on the set of heads alone; a pending one shows one
 * head whole, the latest at hand, and nothing may be derived or saved from it as a merge.
 * Not here: how two texts become one (`three-fields.ts`, `../text`).
 *
 * Source: DESIGN §4.
 */

import { assert } from '../../src/kernel/assert.ts'
import { ownNames } from '../../src/kernel/own-names.ts'
import { compareText } from '../lattice.ts'
import type { PostFields } from '../post-fields.ts'
import type { OpenConflict, Revision } from '../revision-schema.ts'
import { foldHeads, headFields } from './fold.ts'
import { graphOf, provenAmong } from './graph.ts'
import { makeRevision } from './revision.ts'
import type { PostValue } from './schema.ts'

export interface View {
  readonly fields: PostFields
  /** Ascending by id. */
  readonly conflicts: readonly OpenConflict[]
  /** Head revision ids, sorted: joined by `.` they are the post's `revision`. */
  readonly heads: readonly string[]
  /** The latest head's, ms. */
  readonly clock: number
  /** Wall time of the last save, ms. */
  readonly updatedAtMs: number
  /** Something could not be read: the latest head at hand is shown, not the merge. */
  readonly isPending: boolean
}

/**
 * Revisions to read before `view` can be whole. Ask again with what was read: older ones may turn out
 * to be needed. An id that cannot be read stays in the answer; the view is then pending.
 */
export function neededBases(
  value: PostValue,
  bases: ReadonlyMap<string, Revision>,
): readonly string[] {
  return foldHeads(value, bases).missing
}

/** @returns undefined where not one head's text is at hand: all of them by reference, none read. */
export function view(value: PostValue, bases: ReadonlyMap<string, Revision>): View | undefined {
  const folded = foldHeads(value, bases)
  const heads = value.heads.filter((head) => folded.headIds.includes(head.id))
  const about = {
    heads: folded.headIds.toSorted(compareText),
    clock: Math.max(...heads.map((head) => head.clock)),
    updatedAtMs: Math.max(...heads.map((head) => head.savedAtMs)),
  }
  if (folded.side !== undefined) {
    const { fields, conflicts } = folded.side
    return { fields, conflicts, ...about, isPending: false }
  }
  const latest = folded.headIds.toReversed().flatMap((id) => headFields(value, bases, id) ?? [])[0]
  if (latest === undefined) return undefined
  return { fields: latest.fields, conflicts: latest.conflicts, ...about, isPending: true }
}

/** Heads that the snapshots at hand prove to be ancestors of others: for `dropProven`. */
export function provenHeads(
  value: PostValue,
  bases: ReadonlyMap<string, Revision>,
): ReadonlySet<string> {
  return provenAmong(
    graphOf(value, bases),
    value.heads.map((head) => head.id),
  )
}

/**
 * The merge as a revision: equal on every server that merges these heads, whenever it does.
 *
 * @throws {AssertionError} on a pending view: its text is one head's, not the merge.
 */
export function mergeRevision(seen: View): Revision {
  assert(!seen.isPending, 'a pending view is not saved as a merge')
  return makeRevision({
    parents: seen.heads,
    fields: seen.fields,
    author: ownNames.merge,
    conflicts: seen.conflicts,
    clock: seen.clock + 1,
    savedAtMs: seen.updatedAtMs,
  })
}
