/**
 * One save of a post: from what was read and what the author based the text on to what is put.
 *
 *     heads {H}      If-Match H      R replaces H                            none
 *     heads {H}      If-Match older  {R, H} ──view──▶ M replaces both        clean | conflict
 *     heads {H, K}   If-Match H      {R, K} ──view──▶ M                      clean | conflict
 *     a base that cannot be read     {R, …} stays: nothing is derived        pending
 *
 * Pure but for reading snapshots: nothing is written here (`posts.ts` puts the plan).
 */

import { nextClock } from '../../buckets/hybrid-clock.ts'
import { normaliseFields } from '../../buckets/post-fields.ts'
import type { PostFields } from '../../buckets/post-fields.ts'
import { addRevision, knows } from '../../buckets/posts/merge.ts'
import { makeRevision } from '../../buckets/posts/revision.ts'
import { isReference } from '../../buckets/posts/schema.ts'
import type { PostValue } from '../../buckets/posts/schema.ts'
import { mergeRevision } from '../../buckets/posts/view.ts'
import type { Revision } from '../../buckets/revision-schema.ts'
import { OperationError } from '../kernel/errors.ts'
import type { MergeOutcome, SaveOptions } from './blog.ts'
import { ignoreStoreError } from './history.ts'
import type { History } from './history.ts'
import type { CheckedPost } from './post-input.ts'
import type { PostSource, SeenPost } from './post-source.ts'
import type { Settled } from './settled.ts'

export type SavePlan =
  /** A replay, or no change: nothing to put. */
  | { readonly kind: 'nothing' }
  | {
      readonly kind: 'put'
      readonly next: SeenPost
      /** Made by this save. */
      readonly fresh: readonly Revision[]
      readonly merge: MergeOutcome
    }

export interface SaveContext {
  readonly source: PostSource
  readonly history: History
  readonly settled: Settled
  readonly nowMs: number
}

/** What the author's text was based on. */
interface Basis {
  readonly parents: readonly string[]
  readonly clocks: readonly number[]
  readonly fields: PostFields
  readonly conflicts: Revision['conflicts']
}

/** @throws OperationError `BLOG_NOT_A_REVISION`, `BLOG_UNSETTLED` */
export async function planSave(
  context: SaveContext,
  current: SeenPost,
  input: CheckedPost,
  options: SaveOptions,
): Promise<SavePlan> {
  const basis = await readBasis(context, current, options.ifMatch)
  const fields = nextFields(basis.fields, input, options, context.nowMs)
  const resolves = new Set(options.resolves)
  const conflicts = basis.conflicts.filter((conflict) => !resolves.has(conflict.id))
  const isSameText = isEqualFields(fields, basis.fields)
  if (isSameText && conflicts.length === basis.conflicts.length) return { kind: 'nothing' }

  const make = (publishedAt: string | null): Revision =>
    makeRevision({
      parents: basis.parents,
      fields: { ...fields, publishedAt },
      author: options.by,
      conflicts,
      // After everything this server has seen, so that the later of two saves is the one shown.
      clock: nextClock(context.nowMs, [...basis.clocks, current.view.clock]),
      savedAtMs: context.nowMs,
    })
  const saved = make(fields.publishedAt)
  const isTimeOurs =
    input.publishedAt === undefined && fields.publishedAt !== basis.fields.publishedAt
  if (await isReplay(context, current.value, saved, isTimeOurs ? make : undefined)) {
    return { kind: 'nothing' }
  }
  return planMerge(context, current, saved)
}

/** R joins the heads; where it does not replace all of them, the merge of all does. */
async function planMerge(
  { source }: SaveContext,
  current: SeenPost,
  saved: Revision,
): Promise<SavePlan> {
  const joined = await source.see(addRevision(current.value, saved))
  if (joined.value.heads.length === 1) {
    return { kind: 'put', next: source.complete(joined), fresh: [saved], merge: 'none' }
  }
  if (joined.view.isPending) {
    return { kind: 'put', next: joined, fresh: [saved], merge: 'pending' }
  }
  const merged = mergeRevision(joined.view)
  const next = await source.see(addRevision(joined.value, merged))
  const known = new Set([...current.view.conflicts, ...saved.conflicts].map(({ id }) => id))
  const isClean = joined.view.conflicts.every(({ id }) => known.has(id))
  return {
    kind: 'put',
    next: source.complete(next),
    fresh: [saved, merged],
    merge: isClean ? 'clean' : 'conflict',
  }
}

async function readBasis(
  context: SaveContext,
  current: SeenPost,
  ifMatch: readonly string[] | '*',
): Promise<Basis> {
  const { value, view } = current
  const heads = value.heads.map((head) => head.id)
  const named = ifMatch === '*' ? heads : [...new Set(ifMatch)].sort()
  const isAllHeads = named.length === heads.length && heads.every((id) => named.includes(id))
  if (isAllHeads) {
    // A pending view shows one head only: this save must not cover what it did not show.
    const shown = view.isPending ? shownHead(current) : value.heads
    return {
      parents: shown.map((head) => head.id),
      clocks: shown.map((head) => head.clock),
      fields: view.fields,
      conflicts: view.conflicts,
    }
  }
  const revisions = await Promise.all(named.map((id) => readParent(context, value, id)))
  const read = revisions.filter((revision) => revision !== undefined)
  const clocks = [
    ...read,
    ...[...value.heads, ...value.ancestors].filter(({ id }) => named.includes(id)),
  ].map(({ clock }) => clock)
  const [first, ...others] = read
  // An old text that cannot be read now: what was not sent stays as it is shown.
  if (first === undefined || read.length < named.length) {
    return { parents: named, clocks, fields: view.fields, conflicts: [] }
  }
  const alone: PostValue = { ...value, heads: [first] }
  const seen =
    others.length === 0
      ? { fields: first.fields, conflicts: first.conflicts }
      : (await context.source.see(others.reduce(addRevision, alone))).view
  return { parents: named, clocks, fields: seen.fields, conflicts: seen.conflicts }
}

/** The head whose text a pending view shows: the latest at hand. */
function shownHead({ value, bases }: SeenPost): PostValue['heads'] {
  const atHand = value.heads.filter((head) => !isReference(head) || bases.has(head.id))
  return atHand.slice(-1)
}

/** @returns undefined where it is known to be a revision of this post but cannot be read now. */
async function readParent(
  { history, settled }: SaveContext,
  value: PostValue,
  id: string,
): Promise<Revision | undefined> {
  const head = value.heads.find((each) => each.id === id)
  if (head !== undefined && !isReference(head)) return head
  if (knows(value, id) !== undefined) {
    return history.revision(value.id, id).catch(ignoreStoreError)
  }
  const isHash = /^[0-9a-f]{64}$/.test(id)
  const revision = isHash ? await history.revision(value.id, id) : undefined
  if (revision !== undefined) return revision
  if (isHash) await settled.assertAbsent(`revision ${id}`)
  throw new OperationError('BLOG_NOT_A_REVISION', `${id} is not a revision of post ${value.id}`)
}

/** PUT resets what it does not name, but for the address, the byline and the date of a post. */
function nextFields(
  base: PostFields,
  input: CheckedPost,
  options: SaveOptions,
  nowMs: number,
): PostFields {
  const { slug, author, publishedAt } = base
  const fields =
    options.mode === 'change'
      ? normaliseFields(input, base)
      : normaliseFields({ slug, author, publishedAt, ...input })
  return withPublication({ ...fields, slug: fields.slug === '' ? slug : fields.slug }, nowMs)
}

/** The first publication is dated where the author did not. */
export function withPublication(fields: PostFields, nowMs: number): PostFields {
  if (fields.status !== 'published' || fields.publishedAt !== null) return fields
  return { ...fields, publishedAt: new Date(nowMs).toISOString() }
}

/**
 * Whether this very save was stored before: the same parents and the same content. Where the server
 * dated the publication, the date of the first try is taken for the comparison.
 */
async function isReplay(
  { history }: SaveContext,
  value: PostValue,
  saved: Revision,
  makeDated: ((publishedAt: string | null) => Revision) | undefined,
): Promise<boolean> {
  if (knows(value, saved.id) !== undefined) return true
  if (makeDated === undefined) return false
  const parents = saved.parents.join('.')
  for (const known of [...value.heads, ...value.ancestors]) {
    if (known.parents.join('.') !== parents) continue
    const revision = await history.revision(value.id, known.id).catch(ignoreStoreError)
    if (revision !== undefined && makeDated(revision.fields.publishedAt).id === known.id)
      return true
  }
  return false
}

function isEqualFields(a: PostFields, b: PostFields): boolean {
  const { tags, aliases, ...single } = a
  return (
    isEqualList(tags, b.tags) &&
    isEqualList(aliases, b.aliases) &&
    (Object.keys(single) as (keyof typeof single)[]).every((name) => a[name] === b[name])
  )
}

function isEqualList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((each, at) => each === b[at])
}
