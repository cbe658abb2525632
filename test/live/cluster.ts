/** What the set-up found and made ready, as the tests are given it: `inject('live')`. */

import type { JobLanguage } from '../../mapreduce/job.ts'

/** Can, or why not. */
export type Can = true | string

export interface LiveCluster {
  /** For people: `the Riak nodes a:8087, b:8087`. */
  readonly name: string
  /** `host:port` each, as RIAK_NODES has them. */
  readonly nodes: readonly string[]
  /** Nodes that hold partitions, by Riak's own names; those of RIAK_NODES are some of them. */
  readonly members: readonly string[]
  /** What every bucket of this run begins with; see `names.ts`. */
  readonly names: string
  /** In which index jobs run, on every node. */
  readonly languages: readonly JobLanguage[]
  /** A tombstone goes by itself. */
  readonly reaping: Can
  /** The functions of the contract's jobs are loaded. */
  readonly contractJobs: Can
  /** Commands for sh, with a node's number in RIAK_NODES as `$1` and its address as `$2`. */
  readonly power: { readonly stop: string; readonly start: string } | string
  /** Whether times are asserted, besides being printed. */
  readonly isTimed: boolean
  /** How long reads and writes go on after a node's return, s. */
  readonly returnSeconds: number
}

declare module 'vitest' {
  interface ProvidedContext {
    readonly live: LiveCluster
  }
}
