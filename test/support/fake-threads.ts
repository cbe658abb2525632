/** Threads that do only what a test says. */

import type { Thread, Threads } from '../../src/kernel/ports.ts'

export interface FakeThread {
  readonly posted: readonly unknown[]
  readonly isTerminated: boolean
  /** What the program of the thread sends. */
  say(message: unknown): void
  break(reason: string): void
}

export interface FakeThreads extends Threads {
  /** In the order of their start. */
  readonly started: readonly FakeThread[]
}

export function createFakeThreads(): FakeThreads {
  const started: FakeThread[] = []
  return {
    started,
    start(): Thread {
      const posted: unknown[] = []
      let receive: (message: unknown) => void = () => undefined
      let ended: (reason: string) => void = () => undefined
      let isTerminated = false
      started.push({
        posted,
        get isTerminated() {
          return isTerminated
        },
        say: (message) => {
          if (!isTerminated) receive(message)
        },
        break: (reason) => {
          ended(reason)
        },
      })
      return {
        post: (message) => void posted.push(message),
        onMessage: (handler) => void (receive = handler),
        onEnd: (handler) => void (ended = handler),
        async terminate() {
          isTerminated = true
        },
      }
    },
  }
}
