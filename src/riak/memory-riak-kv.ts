/**
 * The facade's interface over plain memory: what a healthy cluster answers, with true siblings, and
 * on demand what an unhealthy one does (`faults`).
 *
 * It stands in the store's unit tests and is the simulator's seam; the contract suite proves that it
 * and the embedded node keep the same promises.
 *
 * Clock and dice come from ports. Without faults and latency a call is applied at once, in the order
 * of the calls, and its answer is a resolved promise; with latency both the arrival of a request and
 * the way of its answer take time, so that concurrent calls overtake each other as the dice say.
 *
 * Invariant: a value that was handed in or out is never shared with the store.
 * Not here: replicas. Quorums are checked for sense and then always met.
 */

import { OperationError, StoreError } from '../kernel/errors.ts'
import type { Location } from '../kernel/ids.ts'
import type { JsonValue } from '../kernel/json.ts'
import { limits } from '../kernel/limits.ts'
import type { Clock, Dice } from '../kernel/ports.ts'
import { checkAmount, checkBucket, checkContent, checkIndexQuery } from './check-request.ts'
import { checkJob, checkJobTimeout, checkLocation } from './check-request.ts'
import { checkQuorum, checkTimeout, checkType } from './check-request.ts'
import { isWrite, zeroCounts } from './riak-calls.ts'
import type { CallKind } from './riak-calls.ts'
import type * as kv from './riak-kv.ts'
import { MemoryCounters } from './memory/memory-counters.ts'
import { MemoryFaults } from './memory/memory-faults.ts'
import type { CallPlace, Fault } from './memory/memory-faults.ts'
import { answerIndexQuery } from './memory/memory-index.ts'
import { runJob } from './memory/memory-jobs.ts'
import type { JobModule } from './memory/memory-jobs.ts'
import { applyWrite, decodeContext, encodeContext, isSameClock } from './memory/memory-object.ts'
import type { MemoryObject } from './memory/memory-object.ts'
import { bucketName, MemoryProps } from './memory/memory-props.ts'

export interface MemoryRiakOptions {
  readonly clock: Clock
  readonly dice: Dice
  /**
   * The bucket types that exist, with what differs from a type's defaults (allow_mult, dvv).
   * Absent: every type exists.
   */
  readonly types?: Readonly<Record<string, kv.BucketProps>>
  /** Each way takes a random time between these. Default: none. */
  readonly latency?: { readonly minMs: number; readonly maxMs: number }
  /** How long a tombstone stays (Riak's delete_mode), ms; `Infinity` keeps it. Default 3000. */
  readonly tombstoneMs?: number
  /** What `serverInfo` says. */
  readonly node?: string
  /** What MapReduce phases find by module and function. Default: nothing. */
  readonly modules?: ReadonlyMap<string, JobModule>
}

interface Stored {
  readonly object: MemoryObject
  /** Monotonic ms since when it is nothing but a tombstone. */
  readonly deletedAtMs: number | undefined
}

const partitionCount = 64
const siblingsMax = 100

export class MemoryRiakKv implements kv.RiakKv {
  /** What goes wrong next. */
  readonly faults: MemoryFaults = new MemoryFaults()
  readonly #clock: Clock
  readonly #dice: Dice
  readonly #latency: { readonly minMs: number; readonly maxMs: number } | undefined
  readonly #tombstoneMs: number
  readonly #node: string
  readonly #modules: ReadonlyMap<string, JobModule>
  readonly #props: MemoryProps
  readonly #counts = zeroCounts()
  readonly #buckets = new Map<string, Map<string, Stored>>()
  readonly #counters = new MemoryCounters()
  #health: { up: number; of: number; changedAtMs: number }
  #isStopped = false

  constructor(options: MemoryRiakOptions) {
    this.#clock = options.clock
    this.#dice = options.dice
    this.#latency = options.latency
    this.#tombstoneMs = options.tombstoneMs ?? 3_000
    this.#node = options.node ?? 'memory@127.0.0.1'
    this.#modules = options.modules ?? new Map<string, JobModule>()
    this.#props = new MemoryProps(options.types)
    this.#health = { up: 1, of: 1, changedAtMs: this.#clock.monotonicMs() }
  }

  /**
   * Say how many nodes are up. With none every call fails with `BLOG_UNAVAILABLE`; with some away
   * calls go on (use `faults` for false not-founds), and `health()` tells since when.
   */
  setHealth(up: number, of: number): void {
    this.#health = { up, of, changedAtMs: this.#clock.monotonicMs() }
  }

  async ping(options: kv.CallOptions = {}): Promise<void> {
    await this.#call({ call: 'ping' }, options.timeoutMs, () => undefined)
  }

  async serverInfo(
    options: kv.CallOptions = {},
  ): Promise<{ readonly node: string; readonly version: string }> {
    return this.#call({ call: 'serverInfo' }, options.timeoutMs, () => ({
      node: this.#node,
      version: 'memory',
    }))
  }

  async get(at: Location, options: kv.GetOptions = {}): Promise<kv.Fetched | undefined> {
    checkLocation(at)
    checkQuorum('r', options.r)
    checkQuorum('pr', options.pr)
    return this.#call({ call: 'get', ...at }, options.timeoutMs, (fault) => {
      this.#props.checkQuorums(at, { r: options.r, pr: options.pr })
      const found = this.#read(at)
      if (found === undefined || fault?.kind === 'not-found') return undefined
      if (options.deletedContext === false && isDeleted(found)) return undefined
      return fetched(found, options.head === true)
    })
  }

  async put(
    at: Location,
    content: kv.Content,
    options: kv.PutOptions = {},
  ): Promise<kv.Fetched | undefined> {
    checkLocation(at)
    checkContent(content)
    for (const name of ['w', 'dw', 'pw'] as const) checkQuorum(name, options[name])
    // Taken now: the caller may use its buffer again before a delayed request arrives.
    const sibling = this.#sibling(content)
    const context = options.context?.slice() as kv.PutOptions['context']
    return this.#call({ call: 'put', ...at }, options.timeoutMs, () => {
      this.#props.checkQuorums(at, { w: options.w, dw: options.dw, pw: options.pw })
      const seen = decodeContext(context)
      const found = this.#read(at)
      const isLive = found !== undefined && !isDeleted(found)
      if (options.ifNoneMatch === true && isLive) refuse('match_found')
      if (options.ifNotModified === true) {
        if (!isLive) refuse('notfound')
        if (!isSameClock(found.clock, seen)) refuse('modified')
      }
      const stamped = { ...sibling, lastModifiedMs: this.#clock.nowMs() }
      const written = this.#write(at, seen, stamped)
      return options.returnBody === true ? fetched(written, false) : undefined
    })
  }

  async delete(at: Location, options: kv.DeleteOptions = {}): Promise<void> {
    checkLocation(at)
    checkQuorum('rw', options.rw)
    const context = options.context?.slice() as kv.DeleteOptions['context']
    await this.#call({ call: 'delete', ...at }, options.timeoutMs, () => {
      this.#props.checkQuorums(at, { rw: options.rw })
      const found = this.#read(at)
      // Without a context Riak reads one, and covers what it saw; an absent key stays absent.
      if (context === undefined && found === undefined) return
      const seen = context === undefined ? (found?.clock ?? new Map()) : decodeContext(context)
      this.#write(at, seen, {
        value: new Uint8Array(0),
        contentType: 'application/octet-stream',
        indexes: [],
        userMeta: {},
        isTombstone: true,
        vtag: this.#vtag(),
        lastModifiedMs: this.#clock.nowMs(),
      })
    })
  }

  async listKeys(
    of: { readonly type: string; readonly bucket: string },
    options: kv.CallOptions = {},
  ): Promise<readonly string[]> {
    checkBucket(of)
    return this.#call({ call: 'listKeys', ...of }, options.timeoutMs, () => {
      this.#props.ofType(of.type)
      return [...this.#live(of)].map(([key]) => key)
    })
  }

  async listBuckets(type: string, options: kv.CallOptions = {}): Promise<readonly string[]> {
    checkType(type)
    return this.#call({ call: 'listBuckets', type }, options.timeoutMs, () => {
      this.#props.ofType(type)
      const prefix = bucketName({ type, bucket: '' })
      return [...this.#buckets.keys()]
        .filter((name) => name.startsWith(prefix))
        .map((name) => name.slice(prefix.length))
        .filter((bucket) => !this.#live({ type, bucket }).next().done)
    })
  }

  async queryIndex(query: kv.IndexQuery): Promise<kv.IndexPage> {
    const kind = checkIndexQuery(query)
    const { type, bucket } = query
    return this.#call({ call: 'queryIndex', type, bucket }, query.timeoutMs, () => {
      this.#props.ofType(type)
      return answerIndexQuery(query, kind, this.#live(query))
    })
  }

  async bucketProps(of: {
    readonly type: string
    readonly bucket: string
  }): Promise<kv.BucketProps> {
    checkBucket(of)
    return this.#call({ call: 'bucketProps', ...of }, undefined, () => this.#props.ofBucket(of))
  }

  async setBucketProps(
    of: { readonly type: string; readonly bucket: string },
    props: kv.BucketProps,
  ): Promise<void> {
    checkBucket(of)
    await this.#call({ call: 'setBucketProps', ...of }, undefined, () => {
      this.#props.setBucket(of, props)
    })
  }

  async resetBucketProps(of: { readonly type: string; readonly bucket: string }): Promise<void> {
    checkBucket(of)
    await this.#call({ call: 'resetBucketProps', ...of }, undefined, () => {
      this.#props.resetBucket(of)
    })
  }

  async typeProps(type: string): Promise<kv.BucketProps> {
    checkType(type)
    return this.#call({ call: 'typeProps', type }, undefined, () => this.#props.ofType(type))
  }

  async setTypeProps(type: string, props: kv.BucketProps): Promise<void> {
    checkType(type)
    await this.#call({ call: 'setTypeProps', type }, undefined, () => {
      this.#props.setType(type, props)
    })
  }

  async preflist(at: Location): Promise<readonly kv.PreflistEntry[]> {
    checkLocation(at)
    return this.#call({ call: 'preflist', ...at }, undefined, () => {
      const count = this.#props.ofBucket(at).n_val ?? 3
      const first = partitionOf(at)
      return Array.from({ length: count }, (_, i) => ({
        partition: (first + i) % partitionCount,
        node: this.#node,
        isPrimary: true,
      }))
    })
  }

  async mapReduce(job: kv.MapReduceJob): Promise<readonly JsonValue[]> {
    const answering = checkJob(job)
    const timeoutMs = checkJobTimeout(job.timeoutMs)
    const { inputs, query } = job
    return this.#call({ call: 'mapReduce', ...this.#placeOf(inputs) }, timeoutMs, () => {
      const rows = runJob(query, answering, {
        modules: this.#modules,
        inputs: 'bucket' in inputs ? this.#inputsOf(inputs) : inputs,
        read: (at) => this.#readForJob(at),
      })
      const json = JSON.stringify(rows)
      if (json.length > limits.jobAnswerBytesMax) {
        throw new OperationError('BLOG_TOO_LARGE', `mapReduce: ${json.length} bytes of results`)
      }
      return JSON.parse(json) as readonly JsonValue[]
    })
  }

  async updateCounter(at: Location, amount: number, options: kv.CallOptions = {}): Promise<number> {
    checkLocation(at)
    checkAmount(amount)
    return this.#call({ call: 'updateCounter', ...at }, options.timeoutMs, () =>
      this.#counters.add(at, amount, this.#props.ofBucket(at)),
    )
  }

  async fetchCounter(at: Location, options: kv.CallOptions = {}): Promise<number | undefined> {
    checkLocation(at)
    return this.#call({ call: 'fetchCounter', ...at }, options.timeoutMs, () =>
      this.#counters.read(at, this.#props.ofBucket(at)),
    )
  }

  health(): kv.RiakHealth {
    return { ...this.#health }
  }

  counts(): Readonly<Record<string, number>> {
    return { ...this.#counts }
  }

  stop(): Promise<void> {
    this.#isStopped = true
    return Promise.resolve()
  }

  #placeOf(inputs: kv.MapReduceJob['inputs']): {
    readonly type?: string
    readonly bucket?: string
  } {
    const of = 'bucket' in inputs ? inputs : inputs[0]
    return of === undefined ? {} : { type: of.type, bucket: of.bucket }
  }

  #inputsOf(of: kv.JobBucket): readonly kv.JobKey[] {
    const { type, bucket } = of
    this.#props.ofType(type)
    const query = of.field === undefined ? { type, bucket, field: '$bucket', equals: bucket } : of
    const { entries } = answerIndexQuery(query, checkIndexQuery(query), this.#live(of))
    return entries.map(({ key }) => ({ type, bucket, key }))
  }

  /** One replica's answer: a fault may make it a primary that has just returned empty. */
  #readForJob(at: Location): readonly kv.Sibling[] | undefined {
    const found = this.#read(at)
    if (found === undefined) return undefined
    const fault = this.faults.take({ call: 'mapReduce', ...at }, true)
    return fault?.kind === 'not-found' ? undefined : found.values.map(({ sibling }) => sibling)
  }

  /** What is stored at a place now, tombstones removed that have served their time. */
  #read(at: Location): MemoryObject | undefined {
    this.#props.ofType(at.type)
    const bucket = this.#buckets.get(bucketName(at))
    const stored = bucket?.get(at.key)
    if (stored === undefined) return undefined
    if (!this.#isReaped(stored)) return stored.object
    bucket?.delete(at.key)
    return undefined
  }

  #isReaped(stored: Stored): boolean {
    if (stored.deletedAtMs === undefined) return false
    return this.#clock.monotonicMs() - stored.deletedAtMs >= this.#tombstoneMs
  }

  #write(at: Location, context: ReadonlyMap<string, number>, sibling: kv.Sibling): MemoryObject {
    const props = this.#props.ofBucket(at)
    const keepOne = props.allow_mult === true ? 'siblings' : 'newest'
    const found = this.#read(at)
    const object = applyWrite(found, {
      context,
      actor: found === undefined ? hex(this.#dice.bytes(8)) : '',
      sibling,
      keep: props.last_write_wins === true ? 'last' : keepOne,
    })
    if (object.values.length > siblingsMax) {
      refuse(`{too_many_siblings,${object.values.length}}`)
    }
    const name = bucketName(at)
    const bucket = this.#buckets.get(name) ?? new Map<string, Stored>()
    this.#buckets.set(name, bucket)
    const deletedAtMs = isDeleted(object) ? this.#clock.monotonicMs() : undefined
    bucket.set(at.key, { object, deletedAtMs })
    return object
  }

  *#live(of: {
    readonly type: string
    readonly bucket: string
  }): Generator<readonly [string, readonly kv.Sibling[]], undefined, undefined> {
    for (const [key, stored] of this.#buckets.get(bucketName(of)) ?? []) {
      if (this.#isReaped(stored)) continue
      yield [key, stored.object.values.map((value) => value.sibling)]
    }
    return undefined
  }

  #sibling(content: kv.Content): kv.Sibling {
    return {
      value: content.value.slice(),
      contentType: content.contentType,
      indexes: (content.indexes ?? []).map(({ field, value }) => ({ field, value })),
      userMeta: { ...content.userMeta },
      isTombstone: false,
      vtag: this.#vtag(),
      lastModifiedMs: 0,
    }
  }

  #vtag(): string {
    return hex(this.#dice.bytes(8))
  }

  #way(): number {
    if (this.#latency === undefined) return 0
    const { minMs, maxMs } = this.#latency
    return minMs + (this.#dice.uint32() / 2 ** 32) * (maxMs - minMs)
  }

  /** One call, from its request to its answer, with whatever goes wrong on the way. */
  #call<T>(
    place: CallPlace,
    timeout: number | undefined,
    apply: (fault: Fault | undefined) => T,
  ): Promise<T> {
    const timeoutMs = checkTimeout(timeout)
    this.#counts[place.call]++
    if (this.#isStopped) return Promise.reject(unavailable('the client was stopped'))
    if (this.#health.up === 0) return Promise.reject(unavailable('no Riak node can be reached'))
    const fault = this.faults.take(place)
    if (fault?.kind === 'fail') return Promise.reject(fault.error)
    const thereMs = this.#way() + (fault?.kind === 'delay' ? fault.delayMs : 0)
    const backMs = this.#way()
    if (fault?.kind === 'lose-answer') {
      this.#after(thereMs, () => {
        attempt(() => apply(fault))
      })
      return Promise.reject(timedOut(place.call))
    }
    return this.#travel(place.call, { thereMs, backMs, timeoutMs }, () => apply(fault))
  }

  #travel<T>(
    call: CallKind,
    time: { readonly thereMs: number; readonly backMs: number; readonly timeoutMs: number },
    apply: () => T,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      if (time.thereMs + time.backMs > time.timeoutMs) {
        this.#after(time.timeoutMs, () => {
          reject(timedOut(call))
        })
      }
      this.#after(time.thereMs, () => {
        const settle = attempt(apply)
        this.#after(time.backMs, () => {
          if (settle.kind === 'done') resolve(settle.value)
          else reject(settle.error)
        })
      })
    })
  }

  /** At once where there is nothing to wait for. */
  #after(delayMs: number, task: () => void): void {
    if (delayMs <= 0) task()
    else this.#clock.after(delayMs, task)
  }
}

/** A `StoreError` is an answer; anything else is a mistake of ours, and shows. */
function attempt<T>(
  apply: () => T,
):
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'failed'; readonly error: StoreError } {
  try {
    return { kind: 'done', value: apply() }
  } catch (error) {
    if (error instanceof StoreError) return { kind: 'failed', error }
    throw error
  }
}

function isDeleted(object: MemoryObject): boolean {
  return object.values.every((value) => value.sibling.isTombstone)
}

function fetched(object: MemoryObject, isHead: boolean): kv.Fetched {
  return {
    context: encodeContext(object.clock),
    siblings: object.values.map(({ sibling }) => ({
      ...sibling,
      value: isHead ? new Uint8Array(0) : sibling.value.slice(),
    })),
  }
}

function refuse(text: string): never {
  throw new OperationError('BLOG_REFUSED_BY_RIAK', `Riak refused: ${text}`)
}

function unavailable(message: string): StoreError {
  return new OperationError('BLOG_UNAVAILABLE', message)
}

function timedOut(call: CallKind): StoreError {
  const outcome = isWrite(call) ? 'indefinite' : 'definite'
  return new OperationError('BLOG_TIMEOUT', `${call}: no answer in time`, outcome)
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** A stable spread of keys over the partitions (FNV-1a); not Riak's hash. */
function partitionOf(at: Location): number {
  let hash = 0x811c9dc5
  for (const byte of new TextEncoder().encode(`${bucketName(at)}\0${at.key}`)) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  }
  return hash % partitionCount
}
