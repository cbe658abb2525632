/**
 * The snapshots in `revisions`: put before a post lets go of them, read as bases of merges, walked
 * where the history is older than what the post remembers.
 *
 *     post ──heads, last 500 ancestors──▶ ids ──▶ revisions/<post>/<id> ──parents──▶ …
 *
 * Invariant: a revision that `acknowledge` resolved for is stored, by the table of quorums.
 */

import { neededBases } from '../../buckets/posts/view.ts'
import type { PostValue } from '../../buckets/posts/schema.ts'
import { revisions as revisionRoom } from '../../buckets/revisions/room.ts'
import type { Revision } from '../../buckets/revision-schema.ts'
import { StoreError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import type { Log } from '../kernel/ports.ts'
import type { WriteTuning } from './blog.ts'
import { eachBounded } from './each.ts'
import { Lately } from './lately.ts'
import type { Objects } from './read-merge-write.ts'

/** Snapshots kept in memory: they never change. Larger ones would crowd out many small ones. */
const rememberedCharsMax = 65_536

export class History {
  readonly #objects: Objects
  readonly #log: Log
  readonly #acknowledged = new Lately<true>(limits.acknowledgedRemembered)
  readonly #snapshots = new Lately<Revision>(limits.snapshotsRemembered)

  constructor(objects: Objects, log: Log) {
    this.#objects = objects
    this.#log = log
  }

  /** @returns undefined where it is not found or not readable. @throws StoreError */
  async revision(postId: string, id: string): Promise<Revision | undefined> {
    const key = `${postId}/${id}`
    const known = this.#snapshots.get(key)
    if (known !== undefined) return known
    const revision = (await this.#objects.read(revisionRoom, key, 'page'))?.value
    if (revision?.id !== id) return undefined
    this.#remember(key, revision)
    return revision
  }

  /**
   * Put the snapshot, unless this server has had its acknowledgement already.
   *
   * @param isNew - made by this save: nobody can have put it before, so no context is needed.
   */
  async acknowledge(
    postId: string,
    revision: Revision,
    options: { readonly isNew: boolean; readonly tuning?: WriteTuning | undefined },
  ): Promise<void> {
    const key = `${postId}/${revision.id}`
    if (this.#acknowledged.get(key) === true) return
    // A put without context would leave one more equal sibling each time somebody supersedes it.
    const before = options.isNew
      ? undefined
      : await this.#objects.read(revisionRoom, key, 'edit').catch(ignoreStoreError)
    await this.#objects.putUnseen(revisionRoom, key, revision, before, options.tuning)
    this.#acknowledged.set(key, true)
    this.#remember(key, revision)
  }

  /** A snapshot that was saved elsewhere. @returns whether it was not there. */
  async bring(postId: string, revision: Revision): Promise<boolean> {
    const key = `${postId}/${revision.id}`
    const { isWritten } = await this.#objects.mergeInto(revisionRoom, key, revision)
    this.#acknowledged.set(key, true)
    return isWritten
  }

  async acknowledgeAll(postId: string, revisions: readonly Revision[]): Promise<void> {
    await eachBounded(revisions, limits.storeConcurrency, (revision) =>
      this.acknowledge(postId, revision, { isNew: false }),
    )
  }

  /**
   * Every snapshot that the view of this value needs and that can be read now. One that cannot makes
   * the view pending: no error, for the later head can still be shown.
   */
  async bases(value: PostValue): Promise<ReadonlyMap<string, Revision>> {
    const bases = new Map<string, Revision>()
    const tried = new Set<string>()
    for (;;) {
      const missing = neededBases(value, bases).filter((id) => !tried.has(id))
      if (missing.length === 0 || tried.size > limits.baseReadsMax) return bases
      for (const id of missing) tried.add(id)
      const read = await eachBounded(missing, limits.storeConcurrency, (id) =>
        this.revision(value.id, id).catch((error: unknown) => {
          this.#unread(value.id, id, error)
          return undefined
        }),
      )
      for (const revision of read) if (revision !== undefined) bases.set(revision.id, revision)
    }
  }

  #remember(key: string, revision: Revision): void {
    if (revision.fields.body.length <= rememberedCharsMax) this.#snapshots.set(key, revision)
  }

  #unread(postId: string, id: string, error: unknown): void {
    ignoreStoreError(error)
    this.#log.write('warn', 'a base revision cannot be read', { postId, id, error: String(error) })
  }
}

/** For reads whose failure is an answer of its own; programmer's errors pass. */
export function ignoreStoreError(error: unknown): undefined {
  if (!(error instanceof StoreError)) throw error
}
