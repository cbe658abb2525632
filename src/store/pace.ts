/** How long work gives way: a command goes on at once, what a server does beside its pages rests. */

import { limits } from '../kernel/limits.ts'
import type { Clock, Timer } from '../kernel/ports.ts'

/** Does a piece of the work, then rests. */
export type Pace = <T>(work: () => Promise<T>) => Promise<T>

export const unpaced: Pace = (work) => work()

/** What a piece of paced work fails with once it was stopped; what it had begun ends by itself. */
export class PaceStopped extends Error {
  constructor() {
    super('stopped')
    this.name = 'PaceStopped'
  }
}

export interface StoppablePace {
  readonly pace: Pace
  /** Ends the piece in hand, or its rest, at once. Idempotent. */
  readonly stop: () => void
}

/** Rests after each piece as long as it took, `sweepRestMsMax` at most: pages go before. */
export function restingPace(clock: Clock): StoppablePace {
  let isStopped = false
  let timer: Timer | undefined
  let halt: (error: PaceStopped) => void = () => undefined
  const stopped = new Promise<never>((_, reject) => {
    halt = reject
  })
  stopped.catch(() => undefined)

  const rest = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      timer = clock.after(ms, resolve)
    })

  return {
    pace: async (work) => {
      if (isStopped) throw new PaceStopped()
      const startedMs = clock.monotonicMs()
      const working = work()
      working.catch(() => undefined)
      const done = await Promise.race([working, stopped])
      const restMs = Math.min(clock.monotonicMs() - startedMs, limits.sweepRestMsMax)
      if (restMs >= 1) await Promise.race([rest(restMs), stopped])
      return done
    },
    stop() {
      isStopped = true
      timer?.cancel()
      halt(new PaceStopped())
    },
  }
}
