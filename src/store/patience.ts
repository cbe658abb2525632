/** Asking again where a store is busy or a node is just being missed: for long work, whose end nobody waits at. */

import { StoreError } from '../kernel/errors.ts'
import type { StoreErrorCode } from '../kernel/errors.ts'
import type { Clock } from '../kernel/ports.ts'
import { rest } from './rest.ts'

/** Waits before it is asked again, ms: a restarted node is back by then. */
const waitsMs = [250, 1_000, 4_000]

const passing: ReadonlySet<StoreErrorCode> = new Set([
  'BLOG_QUORUM_UNMET',
  'BLOG_TIMEOUT',
  'BLOG_UNAVAILABLE',
  'BLOG_OVERLOADED',
  'BLOG_UNSETTLED',
])

/**
 * @param ask - may be repeated.
 * @param isOver - the work ends: nothing is waited for any more.
 * @throws what the last try failed with.
 */
export async function patiently<T>(
  clock: Clock,
  ask: () => Promise<T>,
  isOver: () => boolean = () => false,
): Promise<T> {
  for (const waitMs of waitsMs) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof StoreError) || !passing.has(error.code) || isOver()) throw error
    }
    await rest(clock, waitMs)
  }
  return ask()
}
