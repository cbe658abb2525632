/** The search with its index in the thread of the test: the same letters, the same turns. */

import type { Clock, Log, Thread, Threads, WholeFile } from '../../src/kernel/ports.ts'
import { answerLetters } from '../../src/search/answer-letters.ts'
import { openSearch } from '../../src/search/search.ts'
import type { Search } from '../../src/search/search.ts'
import type { Letter, WorkerSettings } from '../../src/search/search-thread.ts'
import type { Blog } from '../../src/store/blog.ts'
import { recordingLog } from './open-blog.ts'
import { realClock } from './real-clock.ts'

export interface SearchThreads extends Threads {
  /** How many were started. */
  count: number
  /** Ends the one that runs, as a crash would. */
  crash(reason: string): void
}

export function searchThreads(clock: Clock): SearchThreads {
  let crash: (reason: string) => void = () => undefined
  return {
    count: 0,
    crash: (reason) => {
      crash(reason)
    },
    start(_file, { data }): Thread {
      this.count += 1
      let receive: (message: unknown) => void = () => undefined
      let ended: (reason: string) => void = () => undefined
      let isOver = false
      const answer = answerLetters(data as WorkerSettings, clock, (reply) => {
        const copy = structuredClone(reply)
        setImmediate(() => {
          if (!isOver) receive(copy)
        })
      })
      crash = (reason) => {
        isOver = true
        ended(reason)
      }
      return {
        post: (message) => {
          const copy = structuredClone(message) as Letter
          setImmediate(() => {
            if (!isOver) answer(copy)
          })
        },
        onMessage: (handler) => void (receive = handler),
        onEnd: (handler) => void (ended = handler),
        async terminate() {
          isOver = true
        },
      }
    },
  }
}

export interface MemoryFile extends WholeFile {
  bytes: Uint8Array | undefined
  failure: Error | undefined
  replacements: number
}

export function memoryFile(): MemoryFile {
  return {
    bytes: undefined,
    failure: undefined,
    replacements: 0,
    async read() {
      return this.bytes
    },
    async replace(bytes) {
      if (this.failure) throw this.failure
      this.replacements += 1
      this.bytes = bytes.slice()
    },
  }
}

export function searchOn(
  blog: Pick<Blog, 'site' | 'walk' | 'listings'>,
  options: {
    readonly clock?: Clock
    readonly log?: Log
    readonly file?: WholeFile
    readonly threads?: Threads
    readonly bytesMax?: number
  } = {},
): Search {
  const clock = options.clock ?? realClock()
  return openSearch({
    blog,
    clock,
    log: options.log ?? recordingLog(),
    threads: options.threads ?? searchThreads(clock),
    file: options.file ?? memoryFile(),
    program: new URL('about:blank'),
    ...(options.bytesMax === undefined ? {} : { bytesMax: options.bytesMax }),
  })
}
