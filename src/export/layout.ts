/** Between a run and its layout: what there is to lay out, and where it goes. */

import type { CopyStep } from '../store/blog.ts'

/** A step of the walk that is no gap: those are told, and laid out nowhere. */
export type LaidOut = Exclude<CopyStep, { kind: 'gap' }>

/** What a layout needs of the run. */
export interface LayoutRun {
  /** Counted. */
  steps(): AsyncGenerator<LaidOut>
  add(
    name: string,
    chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    options?: { readonly isPacked?: boolean },
  ): Promise<void>
}
