/**
 * The message port between request machines and vnodes: a vnode on this node or, one day, on another.
 *
 *     get-fsm ── get ──────────▶ vnodes ── an answer each
 *     put-fsm ── coordinate ───▶ vnode ── received, stored(object) │ failed
 *             ── put ──────────▶ vnode ── received, stored(object) │ failed
 *
 * Invariants: every request is answered, or lost with its node: whoever asks has a timer. A coordinated
 * put carries along the vnodes of the same node that shall store the same object: they share its batch,
 * so that none of them can hold a write that the coordinator does not.
 *
 * Source: basho/riak_kv src/riak_kv_vnode.erl (commands), riak_kv_put_fsm.erl (replies).
 */

import type { CounterOp } from '../datatype/counter-values.ts'
import type { BucketSettings } from '../ring/bucket-props.ts'
import type { VnodeRef } from '../ring/preflist.ts'
import type { BucketId } from '../requests.ts'
import type { Bkey } from './disk-keys.ts'
import type { RiakObject } from './riak-object.ts'

export type GetAnswer =
  | { readonly kind: 'object'; readonly object: RiakObject }
  | { readonly kind: 'notfound' }
  /** A printed term. */
  | { readonly kind: 'failed'; readonly reason: string }

export type PutEvent =
  /** The vnode has the request (w). */
  | { readonly kind: 'received' }
  /** It is on the vnode's disk (dw); the object as it is stored now. */
  | { readonly kind: 'stored'; readonly object: RiakObject }
  | { readonly kind: 'failed'; readonly reason: string }

export interface VnodePut {
  readonly at: Bkey
  readonly object: RiakObject
  readonly settings: BucketSettings
  /** Gregorian seconds of the put's start: for pruning and the clock's timestamps. */
  readonly startedAt: number
  /** Read repair: limits of size and siblings are not applied, the clock is not pruned. */
  readonly isRepair: boolean
  /** The coordinator counts on what it holds; whoever stores its result does not count again. */
  readonly counterOp?: CounterOp
}

export type OnPutEvent = (from: VnodeRef, event: PutEvent) => void

/** One object, wanted from one vnode. */
export interface VnodeRead {
  readonly vnode: VnodeRef
  readonly at: Bkey
}

export interface VnodeTransport {
  /** One object from several vnodes. Each answers once, those of this node perhaps before `get` returns. */
  get<V extends VnodeRef>(
    to: readonly V[],
    at: Bkey,
    on: (from: V, answer: GetAnswer) => void,
  ): void
  /**
   * Many objects, each from one vnode: the answers in the order of `reads`, all in memory together.
   * For whoever reads a keyspace; a request of a client's is `get`.
   */
  getMany(reads: readonly VnodeRead[]): Promise<readonly GetAnswer[]>
  put(to: VnodeRef, put: VnodePut, on: OnPutEvent): void
  coordinate(to: VnodeRef, along: readonly VnodeRef[], put: VnodePut, on: OnPutEvent): void
  /** Remove the tombstone with this clock, by the node's delete mode. */
  reap(to: VnodeRef, at: Bkey, tombstone: RiakObject): void
}

/** Objects after `after` (exclusive), in order of their keys. */
export interface KeyFold {
  readonly of: BucketId
  readonly from?: Uint8Array
  readonly to?: Uint8Array
  readonly after?: Uint8Array
}

/** Entries of one field in order of (term, key); terms as on the disk. */
export interface TermFold {
  readonly of: BucketId
  readonly field: Uint8Array
  readonly from: Uint8Array
  readonly to: Uint8Array
  readonly after?: { readonly term: Uint8Array; readonly key: Uint8Array }
}

export interface FoldedTerm {
  readonly term: Uint8Array
  readonly key: Uint8Array
}

/** Reading a vnode in order; ends early by `return()`. */
export interface VnodeFolds {
  keys(vnode: VnodeRef, fold: KeyFold): AsyncIterable<Uint8Array>
  terms(vnode: VnodeRef, fold: TermFold): AsyncIterable<FoldedTerm>
  /** Each bucket of a type once. */
  buckets(vnode: VnodeRef, type: Uint8Array): AsyncIterable<Uint8Array>
}
