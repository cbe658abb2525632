/**
 * `index rebuild` and `index verify`: the listings, threads and addresses held against their sources.
 *
 *     sources ──MapReduce jobs, a page of keys each──▶ rows: what is expected ┐
 *     listings, threads, addresses ──────────────────▶ what is stored ────────┴─▶ differences
 *     verify    each difference read again by a quorum ──▶ those that stayed
 *     rebuild   their sources read, merged, derived; what no source lists is marked absent
 *
 * Invariant: a rebuild only merges. What is marked absent was confirmed by a second read of its source;
 * a write made meanwhile has a later clock and stands.
 */

import type { IndexJobs } from './blog.ts'
import type { IndexJobsOptions } from './index-access.ts'
import type { KeeperOptions } from './index-keeper.ts'
import { rebuildIndexes } from './index-rebuild.ts'
import { verifyIndexes } from './index-verify.ts'

export function openIndexJobs(options: IndexJobsOptions): IndexJobs {
  const quiet = (): void => undefined
  return {
    rebuild: (progress = quiet) => rebuildIndexes(options, progress),
    verify: (progress = quiet) => verifyIndexes(options, progress),
  }
}

/** The same for the keeper, which gives way to pages. */
export function keptIndexes(options: IndexJobsOptions): Pick<KeeperOptions, 'verify' | 'heal'> {
  const quiet = (): void => undefined
  return {
    verify: (pace) => verifyIndexes(options, quiet, pace),
    heal: async (pace) => (await rebuildIndexes(options, quiet, pace)).written,
  }
}
