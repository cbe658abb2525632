/**
 * Turns at rendering: so many pages are made at once, so many more wait, and no further one is begun.
 *
 * Pages from memory never wait here. Whoever asks for pages that must be made, faster than they can be, fills
 * this queue and not the memory, and slows those who ask for the same kind only.
 */

import { OperationError } from '../kernel/errors.ts'

export interface RenderTurns {
  /** @throws OperationError BLOG_OVERLOADED where too many wait already. */
  run<T>(work: () => Promise<T>): Promise<T>
}

export function createRenderTurns(bounds: {
  readonly atOnce: number
  readonly waitingMax: number
}): RenderTurns {
  const waiting: (() => void)[] = []
  let underway = 0
  return {
    async run(work) {
      if (underway >= bounds.atOnce) {
        if (waiting.length >= bounds.waitingMax) {
          throw new OperationError('BLOG_OVERLOADED', 'too many pages are being made at once')
        }
        // Whoever ends hands over its turn: the count stays as it is.
        await new Promise<void>((resolve) => {
          waiting.push(resolve)
        })
      } else underway += 1
      try {
        return await work()
      } finally {
        const next = waiting.shift()
        if (next) next()
        else underway -= 1
      }
    },
  }
}
