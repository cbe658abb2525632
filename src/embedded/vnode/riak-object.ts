/**
 * A Riak object: a vector clock and its concurrent values, each with the dot of the write it came from.
 *
 * Source: basho/riak_kv src/riak_object.erl.
 */

import type { Dot, Vclock } from '../../causality/vclock.ts'

/** Everything a client stores beside the clock. */
export interface ObjectContent {
  readonly value: Uint8Array
  readonly contentType?: string
  readonly charset?: string
  readonly contentEncoding?: string
  readonly links?: readonly {
    readonly bucket: Uint8Array
    readonly key: Uint8Array
    readonly tag: Uint8Array
  }[]
  /** In the client's order; names are byte strings. */
  readonly userMeta?: readonly { readonly key: Uint8Array; readonly value: Uint8Array }[]
  /** `_int` values as decimal text. */
  readonly indexes?: readonly { readonly field: string; readonly value: Uint8Array }[]
}

export interface ObjectValue extends ObjectContent {
  readonly isTombstone: boolean
  /** Base-62 MD5, made by the node at the put. */
  readonly vtag: string
  readonly lastModified: { readonly seconds: number; readonly micros: number }
  /** The write this value came from (dvv); absent on values of a bucket without dvv. */
  readonly dot: Dot | undefined
}

/** Invariant: `values` is never empty. */
export interface RiakObject {
  readonly vclock: Vclock
  readonly values: readonly ObjectValue[]
}
