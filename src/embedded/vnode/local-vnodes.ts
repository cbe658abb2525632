/**
 * The vnodes of this node: what each does with a get, a put, a repair and a reap.
 *
 * Depends on the world for the disk (through backend and group commit) and, for reaping, the clock.
 *
 *     put ──▶ lock the key ──▶ read ──▶ merge, count, prune ──▶ one batch ──▶ answer ──▶ unlock
 *
 * What the disk has in memory is read in the turn of the request, and replicas of equal bytes are one
 * object from there on: merging, encoding and comparing see at once that nothing differs.
 *
 * Invariants: a key's replicas on this node change one at a time; nothing is answered `stored` before
 * it is on the disk; nothing is cached, so that what a read shows is what a restart would show.
 * Not here: quorums (`quorum/`), the merge itself (`riak-object.ts`).
 *
 * Source: basho/riak_kv src/riak_kv_vnode.erl `do_put/7`, `prepare_put/3`, `do_delete/2`; RIAK.md §2–3.
 */

import { equalVclocks, prune, startEpoch } from '../../causality/vclock.ts'
import { assert } from '../../kernel/assert.ts'
import { limits } from '../../kernel/limits.ts'
import type { Clock, DiskChange, Log } from '../../kernel/ports.ts'
import { allSoon, soon } from '../../kernel/soon.ts'
import type { Soon } from '../../kernel/soon.ts'
import type { VnodeRef } from '../ring/preflist.ts'
import { hasAmnesia, highestActor } from './actor.ts'
import type { VnodeActors } from './actor.ts'
import type { VnodeBackend } from './backend.ts'
import { objectKey } from './disk-keys.ts'
import type { Bkey } from './disk-keys.ts'
import type { GroupCommit } from './group-commit.ts'
import { indexChanges } from './index-entries.ts'
import type { IndexChanges } from './index-entries.ts'
import { KeyLocks } from './key-locks.ts'
import { encodeObject } from './object-codec.ts'
import {
  coordinatedCount,
  coordinatedPut,
  equalObjects,
  isDeleted,
  replicaPut,
} from './riak-object.ts'
import type { RiakObject } from './riak-object.ts'
import type {
  GetAnswer,
  OnPutEvent,
  VnodePut,
  VnodeRead,
  VnodeTransport,
} from './vnode-transport.ts'

export interface LocalVnodesOptions {
  readonly node: string
  readonly backend: VnodeBackend
  readonly actors: VnodeActors
  readonly commits: GroupCommit
  readonly clock: Clock
  readonly log: Log
  readonly deleteMode: 'keep' | 'immediate' | number
  readonly counters: VnodeCounters
}

/** Counted here, shown in `status`. */
export interface VnodeCounters {
  onGet(): void
  /** @param postings - index entries written and removed. */
  onPut(postings: number): void
}

/** An object on its way to the disk, with its bytes: replicas that store the same share them. */
interface Prepared {
  readonly object: RiakObject
  readonly bytes: Buffer
}

interface StoreStep {
  readonly kind: 'store'
  readonly prepared: Prepared
  /** What the vnode held, and the index entries that it gains and loses. */
  readonly before: RiakObject | undefined
  readonly terms: IndexChanges
  readonly changes: readonly DiskChange[]
}

type Step =
  | StoreStep
  /** The vnode has it already. */
  | { readonly kind: 'keep'; readonly object: RiakObject }
  | { readonly kind: 'refuse'; readonly reason: string }

/** Replicas of one key share its lock, whatever their partition. */
function lockId(at: Bkey): string {
  return objectKey(0, at).toString('latin1')
}

/** Riak's limits, as the term a client reads. */
function refusal(prepared: Prepared): string | undefined {
  const siblings = prepared.object.values.length
  if (siblings > limits.siblingsMax) return `{too_many_siblings,${siblings}}`
  const { length } = prepared.bytes
  return length > limits.riakObjectBytesMax ? `{too_large,${length}}` : undefined
}

export class LocalVnodes implements VnodeTransport {
  private readonly options: LocalVnodesOptions
  private readonly locks = new KeyLocks()
  private isStopped = false

  constructor(options: LocalVnodesOptions) {
    this.options = options
  }

  get<V extends VnodeRef>(
    to: readonly V[],
    at: Bkey,
    on: (from: V, answer: GetAnswer) => void,
  ): void {
    const answer = (objects: readonly (RiakObject | undefined)[]): void => {
      for (const [n, vnode] of to.entries()) {
        this.options.counters.onGet()
        on(vnode, toAnswer(objects[n]))
      }
    }
    const copies = this.read(to, at)
    if (!(copies instanceof Promise)) {
      answer(copies)
      return
    }
    copies.then(answer, (error: unknown) => {
      const reason = this.diskFailure('get', error)
      for (const vnode of to) on(vnode, { kind: 'failed', reason })
    })
  }

  async getMany(reads: readonly VnodeRead[]): Promise<readonly GetAnswer[]> {
    const places = reads.map(({ vnode, at }) => ({ partition: this.own(vnode), at }))
    try {
      const objects = await this.options.backend.readMany(places)
      for (let n = 0; n < objects.length; n++) this.options.counters.onGet()
      return objects.map(toAnswer)
    } catch (error) {
      const reason = this.diskFailure('get', error)
      return reads.map(() => ({ kind: 'failed', reason }))
    }
  }

  coordinate(to: VnodeRef, along: readonly VnodeRef[], put: VnodePut, on: OnPutEvent): void {
    const vnodes = [to, ...along]
    for (const vnode of vnodes) on(vnode, { kind: 'received' })
    this.inTurn(vnodes, put.at, on, (copies) =>
      soon(this.prepareCoordinated(to, copies[0], put), (first) => {
        if (first.kind !== 'store') return [first]
        const frontier = { ...put, object: first.prepared.object }
        const others = along.map((vnode, n) =>
          this.prepareReplica(vnode, copies[n + 1], frontier, first),
        )
        return allSoon<Step>([first, ...others])
      }),
    )
  }

  put(to: VnodeRef, put: VnodePut, on: OnPutEvent): void {
    on(to, { kind: 'received' })
    this.inTurn([to], put.at, on, ([stored]) =>
      allSoon([this.prepareReplica(to, stored, put, undefined)]),
    )
  }

  reap(to: VnodeRef, at: Bkey, tombstone: RiakObject): void {
    const { deleteMode, clock, log } = this.options
    if (deleteMode === 'keep') return
    const remove = (): void => {
      this.removeTombstone(to, at, tombstone).catch((error: unknown) => {
        log.write('error', 'a tombstone could not be reaped', { error })
      })
    }
    if (deleteMode === 'immediate') remove()
    else clock.after(deleteMode, remove)
  }

  /** Nothing begins any more; what is under way ends. */
  async stop(): Promise<void> {
    this.isStopped = true
    await this.options.commits.idle()
  }

  private own(vnode: VnodeRef): number {
    assert(vnode.node === this.options.node, 'the vnode lives on this node')
    return vnode.partition
  }

  private read(vnodes: readonly VnodeRef[], at: Bkey): Soon<readonly (RiakObject | undefined)[]> {
    const partitions = vnodes.map((vnode) => this.own(vnode))
    return this.options.backend.readCopies(partitions, at)
  }

  /**
   * Prepare under the key's lock, store what is to be stored in one batch, and answer each vnode.
   *
   * @param prepare - from what each vnode holds to its step, in the order of `vnodes`; a put that its
   * coordinator does not store has no other steps.
   */
  private inTurn(
    vnodes: readonly VnodeRef[],
    at: Bkey,
    on: OnPutEvent,
    prepare: (copies: readonly (RiakObject | undefined)[]) => Soon<readonly Step[]>,
  ): void {
    const work = async (): Promise<void> => {
      if (this.isStopped) throw new Error('the node is stopping')
      const prepared = soon(this.read(vnodes, at), prepare)
      const steps = prepared instanceof Promise ? await prepared : prepared
      const changes = steps.flatMap((step) => (step.kind === 'store' ? step.changes : []))
      if (changes.length > 0) await this.options.commits.write(changes)
      for (const [n, step] of steps.entries()) {
        const vnode = vnodes[n]
        if (vnode === undefined) break
        if (step.kind === 'refuse') on(vnode, { kind: 'failed', reason: step.reason })
        else on(vnode, { kind: 'stored', object: objectOf(step) })
        this.count(step)
      }
    }
    this.locks.hold(lockId(at), work).catch((error: unknown) => {
      const reason = this.diskFailure('put', error)
      for (const vnode of vnodes) on(vnode, { kind: 'failed', reason })
    })
  }

  private count(step: Step): void {
    this.options.counters.onPut(step.kind === 'store' ? step.changes.length - 1 : 0)
  }

  private prepareCoordinated(
    vnode: VnodeRef,
    stored: RiakObject | undefined,
    put: VnodePut,
  ): Soon<Step> {
    const { object, startedAt, settings, counterOp } = put
    return soon(this.actorFor(vnode.partition, stored, object), (actor) => {
      const merged =
        counterOp === undefined
          ? coordinatedPut(stored, object, actor, startedAt, settings)
          : coordinatedCount(stored, object, actor, startedAt, settings, counterOp)
      return this.step(vnode, stored, merged, put, undefined)
    })
  }

  /** Under which name the coordinator counts this write (`actor.ts`). */
  private actorFor(
    partition: number,
    stored: RiakObject | undefined,
    incoming: RiakObject,
  ): Soon<Uint8Array> {
    const { actors } = this.options
    const base = actors.id(partition)
    if (stored === undefined || hasAmnesia(base, stored.vclock, incoming.vclock)) {
      return actors.newEpoch(partition)
    }
    return highestActor(base, stored.vclock)?.actor ?? base
  }

  /** @param shared - the coordinator's step: what it stores need not be made into bytes again. */
  private prepareReplica(
    vnode: VnodeRef,
    stored: RiakObject | undefined,
    put: VnodePut,
    shared: StoreStep | undefined,
  ): Soon<Step> {
    const { actors } = this.options
    const merged = replicaPut(stored, put.object, put.settings)
    const base = actors.id(vnode.partition)
    const isForgetful = hasAmnesia(base, stored?.vclock, put.object.vclock)
    if (isForgetful) {
      return soon(actors.newEpoch(vnode.partition), (actor) => {
        const vclock = startEpoch(merged.vclock, actor, put.startedAt)
        return this.step(vnode, stored, { ...merged, vclock }, put, undefined)
      })
    }
    if (stored !== undefined && equalObjects(stored, merged)) {
      return { kind: 'keep', object: stored }
    }
    return this.step(vnode, stored, merged, put, shared)
  }

  private step(
    vnode: VnodeRef,
    before: RiakObject | undefined,
    merged: RiakObject,
    put: VnodePut,
    shared: StoreStep | undefined,
  ): Step {
    const isShared = shared?.prepared.object === merged
    const prepared = isShared ? shared.prepared : this.prepare(merged, put)
    const reason = put.isRepair ? undefined : refusal(prepared)
    if (reason !== undefined) {
      this.options.log.write('warn', 'a put was refused by a limit', { reason })
      return { kind: 'refuse', reason }
    }
    const terms =
      isShared && shared.before === before ? shared.terms : indexChanges(before, prepared.object)
    const { backend } = this.options
    const changes = backend.replace(vnode.partition, put.at, prepared.bytes, terms)
    return { kind: 'store', prepared, before, terms, changes }
  }

  private prepare(merged: RiakObject, put: VnodePut): Prepared {
    const vclock = put.isRepair
      ? merged.vclock
      : prune(merged.vclock, put.startedAt, put.settings.prune)
    const object = vclock === merged.vclock ? merged : { ...merged, vclock }
    return { object, bytes: encodeObject(object) }
  }

  private async removeTombstone(to: VnodeRef, at: Bkey, tombstone: RiakObject): Promise<void> {
    await this.locks.hold(lockId(at), async () => {
      if (this.isStopped) return
      const [stored] = await this.read([to], at)
      // Written to since: then it is no longer the tombstone that all replicas agreed on.
      if (stored === undefined || !isDeleted(stored)) return
      if (!equalVclocks(stored.vclock, tombstone.vclock)) return
      const { backend, commits } = this.options
      await commits.write(backend.remove(to.partition, at, indexChanges(stored, undefined)))
    })
  }

  private diskFailure(operation: string, error: unknown): string {
    const message = error instanceof Error ? error.message : String(error)
    this.options.log.write('error', 'a vnode failed', { operation, message })
    return 'disk_failure'
  }
}

function toAnswer(object: RiakObject | undefined): GetAnswer {
  return object === undefined ? { kind: 'notfound' } : { kind: 'object', object }
}

function objectOf(step: Step & { readonly kind: 'store' | 'keep' }): RiakObject {
  return step.kind === 'store' ? step.prepared.object : step.object
}
