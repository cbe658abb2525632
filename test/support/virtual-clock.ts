/** A clock that stands still until a test moves it. */

import type { Clock, Timer } from '../../src/kernel/ports.ts'

export interface VirtualClock extends Clock {
  /** Move on, running what falls due. */
  advance(ms: number): void
}

export function createVirtualClock(
  startMs: number = Date.parse('2026-11-23T12:00:00Z'),
): VirtualClock {
  let now = 0
  const waiting = new Set<{ readonly at: number; readonly task: () => void }>()
  return {
    nowMs: () => startMs + now,
    monotonicMs: () => now,
    after(delayMs, task): Timer {
      const entry = { at: now + delayMs, task }
      waiting.add(entry)
      return { cancel: () => void waiting.delete(entry) }
    },
    afterTurn: (task) => {
      setImmediate(task)
    },
    advance(ms) {
      now += ms
      for (const entry of [...waiting].sort((a, b) => a.at - b.at)) {
        if (entry.at > now || !waiting.delete(entry)) continue
        entry.task()
      }
    },
  }
}
