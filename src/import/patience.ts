/** A store that is away for seconds does not end a run of hours. */

import { StoreError } from '../kernel/errors.ts'
import type { Clock } from '../kernel/ports.ts'

/** Waits before a refused request is made again, in ms; ids are derived, so a repeat is harmless. */
const patienceMs = [250, 1_000, 4_000]
const passing: ReadonlySet<string> = new Set([
  'BLOG_QUORUM_UNMET',
  'BLOG_TIMEOUT',
  'BLOG_UNAVAILABLE',
  'BLOG_OVERLOADED',
  'BLOG_UNSETTLED',
])

export type Patiently = <T>(ask: () => Promise<T>) => Promise<T>

/** @param isOver - the run ends: nothing is waited for any more. */
export function patience(clock: Clock, isOver: () => boolean): Patiently {
  return async (ask) => {
    for (const waitMs of patienceMs) {
      try {
        return await ask()
      } catch (error) {
        const isPassing = error instanceof StoreError && passing.has(error.code)
        if (!isPassing || isOver()) throw error
      }
      await new Promise<void>((resolve) => {
        clock.after(waitMs, resolve)
      })
    }
    return ask()
  }
}
