/**
 * What one Riak node answers, behind whatever protocol: the listeners translate bytes to these calls
 * and back, `riak-admin` and the tests call them as well.
 *
 * Keys, buckets and types are byte strings in Riak; here they are `Uint8Array` at this seam, so that
 * no byte is lost to a text encoding.
 *
 * Errors are values of `RiakError`: an Erlang term in its printed form, exactly as Riak sends it.
 *
 * Source: basho/riak_kv src/riak_client.erl (get/put/delete/list/index), riak_kv_pb_*.erl.
 */

import type { CounterOp } from './datatype/counter-values.ts'
import type { BucketPropsMap } from './ring/bucket-props.ts'
import type { MapReduce } from './mapreduce/map-reduce.ts'
import type { ObjectContent, RiakObject } from './vnode/riak-object.ts'

/** `default` type is spelled `default`, and hashes as an untyped bucket. */
export interface BucketId {
  readonly type: Uint8Array
  readonly bucket: Uint8Array
}

/** Riak's wire value of a quorum: a number, or one of the four words. */
export type QuorumWord = number | 'one' | 'quorum' | 'all' | 'default'

/**
 * What Riak answers when a request fails. `text` is the Erlang term or sentence, byte for byte as a
 * Protocol Buffers client reads it in `errmsg`.
 */
export class RiakError extends Error {
  /** Printed term, e.g. `{r_val_unsatisfied,2,1}`, `timeout`, `no_type`, `overload`. */
  readonly text: string

  constructor(text: string) {
    super(text)
    this.name = 'RiakError'
    this.text = text
  }
}

export interface NodeGetOptions {
  readonly r?: QuorumWord
  readonly pr?: QuorumWord
  readonly basicQuorum?: boolean
  readonly notFoundOk?: boolean
  readonly timeoutMs?: number
  readonly sloppyQuorum?: boolean
  readonly nVal?: number
  readonly nodeConfirms?: QuorumWord
}

export interface NodePutOptions {
  /** The client's context, decoded by the node; undecodable bytes are an internal error as in Riak. */
  readonly vclock?: Uint8Array
  readonly w?: QuorumWord
  readonly dw?: QuorumWord
  readonly pw?: QuorumWord
  readonly nodeConfirms?: QuorumWord
  readonly returnBody?: boolean
  readonly returnHead?: boolean
  readonly ifNotModified?: boolean
  readonly ifNoneMatch?: boolean
  readonly asis?: boolean
  readonly timeoutMs?: number
  readonly sloppyQuorum?: boolean
  readonly nVal?: number
}

export interface NodeDeleteOptions {
  readonly vclock?: Uint8Array
  readonly rw?: QuorumWord
  readonly r?: QuorumWord
  readonly w?: QuorumWord
  readonly pr?: QuorumWord
  readonly pw?: QuorumWord
  readonly dw?: QuorumWord
  readonly timeoutMs?: number
  readonly sloppyQuorum?: boolean
  readonly nVal?: number
}

/** A 2i query; `$key` and `$bucket` are fields too. Range is inclusive at both ends. */
export interface NodeIndexQuery {
  readonly of: BucketId
  readonly field: Uint8Array
  readonly match:
    | { readonly kind: 'equals'; readonly value: Uint8Array }
    | { readonly kind: 'range'; readonly from: Uint8Array; readonly to: Uint8Array }
  readonly returnTerms: boolean
  /** PCRE-like filter on the term; `_bin` and `$key` only. */
  readonly termRegex?: string
  readonly maxResults?: number
  readonly continuation?: Uint8Array
  readonly paginationSort?: boolean
  readonly timeoutMs?: number
}

export interface NodeIndexResult {
  readonly term: Uint8Array | undefined
  readonly key: Uint8Array
}

/** Result of a get: the object (perhaps only tombstones), or not-found. */
export type NodeGetResult =
  | { readonly kind: 'found'; readonly object: RiakObject }
  | { readonly kind: 'deleted'; readonly object: RiakObject }
  | { readonly kind: 'notfound' }

export interface RiakNode {
  readonly name: string
  readonly version: string
  get(of: BucketId, key: Uint8Array, options: NodeGetOptions): Promise<NodeGetResult>
  /** `key` undefined: the node makes one (base 62). @returns the key, and the object if asked for. */
  put(
    of: BucketId,
    key: Uint8Array | undefined,
    content: ObjectContent,
    options: NodePutOptions,
  ): Promise<{ readonly key: Uint8Array; readonly object: RiakObject | undefined }>
  /**
   * Count: the vnode raises the one counter under this key, or begins it. Never to be repeated blindly.
   *
   * @returns the key, and the value as the vnodes that answered hold it.
   */
  count(
    of: BucketId,
    key: Uint8Array | undefined,
    op: CounterOp,
    options: NodePutOptions,
  ): Promise<{ readonly key: Uint8Array; readonly value: bigint }>
  /** HTTP tells the two apart, Protocol Buffers does not. */
  delete(of: BucketId, key: Uint8Array, options: NodeDeleteOptions): Promise<'deleted' | 'notfound'>
  /** Batches, each key once; ends early by `return()`. */
  listKeys(
    of: BucketId,
    options: { readonly timeoutMs?: number },
  ): AsyncIterable<readonly Uint8Array[]>
  listBuckets(
    type: Uint8Array,
    options: { readonly timeoutMs?: number },
  ): AsyncIterable<readonly Uint8Array[]>
  /** Batches of results; the continuation (external term format, base64 text) is the return value. */
  index(
    query: NodeIndexQuery,
  ): AsyncGenerator<readonly NodeIndexResult[], Uint8Array | undefined, undefined>
  readonly mapReduce: MapReduce
  /** @throws RiakError for an unknown or inactive type. */
  bucketProps(of: BucketId): BucketPropsMap
  setBucketProps(of: BucketId, props: BucketPropsMap): Promise<void>
  resetBucketProps(of: BucketId): Promise<void>
  typeProps(type: Uint8Array): BucketPropsMap
  setTypeProps(type: Uint8Array, props: BucketPropsMap): Promise<void>
  preflist(
    of: BucketId,
    key: Uint8Array,
  ): readonly { readonly partition: number; readonly node: string; readonly isPrimary: boolean }[]
  /** Numbers for `status` and `/stats`, by Riak's names. */
  stats(): Readonly<Record<string, number | string | readonly string[]>>
  stop(): Promise<void>
}
