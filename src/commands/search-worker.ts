/** The program of the search's thread. */

import { parentPort, workerData } from 'node:worker_threads'

import { systemClock } from '../runtime/system-clock.ts'
import { answerLetters } from '../search/answer-letters.ts'
import type { Letter, WorkerSettings } from '../search/search-thread.ts'

const port = parentPort
if (port !== null) {
  const answer = answerLetters(workerData as WorkerSettings, systemClock(), (reply) => {
    port.postMessage(reply)
  })
  port.on('message', (letter: Letter) => {
    answer(letter)
  })
}
