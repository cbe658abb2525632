/** The machine's clock behind the port. Its timers keep no process alive. */

import type { Clock, Timer } from '../kernel/ports.ts'

/** The longest delay that Node's timers take; a longer one would fire at once. */
const delayMsMax = 2 ** 31 - 1

export function systemClock(): Clock {
  return {
    nowMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    after: (delayMs, task): Timer => {
      const handle = setTimeout(task, Math.min(delayMs, delayMsMax))
      handle.unref()
      return {
        cancel: () => {
          clearTimeout(handle)
        },
      }
    },
    afterTurn: (task) => {
      setImmediate(task)
    },
  }
}
