/**
 * How every object is read, merged and written: siblings become one value when they are read, and a
 * write covers exactly what it has seen.
 *
 *     get ──siblings──▶ room: parse, merge ──▶ Found{context, value}
 *                                                    │ change
 *     put(context, w=quorum, returnBody) ◀───────────┘
 *       └─▶ siblings came back? merge, and write the union back, once
 *
 * Invariants: bytes that could not be read are in `quarantine`, acknowledged, before a put covers
 * them. A put is only ever repeated byte for byte, with the same context; one that Riak refused for too
 * many siblings goes over what is there, merged with it.
 * Not here: which quorum and why (`quorums.ts`), what a post must do before it drops a head
 * (`post-source.ts`).
 */

import { quarantineKey } from '../../buckets/quarantine/merge.ts'
import { quarantine } from '../../buckets/quarantine/room.ts'
import type { Room } from '../../buckets/room.ts'
import { resolveSiblings } from '../../buckets/siblings.ts'
import { equalBytes } from '../causality/bytes.ts'
import type { CausalContext } from '../causality/causal-context.ts'
import { OperationError, StoreError } from '../kernel/errors.ts'
import { showLocation } from '../kernel/ids.ts'
import type { Location } from '../kernel/ids.ts'
import { limits } from '../kernel/limits.ts'
import type { Clock, Log } from '../kernel/ports.ts'
import type {
  Content,
  Fetched,
  GetOptions,
  IndexEntry,
  PutOptions,
  RiakKv,
  Sibling,
} from '../riak/riak-kv.ts'
import type { ReadTuning, SiblingState, WriteTuning } from './blog.ts'
import { isSilence, isWorthAnotherTry, planRead, planWrite } from './quorums.ts'
import type { ReadUse } from './quorums.ts'
import { ParsedValues } from './parsed-values.ts'
import type { Settled } from './settled.ts'
import { isSiblingLimit, SiblingWatch } from './sibling-watch.ts'

/** An object as a read, or a put with returnBody, showed it. */
export interface Found<T> {
  readonly context: CausalContext
  /** All readable siblings in one; undefined where there are only tombstones or unreadable bytes. */
  readonly value: T | undefined
  /** Siblings read, tombstones and unreadable ones among them. */
  readonly siblings: number
  /**
   * False where some readable sibling lacks something that `value` has, or where there are many: worth
   * writing back.
   */
  readonly isUniform: boolean
  readonly tombstones: number
  readonly unreadable: readonly { readonly sibling: Sibling; readonly reason: string }[]
  /** Of the largest sibling. */
  readonly byteLength: number
  /** Secondary index entries of all siblings, as Riak keeps them. */
  readonly indexes: readonly IndexEntry[]
}

/** An object as it is after a put. */
export interface Stored<T> extends Found<T> {
  readonly value: T
}

/** What a put sent in the end, and what came back. */
interface Sent<T> {
  readonly fetched: Fetched | undefined
  readonly value: T
  readonly bytes: Uint8Array
}

export interface ObjectsOptions {
  readonly riak: RiakKv
  readonly site: string
  readonly clock: Clock
  readonly log: Log
  readonly settled: Settled
}

export class Objects {
  readonly #riak: RiakKv
  readonly #site: string
  readonly #clock: Clock
  readonly #log: Log
  readonly #settled: Settled
  readonly #parsed = new ParsedValues(limits.parsedBytesMax)
  readonly #siblings: SiblingWatch

  constructor(options: ObjectsOptions) {
    this.#riak = options.riak
    this.#site = options.site
    this.#clock = options.clock
    this.#log = options.log
    this.#settled = options.settled
    this.#siblings = new SiblingWatch(options.log)
  }

  siblings(): SiblingState {
    return this.#siblings.state()
  }

  at(type: string, key: string): Location {
    return { type, bucket: this.#site, key }
  }

  /**
   * @returns undefined where nothing was found, which proves nothing while the store is unsettled.
   * A tombstone is found: its context must be covered by the next put.
   */
  async read<T>(
    room: Room<T>,
    key: string,
    use: ReadUse,
    tuning?: ReadTuning,
  ): Promise<Found<T> | undefined> {
    const isWary = use === 'page' && !this.#settled.isSettled()
    const fetched = await this.fetch(this.at(room.type, key), isWary ? 'wary' : use, tuning)
    return fetched === undefined ? undefined : this.#known(room, key, fetched)
  }

  /**
   * As `read`, of a source: one that exists only as bytes we cannot read is named, never shown as absent.
   *
   * @throws OperationError `BLOG_UNREADABLE_VALUE`
   */
  async readSource<T>(
    room: Room<T>,
    key: string,
    use: ReadUse,
    tuning?: ReadTuning,
  ): Promise<Found<T> | undefined> {
    const found = await this.read(room, key, use, tuning)
    if (found !== undefined) assertReadable(this.at(room.type, key), found)
    return found
  }

  /** The siblings as they are: for media, whose chunks are no values of a room. */
  async fetch(at: Location, use: ReadUse, tuning?: ReadTuning): Promise<Fetched | undefined> {
    const plan = planRead(use, tuning)
    if (plan.isBestEffort === true) return this.#getFromAny(at, plan.first)
    try {
      const found = await this.#get(at, plan.first)
      if (found !== undefined || plan.ifAbsent === undefined) return found
    } catch (error) {
      if (plan.ifFailed === undefined || !isWorthAnotherTry(error)) throw error
      return this.#getFromAny(at, { ...plan.ifFailed, ...pastNodeOf(error) })
    }
    return this.#getFromAny(at, plan.ifAbsent)
  }

  /** One vnode that has it is enough; one that is silent leaves in doubt that it is not there. */
  async #getFromAny(at: Location, options: GetOptions): Promise<Fetched | undefined> {
    try {
      return await this.#get(at, options)
    } catch (error) {
      if (!isSilence(error)) throw error
      // No error: a write merges with whatever is there, a reader hears that nothing is certain.
      this.#settled.noteDoubt()
      return undefined
    }
  }

  /**
   * Put `value`, covering what `before` saw; absent: concurrent with whatever is there.
   *
   * @returns what is stored now. Several siblings: somebody else wrote meanwhile, and `value` of the
   * answer is the merge of all.
   */
  async put<T>(
    room: Room<T>,
    key: string,
    value: T,
    before: Found<T> | undefined,
    tuning?: WriteTuning,
  ): Promise<Found<T>> {
    const at = this.at(room.type, key)
    const sent = await this.#put(room, at, value, before, { returnBody: true }, tuning)
    const { fetched, bytes } = sent
    if (fetched !== undefined) {
      const [only] = fetched.siblings
      const isOurs =
        fetched.siblings.length === 1 && only !== undefined && equalBytes(only.value, bytes)
      // What came back is what was sent: it need not be parsed to be known.
      if (isOurs) return foundAlone(fetched.context, sent.value, only)
      return this.#resolve(room, key, fetched)
    }
    throw new OperationError(
      'BLOG_REFUSED_BY_RIAK',
      `${showLocation(at)}: the put was acknowledged without its body`,
      'indefinite',
    )
  }

  /** As `put`, for values that are equal by construction: nobody looks at what came back. */
  async putUnseen<T>(
    room: Room<T>,
    key: string,
    value: T,
    before: Found<T> | undefined,
    tuning?: WriteTuning,
  ): Promise<void> {
    await this.#put(room, this.at(room.type, key), value, before, {}, tuning)
  }

  /**
   * Merge `delta` into what is stored: the whole life of a derived object, whose values are all
   * unions. Nothing is written where nothing would change.
   */
  async mergeInto<T>(
    room: Room<T>,
    key: string,
    delta: T,
  ): Promise<{
    readonly value: T
    readonly isWritten: boolean
    readonly before: Found<T> | undefined
  }> {
    const before = await this.read(room, key, 'edit')
    const current = before?.value
    const next = current === undefined ? delta : room.merge(current, delta)
    if (current !== undefined && before?.isUniform === true && isSame(room, current, next)) {
      return { value: current, isWritten: false, before }
    }
    const { value } = await this.putUnion(room, key, next, before)
    return { value, isWritten: true, before }
  }

  /** Put, and where siblings came back that lack something, put the union of all, once. */
  async putUnion<T>(
    room: Room<T>,
    key: string,
    value: T,
    before: Found<T> | undefined,
    tuning?: WriteTuning,
  ): Promise<Stored<T>> {
    const stored = await this.put(room, key, value, before, tuning)
    const union = stored.value ?? value
    if (stored.isUniform) return { ...stored, value: union }
    // Once: a rival that writes at the same moment merges what we leave, as does the next read.
    const again = await this.put(room, key, union, stored)
    return { ...again, value: again.value ?? union }
  }

  /**
   * One put of these bytes by the table of quorums: the second try is the same, byte for byte, through
   * another node where there is one. Where a connection breaks the facade itself repeats the try: to
   * every merge the same bytes again are nothing new.
   *
   * @throws StoreError of the second try; `indefinite` where the first may have been stored.
   */
  async send(
    at: Location,
    content: Content,
    options: PutOptions,
    tuning?: WriteTuning,
  ): Promise<Fetched | undefined> {
    const plan = planWrite(tuning)
    const all: PutOptions = { ...options, isRepeatable: true }
    try {
      return await this.#riak.put(at, content, { ...plan.first, ...all })
    } catch (error) {
      this.#note(error)
      if (plan.then === undefined || !isWorthAnotherTry(error)) throw error
      this.#log.write('warn', 'a quorum write failed and is sent again to one vnode', {
        at: showLocation(at),
        error: String(error),
      })
      return this.#riak
        .put(at, content, { ...plan.then, ...all, ...pastNodeOf(error) })
        .catch((second: unknown) => {
          throw asUncertainAs(error, second)
        })
    }
  }

  /**
   * Where what is there has as many siblings as Riak keeps, and this would be one more, it is read, and
   * the merge put over it.
   *
   * @returns what came back, and what was sent in the end.
   */
  async #put<T>(
    room: Room<T>,
    at: Location,
    value: T,
    before: Found<T> | undefined,
    options: PutOptions,
    tuning: WriteTuning | undefined,
  ): Promise<Sent<T>> {
    let next = { value, before }
    for (let round = 1; ; round++) {
      try {
        return await this.#putOnce(room, at, next.value, next.before, options, tuning)
      } catch (error) {
        if (!isSiblingLimit(error) || round === limits.siblingRoundsMax) throw error
        this.#siblings.refused()
        const found = await this.read(room, at.key, 'edit')
        // It is full, and nobody finds it: nodes are away.
        if (found === undefined) throw error
        const isMerged = found.value !== undefined
        next = { value: isMerged ? room.merge(found.value, value) : value, before: found }
      }
    }
  }

  async #putOnce<T>(
    room: Room<T>,
    at: Location,
    value: T,
    before: Found<T> | undefined,
    options: PutOptions,
    tuning: WriteTuning | undefined,
  ): Promise<Sent<T>> {
    if (before !== undefined) await this.#quarantineAll(at, before)
    const bytes = room.encode(value)
    const indexes = room.indexes(value)
    const content: Content = {
      value: bytes,
      contentType: 'application/json',
      ...(indexes.length === 0 ? {} : { indexes }),
    }
    assertFits(at, bytes)
    const context = before === undefined ? {} : { context: before.context }
    const fetched = await this.send(at, content, { ...options, ...context }, tuning)
    return { fetched, value, bytes }
  }

  async #get(at: Location, options: GetOptions): Promise<Fetched | undefined> {
    try {
      return await this.#riak.get(at, options)
    } catch (error) {
      this.#note(error)
      throw error
    }
  }

  #note(error: unknown): void {
    if (error instanceof StoreError && error.code === 'BLOG_QUORUM_UNMET') {
      this.#settled.noteTrouble()
    }
  }

  /** As `#resolve`; what was read lately, and has not changed, is not parsed again. */
  #known<T>(room: Room<T>, key: string, fetched: Fetched): Found<T> {
    const { siblings, context } = fetched
    const [only] = siblings
    if (only === undefined || siblings.length > 1 || only.isTombstone) {
      return this.#resolve(room, key, fetched)
    }
    const known = this.#parsed.get(room, key, only.value)
    if (known !== undefined) return foundAlone(context, known, only)
    const found = this.#resolve(room, key, fetched)
    if (found.value !== undefined) this.#parsed.set(room, key, only.value, found.value)
    return found
  }

  #resolve<T>(room: Room<T>, key: string, fetched: Fetched): Found<T> {
    this.#siblings.met(() => showLocation(this.at(room.type, key)), fetched.siblings.length)
    const resolved = resolveSiblings(room, fetched.siblings)
    const unreadable = resolved.unreadable.flatMap(({ index, reason }) => {
      const sibling = fetched.siblings[index]
      return sibling === undefined ? [] : [{ sibling, reason }]
    })
    for (const { reason } of unreadable) {
      this.#log.write('error', 'a stored value cannot be read', {
        at: showLocation(this.at(room.type, key)),
        reason,
      })
    }
    return {
      context: fetched.context,
      value: resolved.value,
      siblings: fetched.siblings.length,
      // Many that say the same cost every read, and are the nearer to Riak's limit.
      isUniform: resolved.isUniform && fetched.siblings.length <= limits.siblingsNote,
      tombstones: resolved.tombstones,
      unreadable,
      byteLength: Math.max(...fetched.siblings.map((sibling) => sibling.value.length)),
      indexes: fetched.siblings.flatMap((sibling) => sibling.indexes),
    }
  }

  /** Copies first, so that no crash between the two puts loses the bytes. */
  async #quarantineAll(at: Location, before: Found<unknown>): Promise<void> {
    for (const { sibling, reason } of before.unreadable) {
      const copy = {
        schema: 1 as const,
        ...at,
        contentType: sibling.contentType,
        reason,
        copiedAtMs: this.#clock.nowMs(),
        bytes: sibling.value,
      }
      await this.send(
        this.at(quarantine.type, quarantineKey(copy)),
        { value: quarantine.encode(copy), contentType: 'application/json' },
        {},
      ).catch((error: unknown) => {
        // A hundred copies of these bytes are enough.
        if (!isSiblingLimit(error)) throw error
      })
    }
  }
}

/** The node that failed is asked again only where no other is free. */
function pastNodeOf(error: unknown): { readonly avoid?: string } {
  const node = error instanceof StoreError ? error.node : undefined
  return node === undefined ? {} : { avoid: node }
}

/** A second try that certainly was not stored says nothing of the first one. */
function asUncertainAs(first: unknown, second: unknown): unknown {
  const mayBeStored = first instanceof StoreError && first.outcome === 'indefinite'
  if (!mayBeStored || !(second instanceof StoreError) || second.outcome === 'indefinite') {
    return second
  }
  const { code, message, node } = second
  return new OperationError(code, message, 'indefinite', { cause: second, node })
}

/** Whether a write of `b` over `a` would change anything. */
export function isSame<T>(room: Room<T>, a: T, b: T): boolean {
  if (a === b) return true
  return equalBytes(room.encode(a), room.encode(b))
}

/** Whether a write of `next` would change nothing: not the value, nor what else stands there beside it. */
export function isAsFound<T>(room: Room<T>, next: T, found: Found<T>): boolean {
  if (!found.isUniform || found.unreadable.length > 0 || found.value === undefined) return false
  return isSame(room, next, found.value) && isIndexed(room, found)
}

/** Whether it would be found by every index entry that its value should have: older programs wrote fewer. */
function isIndexed<T>(room: Room<T>, found: Found<T>): boolean {
  if (found.value === undefined) return true
  const stored = new Set(found.indexes.map(({ field, value }) => `${field}=${value}`))
  return room.indexes(found.value).every(({ field, value }) => stored.has(`${field}=${value}`))
}

function foundAlone<T>(context: CausalContext, value: T, sibling: Sibling): Found<T> {
  return {
    context,
    value,
    siblings: 1,
    isUniform: true,
    tombstones: 0,
    unreadable: [],
    byteLength: sibling.value.length,
    indexes: sibling.indexes,
  }
}

/** A source that exists only as bytes we cannot read is named, never shown as absent or replaced. */
export function assertReadable<T>(at: Location, found: Found<T>): void {
  const [first] = found.unreadable
  if (found.value !== undefined || first === undefined) return
  throw new OperationError(
    'BLOG_UNREADABLE_VALUE',
    `${showLocation(at)} cannot be read: ${first.reason}`,
  )
}

function assertFits(at: Location, bytes: Uint8Array): void {
  if (bytes.length <= limits.objectBytesMax) return
  throw new OperationError(
    'BLOG_TOO_LARGE',
    `${showLocation(at)} would take ${bytes.length} bytes; at most ${limits.objectBytesMax} are stored`,
  )
}
