/**
 * Bucket properties as the node keeps them: Riak's names to plain values.
 *
 * Source: basho/riak_core src/riak_core_bucket_props.erl, riak_kv_bucket.erl; RIAK.md §4.
 */

/** A quorum word, number, boolean, text, {module,function} pair or list of hooks. */
export type PropValue =
  number | boolean | string | { readonly mod: string; readonly fun: string } | readonly PropValue[]

export type BucketPropsMap = ReadonlyMap<string, PropValue>

/** Why one property was refused. */
export interface PropError {
  readonly property: string
  /** An atom of Riak (`not_integer`, `not_boolean`, `not_valid_quorum`) or a whole sentence. */
  readonly reason: string
  readonly isSentence: boolean
}
