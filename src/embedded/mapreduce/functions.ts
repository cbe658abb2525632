/**
 * Functions that a phase names by module and function: what Erlang modules are to a real Riak.
 *
 * The node knows Riak's own (`riak_kv_mapreduce`); others are handed to it when it is opened, by name.
 * They are pure, take and give JSON, and never see an Erlang term.
 *
 * Source: basho/riak_kv src/riak_kv_mapreduce.erl (arities 3 and 2); DESIGN §5.
 */

export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

/** One value of a stored object; a tombstone's is empty. */
export interface MapValue {
  readonly value: Uint8Array
  readonly isTombstone: boolean
}

/** What a map function is given: an object, or what was looked for and not found. */
export interface MapInput {
  readonly type: string
  readonly bucket: string
  readonly key: string
  /** Siblings, at least one; undefined: not found. */
  readonly values: readonly MapValue[] | undefined
  readonly keyData: Json | undefined
}

/** @param arg - of the phase; undefined where it has none. May throw: the job then fails in Riak's form. */
export type MapFunction = (input: MapInput, arg: Json | undefined) => readonly Json[]

/** Called again with its own output and further inputs, in any order. */
export type ReduceFunction = (values: readonly Json[], arg: Json | undefined) => readonly Json[]

/** One module: function name → function. */
export interface RegisteredModule {
  readonly map: Readonly<Record<string, MapFunction>>
  readonly reduce: Readonly<Record<string, ReduceFunction>>
}

/** Module name → module. */
export type RegisteredModules = ReadonlyMap<string, RegisteredModule>
