/**
 * Actor ids: under which name a vnode counts its writes in a key's clock.
 *
 * Depends on the world for the disk (what was handed out is remembered) and the dice (new ids).
 *
 *     8 bytes    node hash:32 │ stamp:32             the vnode itself
 *     12 bytes   the same │ epoch:32                 the vnode, for one key, after it had no copy of it
 *
 * A vnode that lost a key's copy would count from 1 again, and a new write would look like one long
 * seen: acknowledged, then silently dropped (kv679). So it counts under a new epoch, a number from a
 * leased range: the lease is on the disk before any number of it is used, and never used twice.
 *
 * Invariant: no pair of actor id and counter is ever used for two writes.
 *
 * Source: basho/riak_kv src/riak_kv_vnode.erl `maybe_new_key_epoch/4`; RIAK.md §3.1.
 */

import { createHash } from 'node:crypto'
import { equalBytes } from '../../causality/bytes.ts'
import type { Dot, Vclock } from '../../causality/vclock.ts'
import { AssertionError, assert } from '../../kernel/assert.ts'
import { OperationError } from '../../kernel/errors.ts'
import type { Dice, Disk, DiskChange } from '../../kernel/ports.ts'
import type { Soon } from '../../kernel/soon.ts'
import { metaKeys, parseRecord } from './meta-keys.ts'

const baseBytes = 8
/** Riak's counter_lease. */
const leaseSize = 10_000
const epochMax = 0xffff_ffff

/** A vnode's newest actor in a clock. */
export interface HighestActor {
  readonly actor: Uint8Array
  /** 0 for the plain id. */
  readonly epoch: number
  readonly counter: number
}

function epochOf(actor: Uint8Array): number {
  return actor.length === baseBytes ? 0 : Buffer.from(actor).readUInt32BE(baseBytes)
}

/** The entry of the highest epoch among those of the vnode `base`. */
export function highestActor(base: Uint8Array, clock: Vclock): HighestActor | undefined {
  const own = (dot: Dot): boolean => {
    const { actor } = dot
    const isSized = actor.length === baseBytes || actor.length === baseBytes + 4
    return isSized && equalBytes(actor.subarray(0, baseBytes), base)
  }
  let highest: HighestActor | undefined
  for (const dot of clock.filter(own)) {
    const epoch = epochOf(dot.actor)
    if (highest === undefined || epoch > highest.epoch) {
      highest = { actor: dot.actor, epoch, counter: dot.counter }
    }
  }
  return highest
}

/** The incoming clock knows events of this vnode that its own copy does not: it lost its memory. */
export function hasAmnesia(
  base: Uint8Array,
  stored: Vclock | undefined,
  incoming: Vclock,
): boolean {
  const theirs = highestActor(base, incoming)
  if (theirs === undefined) return false
  const ours = stored === undefined ? undefined : highestActor(base, stored)
  if (ours === undefined || theirs.epoch > ours.epoch) return true
  return theirs.epoch === ours.epoch && theirs.counter > ours.counter
}

interface VnodeState {
  readonly id: Uint8Array
  /** The last epoch used. */
  counter: number
  /** Epochs up to this one may be used: it is on the disk. */
  lease: number
}

/** What is on the disk of a vnode. */
interface VnodeRecord {
  readonly id: string
  readonly lease: number
}

function parseVnodeRecord(value: Uint8Array): VnodeRecord {
  const record = parseRecord(value, 'vnode status')
  if (typeof record === 'object' && record !== null && 'id' in record && 'lease' in record) {
    const { id, lease } = record
    if (typeof id === 'string' && typeof lease === 'number') return { id, lease }
  }
  throw new OperationError('BLOG_UNREADABLE_VALUE', 'a vnode status on the disk is damaged')
}

export class VnodeActors {
  private readonly disk: Disk
  private readonly dice: Dice
  private readonly nodeHash: Buffer
  private readonly states = new Map<number, VnodeState>()
  private readonly leasing = new Map<number, Promise<void>>()

  constructor(disk: Disk, dice: Dice, nodeName: string) {
    this.disk = disk
    this.dice = dice
    this.nodeHash = createHash('sha1').update(nodeName).digest().subarray(0, 4)
  }

  /** Read or make every vnode's state; one durable write leases epochs for all of them. */
  async load(ringSize: number): Promise<void> {
    const records = new Map<number, VnodeRecord>()
    for await (const [key, value] of this.disk.scan(metaKeys.allVnodes())) {
      records.set(metaKeys.vnodePartition(key), parseVnodeRecord(value))
    }
    const used = new Set([...records.values()].map((record) => record.id))
    const changes: DiskChange[] = []
    for (let partition = 0; partition < ringSize; partition++) {
      const record = records.get(partition)
      const isSpent = record === undefined || record.lease + leaseSize > epochMax
      const id = isSpent ? this.freshId(used) : Buffer.from(record.id, 'hex')
      const counter = isSpent ? 0 : record.lease
      this.states.set(partition, { id, counter, lease: counter + leaseSize })
      changes.push(this.record(partition, id, counter + leaseSize))
    }
    await this.disk.write(changes, { sync: true })
  }

  /** The vnode's plain id, 8 bytes. */
  id(partition: number): Uint8Array {
    return this.state(partition).id
  }

  /** An actor that nobody used before, 12 bytes. */
  newEpoch(partition: number): Soon<Uint8Array> {
    const state = this.state(partition)
    return state.counter < state.lease
      ? this.nextEpoch(partition, state)
      : this.extend(partition).then(() => this.newEpoch(partition))
  }

  private nextEpoch(partition: number, state: VnodeState): Uint8Array {
    state.counter++
    if (state.lease - state.counter < leaseSize / 5) {
      // Ahead of need; should it fail, whoever needs the lease next tries again and hears of it.
      this.extend(partition).catch(() => undefined)
    }
    const actor = Buffer.alloc(baseBytes + 4)
    actor.set(state.id)
    actor.writeUInt32BE(state.counter, baseBytes)
    return actor
  }

  private state(partition: number): VnodeState {
    const state = this.states.get(partition)
    assert(state !== undefined, 'the partition is on the ring')
    return state
  }

  private record(partition: number, id: Uint8Array, lease: number): DiskChange {
    const value = JSON.stringify({ id: Buffer.from(id).toString('hex'), lease })
    return { kind: 'put', key: metaKeys.vnode(partition), value: Buffer.from(value) }
  }

  private freshId(used: Set<string>): Buffer {
    for (let attempt = 0; attempt < 1_000; attempt++) {
      const id = Buffer.concat([this.nodeHash, this.dice.bytes(4)])
      const text = id.toString('hex')
      if (used.has(text)) continue
      used.add(text)
      return id
    }
    throw new AssertionError('the dice always fall the same way')
  }

  /** One extension of a lease at a time. */
  private extend(partition: number): Promise<void> {
    const under = this.leasing.get(partition)
    if (under !== undefined) return under
    const extending = this.writeLease(partition).finally(() => {
      this.leasing.delete(partition)
    })
    this.leasing.set(partition, extending)
    return extending
  }

  private async writeLease(partition: number): Promise<void> {
    const state = this.state(partition)
    if (state.lease + leaseSize > epochMax) {
      const used = new Set(
        [...this.states.values()].map(({ id }) => Buffer.from(id).toString('hex')),
      )
      const id = this.freshId(used)
      await this.disk.write([this.record(partition, id, leaseSize)], { sync: true })
      this.states.set(partition, { id, counter: 0, lease: leaseSize })
      return
    }
    const lease = state.lease + leaseSize
    await this.disk.write([this.record(partition, state.id, lease)], { sync: true })
    state.lease = lease
  }
}
