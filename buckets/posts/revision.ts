/** Revisions: immutable, named by their content, so that a save sent twice is one save. */

import { hashId } from '../canonical-json.ts'
import { compareText, textSet } from '../lattice.ts'
import { normaliseFields } from '../post-fields.ts'
import type { OpenConflict, Revision } from '../revision-schema.ts'

/**
 * @param parents - revision ids; none at creation.
 * @param fields - normalised here.
 * @param clock - `nextClock(nowMs, clocks of the parents)`.
 * @param savedAtMs - wall time; neither it nor the clock is part of the id.
 */
export function makeRevision(input: Omit<Revision, 'schema' | 'id'>): Revision {
  const content = {
    schema: 1 as const,
    parents: textSet(input.parents),
    fields: normaliseFields(input.fields),
    author: input.author,
    conflicts: input.conflicts.toSorted((a, b) => compareText(a.id, b.id)),
  }
  return { ...content, id: hashId(content), clock: input.clock, savedAtMs: input.savedAtMs }
}

/** Whether a snapshot is what its id says; a store that was tampered with shows here. */
export function isGenuine(revision: Revision): boolean {
  const { schema, parents, fields, author, conflicts } = revision
  return revision.id === hashId({ schema, parents, fields, author, conflicts })
}

/** A conflict's id: every server that meets it names it alike. */
export function makeConflict(content: Omit<OpenConflict, 'id'>): OpenConflict {
  return { ...content, id: hashId(content) }
}
