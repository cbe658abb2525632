/** A comment's own object: found by its bare id, read, created once, changed. */

import { comments as commentRoom } from '../../buckets/comments/room.ts'
import type { CommentValue } from '../../buckets/comments/schema.ts'
import type { Clock } from '../kernel/ports.ts'
import type { RiakKv } from '../riak/riak-kv.ts'
import type { WriteTuning } from './blog.ts'
import type { KeyedQueue } from './keyed-queue.ts'
import { Lately } from './lately.ts'
import { isAsFound } from './read-merge-write.ts'
import type { Found, Objects } from './read-merge-write.ts'
import type { ReadUse } from './quorums.ts'
import type { Settled } from './settled.ts'
import { limits } from '../kernel/limits.ts'

export interface WrittenComment {
  readonly value: CommentValue
  readonly isWritten: boolean
}

export class CommentSource {
  readonly #riak: RiakKv
  readonly #site: string
  readonly #objects: Objects
  readonly #queue: KeyedQueue
  readonly #clock: Clock
  readonly #settled: Settled
  /** Post ids of comments seen lately: an id's key never changes. */
  readonly #keys = new Lately<string>(limits.acknowledgedRemembered)

  constructor(options: {
    riak: RiakKv
    site: string
    objects: Objects
    queue: KeyedQueue
    clock: Clock
    settled: Settled
  }) {
    this.#riak = options.riak
    this.#site = options.site
    this.#objects = options.objects
    this.#queue = options.queue
    this.#clock = options.clock
    this.#settled = options.settled
  }

  /** @returns the key `<post>/<comment>`, or undefined where there is no such comment. */
  async keyOf(id: string): Promise<string | undefined> {
    const known = this.#keys.get(id)
    if (known !== undefined) return known
    const page = await this.#riak.queryIndex({
      type: commentRoom.type,
      bucket: this.#site,
      field: 'id_bin',
      equals: id,
    })
    const key = page.entries[0]?.key
    if (key === undefined) await this.#settled.assertAbsent(`comment ${id}`)
    else this.#keys.set(id, key)
    return key
  }

  /** @throws OperationError `BLOG_UNREADABLE_VALUE` */
  async read(key: string, use: ReadUse): Promise<CommentValue | undefined> {
    return (await this.#read(key, use))?.value
  }

  /** Whether a comment that can be read stands there, as far as a quorum knows. */
  async isThere(key: string): Promise<boolean> {
    return (await this.#objects.read(commentRoom, key, 'edit'))?.value !== undefined
  }

  /** Of a key that `keyOf` gave: an index names it. @throws OperationError `BLOG_UNSETTLED` */
  async readNamed(key: string): Promise<CommentValue | undefined> {
    const found = await this.#read(key, 'edit')
    if (found === undefined) await this.#settled.assertAbsent(`comment ${key}`)
    return found?.value
  }

  /** Store the first version; what is there already stays as it is. */
  create(
    key: string,
    first: CommentValue,
    tuning: WriteTuning | undefined,
  ): Promise<WrittenComment> {
    return this.#queue.run(`comments/${key}`, async () => {
      // Only a repetition is looked for: whatever else is there, the put merges with.
      const found = await this.#read(key, 'glance')
      if (found?.value !== undefined) return { value: found.value, isWritten: false }
      return this.#put(key, first, found, tuning)
    })
  }

  /**
   * A comment that was saved elsewhere.
   *
   * @param make - what it is together with what is known here.
   */
  bring(
    key: string,
    make: (known: CommentValue | undefined) => CommentValue,
  ): Promise<WrittenComment & { readonly isFresh: boolean }> {
    return this.#queue.run(`comments/${key}`, async () => {
      const found = await this.#read(key, 'edit')
      const next = make(found?.value)
      if (found?.value !== undefined && isAsFound(commentRoom, next, found)) {
        return { value: found.value, isWritten: false, isFresh: false }
      }
      const written = await this.#put(key, next, found, undefined)
      return { ...written, isFresh: found?.value === undefined }
    })
  }

  update(
    key: string,
    make: (value: CommentValue, nowMs: number) => CommentValue,
  ): Promise<WrittenComment | undefined> {
    return this.#queue.run(`comments/${key}`, async () => {
      const found = await this.#read(key, 'edit')
      if (found === undefined) await this.#settled.assertAbsent(`comment ${key}`)
      if (found?.value === undefined) return undefined
      const next = make(found.value, this.#clock.nowMs())
      if (isAsFound(commentRoom, next, found)) return { value: found.value, isWritten: false }
      return this.#put(key, next, found, undefined)
    })
  }

  async #read(key: string, use: ReadUse): Promise<Found<CommentValue> | undefined> {
    const found = await this.#objects.readSource(commentRoom, key, use)
    // A moderator decides about what was just shown: an index query each would cost more than the rest.
    if (found?.value !== undefined) this.#keys.set(found.value.id, key)
    return found
  }

  async #put(
    key: string,
    value: CommentValue,
    before: Found<CommentValue> | undefined,
    tuning: WriteTuning | undefined,
  ): Promise<WrittenComment> {
    const { value: stored } = await this.#objects.putUnion(commentRoom, key, value, before, tuning)
    this.#keys.set(value.id, key)
    return { value: stored, isWritten: true }
  }
}
