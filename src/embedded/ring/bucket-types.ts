/**
 * Bucket types and their life: created, ready, active.
 *
 * Depends on the world for the disk alone (each change is durable before it is answered).
 *
 *     create ──▶ created ──▶ ready ──activate──▶ active ──update──▶ active
 *                (one node: a created type is ready at once)
 *
 * Invariant: `default` always exists, is active, and is neither created nor updated.
 * Not here: what a property may hold (`bucket-props.ts`), the printed forms (`console/`).
 *
 * Source: basho/riak_core src/riak_core_bucket_type.erl; RIAK.md §4.3.
 */

import type { BucketPropsMap, PropError } from './bucket-props.ts'

export type BucketTypeStatus =
  | { readonly kind: 'undefined' }
  /** Some member of the cluster has not heard of it yet. */
  | { readonly kind: 'created'; readonly props: BucketPropsMap }
  /** May be activated. */
  | { readonly kind: 'ready'; readonly props: BucketPropsMap }
  | { readonly kind: 'active'; readonly props: BucketPropsMap }

export type BucketTypeChange =
  | { readonly kind: 'done' }
  /** Riak's own words, e.g. `n_val` and `not_integer`. */
  | { readonly kind: 'invalid'; readonly errors: readonly PropError[] }
  /** An atom: `already_active`, `undefined`, `not_active`, `not_ready`, `default_type`. */
  | { readonly kind: 'refused'; readonly reason: string }

/** The verbs of `riak-admin bucket-type`; values, never text. */
export interface BucketTypes {
  /** `default` first, then by name. */
  list(): readonly { readonly type: string; readonly active: boolean }[]
  status(type: string): BucketTypeStatus
  /** May be repeated until the type is active; `claimant` is filled in. */
  create(type: string, props: BucketPropsMap): Promise<BucketTypeChange>
  /** Activating an active type again is done at once, as in Riak. */
  activate(type: string): Promise<BucketTypeChange>
  update(type: string, props: BucketPropsMap): Promise<BucketTypeChange>
  /** No type was active before: Riak then warns that there is no way back before 2.0. */
  anyActivated(): boolean
}
