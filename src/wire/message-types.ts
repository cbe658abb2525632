/**
 * Riak's Protocol Buffers messages as TypeScript sees them.
 *
 * Proto2 semantics: a field that is not on the wire is `undefined`, also where the schema calls it
 * required (Riak's own decoder does not check that; a get without a key is answered "not found").
 * Repeated fields are always there after decoding, and may be left out when encoding.
 * `bytes` are views into the frame they came from: copy what outlives it.
 * Quorum fields are uint32 with four words at the top of the range (`quorum-words.ts`).
 *
 * Source: basho/riak_pb src/riak.proto, riak_kv.proto, riak_dt.proto.
 */

type Bytes = Uint8Array
/** A field that may be missing. */
type Maybe<T> = T | undefined
type Empty = Readonly<Record<string, never>>

// riak.proto

export interface RpbErrorResp {
  readonly errmsg?: Maybe<Bytes>
  /** Always 0 from a real Riak; only the text tells. */
  readonly errcode?: Maybe<number>
}

export interface RpbGetServerInfoResp {
  readonly node?: Maybe<Bytes>
  readonly server_version?: Maybe<Bytes>
}

export interface RpbPair {
  readonly key?: Maybe<Bytes>
  readonly value?: Maybe<Bytes>
}

export interface RpbBucketReq {
  readonly bucket?: Maybe<Bytes>
  readonly type?: Maybe<Bytes>
}

export interface RpbGetBucketResp {
  readonly props?: Maybe<RpbBucketProps>
}

export interface RpbSetBucketReq extends RpbBucketReq {
  readonly props?: Maybe<RpbBucketProps>
}

export interface RpbGetBucketTypeReq {
  readonly type?: Maybe<Bytes>
}

export interface RpbSetBucketTypeReq extends RpbGetBucketTypeReq {
  readonly props?: Maybe<RpbBucketProps>
}

export interface RpbModFun {
  readonly module?: Maybe<Bytes>
  readonly function?: Maybe<Bytes>
}

export interface RpbCommitHook {
  readonly modfun?: Maybe<RpbModFun>
  readonly name?: Maybe<Bytes>
}

export interface RpbBucketProps {
  readonly n_val?: Maybe<number>
  readonly allow_mult?: Maybe<boolean>
  readonly last_write_wins?: Maybe<boolean>
  readonly precommit?: Maybe<readonly RpbCommitHook[]>
  /** Only then does `precommit` count: an empty list is not on the wire. */
  readonly has_precommit?: Maybe<boolean>
  readonly postcommit?: Maybe<readonly RpbCommitHook[]>
  readonly has_postcommit?: Maybe<boolean>
  readonly chash_keyfun?: Maybe<RpbModFun>
  readonly linkfun?: Maybe<RpbModFun>
  readonly old_vclock?: Maybe<number>
  readonly young_vclock?: Maybe<number>
  readonly big_vclock?: Maybe<number>
  readonly small_vclock?: Maybe<number>
  readonly pr?: Maybe<number>
  readonly r?: Maybe<number>
  readonly w?: Maybe<number>
  readonly pw?: Maybe<number>
  readonly dw?: Maybe<number>
  readonly rw?: Maybe<number>
  readonly basic_quorum?: Maybe<boolean>
  readonly notfound_ok?: Maybe<boolean>
  readonly backend?: Maybe<Bytes>
  readonly search?: Maybe<boolean>
  /** FALSE 0, REALTIME 1, FULLSYNC 2, TRUE 3. */
  readonly repl?: Maybe<number>
  readonly search_index?: Maybe<Bytes>
  readonly datatype?: Maybe<Bytes>
  readonly consistent?: Maybe<boolean>
  readonly write_once?: Maybe<boolean>
  readonly hll_precision?: Maybe<number>
}

export interface RpbAuthReq {
  readonly user?: Maybe<Bytes>
  readonly password?: Maybe<Bytes>
}

// riak_kv.proto

export interface RpbClientId {
  readonly client_id?: Maybe<Bytes>
}

export interface RpbGetReq {
  readonly bucket?: Maybe<Bytes>
  readonly key?: Maybe<Bytes>
  readonly r?: Maybe<number>
  readonly pr?: Maybe<number>
  readonly basic_quorum?: Maybe<boolean>
  readonly notfound_ok?: Maybe<boolean>
  readonly if_modified?: Maybe<Bytes>
  readonly head?: Maybe<boolean>
  readonly deletedvclock?: Maybe<boolean>
  /** Milliseconds. */
  readonly timeout?: Maybe<number>
  readonly sloppy_quorum?: Maybe<boolean>
  readonly n_val?: Maybe<number>
  readonly type?: Maybe<Bytes>
  readonly node_confirms?: Maybe<number>
}

export interface RpbGetResp {
  readonly content?: Maybe<readonly RpbContent[]>
  readonly vclock?: Maybe<Bytes>
  readonly unchanged?: Maybe<boolean>
}

export interface RpbPutReq {
  readonly bucket?: Maybe<Bytes>
  readonly key?: Maybe<Bytes>
  readonly vclock?: Maybe<Bytes>
  readonly content?: Maybe<RpbContent>
  readonly w?: Maybe<number>
  readonly dw?: Maybe<number>
  readonly return_body?: Maybe<boolean>
  readonly pw?: Maybe<number>
  readonly if_not_modified?: Maybe<boolean>
  readonly if_none_match?: Maybe<boolean>
  readonly return_head?: Maybe<boolean>
  readonly timeout?: Maybe<number>
  readonly asis?: Maybe<boolean>
  readonly sloppy_quorum?: Maybe<boolean>
  readonly n_val?: Maybe<number>
  readonly type?: Maybe<Bytes>
  readonly node_confirms?: Maybe<number>
}

export interface RpbPutResp {
  readonly content?: Maybe<readonly RpbContent[]>
  readonly vclock?: Maybe<Bytes>
  /** Only where the node made the key. */
  readonly key?: Maybe<Bytes>
}

export interface RpbDelReq {
  readonly bucket?: Maybe<Bytes>
  readonly key?: Maybe<Bytes>
  readonly rw?: Maybe<number>
  readonly vclock?: Maybe<Bytes>
  readonly r?: Maybe<number>
  readonly w?: Maybe<number>
  readonly pr?: Maybe<number>
  readonly pw?: Maybe<number>
  readonly dw?: Maybe<number>
  readonly timeout?: Maybe<number>
  readonly sloppy_quorum?: Maybe<boolean>
  readonly n_val?: Maybe<number>
  readonly type?: Maybe<Bytes>
}

export interface RpbListBucketsReq {
  readonly timeout?: Maybe<number>
  readonly stream?: Maybe<boolean>
  readonly type?: Maybe<Bytes>
}

export interface RpbListBucketsResp {
  readonly buckets?: Maybe<readonly Bytes[]>
  readonly done?: Maybe<boolean>
}

export interface RpbListKeysReq {
  readonly bucket?: Maybe<Bytes>
  readonly timeout?: Maybe<number>
  readonly type?: Maybe<Bytes>
}

export interface RpbListKeysResp {
  readonly keys?: Maybe<readonly Bytes[]>
  readonly done?: Maybe<boolean>
}

export interface RpbMapRedReq {
  readonly request?: Maybe<Bytes>
  readonly content_type?: Maybe<Bytes>
}

export interface RpbMapRedResp {
  readonly phase?: Maybe<number>
  readonly response?: Maybe<Bytes>
  readonly done?: Maybe<boolean>
}

export interface RpbIndexReq {
  readonly bucket?: Maybe<Bytes>
  readonly index?: Maybe<Bytes>
  /** eq 0, range 1. */
  readonly qtype?: Maybe<number>
  /** The term of an exact query. */
  readonly key?: Maybe<Bytes>
  readonly range_min?: Maybe<Bytes>
  readonly range_max?: Maybe<Bytes>
  readonly return_terms?: Maybe<boolean>
  readonly stream?: Maybe<boolean>
  readonly max_results?: Maybe<number>
  readonly continuation?: Maybe<Bytes>
  readonly timeout?: Maybe<number>
  readonly type?: Maybe<Bytes>
  readonly term_regex?: Maybe<Bytes>
  readonly pagination_sort?: Maybe<boolean>
  readonly cover_context?: Maybe<Bytes>
  readonly return_body?: Maybe<boolean>
}

export interface RpbIndexResp {
  readonly keys?: Maybe<readonly Bytes[]>
  /** Pairs of term (in `key`) and key (in `value`). */
  readonly results?: Maybe<readonly RpbPair[]>
  readonly continuation?: Maybe<Bytes>
  readonly done?: Maybe<boolean>
}

export interface RpbContent {
  readonly value?: Maybe<Bytes>
  readonly content_type?: Maybe<Bytes>
  readonly charset?: Maybe<Bytes>
  readonly content_encoding?: Maybe<Bytes>
  readonly vtag?: Maybe<Bytes>
  readonly links?: Maybe<readonly RpbLink[]>
  /** Unix seconds. */
  readonly last_mod?: Maybe<number>
  readonly last_mod_usecs?: Maybe<number>
  readonly usermeta?: Maybe<readonly RpbPair[]>
  readonly indexes?: Maybe<readonly RpbPair[]>
  readonly deleted?: Maybe<boolean>
}

export interface RpbLink {
  readonly bucket?: Maybe<Bytes>
  readonly key?: Maybe<Bytes>
  readonly tag?: Maybe<Bytes>
}

export interface RpbGetBucketKeyPreflistReq extends RpbBucketReq {
  readonly key?: Maybe<Bytes>
}

export interface RpbGetBucketKeyPreflistResp {
  readonly preflist?: Maybe<readonly RpbBucketKeyPreflistItem[]>
}

export interface RpbBucketKeyPreflistItem {
  /** Partition id, 0 ≤ id < ring size. */
  readonly partition?: Maybe<number>
  readonly node?: Maybe<Bytes>
  readonly primary?: Maybe<boolean>
}

export interface RpbCounterUpdateReq {
  readonly bucket?: Maybe<Bytes>
  readonly key?: Maybe<Bytes>
  readonly amount?: Maybe<bigint>
  readonly w?: Maybe<number>
  readonly dw?: Maybe<number>
  readonly pw?: Maybe<number>
  readonly returnvalue?: Maybe<boolean>
  readonly node_confirms?: Maybe<number>
}

export interface RpbCounterGetReq {
  readonly bucket?: Maybe<Bytes>
  readonly key?: Maybe<Bytes>
  readonly r?: Maybe<number>
  readonly pr?: Maybe<number>
  readonly basic_quorum?: Maybe<boolean>
  readonly notfound_ok?: Maybe<boolean>
  readonly node_confirms?: Maybe<number>
}

export interface RpbCounterValue {
  readonly value?: Maybe<bigint>
}

// riak_dt.proto

export interface MapField {
  readonly name?: Maybe<Bytes>
  /** COUNTER 1, SET 2, REGISTER 3, FLAG 4, MAP 5. */
  readonly type?: Maybe<number>
}

export interface MapEntry {
  readonly field?: Maybe<MapField>
  readonly counter_value?: Maybe<bigint>
  readonly set_value?: Maybe<readonly Bytes[]>
  readonly register_value?: Maybe<Bytes>
  readonly flag_value?: Maybe<boolean>
  readonly map_value?: Maybe<readonly MapEntry[]>
}

export interface DtFetchReq {
  readonly bucket?: Maybe<Bytes>
  readonly key?: Maybe<Bytes>
  readonly type?: Maybe<Bytes>
  readonly r?: Maybe<number>
  readonly pr?: Maybe<number>
  readonly basic_quorum?: Maybe<boolean>
  readonly notfound_ok?: Maybe<boolean>
  readonly timeout?: Maybe<number>
  readonly sloppy_quorum?: Maybe<boolean>
  readonly n_val?: Maybe<number>
  /** Missing means true. */
  readonly include_context?: Maybe<boolean>
  readonly node_confirms?: Maybe<number>
}

export interface DtValue {
  readonly counter_value?: Maybe<bigint>
  readonly set_value?: Maybe<readonly Bytes[]>
  readonly map_value?: Maybe<readonly MapEntry[]>
  readonly hll_value?: Maybe<bigint>
  readonly gset_value?: Maybe<readonly Bytes[]>
}

export interface DtFetchResp {
  readonly context?: Maybe<Bytes>
  /** COUNTER 1, SET 2, MAP 3, HLL 4, GSET 5. */
  readonly type?: Maybe<number>
  /** Missing: not found. */
  readonly value?: Maybe<DtValue>
}

export interface CounterOp {
  /** Missing means 1. */
  readonly increment?: Maybe<bigint>
}

export interface SetOp {
  readonly adds?: Maybe<readonly Bytes[]>
  readonly removes?: Maybe<readonly Bytes[]>
}

/** Of a grow-only set, and of a HyperLogLog. */
export interface AddsOp {
  readonly adds?: Maybe<readonly Bytes[]>
}

export interface MapUpdate {
  readonly field?: Maybe<MapField>
  readonly counter_op?: Maybe<CounterOp>
  readonly set_op?: Maybe<SetOp>
  readonly register_op?: Maybe<Bytes>
  /** ENABLE 1, DISABLE 2. */
  readonly flag_op?: Maybe<number>
  readonly map_op?: Maybe<MapOp>
}

export interface MapOp {
  readonly removes?: Maybe<readonly MapField[]>
  readonly updates?: Maybe<readonly MapUpdate[]>
}

export interface DtOp {
  readonly counter_op?: Maybe<CounterOp>
  readonly set_op?: Maybe<SetOp>
  readonly map_op?: Maybe<MapOp>
  readonly hll_op?: Maybe<AddsOp>
  readonly gset_op?: Maybe<AddsOp>
}

export interface DtUpdateReq {
  readonly bucket?: Maybe<Bytes>
  readonly key?: Maybe<Bytes>
  readonly type?: Maybe<Bytes>
  readonly context?: Maybe<Bytes>
  readonly op?: Maybe<DtOp>
  readonly w?: Maybe<number>
  readonly dw?: Maybe<number>
  readonly pw?: Maybe<number>
  readonly return_body?: Maybe<boolean>
  readonly timeout?: Maybe<number>
  readonly sloppy_quorum?: Maybe<boolean>
  readonly n_val?: Maybe<number>
  readonly include_context?: Maybe<boolean>
  readonly node_confirms?: Maybe<number>
}

export interface DtUpdateResp {
  readonly key?: Maybe<Bytes>
  readonly context?: Maybe<Bytes>
  readonly counter_value?: Maybe<bigint>
  readonly set_value?: Maybe<readonly Bytes[]>
  readonly map_value?: Maybe<readonly MapEntry[]>
  readonly hll_value?: Maybe<bigint>
  readonly gset_value?: Maybe<readonly Bytes[]>
}

/** Messages that travel in a frame of their own. */
export interface Messages {
  readonly RpbErrorResp: RpbErrorResp
  readonly RpbPingReq: Empty
  readonly RpbPingResp: Empty
  readonly RpbGetClientIdReq: Empty
  readonly RpbGetClientIdResp: RpbClientId
  readonly RpbSetClientIdReq: RpbClientId
  readonly RpbSetClientIdResp: Empty
  readonly RpbGetServerInfoReq: Empty
  readonly RpbGetServerInfoResp: RpbGetServerInfoResp
  readonly RpbGetReq: RpbGetReq
  readonly RpbGetResp: RpbGetResp
  readonly RpbPutReq: RpbPutReq
  readonly RpbPutResp: RpbPutResp
  readonly RpbDelReq: RpbDelReq
  readonly RpbDelResp: Empty
  readonly RpbListBucketsReq: RpbListBucketsReq
  readonly RpbListBucketsResp: RpbListBucketsResp
  readonly RpbListKeysReq: RpbListKeysReq
  readonly RpbListKeysResp: RpbListKeysResp
  readonly RpbGetBucketReq: RpbBucketReq
  readonly RpbGetBucketResp: RpbGetBucketResp
  readonly RpbSetBucketReq: RpbSetBucketReq
  readonly RpbSetBucketResp: Empty
  readonly RpbMapRedReq: RpbMapRedReq
  readonly RpbMapRedResp: RpbMapRedResp
  readonly RpbIndexReq: RpbIndexReq
  readonly RpbIndexResp: RpbIndexResp
  readonly RpbResetBucketReq: RpbBucketReq
  readonly RpbResetBucketResp: Empty
  readonly RpbGetBucketTypeReq: RpbGetBucketTypeReq
  readonly RpbSetBucketTypeReq: RpbSetBucketTypeReq
  readonly RpbGetBucketKeyPreflistReq: RpbGetBucketKeyPreflistReq
  readonly RpbGetBucketKeyPreflistResp: RpbGetBucketKeyPreflistResp
  readonly RpbCounterUpdateReq: RpbCounterUpdateReq
  readonly RpbCounterUpdateResp: RpbCounterValue
  readonly RpbCounterGetReq: RpbCounterGetReq
  readonly RpbCounterGetResp: RpbCounterValue
  readonly DtFetchReq: DtFetchReq
  readonly DtFetchResp: DtFetchResp
  readonly DtUpdateReq: DtUpdateReq
  readonly DtUpdateResp: DtUpdateResp
  readonly RpbAuthReq: RpbAuthReq
  readonly RpbAuthResp: Empty
  readonly RpbStartTls: Empty
}

/** Messages that only travel inside others. */
export interface Parts {
  readonly RpbPair: RpbPair
  readonly RpbModFun: RpbModFun
  readonly RpbCommitHook: RpbCommitHook
  readonly RpbBucketProps: RpbBucketProps
  readonly RpbContent: RpbContent
  readonly RpbLink: RpbLink
  readonly RpbBucketKeyPreflistItem: RpbBucketKeyPreflistItem
  readonly MapField: MapField
  readonly MapEntry: MapEntry
  readonly DtValue: DtValue
  readonly CounterOp: CounterOp
  readonly SetOp: SetOp
  readonly GSetOp: AddsOp
  readonly HllOp: AddsOp
  readonly MapUpdate: MapUpdate
  readonly MapOp: MapOp
  readonly DtOp: DtOp
}
