/** The thread's side of `search-thread.ts`: letters in, replies out, and between them what takes long. */

import type { Clock } from '../kernel/ports.ts'
import { SearchEngine } from './engine.ts'
import type { Letter, Reply, WorkerSettings } from './search-thread.ts'

/** @returns what takes a letter. */
export function answerLetters(
  settings: WorkerSettings,
  clock: Clock,
  post: (reply: Reply) => void,
): (letter: Letter) => void {
  const engine = new SearchEngine({ ...settings, elapsedMs: () => clock.monotonicMs() })
  let isScheduled = false

  /** Letters that have arrived meanwhile go first. */
  const workLater = (): void => {
    if (isScheduled || !engine.isWorking) return
    isScheduled = true
    clock.afterTurn(() => {
      isScheduled = false
      engine.work()
      workLater()
    })
  }

  return ({ id, asked }) => {
    try {
      engine.handle(asked, (value) => {
        post({ id, value })
      })
    } catch (error) {
      post({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    }
    workLater()
  }
}
