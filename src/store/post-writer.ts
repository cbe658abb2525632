/**
 * Every read-merge-write of a post on this server: one at a time a post, source first.
 *
 * Not here: what a save makes of an input (`post-save.ts`), what is derived from it (`deriver.ts`).
 */

import { droppedHeads, mergePosts, newPost } from '../../buckets/posts/merge.ts'
import { posts as postRoom } from '../../buckets/posts/room.ts'
import type { PostValue } from '../../buckets/posts/schema.ts'
import type { Revision } from '../../buckets/revision-schema.ts'
import type { Clock } from '../kernel/ports.ts'
import type { MergeOutcome, WriteTuning } from './blog.ts'
import type { History } from './history.ts'
import type { KeyedQueue } from './keyed-queue.ts'
import type { SavePlan } from './post-save.ts'
import type { PostSource, SeenPost } from './post-source.ts'
import { isSame } from './read-merge-write.ts'
import type { Found } from './read-merge-write.ts'

export interface Written {
  readonly seen: SeenPost
  readonly merge: MergeOutcome
  readonly changed: boolean
  /** Nobody had a post of this id before. */
  readonly isFresh: boolean
}

export interface UpdateOptions {
  readonly tuning?: WriteTuning | undefined
  /** Revisions the author has seen: where the post cannot be found, it is rebuilt on them. */
  readonly witnesses?: readonly string[]
}

export class PostWriter {
  readonly #source: PostSource
  readonly #history: History
  readonly #queue: KeyedQueue
  readonly #clock: Clock

  constructor(options: { source: PostSource; history: History; queue: KeyedQueue; clock: Clock }) {
    this.#source = options.source
    this.#history = options.history
    this.#queue = options.queue
    this.#clock = options.clock
  }

  /**
   * @param plan - called with what is stored now, inside the post's queue.
   * @returns undefined where neither the post nor any of the witnesses was found.
   */
  update(
    id: string,
    plan: (current: SeenPost, nowMs: number) => Promise<SavePlan>,
    options: UpdateOptions = {},
  ): Promise<Written | undefined> {
    return this.#queue.run(`posts/${id}`, async () => {
      const read = await this.#source.read(id, 'edit')
      const current = read?.seen ?? (await this.#rebuild(id, options.witnesses ?? []))
      if (current === undefined) return undefined
      const planned = await plan(current, this.#clock.nowMs())
      if (planned.kind === 'nothing') return unchanged(current)
      return this.#put(id, planned, read?.found, options.tuning)
    })
  }

  /**
   * @param isNewId - drawn for this request: nothing can be there, so nothing is read first.
   * @param judge - what to do with the first revision where the post exists already.
   */
  create(
    id: string,
    first: (nowMs: number) => Revision,
    options: {
      readonly isNewId: boolean
      readonly judge: (current: SeenPost, first: Revision) => Promise<void>
      readonly tuning?: WriteTuning | undefined
    },
  ): Promise<Written> {
    return this.#queue.run(`posts/${id}`, async () => {
      const revision = first(this.#clock.nowMs())
      // Only a repetition is looked for: whatever else is there, the put merges with.
      const read = options.isNewId ? undefined : await this.#source.read(id, 'glance')
      if (read?.seen !== undefined) {
        await options.judge(read.seen, revision)
        return unchanged(read.seen)
      }
      const next = this.#source.complete(await this.#source.see(newPost(id, revision)))
      const planned = { kind: 'put', next, fresh: [revision], merge: 'none' } as const
      const written = await this.#put(id, planned, read?.found, options.tuning)
      return { ...written, isFresh: true }
    })
  }

  /** A value that was written elsewhere: merged with what is there, as a sibling is. */
  bring(brought: PostValue): Promise<Written> {
    const { id } = brought
    return this.#queue.run(`posts/${id}`, async () => {
      const read = await this.#source.read(id, 'edit')
      const known = read?.found.value
      const united = known === undefined ? brought : mergePosts(known, brought)
      const next = this.#source.complete(await this.#source.see(united))
      const { found } = read ?? {}
      const isWhole = found?.isUniform === true && found.unreadable.length === 0
      if (known !== undefined && isWhole && isSame(postRoom, known, next.value)) {
        return unchanged(next)
      }
      // Heads that this store has gone beyond stand nowhere else, where it never had them.
      await this.#history.acknowledgeAll(id, droppedHeads([brought], next.value))
      const planned = { kind: 'put', next, fresh: [], merge: 'none' } as const
      const written = await this.#put(id, planned, found, undefined)
      return { ...written, isFresh: known === undefined }
    })
  }

  /**
   * Merge what siblings and missing records leave to do, and put it where that changes anything: the
   * sweeper's part. @returns undefined where the post cannot be found.
   */
  settle(id: string): Promise<Written | undefined> {
    return this.#queue.run(`posts/${id}`, async () => {
      const read = await this.#source.read(id, 'edit')
      if (read?.seen === undefined) return undefined
      const { found, seen } = read
      const isWhole = found.isUniform && found.unreadable.length === 0
      if (isWhole && seen.value.heads.length === found.value?.heads.length) {
        if (seen.view.isPending || this.#source.isComplete(seen)) return unchanged(seen)
      }
      const next = this.#source.complete(seen)
      return this.#put(id, { kind: 'put', next, fresh: [], merge: 'none' }, found, undefined)
    })
  }

  async #put(
    id: string,
    planned: Extract<SavePlan, { kind: 'put' }>,
    found: Found<PostValue> | undefined,
    tuning: WriteTuning | undefined,
  ): Promise<Written> {
    const { next, fresh } = planned
    const { seen, hasMetRival } = await this.#source.put(id, next.value, found, { fresh, tuning })
    const merge = hasMetRival ? afterRival(planned, seen) : planned.merge
    return { seen, merge, changed: true, isFresh: false }
  }

  /** A post that is not found, although its author has seen revisions of it that are. */
  async #rebuild(id: string, witnesses: readonly string[]): Promise<SeenPost | undefined> {
    const isHash = (text: string): boolean => /^[0-9a-f]{64}$/.test(text)
    const read = await Promise.all(
      witnesses.filter(isHash).map((witness) => this.#history.revision(id, witness)),
    )
    const [value] = read
      .flatMap((revision) => (revision === undefined ? [] : [newPost(id, revision)]))
      .reduce<PostValue[]>((merged, each) => [merged[0] ? mergePosts(merged[0], each) : each], [])
    return value === undefined ? undefined : this.#source.see(value)
  }
}

function unchanged(seen: SeenPost): Written {
  return { seen, merge: 'none', changed: false, isFresh: false }
}

/** Somebody saved at the same moment: the answer shows both, merged. */
function afterRival(planned: Extract<SavePlan, { kind: 'put' }>, seen: SeenPost): MergeOutcome {
  if (seen.view.isPending) return 'pending'
  if (planned.merge === 'conflict') return 'conflict'
  const known = new Set(planned.next.view.conflicts.map(({ id }) => id))
  return seen.view.conflicts.every(({ id }) => known.has(id)) ? 'clean' : 'conflict'
}
