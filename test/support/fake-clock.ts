/** A clock that moves only when a test moves it; wall and monotonic time can be moved apart. */

import type { Clock, Timer } from '../../src/kernel/ports.ts'

export interface FakeClock extends Clock {
  /** Move both times on, running what falls due in its order, each at its own time. */
  advance(ms: number): void
  /** Set the wall clock alone, forwards or back. */
  jump(ms: number): void
  /** Timers that still wait. */
  readonly pending: number
}

export function fakeClock(startMs: number = Date.parse('2026-11-23T12:00:00Z')): FakeClock {
  let elapsed = 0
  let offset = startMs
  const waiting = new Set<{ readonly at: number; readonly task: () => void }>()
  const due = (until: number) =>
    [...waiting].filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at)[0]
  return {
    nowMs: () => Math.floor(offset + elapsed),
    monotonicMs: () => elapsed,
    after(delayMs, task): Timer {
      const entry = { at: elapsed + delayMs, task }
      waiting.add(entry)
      return { cancel: () => void waiting.delete(entry) }
    },
    afterTurn: (task) => {
      setImmediate(task)
    },
    advance(ms) {
      const until = elapsed + ms
      for (let entry = due(until); entry !== undefined; entry = due(until)) {
        waiting.delete(entry)
        elapsed = Math.max(elapsed, entry.at)
        entry.task()
      }
      elapsed = until
    },
    jump(ms) {
      offset += ms
    },
    get pending() {
      return waiting.size
    },
  }
}
