/** Between a run and its layout: what there is to lay out, and where it goes. */

import type { CopyStep } from '../store/blog.ts'

/** What a layout needs of the run. */
export interface LayoutRun {
  /** Steps of the walk, counted; gaps are told and left out. */
  steps(): AsyncIterable<Exclude<CopyStep, { kind: 'gap' }>>
  add(
    name: string,
    chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    options?: { readonly isPacked?: boolean },
  ): Promise<void>
}
