/**
 * Histories of one post as several servers write them: saves on what a server has, stale saves, and
 * servers that learn from each other in any order.
 */

import fc from 'fast-check'

import { nextClock } from '../../buckets/hybrid-clock.ts'
import { addRevision, mergePosts, newPost } from '../../buckets/posts/merge.ts'
import { makeRevision } from '../../buckets/posts/revision.ts'
import type { PostFields, PostValue, Revision } from '../../buckets/posts/schema.ts'
import { neededBases } from '../../buckets/posts/view.ts'
import { defaultFields } from '../../buckets/post-fields.ts'

export interface History {
  /** What each server holds at the end. */
  readonly servers: readonly PostValue[]
  /** Every value any server ever held. */
  readonly moments: readonly PostValue[]
  /** Every revision that was saved: what `revisions` holds. */
  readonly saved: ReadonlyMap<string, Revision>
}

interface Step {
  readonly kind: 'save' | 'stale' | 'learn'
  readonly server: number
  readonly other: number
  readonly pick: number
  readonly edit: number
}

const serverCount = 3

export function revisionOf(
  fields: Partial<PostFields>,
  parents: readonly Revision[] = [],
  more: { author?: string; nowMs?: number; conflicts?: Revision['conflicts'] } = {},
): Revision {
  const nowMs = more.nowMs ?? 1_000
  return makeRevision({
    parents: parents.map(({ id }) => id),
    fields: { ...defaultFields, ...fields },
    author: more.author ?? 'ana',
    conflicts: more.conflicts ?? [],
    clock: nextClock(
      nowMs,
      parents.map(({ clock }) => clock),
    ),
    savedAtMs: nowMs,
  })
}

/** @param steps - at most. */
export function histories(steps = 14): fc.Arbitrary<History> {
  const step: fc.Arbitrary<Step> = fc.record({
    kind: fc.constantFrom('save', 'save', 'stale', 'learn', 'learn'),
    server: fc.nat(serverCount - 1),
    other: fc.nat(serverCount - 1),
    pick: fc.nat(1_000),
    edit: fc.nat(1_000),
  })
  return fc.array(step, { maxLength: steps }).map(play)
}

export const rootFields: PostFields = {
  ...defaultFields,
  title: 'First',
  slug: 'first',
  body: 'one\ntwo\nthree\nfour\nfive\n',
  tags: ['a', 'b'],
  author: 'ana',
}

function play(steps: readonly Step[]): History {
  const root = revisionOf(rootFields)
  const saved = new Map([[root.id, root]])
  const servers = Array.from({ length: serverCount }, () => newPost('post', root))
  const moments: PostValue[] = [...servers]
  for (const [index, step] of steps.entries()) {
    const value = servers[step.server]!
    servers[step.server] =
      step.kind === 'learn'
        ? mergePosts(value, servers[step.other]!)
        : addRevision(value, save(value, step, index, saved))
    moments.push(servers[step.server]!)
  }
  return { servers, moments, saved }
}

function save(value: PostValue, step: Step, index: number, saved: Map<string, Revision>): Revision {
  const heads = value.heads.map((head) => head.id)
  const known = [...heads, ...value.ancestors.map((ancestor) => ancestor.id)]
  const ids =
    step.kind === 'stale'
      ? [known[step.pick % known.length]!]
      : heads.filter((_id, at) => at === step.pick % heads.length || (step.pick >> at) % 2 === 0)
  const parents = ids.map((id) => saved.get(id)!)
  const revision = revisionOf(edited(parents[0]!.fields, step.edit), parents, {
    author: `author ${step.server}`,
    // Wall clocks differ from server to server, and run behind what was seen.
    nowMs: 1_000 + index * 10 - step.server * 25,
  })
  saved.set(revision.id, revision)
  return revision
}

function edited(fields: PostFields, edit: number): PostFields {
  const lines = fields.body.split('\n')
  const at = edit % Math.max(1, lines.length - 1)
  switch (edit % 7) {
    case 0:
      return { ...fields, title: `Title ${edit}` }
    case 1:
      return { ...fields, body: lines.with(at, `line ${edit}`).join('\n') }
    case 2:
      return { ...fields, body: lines.toSpliced(at, 0, `new ${edit}`).join('\n') }
    case 3:
      return { ...fields, body: lines.toSpliced(at, 1).join('\n') }
    case 4:
      return { ...fields, tags: [...fields.tags, `t${edit % 5}`] }
    case 5:
      return { ...fields, tags: fields.tags.slice(1) }
    default:
      return { ...fields, status: edit % 2 === 0 ? 'deleted' : 'published', summary: `s${edit}` }
  }
}

/** Read what the view asks for, as the store does; `can` says which snapshots can be read. */
export function readBases(
  value: PostValue,
  saved: ReadonlyMap<string, Revision>,
  can: (id: string) => boolean = () => true,
): ReadonlyMap<string, Revision> {
  const bases = new Map<string, Revision>()
  for (;;) {
    const readable = neededBases(value, bases).filter((id) => can(id) && !bases.has(id))
    if (readable.length === 0) return bases
    for (const id of readable) bases.set(id, saved.get(id)!)
  }
}

/** Whether `ancestor` is the same as or comes before `id`, by the whole history. */
export function descends(
  saved: ReadonlyMap<string, Revision>,
  id: string,
  ancestor: string,
): boolean {
  return (
    id === ancestor ||
    (saved.get(id)?.parents ?? []).some((parent) => descends(saved, parent, ancestor))
  )
}
