/**
 * `index rebuild` and `index verify`, by paging the sources through the store.
 *
 *     verify    sources ──rows──▶ expected ┐
 *               listings, slugs ─▶ stored ─┴─▶ differences ──read again──▶ those that stayed
 *     rebuild   sources ──read, merge, derive──▶ listings; what no source lists is marked absent
 *
 * Invariant: a rebuild only merges. What is marked absent was confirmed by a second read of its source;
 * a write made meanwhile has a later clock and stands.
 */

import type { IndexJobs } from './blog.ts'
import type { IndexJobsOptions } from './index-access.ts'
import { rebuildIndexes } from './index-rebuild.ts'
import { verifyIndexes } from './index-verify.ts'

export function openIndexJobs(options: IndexJobsOptions): IndexJobs {
  const quiet = (): void => undefined
  return {
    rebuild: (progress = quiet) => rebuildIndexes(options, progress),
    verify: (progress = quiet) => verifyIndexes(options, progress),
  }
}
