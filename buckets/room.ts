/**
 * What every room of `buckets/` offers: one bucket type, its properties, its codec, its merge.
 *
 * Pure: bytes in, values out; the store reads and writes.
 *
 *     siblings' bytes ──parse──▶ values ──merge──▶ one value ──encode──▶ bytes
 *                        │
 *                        └──▶ unreadable: named, its bytes go to `quarantine`, never covered
 *
 * Invariants: `merge` is total, associative, commutative and idempotent on parsed values;
 * `parse(encode(v))` gives `v`; unknown fields of a value survive parse, merge and encode.
 * Not here: quorums and contexts (`src/store`), which bytes belong to a tombstone (`src/riak`).
 */

/** A secondary index entry, written atomically with its object. */
export interface RoomIndex {
  /** Ends in `_bin` or `_int`. */
  readonly field: string
  /** Decimal text for `_int`. */
  readonly value: string
}

export type Parsed<T> =
  | { readonly kind: 'value'; readonly value: T }
  /** Damaged, or written by a newer program: the reason says which. Never dropped, never covered. */
  | { readonly kind: 'unreadable'; readonly reason: string }

/** Properties of a bucket type, and why each is what it is. */
export interface RoomProps {
  readonly n_val: number
  readonly allow_mult: boolean
  readonly dvv_enabled?: boolean
  readonly last_write_wins?: boolean
  readonly notfound_ok?: boolean
  readonly basic_quorum?: boolean
  readonly datatype?: 'counter'
}

export interface RoomType {
  /** The bucket type's name on the cluster. */
  readonly type: string
  readonly props: RoomProps
  /** One sentence a property. */
  readonly reasons: Readonly<Partial<Record<keyof RoomProps, string>>>
}

export interface Room<T> extends RoomType {
  parse(bytes: Uint8Array): Parsed<T>
  encode(value: T): Uint8Array
  merge(a: T, b: T): T
  /**
   * A tombstone met among the siblings (only `erase` writes one): `deletion` counts as a deletion of
   * the source, values beside it survive; `nothing` is an object that will be derived again.
   */
  readonly tombstone: 'deletion' | 'nothing'
  indexes(value: T): readonly RoomIndex[]
}
