/** Riak's per-request tuning, as it reaches the user. */

import type { Quorum } from '../riak/riak-kv.ts'

/** Per-request tuning as it came in the URL; unset: the table in `quorums.ts`. */
export interface ReadTuning {
  readonly r?: Quorum
}
export interface WriteTuning {
  readonly w?: Quorum
  readonly dw?: Quorum
}
