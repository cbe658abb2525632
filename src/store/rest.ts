/** Waiting by the clock port. */

import type { Clock } from '../kernel/ports.ts'

export function rest(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(ms, resolve)
  })
}
