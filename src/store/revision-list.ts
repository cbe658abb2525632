/**
 * The history of a post, newest first: its heads, then their parents, as far back as there are any.
 *
 *     edge {heads} ──newest out, its parents in──▶ edge … ──▶ page, and the edge as the cursor
 *
 * A parent's clock is below its child's, so everything that could lead to a revision has been listed
 * before it, and none is listed twice.
 */

import { byClock } from '../../buckets/heads.ts'
import { isReference } from '../../buckets/posts/schema.ts'
import type { PostValue } from '../../buckets/posts/schema.ts'
import type { Revision } from '../../buckets/revision-schema.ts'
import { limits } from '../kernel/limits.ts'
import type { RevisionSummary } from './blog.ts'
import { unknownCursor } from './cursors.ts'
import { eachBounded } from './each.ts'
import type { History } from './history.ts'
import { ignoreStoreError } from './history.ts'
import type { Settled } from './settled.ts'

/** A cursor of more revisions than this is not one of ours. */
const edgeMax = 1_000

/** @throws OperationError `BLOG_UNSETTLED` where the history would be cut short by what cannot be seen now. */
export async function listRevisions(
  { history, settled }: { readonly history: History; readonly settled: Settled },
  value: PostValue,
  page: { readonly limit: number; readonly cursor?: string },
): Promise<{ readonly revisions: readonly RevisionSummary[]; readonly next: string | null }> {
  const start =
    page.cursor === undefined ? value.heads.map((head) => head.id) : parseCursor(page.cursor)
  const edge = new Map<string, Listed>()
  const load = async (ids: readonly string[]): Promise<void> => {
    const unknown = ids.filter((id) => !edge.has(id))
    const read = await eachBounded(unknown, limits.storeConcurrency, (id) =>
      readOne(history, settled, value, id),
    )
    for (const listed of read) if (listed !== undefined) edge.set(listed.id, listed)
  }
  await load(start)
  const listed: RevisionSummary[] = []
  while (listed.length < page.limit) {
    const newest = [...edge.values()].sort(byClock).at(-1)
    if (newest === undefined) break
    edge.delete(newest.id)
    const { id, parents, by, savedAt, title } = newest
    listed.push({ id, parents, by, savedAt, title })
    await load(newest.parents)
  }
  const next = edge.size === 0 ? null : [...edge.keys()].sort().join('.')
  return { revisions: listed, next }
}

interface Listed extends RevisionSummary {
  readonly clock: number
}

/** One whose snapshot cannot be read now is still listed where the post remembers it. */
async function readOne(
  history: History,
  settled: Settled,
  value: PostValue,
  id: string,
): Promise<Listed | undefined> {
  const head = value.heads.find((each) => each.id === id)
  if (head !== undefined && !isReference(head)) return listedFrom(head)
  const known = head ?? value.ancestors.find((each) => each.id === id)
  const reading = history.revision(value.id, id)
  const revision = await (known === undefined ? reading : reading.catch(ignoreStoreError))
  if (revision !== undefined) return listedFrom(revision)
  if (known === undefined) {
    // A revision names it as a parent: a history that ends here may be cut short.
    await settled.assertAbsent(`revision ${id}`)
    return undefined
  }
  const { parents, clock } = known
  return { id, parents, clock, by: '', savedAt: new Date(clock).toISOString(), title: '' }
}

function parseCursor(cursor: string): readonly string[] {
  const ids = cursor.split('.')
  const isOurs = ids.length <= edgeMax && ids.every((id) => /^[0-9a-f]{64}$/.test(id))
  if (isOurs) return ids
  throw unknownCursor(cursor)
}

function listedFrom(revision: Revision): Listed {
  return {
    id: revision.id,
    parents: revision.parents,
    clock: revision.clock,
    by: revision.author,
    savedAt: new Date(revision.savedAtMs).toISOString(),
    title: revision.fields.title,
  }
}
