/**
 * Vector clocks as Riak has them on the wire and on disk.
 *
 * Source: basho/riak_core src/vclock.erl; Lamport 1978, Fidge 1988, Mattern 1989.
 */

/** One event: the vnode's actor id (8 or 12 bytes), its counter, and when (gregorian seconds). */
export interface Dot {
  readonly actor: Uint8Array
  readonly counter: number
  readonly timestamp: number
}

/** At most one entry an actor. */
export type Vclock = readonly Dot[]
