/**
 * The Riak facade as the store sees it: one interface, kept by the Protocol Buffers adapter
 * (`basho-riak-kv.ts`) and by the memory backend of the contract suite.
 *
 * Every call ends exactly once within its deadline: a value, or a `StoreError` whose `outcome` says
 * whether the write may have happened. Not-found is `undefined`. Nothing of the client leaks.
 */

import type { CausalContext } from '../causality/causal-context.ts'
import type { Location } from '../kernel/ids.ts'
import type { JsonValue } from '../kernel/json.ts'

/** Riak's words, or a number of vnodes. */
export type Quorum = 'one' | 'quorum' | 'all' | 'default' | number

export interface IndexEntry {
  /** Ends in `_bin` or `_int`; lower case. */
  readonly field: string
  /** Decimal text for `_int`. */
  readonly value: string
}

/** What is put. */
export interface Content {
  readonly value: Uint8Array
  readonly contentType: string
  readonly indexes?: readonly IndexEntry[]
  readonly userMeta?: Readonly<Record<string, string>>
}

/** One of the concurrent values of an object. A tombstone has an empty value. */
export interface Sibling {
  readonly value: Uint8Array
  readonly contentType: string
  readonly indexes: readonly IndexEntry[]
  readonly userMeta: Readonly<Record<string, string>>
  readonly isTombstone: boolean
  /** Riak's vtag, unique to this value. */
  readonly vtag: string
  /** The server's wall clock at the put, in ms. */
  readonly lastModifiedMs: number
}

/** What a read found: one value, or several concurrent ones; never none. */
export interface Fetched {
  /** Give it back with the next put of this object. */
  readonly context: CausalContext
  readonly siblings: readonly Sibling[]
}

export interface CallOptions {
  /** Sent to Riak as its own `timeout`, and enforced here a little later. Default: limits. */
  readonly timeoutMs?: number
  /** A node (`StoreError.node`) that is asked only where no other is free. */
  readonly avoid?: string | undefined
}

export interface GetOptions extends CallOptions {
  readonly r?: Quorum
  readonly pr?: Quorum
  readonly basicQuorum?: boolean
  /** Always sent (the client would send false). Default true, as Riak's own default. */
  readonly notFoundOk?: boolean
  /** Metadata only: siblings come with empty values. */
  readonly head?: boolean
  /** Return a tombstone's context instead of `undefined`. Default true: a merge must cover it. */
  readonly deletedContext?: boolean
}

export interface PutOptions extends CallOptions {
  /** From the read that this value descends from; absent: concurrent with whatever is there. */
  readonly context?: CausalContext
  readonly w?: Quorum
  readonly dw?: Quorum
  readonly pw?: Quorum
  /** Read back what is stored now, siblings included. */
  readonly returnBody?: boolean
  readonly ifNoneMatch?: boolean
  readonly ifNotModified?: boolean
  /**
   * Send it again, byte for byte, through another node where the connection broke before the answer:
   * only where the value's merge makes a second copy a no-op. Default false: such a put fails as
   * indefinite.
   */
  readonly isRepeatable?: boolean
}

export interface DeleteOptions extends CallOptions {
  readonly context?: CausalContext
  readonly rw?: Quorum
}

/** Exact (`equals`) or inclusive range (`from`…`to`) query on `x_bin`, `x_int`, `$key` or `$bucket`. */
export interface IndexQuery extends CallOptions {
  readonly type: string
  readonly bucket: string
  readonly field: string
  readonly equals?: string
  readonly from?: string
  readonly to?: string
  readonly returnTerms?: boolean
  /** Sorted pages of this many. */
  readonly maxResults?: number
  readonly continuation?: Uint8Array
}

export interface IndexPage {
  /** `term` only where the terms were asked for. */
  readonly entries: readonly { readonly key: string; readonly term?: string }[]
  /** Present while another page may follow (it may turn out empty). */
  readonly continuation: Uint8Array | undefined
}

/** The bucket properties we use; unknown ones are left alone. */
export interface BucketProps {
  readonly n_val?: number
  readonly allow_mult?: boolean
  readonly last_write_wins?: boolean
  readonly dvv_enabled?: boolean
  readonly notfound_ok?: boolean
  readonly basic_quorum?: boolean
  readonly r?: Quorum
  readonly w?: Quorum
  readonly dw?: Quorum
  readonly rw?: Quorum
  readonly pr?: Quorum
  readonly pw?: Quorum
  readonly datatype?: string
}

export interface PreflistEntry {
  /** Partition id, 0 ≤ id < ring size. */
  readonly partition: number
  readonly node: string
  readonly isPrimary: boolean
}

/** A bucket, or what a secondary index of it says: exact, or an inclusive range. */
export type JobBucket = { readonly type: string; readonly bucket: string } & (
  | { readonly field?: never }
  | { readonly field: string; readonly equals: string }
  | { readonly field: string; readonly from: string; readonly to: string }
)

/** What a phase runs: a function that the cluster has by name, or JavaScript (Riak 2.x). */
export type JobFunction = {
  readonly arg?: JsonValue
  /** Whether its results are part of the answer. Default: the last phase's are. */
  readonly keep?: boolean
} & (
  | { readonly language: 'erlang'; readonly module: string; readonly function: string }
  | { readonly language: 'javascript'; readonly source: string }
  | { readonly language: 'javascript'; readonly name: string }
)

/** Map: once for each input, at a node that has it. Reduce: in batches, fed its own results. */
export type MapReducePhase = { readonly map: JobFunction } | { readonly reduce: JobFunction }

/**
 * An input by its place. A map is told its key data; an Erlang one that finds nothing there is told
 * nothing else: not even the key.
 */
export type JobKey = Location & { readonly keyData?: JsonValue }

/**
 * A job of Riak's MapReduce. It reads one replica of each input: an object may seem absent, or older
 * than what a quorum has acknowledged.
 */
export interface MapReduceJob extends CallOptions {
  /** Objects by their places (at least one), or a bucket. */
  readonly inputs: readonly JobKey[] | JobBucket
  /** At least one. */
  readonly query: readonly MapReducePhase[]
}

/** One of the nodes that we were given. */
export interface NodeHealth {
  /** As in `StoreError.node`. */
  readonly address: string
  readonly isDown: boolean
  /** Why its last probe failed; empty while it is up. */
  readonly reason: string
}

export interface RiakHealth {
  readonly up: number
  readonly of: number
  /** Monotonic ms. */
  readonly changedAtMs: number
  /** Absent where the backend has no addresses. */
  readonly nodes?: readonly NodeHealth[]
}

export interface RiakKv {
  ping(options?: CallOptions): Promise<void>
  serverInfo(options?: CallOptions): Promise<{ readonly node: string; readonly version: string }>
  get(at: Location, options?: GetOptions): Promise<Fetched | undefined>
  /** @returns what is stored now if `returnBody`, else `undefined`. */
  put(at: Location, content: Content, options?: PutOptions): Promise<Fetched | undefined>
  delete(at: Location, options?: DeleteOptions): Promise<void>
  /** Keys as they stream in; for tests and small buckets only. Tombstones may be among them. */
  listKeys(
    of: { readonly type: string; readonly bucket: string },
    options?: CallOptions,
  ): Promise<readonly string[]>
  listBuckets(type: string, options?: CallOptions): Promise<readonly string[]>
  queryIndex(query: IndexQuery): Promise<IndexPage>
  bucketProps(of: { readonly type: string; readonly bucket: string }): Promise<BucketProps>
  setBucketProps(
    of: { readonly type: string; readonly bucket: string },
    props: BucketProps,
  ): Promise<void>
  resetBucketProps(of: { readonly type: string; readonly bucket: string }): Promise<void>
  /** @throws OperationError `BLOG_NO_BUCKET_TYPE` where the type is unknown or not active. */
  typeProps(type: string): Promise<BucketProps>
  setTypeProps(type: string, props: BucketProps): Promise<void>
  preflist(at: Location): Promise<readonly PreflistEntry[]>
  /**
   * @returns what the last phase that keeps its results gave, in no order (a reduce that sorts in one
   * call apart). `timeoutMs`, by default `jobTimeoutMsDefault`, is the job's own.
   * @throws JobRefusedError with a `reason`, where the cluster cannot run it or a phase fails;
   *   OperationError `BLOG_TOO_LARGE` over `jobAnswerBytesMax`, `BLOG_UNREADABLE_VALUE` for results
   *   that are no list (Riak makes an object of a list of pairs), `BLOG_TIMEOUT`.
   */
  mapReduce(job: MapReduceJob): Promise<readonly JsonValue[]>
  /**
   * Add `amount` (a safe integer, negative to subtract) to a Riak counter. Sent once and never again:
   * after an indefinite failure it may or may not have been counted.
   *
   * @returns what it says now.
   */
  updateCounter(at: Location, amount: number, options?: CallOptions): Promise<number>
  /** @returns undefined where nothing was ever counted. */
  fetchCounter(at: Location, options?: CallOptions): Promise<number | undefined>
  /**
   * How many nodes are believed usable now, of how many, and since when (monotonic ms) that is so.
   * The store derives "unsettled" from it (DESIGN §3, "Absence is never proof").
   */
  health(): RiakHealth
  /** Requests sent so far, by kind: pages are held to a constant number in a test. */
  counts(): Readonly<Record<string, number>>
  /** Idempotent; afterwards nothing keeps the process alive. */
  stop(): Promise<void>
}
