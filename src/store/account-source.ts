/**
 * An account's own object: read, made, changed, one writer a server. Whoever remembers accounts is told
 * of every change here at once.
 */

import { authors as authorRoom } from '../../buckets/authors/room.ts'
import type { AuthorValue } from '../../buckets/authors/schema.ts'
import { nextClock } from '../../buckets/hybrid-clock.ts'
import type { Clock } from '../kernel/ports.ts'
import type { RiakKv } from '../riak/riak-kv.ts'
import type { KeyedQueue } from './keyed-queue.ts'
import { isAsFound } from './read-merge-write.ts'
import type { Found, Objects } from './read-merge-write.ts'
import type { Settled } from './settled.ts'
import { pageKeys } from './source-pages.ts'

export class AccountSource {
  readonly #riak: RiakKv
  readonly #site: string
  readonly #objects: Objects
  readonly #queue: KeyedQueue
  readonly #clock: Clock
  readonly #settled: Settled
  readonly #listeners = new Set<() => void>()

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

  /** Called after every write of an account on this server. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener)
  }

  /** @throws OperationError `BLOG_UNSETTLED` where it may be there, `BLOG_UNREADABLE_VALUE` */
  async read(name: string): Promise<AuthorValue | undefined> {
    const found = await this.#read(name)
    if (found === undefined) await this.#settled.assertAbsent('the account')
    return found?.value
  }

  /** Names, in no order, a page at a time. */
  names(): AsyncGenerator<readonly string[]> {
    return pageKeys(this.#riak, { type: authorRoom.type, bucket: this.#site })
  }

  /**
   * @param make - of what is there; undefined: nothing is written. That nothing was found proves
   *   nothing, and need not: two accounts of one name do not mix (`buckets/authors/merge.ts`).
   * @returns what is stored now.
   */
  create(
    name: string,
    make: (there: AuthorValue | undefined, clock: number) => AuthorValue | undefined,
  ): Promise<AuthorValue | undefined> {
    return this.#queue.run(`authors/${name}`, async () => {
      const found = await this.#read(name)
      const next = make(found?.value, this.#after(found?.value))
      return next === undefined ? undefined : this.#put(name, next, found)
    })
  }

  /** @returns what is stored now; undefined where there is no such account. */
  update(
    name: string,
    make: (value: AuthorValue, clock: number) => AuthorValue,
  ): Promise<AuthorValue | undefined> {
    return this.#queue.run(`authors/${name}`, async () => {
      const found = await this.#read(name)
      if (found === undefined) await this.#settled.assertAbsent('the account')
      if (found?.value === undefined) return undefined
      const next = make(found.value, this.#after(found.value))
      if (isAsFound(authorRoom, next, found)) return found.value
      return this.#put(name, next, found)
    })
  }

  #after(value: AuthorValue | undefined): number {
    const { role, password, displayName, email, url, sessions } = value ?? {}
    const registers = [role, password, displayName, email, url, sessions]
    return nextClock(
      this.#clock.nowMs(),
      registers.flatMap((register) => (register === undefined ? [] : [register.clock])),
    )
  }

  #read(name: string): Promise<Found<AuthorValue> | undefined> {
    return this.#objects.readSource(authorRoom, name, 'edit')
  }

  async #put(
    name: string,
    next: AuthorValue,
    before: Found<AuthorValue> | undefined,
  ): Promise<AuthorValue> {
    try {
      const { value } = await this.#objects.putUnion(authorRoom, name, next, before)
      return value
    } finally {
      // A write that failed may have been stored all the same.
      for (const listener of this.#listeners) listener()
    }
  }
}
