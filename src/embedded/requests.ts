/**
 * The words of requests: names, options and outcomes, and the error that Riak answers with.
 *
 * Everything below the node's own interface (`riak-node.ts`) speaks them, and imports nothing of it.
 *
 * Source: basho/riak_kv src/riak_client.erl, riak_object.erl.
 */

import type { RiakObject } from './vnode/riak-object.ts'

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
  /** The value is a tombstone: `deleted` of a content, as replication between clusters sends it. */
  readonly isDeleted?: boolean
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
