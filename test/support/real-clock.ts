/** The machine's clock behind the port, for tests that talk to real sockets. */

import type { Clock } from '../../src/kernel/ports.ts'

export function realClock(): Clock {
  return {
    nowMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    after: (delayMs, task) => {
      const handle = setTimeout(task, delayMs)
      handle.unref()
      return {
        cancel: () => {
          clearTimeout(handle)
        },
      }
    },
  }
}
