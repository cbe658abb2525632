/**
 * One Riak node: wires the ring, the vnodes, the request machines and the queries together.
 *
 * Depends on the world through its ports only: disk, clock, dice, log.
 *
 *     get, put, delete ──▶ quorum/ ──▶ vnode/ ──▶ disk
 *     keys, buckets, index ──▶ query/ ──▶ vnode/
 *     properties, types ──▶ ring/
 *
 * Invariant: requests under way are bounded in number and in bytes; beyond that: `overload`.
 *
 * Source: basho/riak_kv src/riak_kv_app.erl, riak_client.erl.
 */

import { inflateRawSync } from 'node:zlib'
import { decodeVclock, equalVclocks } from '../causality/vclock.ts'
import type { Vclock } from '../causality/vclock.ts'
import { printTerm } from '../causality/print-term.ts'
import { atom, tuple } from '../causality/external-term.ts'
import { limits } from '../kernel/limits.ts'
import type { Clock, Dice, Disk, Log } from '../kernel/ports.ts'
import { counterContentType, encodeCounter } from './datatype/counter-codec.ts'
import { counterIn } from './datatype/counter-values.ts'
import type { CounterOp } from './datatype/counter-values.ts'
import { emptyCounter } from './datatype/pn-counter.ts'
import type { JavascriptEngine } from './javascript/javascript-engine.ts'
import type { RegisteredModules } from './mapreduce/functions.ts'
import { createMapReduce } from './mapreduce/map-reduce.ts'
import type { MapReduce } from './mapreduce/map-reduce.ts'
import { patternsWith } from './mapreduce/patterns.ts'
import { loadRing } from './node-state.ts'
import { listBuckets, listKeys } from './query/coverage.ts'
import type { QueryMachinery } from './query/coverage.ts'
import { runIndexQuery } from './query/index-query.ts'
import { runDelete, tombstonePauseMs } from './quorum/delete.ts'
import type { DeleteSteps } from './quorum/delete.ts'
import { runGet } from './quorum/get-fsm.ts'
import { runPut } from './quorum/put-fsm.ts'
import { place } from './quorum/request.ts'
import type { Cluster } from './quorum/request.ts'
import type { BucketPropsMap } from './ring/bucket-props.ts'
import type { BucketTypes } from './ring/bucket-types.ts'
import { Buckets } from './ring/buckets.ts'
import type { Ring } from './ring/ring.ts'
import { ownership } from './ring/ring.ts'
import { RiakError } from './requests.ts'
import type {
  BucketId,
  NodeDeleteOptions,
  NodeGetOptions,
  NodeGetResult,
  NodeIndexQuery,
  NodeIndexResult,
  NodePutOptions,
} from './requests.ts'
import type { RiakNode } from './riak-node.ts'
import { NodeStats } from './stats.ts'
import { VnodeActors } from './vnode/actor.ts'
import { VnodeBackend } from './vnode/backend.ts'
import type { Bkey } from './vnode/disk-keys.ts'
import { GroupCommit } from './vnode/group-commit.ts'
import { normaliseIndexes } from './vnode/index-entries.ts'
import { LocalVnodes } from './vnode/local-vnodes.ts'
import type { ObjectContent, ObjectValue, RiakObject } from './vnode/riak-object.ts'
import { makeKey, makeVtag } from './vnode/vtag.ts'

export interface NodeOptions {
  /** Erlang's form, e.g. `dev1@127.0.0.1`; must be the name this disk was first opened with. */
  readonly name: string
  /** The node closes it in `stop()`. */
  readonly disk: Disk
  readonly clock: Clock
  readonly dice: Dice
  readonly log: Log
  /** Partitions, a power of two; fixed when a disk is first opened. Default 64. */
  readonly ringSize?: number
  /** `storage.sync`: an acknowledged write survives a power cut. Default false. */
  readonly sync?: boolean
  /** What becomes of a tombstone that all replicas hold; a number is ms. Default 3,000. */
  readonly deleteMode?: 'keep' | 'immediate' | number
  /** Requests under way at once; beyond it `overload`. Default 50,000, as Riak's `fsm_limit`. */
  readonly fsmLimit?: number
  /** As `status` shows it. Default `riak_kv_eleveldb_backend`. */
  readonly storageBackend?: string
  /** Functions that phases of jobs name by module, beside Riak's own. */
  readonly modules?: RegisteredModules
  /** Runs JavaScript phases; absent: `riak.javascript=off`. Whoever opened it closes it. */
  readonly javascript?: JavascriptEngine
}

/** What the console shows of the ring. */
export interface RingView {
  readonly size: number
  /** Partition id → owner's name. */
  readonly owners: readonly string[]
  readonly members: readonly string[]
  readonly claimant: string
}

export interface EmbeddedRiakNode extends RiakNode {
  readonly bucketTypes: BucketTypes
  ring(): RingView
}

const deleteModeDefault = 3_000
const fsmLimitDefault = 50_000
/** Clocks beyond this are refused: a hostile stream must not unfold without bound. */
const clockBytesMax = 1_048_576
/** The Riak whose answers this node gives. */
const riakVersion = '3.2.3'

/**
 * @throws OperationError `BLOG_BAD_REQUEST` where the disk belongs to another node name or ring size,
 * or was written by a newer version of the program.
 */
export async function openRiakNode(options: NodeOptions): Promise<EmbeddedRiakNode> {
  const { disk, name, dice } = options
  const ring = await loadRing(disk, name, options.ringSize)
  const buckets = new Buckets(disk, ring.claimant)
  await buckets.load()
  const actors = new VnodeActors(disk, dice, name)
  await actors.load(ring.size)
  return new EmbeddedNode(options, ring, buckets, actors)
}

function inflate(bytes: Uint8Array): Uint8Array {
  return inflateRawSync(bytes, { maxOutputLength: clockBytesMax })
}

class EmbeddedNode implements EmbeddedRiakNode {
  readonly name: string
  readonly version: string = riakVersion
  readonly bucketTypes: BucketTypes
  private readonly options: NodeOptions
  private readonly buckets: Buckets
  private readonly cluster: Cluster & { readonly ring: Ring }
  private readonly vnodes: LocalVnodes
  readonly mapReduce: MapReduce
  private readonly queries: QueryMachinery
  private readonly statistics: NodeStats
  private putBytes = 0
  private lastMicros = 0
  private stopping: Promise<void> | undefined
  private whenQuiet: () => void = () => undefined

  constructor(options: NodeOptions, ring: Ring, buckets: Buckets, actors: VnodeActors) {
    const { name, disk, clock, log } = options
    this.options = options
    this.name = name
    this.buckets = buckets
    this.bucketTypes = buckets.types
    this.cluster = { ring, isUp: (node) => node === name, buckets }
    const stats = new NodeStats(clock)
    this.statistics = stats
    const backend = new VnodeBackend(disk, log)
    this.vnodes = new LocalVnodes({
      node: name,
      backend,
      actors,
      commits: new GroupCommit(disk, options.sync ?? false),
      clock,
      log,
      deleteMode: options.deleteMode ?? deleteModeDefault,
      counters: {
        onGet: () => {
          stats.vnodeGets.add(1)
        },
        onPut: (postings) => {
          stats.vnodePuts.add(1)
          stats.indexPostings.add(postings)
        },
      },
    })
    this.queries = { cluster: this.cluster, folds: backend, clock }
    this.mapReduce = this.makeMapReduce()
  }

  async get(of: BucketId, key: Uint8Array, options: NodeGetOptions): Promise<NodeGetResult> {
    const stats = this.statistics
    if (!this.admits(0)) {
      stats.getsRejected.add(1)
      throw new RiakError('overload')
    }
    const startMs = this.options.clock.monotonicMs()
    stats.getsActive++
    try {
      const result = await runGet(this.getMachinery(), { ...of, key }, options)
      if (result.kind === 'found') stats.siblings.add(result.object.values.length)
      return result
    } catch (error) {
      stats.getErrors.add(1)
      throw error
    } finally {
      stats.getsActive--
      stats.getTimes.add(stats.microsSince(startMs))
      this.settle()
    }
  }

  async put(
    of: BucketId,
    key: Uint8Array | undefined,
    content: ObjectContent,
    options: NodePutOptions,
  ): Promise<{ readonly key: Uint8Array; readonly object: RiakObject | undefined }> {
    const vclock = options.vclock === undefined ? [] : decodeVclock(options.vclock, inflate)
    const at = { ...of, key: key ?? makeKey(this.options.dice.bytes(20)) }
    const isConditional = options.ifNotModified === true || options.ifNoneMatch === true
    if (isConditional) await this.checkCondition(at, vclock, options)
    const object = await this.store(at, vclock, content, options.isDeleted === true, options)
    if (options.returnBody === true) return { key: at.key, object }
    if (options.returnHead !== true) return { key: at.key, object: undefined }
    const values = object.values.map((value) => ({ ...value, value: new Uint8Array(0) }))
    return { key: at.key, object: { ...object, values } }
  }

  async count(
    of: BucketId,
    key: Uint8Array | undefined,
    op: CounterOp,
    options: NodePutOptions,
  ): Promise<{ readonly key: Uint8Array; readonly value: bigint }> {
    const at = { ...of, key: key ?? makeKey(this.options.dice.bytes(20)) }
    const content = {
      value: encodeCounter(op.form, emptyCounter),
      contentType: counterContentType,
    }
    const { values } = await this.store(at, [], content, false, options, op)
    return { key: at.key, value: counterIn(values, op.form) }
  }

  async delete(
    of: BucketId,
    key: Uint8Array,
    options: NodeDeleteOptions,
  ): Promise<'deleted' | 'notfound'> {
    const vclock = options.vclock === undefined ? undefined : decodeVclock(options.vclock, inflate)
    const settings = this.buckets.settings(of)
    if (settings === undefined) throw new RiakError('no_type')
    const at = { ...of, key }
    const steps: DeleteSteps = {
      get: (how) => this.get(of, key, how),
      putTombstone: async (clock, how) => {
        await this.store(at, clock, { value: new Uint8Array(0) }, true, how)
      },
      reapSoon: (how) => {
        this.options.clock.after(tombstonePauseMs, () => {
          // Nobody waits for it: where it fails, a later read of all replicas reaps.
          if (this.stopping === undefined) this.get(of, key, how).catch(() => undefined)
        })
      },
    }
    return runDelete(steps, settings, vclock, options)
  }

  async *listKeys(
    of: BucketId,
    options: { readonly timeoutMs?: number },
  ): AsyncGenerator<readonly Uint8Array[], undefined, undefined> {
    yield* this.counted('listsActive', () => listKeys(this.queries, of, options))
  }

  async *listBuckets(
    type: Uint8Array,
    options: { readonly timeoutMs?: number },
  ): AsyncGenerator<readonly Uint8Array[], undefined, undefined> {
    yield* this.counted('listsActive', () => listBuckets(this.queries, type, options))
  }

  async *index(
    query: NodeIndexQuery,
  ): AsyncGenerator<readonly NodeIndexResult[], Uint8Array | undefined, undefined> {
    return yield* this.counted('indexesActive', () => runIndexQuery(this.queries, query))
  }

  bucketProps(of: BucketId): BucketPropsMap {
    return this.buckets.props(of)
  }

  setBucketProps(of: BucketId, props: BucketPropsMap): Promise<void> {
    return this.buckets.setProps(of, props)
  }

  resetBucketProps(of: BucketId): Promise<void> {
    return this.buckets.resetProps(of)
  }

  typeProps(type: Uint8Array): BucketPropsMap {
    return this.buckets.typeProps(type)
  }

  setTypeProps(type: Uint8Array, props: BucketPropsMap): Promise<void> {
    return this.buckets.setTypeProps(type, props)
  }

  preflist(
    of: BucketId,
    key: Uint8Array,
  ): readonly { readonly partition: number; readonly node: string; readonly isPrimary: boolean }[] {
    const { preflist } = place(this.cluster, { ...of, key }, {})
    return preflist.map(({ partition, node, role }) => ({
      partition,
      node,
      isPrimary: role === 'primary',
    }))
  }

  ring(): RingView {
    return this.cluster.ring
  }

  stats(): Readonly<Record<string, number | string | readonly string[]>> {
    const { ring } = this.cluster
    const owned = ownership(ring).map(([node, count]) => tuple(atom(node), count))
    return {
      ...this.statistics.report(),
      connected_nodes: ring.members.filter((member) => member !== this.name),
      nodename: this.name,
      riak_kv_vnodes_running: ring.owners.filter((owner) => owner === this.name).length,
      ring_creation_size: ring.size,
      ring_members: ring.members,
      ring_num_partitions: ring.size,
      ring_ownership: printTerm(owned),
      storage_backend: this.options.storageBackend ?? 'riak_kv_eleveldb_backend',
      // A real node names its Erlang here: by this, scripts know whom they ask.
      sys_system_version: `Ringpost, embedded node, as Riak ${this.version}`,
    }
  }

  stop(): Promise<void> {
    this.stopping ??= this.shutDown()
    return this.stopping
  }

  private async shutDown(): Promise<void> {
    const { getsActive, putsActive } = this.statistics
    if (getsActive + putsActive > 0) {
      await new Promise<void>((resolve) => {
        const timer = this.options.clock.after(5_000, resolve)
        this.whenQuiet = () => {
          timer.cancel()
          resolve()
        }
      })
    }
    this.mapReduce.stop()
    await this.vnodes.stop()
    await this.options.disk.close()
  }

  private getMachinery() {
    return {
      cluster: this.cluster,
      transport: this.vnodes,
      clock: this.options.clock,
      onRepair: () => {
        this.statistics.repairs.add(1)
      },
    }
  }

  private makeMapReduce(): MapReduce {
    const { clock, modules = new Map(), javascript } = this.options
    const world = {
      cluster: this.cluster,
      transport: this.vnodes,
      pattern: patternsWith(clock),
      modules,
      javascript,
      listKeys: this.listKeys.bind(this),
      index: this.index.bind(this),
    }
    return createMapReduce(world, clock, this.statistics.pipelineCounters())
  }

  /** Room for one more request, of so many bytes. */
  private admits(bytes: number): boolean {
    if (this.stopping !== undefined) throw new RiakError('all_nodes_down')
    const { getsActive, putsActive } = this.statistics
    const limit = this.options.fsmLimit ?? fsmLimitDefault
    if (getsActive + putsActive >= limit) return false
    return this.putBytes === 0 || this.putBytes + bytes <= limits.putBytesInFlightMax
  }

  private settle(): void {
    const { getsActive, putsActive } = this.statistics
    if (this.stopping !== undefined && getsActive + putsActive === 0) this.whenQuiet()
  }

  /** Check-then-act, as in Riak: two conditional puts at once may both pass. */
  private async checkCondition(at: Bkey, vclock: Vclock, options: NodePutOptions): Promise<void> {
    const { timeoutMs, sloppyQuorum, nVal } = options
    const how: NodeGetOptions = {
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(sloppyQuorum === undefined ? {} : { sloppyQuorum }),
      ...(nVal === undefined ? {} : { nVal }),
    }
    if (options.ifNotModified === true) {
      const found = await this.get(at, at.key, how)
      if (found.kind !== 'found') throw new RiakError('notfound')
      if (!equalVclocks(found.object.vclock, vclock)) throw new RiakError('modified')
    }
    if (options.ifNoneMatch === true) {
      // Any failure of the read counts as "nothing there", timeouts included.
      const found = await this.get(at, at.key, how).catch(() => undefined)
      if (found?.kind === 'found') throw new RiakError('match_found')
    }
  }

  private async store(
    at: Bkey,
    vclock: Vclock,
    content: ObjectContent,
    isTombstone: boolean,
    options: NodePutOptions,
    counterOp?: CounterOp,
  ): Promise<RiakObject> {
    const stats = this.statistics
    const bytes = content.value.length
    if (!this.admits(bytes)) {
      stats.putsRejected.add(1)
      throw new RiakError('overload')
    }
    const { clock } = this.options
    const startMs = clock.monotonicMs()
    stats.putsActive++
    this.putBytes += bytes
    try {
      const machinery = { cluster: this.cluster, transport: this.vnodes, clock, node: this.name }
      const makeObject = (): RiakObject => ({
        vclock,
        values: [this.stamped(content, isTombstone)],
      })
      return await runPut(machinery, at, makeObject, options, counterOp)
    } finally {
      stats.putsActive--
      this.putBytes -= bytes
      stats.putTimes.add(stats.microsSince(startMs))
      this.settle()
    }
  }

  /** The value with the server's tag and date. @throws RiakError `{precommit_fail,…}`. */
  private stamped(content: ObjectContent, isTombstone: boolean): ObjectValue {
    const normal = normaliseIndexes(content.indexes ?? [])
    if (normal.kind === 'bad') {
      this.statistics.precommitFails.add(1)
      throw new RiakError(printTerm(tuple(atom('precommit_fail'), normal.reasons)))
    }
    const micros = this.nextMicros()
    return {
      ...content,
      indexes: normal.indexes,
      isTombstone,
      vtag: makeVtag(this.name, micros),
      lastModified: { seconds: Math.floor(micros / 1e6), micros: micros % 1e6 },
      dot: undefined,
    }
  }

  /** Wall time in µs, never the same twice; follows the clock when that is set back. */
  private nextMicros(): number {
    const now = this.options.clock.nowMs() * 1_000
    const isClose = this.lastMicros >= now && this.lastMicros - now < 1e6
    this.lastMicros = isClose ? this.lastMicros + 1 : now
    return this.lastMicros
  }

  private async *counted<T, R>(
    active: 'listsActive' | 'indexesActive',
    query: () => AsyncGenerator<T, R, undefined>,
  ): AsyncGenerator<T, R, undefined> {
    if (this.stopping !== undefined) throw new RiakError('all_nodes_down')
    const stats = this.statistics
    const startMs = this.options.clock.monotonicMs()
    if (active === 'listsActive') stats.lists.add(1)
    stats[active]++
    try {
      return yield* query()
    } finally {
      stats[active]--
      if (active === 'indexesActive') stats.indexTimes.add(stats.microsSince(startMs))
    }
  }
}
