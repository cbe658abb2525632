/** Drafts merge as posts do: union of versions less those that another one replaced. */

import { hashId } from '../canonical-json.ts'
import { joinHeads, newestAncestors } from '../heads.ts'
import { largerJson, textSet, withUnknown } from '../lattice.ts'
import { normaliseFields } from '../post-fields.ts'
import type { PostFields } from '../post-fields.ts'
import type { DraftValue, DraftVersion } from './schema.ts'

/** An autosave replaces the one before it within seconds: a short memory is enough. */
const ancestorsMax = 50

export function mergeDrafts(a: DraftValue, b: DraftValue): DraftValue {
  return withUnknown(a, b, {
    schema: 1,
    postId: a.postId >= b.postId ? a.postId : b.postId,
    author: a.author >= b.author ? a.author : b.author,
    ...joinHeads(a, b, joinVersions),
  })
}

/** Autosave: replaces the versions the author's window had before it, and no others. */
export function autosave(
  of: { readonly postId: string; readonly author: string },
  before: DraftValue | undefined,
  save: {
    readonly replaces: readonly string[]
    readonly fields: PostFields
    readonly basedOn: readonly string[]
    readonly clock: number
    readonly savedAtMs: number
  },
): DraftValue {
  const content = {
    parents: textSet(save.replaces),
    fields: normaliseFields(save.fields),
    basedOn: textSet(save.basedOn),
  }
  const { clock, savedAtMs } = save
  const version: DraftVersion = { ...content, id: hashId(content), clock, savedAtMs }
  const saved: DraftValue = { schema: 1, ...of, heads: [version], ancestors: [] }
  return before === undefined ? saved : mergeDrafts(before, saved)
}

/** What is written. */
export function trimmedDraft(value: DraftValue): DraftValue {
  return { ...value, ancestors: newestAncestors(value.ancestors, ancestorsMax) }
}

function joinVersions(a: DraftVersion, b: DraftVersion): DraftVersion {
  return withUnknown<DraftVersion>(a, b, {
    ...largerJson(contentOf(a), contentOf(b)),
    clock: Math.min(a.clock, b.clock),
    savedAtMs: Math.min(a.savedAtMs, b.savedAtMs),
  })
}

function contentOf(version: DraftVersion): Omit<DraftVersion, 'clock' | 'savedAtMs'> {
  const { id, parents, fields, basedOn } = version
  return { id, parents, fields, basedOn }
}
