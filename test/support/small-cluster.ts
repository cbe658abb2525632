/**
 * Several nodes' vnodes in one process, each on its own memory disk, under one ring: for what a single
 * node cannot show (replicas that are away, lost, or stale). Messages are function calls; a node that
 * is down takes none.
 */

import { encodeCounter } from '../../src/embedded/datatype/counter-codec.ts'
import { counterIn } from '../../src/embedded/datatype/counter-values.ts'
import type { CounterOp } from '../../src/embedded/datatype/counter-values.ts'
import { emptyCounter } from '../../src/embedded/datatype/pn-counter.ts'
import { Buckets } from '../../src/embedded/ring/buckets.ts'
import type { PropValue } from '../../src/embedded/ring/bucket-props.ts'
import { claimFresh } from '../../src/embedded/ring/claim.ts'
import { runGet } from '../../src/embedded/quorum/get-fsm.ts'
import { runPut } from '../../src/embedded/quorum/put-fsm.ts'
import { place } from '../../src/embedded/quorum/request.ts'
import type { PreflistEntry, VnodeRef } from '../../src/embedded/ring/preflist.ts'
import type { NodeGetOptions, NodeGetResult, NodePutOptions } from '../../src/embedded/requests.ts'
import { VnodeActors } from '../../src/embedded/vnode/actor.ts'
import { VnodeBackend } from '../../src/embedded/vnode/backend.ts'
import { objectKey, partitionRange } from '../../src/embedded/vnode/disk-keys.ts'
import { GroupCommit } from '../../src/embedded/vnode/group-commit.ts'
import { LocalVnodes } from '../../src/embedded/vnode/local-vnodes.ts'
import type { RiakObject } from '../../src/embedded/vnode/riak-object.ts'
import type { VnodePut, VnodeTransport } from '../../src/embedded/vnode/vnode-transport.ts'
import { seededDice } from '../../src/kernel/prng.ts'
import type { Dice, DiskChange } from '../../src/kernel/ports.ts'
import { MemoryDisk } from '../../src/runtime/memory-disk.ts'
import { fakeClock } from './fake-clock.ts'
import type { FakeClock } from './fake-clock.ts'

interface Host {
  readonly disk: MemoryDisk
  readonly backend: VnodeBackend
  readonly vnodes: LocalVnodes
}

export interface SmallClusterOptions {
  readonly nodes?: readonly string[]
  readonly props?: Readonly<Record<string, PropValue>>
  readonly deleteMode?: 'keep' | 'immediate' | number
  readonly ringSize?: number
}

const quiet = { write: () => undefined }

export class SmallCluster {
  readonly clock: FakeClock = fakeClock()
  /** Repairs that reads have begun, in stale vnodes. */
  repaired = 0
  private readonly dice: Dice = seededDice(7)
  private readonly hosts = new Map<string, Host>()
  private readonly down = new Set<string>()
  private readonly buckets: Buckets
  private readonly options: SmallClusterOptions
  private readonly ring
  private stamp = 0

  private constructor(options: SmallClusterOptions, buckets: Buckets) {
    this.options = options
    this.buckets = buckets
    this.ring = claimFresh(options.ringSize ?? 8, options.nodes ?? ['a', 'b', 'c'])
  }

  static async open(options: SmallClusterOptions = {}): Promise<SmallCluster> {
    const buckets = new Buckets(new MemoryDisk(), 'a')
    await buckets.load()
    await buckets.types.create('t', new Map(Object.entries(options.props ?? {})))
    await buckets.types.activate('t')
    const cluster = new SmallCluster(options, buckets)
    for (const node of cluster.ring.members) await cluster.start(node, new MemoryDisk())
    return cluster
  }

  /** (Re)open a node's vnodes from a disk. */
  private async start(node: string, disk: MemoryDisk): Promise<void> {
    const actors = new VnodeActors(disk, this.dice, node)
    await actors.load(this.ring.size)
    const backend = new VnodeBackend(disk, quiet)
    const vnodes = new LocalVnodes({
      node,
      backend,
      actors,
      commits: new GroupCommit(disk, false),
      clock: this.clock,
      log: quiet,
      deleteMode: this.options.deleteMode ?? 3_000,
      counters: { onGet: () => undefined, onPut: () => undefined },
    })
    this.hosts.set(node, { disk, backend, vnodes })
  }

  private host(node: string): Host {
    const host = this.hosts.get(node)
    if (host === undefined) throw new Error(`no node ${node}`)
    return host
  }

  stop(node: string): void {
    this.down.add(node)
  }

  up(node: string): void {
    this.down.delete(node)
  }

  /** As after `kill -9`: what is on the disk is all there is. */
  async restart(node: string): Promise<void> {
    await this.start(node, this.host(node).disk)
    this.up(node)
  }

  /** Lose every object of a node; with `forget` also the vnodes' own ids. */
  async wipe(node: string, forget = false): Promise<void> {
    const { disk } = this.host(node)
    if (forget) {
      await this.start(node, new MemoryDisk())
      return
    }
    const changes: DiskChange[] = []
    for (const kind of ['o', 'i'] as const) {
      for (let partition = 0; partition < this.ring.size; partition++) {
        for await (const [key] of disk.scan(partitionRange(kind, partition))) {
          changes.push({ kind: 'del', key })
        }
      }
    }
    await disk.write(changes)
  }

  private at(key: string) {
    return { type: Buffer.from('t'), bucket: Buffer.from('b'), key: Buffer.from(key) }
  }

  private get cluster() {
    const isUp = (node: string): boolean => !this.down.has(node)
    return { ring: this.ring, isUp, buckets: this.buckets }
  }

  private readonly transport: VnodeTransport = {
    get: (to, at, on) => {
      for (const vnode of to) {
        if (!this.down.has(vnode.node)) this.host(vnode.node).vnodes.get([vnode], at, on)
      }
    },
    getMany: () => Promise.reject(new Error('no keyspace is read here')),
    put: (to, put, on) => {
      if (!this.down.has(to.node)) this.host(to.node).vnodes.put(to, put, on)
    },
    coordinate: (to, along, put, on) => {
      if (!this.down.has(to.node)) this.host(to.node).vnodes.coordinate(to, along, put, on)
    },
    reap: (to, at, tombstone) => {
      if (!this.down.has(to.node)) this.host(to.node).vnodes.reap(to, at, tombstone)
    },
  }

  preflist(key: string): readonly PreflistEntry[] {
    return place(this.cluster, this.at(key), {}).preflist
  }

  get(key: string, options: NodeGetOptions = {}): Promise<NodeGetResult> {
    const machinery = {
      cluster: this.cluster,
      transport: this.transport,
      clock: this.clock,
      onRepair: (stale: number) => {
        this.repaired += stale
      },
    }
    return runGet(machinery, this.at(key), options)
  }

  /** @param by - the node that receives the request. */
  async put(
    key: string,
    text: string | undefined,
    context?: RiakObject,
    options: NodePutOptions & { readonly by?: string } = {},
  ): Promise<RiakObject> {
    const makeObject = (): RiakObject => {
      const indexes =
        text === undefined ? [] : [{ field: 'v_bin', value: Buffer.from(text.slice(0, 20)) }]
      const value = { value: Buffer.from(text ?? ''), isTombstone: text === undefined, indexes }
      return { vclock: context?.vclock ?? [], values: [{ ...value, ...this.nextStamp() }] }
    }
    return this.run(key, makeObject, options)
  }

  /** Raise the counter of a type with `datatype=counter`. @returns its value as the put saw it. */
  async count(
    key: string,
    amount: number,
    options: NodePutOptions & { readonly by?: string } = {},
  ): Promise<bigint> {
    const makeObject = (): RiakObject => {
      const value = { value: encodeCounter('typed', emptyCounter), isTombstone: false }
      return { vclock: [], values: [{ ...value, ...this.nextStamp() }] }
    }
    const op = { form: 'typed', by: BigInt(amount) } as const
    const object = await this.run(key, makeObject, options, op)
    return counterIn(object.values, 'typed')
  }

  private run(
    key: string,
    makeObject: () => RiakObject,
    options: NodePutOptions & { readonly by?: string },
    counterOp?: CounterOp,
  ): Promise<RiakObject> {
    const { by = this.preflist(key)[0]?.node ?? 'a', ...how } = options
    const machinery = {
      cluster: this.cluster,
      transport: this.transport,
      clock: this.clock,
      node: by,
    }
    return runPut(machinery, this.at(key), makeObject, how, counterOp)
  }

  /** What a node adds to a value: a tag and a time of its own. */
  private nextStamp() {
    this.stamp++
    const lastModified = { seconds: 1_000, micros: this.stamp }
    return { vtag: `tag${this.stamp}`, lastModified, dot: undefined }
  }

  /** Hand an object to one vnode as a handoff or a repair does. */
  hand(to: VnodeRef, key: string, object: RiakObject): Promise<void> {
    const settings = this.buckets.settings(this.at(key))
    if (settings === undefined) throw new Error('the type is active')
    const put: VnodePut = {
      at: this.at(key),
      object,
      settings,
      startedAt: 63_962_765_518,
      isRepair: true,
    }
    return new Promise((resolve, reject) => {
      this.host(to.node).vnodes.put(to, put, (_, event) => {
        if (event.kind === 'stored') resolve()
        if (event.kind === 'failed') reject(new Error(event.reason))
      })
    })
  }

  /** What one vnode holds, past every quorum. */
  async stored(to: VnodeRef, key: string): Promise<RiakObject | undefined> {
    const copies = await this.host(to.node).backend.readCopies([to.partition], this.at(key))
    return copies[0]
  }

  async bytes(to: VnodeRef, key: string): Promise<Uint8Array | undefined> {
    return this.host(to.node).disk.get(objectKey(to.partition, this.at(key)))
  }

  /** Let everything that waits only for other promises happen. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 200; turn++) await Promise.resolve()
  }
}

export function textsOf(object: RiakObject | undefined): string[] {
  return (object?.values ?? []).map((value) =>
    value.isTombstone ? '(deleted)' : Buffer.from(value.value).toString(),
  )
}

export function found(result: NodeGetResult): RiakObject {
  if (result.kind === 'notfound') throw new Error('not found')
  return result.object
}
