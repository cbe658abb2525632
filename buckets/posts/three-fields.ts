/**
 * The fields of a post that two saves of one base make together.
 *
 * Pure.
 *
 * Invariants: a side that did not change a field has no say in it; where both did, the later side is
 * shown and the other one is named in a conflict; a deletion never hides an edit made beside it.
 * Not here: which save is whose base (`fold.ts`).
 *
 * Source: DESIGN §4 "The fold".
 */

import { canonicalJson } from '../canonical-json.ts'
import { compareText, textSet } from '../lattice.ts'
import { postFieldNames } from '../post-fields.ts'
import type { PostFields } from '../post-fields.ts'
import type { OpenConflict } from '../revision-schema.ts'
import { linesOf, mapLines, mergeText } from '../text/merge-text.ts'
import type { TextConflict } from '../text/merge-text.ts'
import { makeConflict } from './revision.ts'

/** A save, or several folded into one. */
export interface Side {
  readonly fields: PostFields
  readonly conflicts: readonly OpenConflict[]
  /** The revisions it is made of, ascending by (clock, id), with their texts. */
  readonly revisions: readonly { readonly id: string; readonly fields: PostFields }[]
  /** Whose value a field shows. */
  readonly origins: ReadonlyMap<string, string>
}

/** @param base - its last revision names it in conflicts; none: the sides have nothing in common. */
export function mergeSides(base: Side, earlier: Side, later: Side): Side {
  const found: OpenConflict[] = []
  const merged: Record<string, unknown> = {}
  const origins = new Map<string, string>()
  const baseId = base.revisions.at(-1)?.id ?? null
  for (const name of fieldNames(base, earlier, later)) {
    const choice = chooseField(name, base, earlier, later)
    // A field of a newer program that one side took away stays away.
    if (choice.value !== undefined) merged[name] = choice.value
    origins.set(name, originOf(choice.shown, name))
    const { hidden } = choice
    if (hidden !== undefined && isPostField(name)) {
      found.push(conflictOf(name, baseId, originOf(hidden, name), originOf(choice.shown, name)))
    }
  }
  const body = mergeBodies(base, earlier, later)
  merged['body'] = body.text
  const ranges = body.conflicts.map((conflict) => bodyConflict(conflict, base, earlier, later))
  return {
    fields: merged as unknown as PostFields,
    conflicts: stillOpen(base, earlier, later, [...found, ...ranges]),
    revisions: [...earlier.revisions, ...later.revisions],
    origins,
  }
}

interface Choice {
  readonly value: unknown
  readonly shown: Side
  /** The side that loses its change; undefined where none does. */
  readonly hidden: Side | undefined
}

function chooseField(name: string, base: Side, earlier: Side, later: Side): Choice {
  if (name === 'status') return chooseStatus(base, earlier, later)
  const [ours, old, theirs] = [valueOf(earlier, name), valueOf(base, name), valueOf(later, name)]
  if (name === 'tags' || name === 'aliases') {
    const { fields } = base
    const value = mergeSets(fields[name], earlier.fields[name], later.fields[name])
    return { value, shown: later, hidden: undefined }
  }
  if (isSame(ours, theirs) || isSame(theirs, old)) {
    return { value: ours, shown: earlier, hidden: undefined }
  }
  // The body's own conflicts are found line by line.
  const hidden = isSame(ours, old) || name === 'body' ? undefined : earlier
  return { value: theirs, shown: later, hidden }
}

/** A deletion beside an edit: the edit survives, whichever came later. */
function chooseStatus(base: Side, earlier: Side, later: Side): Choice {
  const [ours, old, theirs] = [earlier.fields.status, base.fields.status, later.fields.status]
  if (ours === theirs) return { value: ours, shown: earlier, hidden: undefined }
  const isDeletedBy = (status: string): boolean => status === 'deleted' && old !== 'deleted'
  if (isDeletedBy(ours)) {
    return hasChanged(base, later)
      ? { value: theirs, shown: later, hidden: earlier }
      : { value: ours, shown: earlier, hidden: undefined }
  }
  if (isDeletedBy(theirs)) {
    return hasChanged(base, earlier)
      ? { value: ours, shown: earlier, hidden: later }
      : { value: theirs, shown: later, hidden: undefined }
  }
  if (theirs === old) return { value: ours, shown: earlier, hidden: undefined }
  return { value: theirs, shown: later, hidden: ours === old ? undefined : earlier }
}

function hasChanged(base: Side, side: Side): boolean {
  return fieldNames(base, side).some((name) => !isSame(valueOf(base, name), valueOf(side, name)))
}

/** Three-way: what either added is in, what either removed is out; an add beats a removal. */
function mergeSets(
  base: readonly string[],
  earlier: readonly string[],
  later: readonly string[],
): readonly string[] {
  const added = [...earlier, ...later].filter((element) => !base.includes(element))
  const kept = base.filter((element) => earlier.includes(element) && later.includes(element))
  return textSet([...kept, ...added])
}

function mergeBodies(
  base: Side,
  earlier: Side,
  later: Side,
): { readonly text: string; readonly conflicts: readonly TextConflict[] } {
  return mergeText(base.fields.body, earlier.fields.body, later.fields.body)
}

/**
 * Name the two saves that meet, with ranges in their own texts: a side folded of several heads, and a
 * base merged of several ancestors, have no text that an author could look at.
 */
function bodyConflict(
  conflict: TextConflict,
  base: Side,
  earlier: Side,
  later: Side,
): OpenConflict {
  const baseText = base.fields.body
  const before = linesOf(baseText, conflict.base)
  const author =
    earlier.revisions.length < 2
      ? undefined
      : earlier.revisions
          .toReversed()
          .map(({ id, fields }) => {
            const range = mapLines(baseText, fields.body, conflict.base)
            return { id, range, text: range && linesOf(fields.body, range) }
          })
          .find(({ text }) => text !== undefined && text !== before)
  const lastBase = base.revisions.at(-1)
  const baseRange =
    lastBase === undefined || base.revisions.length < 2
      ? conflict.base
      : mapLines(baseText, lastBase.fields.body, conflict.base)
  return makeConflict({
    field: 'body',
    base: lastBase?.id ?? null,
    hidden: author?.id ?? originOf(earlier, 'body'),
    shown: originOf(later, 'body'),
    range: {
      base: baseRange ?? conflict.base,
      hidden: author?.range ?? conflict.earlier,
      shown: conflict.later,
    },
  })
}

/** Open on either side and settled by none, and those that were found now. */
function stillOpen(
  base: Side,
  earlier: Side,
  later: Side,
  found: readonly OpenConflict[],
): readonly OpenConflict[] {
  const isIn = (side: Side, id: string): boolean => side.conflicts.some((open) => open.id === id)
  const open = new Map<string, OpenConflict>()
  for (const conflict of [...earlier.conflicts, ...later.conflicts]) {
    const isOnBoth = isIn(earlier, conflict.id) && isIn(later, conflict.id)
    if (isOnBoth || !isIn(base, conflict.id)) open.set(conflict.id, conflict)
  }
  for (const conflict of found) open.set(conflict.id, conflict)
  return [...open.values()].sort((a, b) => compareText(a.id, b.id))
}

function conflictOf(
  field: keyof PostFields,
  base: string | null,
  hidden: string,
  shown: string,
): OpenConflict {
  return makeConflict({ field, base, hidden, shown })
}

function originOf(side: Side, name: string): string {
  return side.origins.get(name) ?? side.revisions.at(-1)?.id ?? ''
}

/** Ours, and those a newer program may have added. */
function fieldNames(...sides: readonly Side[]): readonly string[] {
  return textSet(sides.flatMap((side) => Object.keys(side.fields)))
}

function isPostField(name: string): name is keyof PostFields {
  return (postFieldNames as readonly string[]).includes(name)
}

function valueOf(side: Side, name: string): unknown {
  return (side.fields as unknown as Readonly<Record<string, unknown>>)[name]
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (a === undefined || b === undefined) return false
  return typeof a === 'object' && typeof b === 'object' && canonicalJson(a) === canonicalJson(b)
}
