/**
 * A post's own object: read and seen whole, written so that no snapshot is lost.
 *
 *     revisions ◀──1── snapshots of heads that this put lets go of
 *     posts     ◀──2── the value, covering what was read
 *     revisions ◀──2── the new head's own snapshot, meanwhile
 *
 * Invariant: what a value is derived to (slugs, places) is recorded in the value before anything is
 * derived from it, so that a later save knows every listing that must say "absent".
 */

import {
  addPlaces,
  droppedHeads,
  dropProven,
  fitHeads,
  holdSlug,
} from '../../buckets/posts/merge.ts'
import { posts as postRoom } from '../../buckets/posts/room.ts'
import { isReference } from '../../buckets/posts/schema.ts'
import type { PostValue } from '../../buckets/posts/schema.ts'
import { provenHeads, view } from '../../buckets/posts/view.ts'
import type { View } from '../../buckets/posts/view.ts'
import type { Revision } from '../../buckets/revision-schema.ts'
import { placesOf } from '../../mapreduce/post-rows.ts'
import { limits } from '../kernel/limits.ts'
import type { Log } from '../kernel/ports.ts'
import type { PostView, ReadTuning, WriteTuning } from './blog.ts'
import type { History } from './history.ts'
import { isSame } from './read-merge-write.ts'
import type { Found, Objects } from './read-merge-write.ts'
import type { ReadUse } from './quorums.ts'
import { unsettled } from './settled.ts'

/** A post's value and what it shows. */
export interface SeenPost {
  readonly value: PostValue
  readonly view: View
  readonly bases: ReadonlyMap<string, Revision>
}

export interface ReadPost {
  readonly found: Found<PostValue>
  /** Undefined: a tombstone, and nothing beside it. */
  readonly seen: SeenPost | undefined
}

export class PostSource {
  readonly #objects: Objects
  readonly #history: History
  readonly #log: Log

  constructor(options: { objects: Objects; history: History; log: Log }) {
    this.#objects = options.objects
    this.#history = options.history
    this.#log = options.log
  }

  /**
   * @returns undefined where nothing was found (which may be no proof).
   * @throws OperationError `BLOG_UNREADABLE_VALUE` where only unreadable bytes are there.
   */
  async read(id: string, use: ReadUse, tuning?: ReadTuning): Promise<ReadPost | undefined> {
    const found = await this.#objects.readSource(postRoom, id, use, tuning)
    if (found === undefined) return undefined
    if (found.value === undefined) return { found, seen: undefined }
    return { found, seen: await this.see(found.value) }
  }

  /** The view of a value, with every base that can be read. */
  async see(value: PostValue): Promise<SeenPost> {
    const bases = await this.#history.bases(value)
    const proven = provenHeads(value, bases)
    const current = proven.size === 0 ? value : dropProven(value, proven)
    const shown = view(current, bases)
    // Every head by reference, and not one snapshot at hand: the post is there, its text is not.
    if (shown === undefined) throw unsettled(`the text of post ${value.id}`)
    return { value: current, view: shown, bases }
  }

  /** The same with slugs and places recorded; `seen.value` is what must be put before deriving. */
  complete(seen: SeenPost): SeenPost {
    if (seen.view.isPending) return seen
    const { value } = seen
    // A deleted post lets go of its address: another may take it, and until then it answers 410.
    const slug = seen.view.fields.status === 'deleted' ? '' : seen.view.fields.slug
    const placed = addPlaces(value, placesOf(seen.view.fields))
    return { ...seen, value: { ...placed, slugs: holdSlug(placed.slugs, slug, seen.view.clock) } }
  }

  isComplete(seen: SeenPost): boolean {
    const { slugs, places } = this.complete(seen).value
    const { value } = seen
    // Both only grow; a slug that ended is another entry of the same length.
    return (
      places.length === value.places.length && JSON.stringify(slugs) === JSON.stringify(value.slugs)
    )
  }

  /**
   * Put a completed value over what `before` saw. Siblings that come back are merged, completed and
   * put once more.
   *
   * @param fresh - revisions made by this save: kept in `revisions` beside the post.
   * @returns what is stored now, and whether a rival's write was met.
   */
  async put(
    id: string,
    next: PostValue,
    before: Found<PostValue> | undefined,
    options: { readonly fresh: readonly Revision[]; readonly tuning?: WriteTuning | undefined },
  ): Promise<{ readonly seen: SeenPost; readonly hasMetRival: boolean }> {
    const stored = await this.#putOnce(id, next, before, options)
    const seen = await this.see(stored.value ?? next)
    if (stored.isUniform && isSame(postRoom, seen.value, stored.value ?? next)) {
      return { seen, hasMetRival: revisionOf(seen.value) !== revisionOf(next) }
    }
    const union = this.complete(seen)
    const again = await this.#putOnce(id, union.value, stored, {
      fresh: [],
      tuning: options.tuning,
    })
    const last = again.value === undefined ? union : await this.see(again.value)
    return { seen: last, hasMetRival: true }
  }

  async #putOnce(
    id: string,
    next: PostValue,
    before: Found<PostValue> | undefined,
    options: { readonly fresh: readonly Revision[]; readonly tuning?: WriteTuning | undefined },
  ): Promise<Found<PostValue>> {
    const fitted = isSmall(next) ? { value: next, referenced: [] } : fitHeads(next)
    const kept = new Set(fitted.value.heads.map((head) => head.id))
    const isDropped = (revision: Revision): boolean => !kept.has(revision.id)
    await Promise.all([
      this.#history.acknowledgeAll(id, [
        ...(before?.value === undefined ? [] : droppedHeads([before.value], fitted.value)),
        ...fitted.referenced,
      ]),
      ...options.fresh
        .filter(isDropped)
        .map((revision) => this.#keep(id, revision, options.tuning)),
    ])
    const [stored] = await Promise.all([
      this.#objects.put(postRoom, id, fitted.value, before, options.tuning),
      ...options.fresh
        .filter((revision) => !isDropped(revision))
        // The head is whole in the post: its snapshot can be put again by whoever supersedes it.
        .map((revision) => this.#keep(id, revision, undefined).catch(this.#keepLater(id))),
    ])
    return stored
  }

  #keep(id: string, revision: Revision, tuning: WriteTuning | undefined): Promise<void> {
    return this.#history.acknowledge(id, revision, { isNew: true, tuning })
  }

  #keepLater(postId: string): (error: unknown) => undefined {
    return (error) => {
      this.#log.write('warn', 'a revision could not be kept beside its post yet', {
        postId,
        error: String(error),
      })
    }
  }
}

/** Far below the size of an object, whatever its characters take as JSON. */
function isSmall(value: PostValue): boolean {
  const chars = value.heads.reduce(
    (sum, head) =>
      sum + (isReference(head) ? 0 : head.fields.body.length + head.fields.summary.length),
    0,
  )
  return chars * 6 < limits.objectBytesMax / 4 && value.heads.length < 10
}

/** Head ids, sorted, joined by `.`. */
export function revisionOf(value: PostValue): string {
  return value.heads
    .map((head) => head.id)
    .sort()
    .join('.')
}

export function showPost(seen: SeenPost): PostView {
  const { fields, conflicts, updatedAtMs, isPending } = seen.view
  return {
    id: seen.value.id,
    slug: fields.slug,
    title: fields.title,
    body: fields.body,
    summary: fields.summary,
    tags: fields.tags,
    status: fields.status,
    kind: fields.kind,
    author: fields.author,
    publishedAt: fields.publishedAt,
    updatedAt: new Date(updatedAtMs).toISOString(),
    aliases: fields.aliases,
    revision: revisionOf(seen.value),
    conflicts,
    isPending,
  }
}
