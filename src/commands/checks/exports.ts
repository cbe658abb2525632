/** How old the last whole export is: three replicas are no help against a mistake, or a house on fire. */

import { limits } from '../../kernel/limits.ts'
import type { Check } from './check.ts'
import { ago, note, ok } from './finding.ts'
import type { Finding } from './finding.ts'

export interface ExportFacts {
  readonly nowMs: number
  /** When it was begun, epoch ms, on whichever machine; undefined: none is known of. */
  readonly exportedAtMs: number | undefined
  /** In the newest listing: a blog without posts loses nothing. */
  readonly posts: number
}

export const exportsCheck: Check = {
  name: 'export',
  isQuick: false,
  run: async ({ blog, clock }) => {
    const [exportedAtMs, { total: posts }] = await Promise.all([
      blog.copies.exportedAtMs(),
      blog.listings.page({ kind: 'all' }, { limit: 1, page: 1 }),
    ])
    return judgeExports({ nowMs: clock.nowMs(), exportedAtMs, posts })
  },
}

export function judgeExports({ nowMs, exportedAtMs, posts }: ExportFacts): readonly Finding[] {
  const advice = 'ringpost export FILE.zip, to a disk of another machine'
  if (exportedAtMs === undefined) {
    const what = 'the blog was never exported whole, as far as this store knows'
    return [posts === 0 ? ok('export', what) : note('export', what, advice)]
  }
  const ageMs = Math.max(0, nowMs - exportedAtMs)
  const what = `the blog was last exported whole ${ago(ageMs)}`
  return [ageMs > limits.exportAgeNoteMs ? note('export', what, advice) : ok('export', what)]
}
