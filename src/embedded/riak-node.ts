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
import type { MapReduce } from './mapreduce/map-reduce.ts'
import type {
  BucketId,
  NodeDeleteOptions,
  NodeGetOptions,
  NodeGetResult,
  NodeIndexQuery,
  NodeIndexResult,
  NodePutOptions,
} from './requests.ts'
import type { BucketPropsMap } from './ring/bucket-props.ts'
import type { ObjectContent, RiakObject } from './vnode/riak-object.ts'

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
