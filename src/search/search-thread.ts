/**
 * The index in its thread, from here: a question goes in, its answer comes out, or an error in time.
 *
 *     ask ──letter──▶ thread        in the order in which they were asked; at most `searchQueueMax`
 *      ◀───reply───────┘            questions wait, each for `searchAnswerMsMax`
 *
 * A thread from which nothing is heard for `searchSilenceMsMax`, while it owes an answer, is ended.
 * Invariant: `ask` settles exactly once, with the thread's end at the latest.
 */

import { limits } from '../kernel/limits.ts'
import type { Clock, Thread, Threads, Timer } from '../kernel/ports.ts'
import type { Answered, Asked, Exchange } from './engine.ts'
import { SearchAwayError } from './search-away.ts'

/** What the thread is handed at its start. */
export interface WorkerSettings {
  readonly site: string
  readonly bytesMax?: number | undefined
}

export interface Letter {
  readonly id: number
  readonly asked: Asked
}

export interface Reply {
  readonly id: number
  readonly value?: Answered
  readonly error?: string
}

export interface SearchThread {
  /** Settled when the thread is over, whatever the reason. */
  readonly over: Promise<string>
  hasEnded(): boolean
  /**
   * @throws SearchAwayError `BLOG_OVERLOADED` where too many wait, `BLOG_TIMEOUT` where the answer takes
   *   too long, `BLOG_UNAVAILABLE` where the thread ended meanwhile.
   */
  ask<K extends keyof Exchange>(
    kind: K,
    request: Exchange[K]['request'],
  ): Promise<Exchange[K]['answer']>
  /** Idempotent. */
  end(): Promise<void>
}

interface Waiting {
  readonly isQuestion: boolean
  readonly timer: Timer
  readonly resolve: (value: Answered) => void
  readonly reject: (error: Error) => void
}

/** Readers wait for these: they are answered soon, or refused. */
const questions: ReadonlySet<keyof Exchange> = new Set(['find', 'excerpts'])

export function startSearchThread(
  deps: { readonly clock: Clock; readonly threads: Threads; readonly program: URL },
  settings: WorkerSettings,
): SearchThread {
  const { clock } = deps
  const waiting = new Map<number, Waiting>()
  /** Letters without a reply, those whose sender waits no longer among them. */
  const owed = new Set<number>()
  let questionsWaiting = 0
  let lastId = 0
  let heardAtMs = clock.monotonicMs()
  let isOver = false
  let tellOver: (reason: string) => void = () => undefined
  const over = new Promise<string>((resolve) => {
    tellOver = resolve
  })
  const thread: Thread = deps.threads.start(deps.program, {
    stackMiB: limits.searchThreadStackMiB,
    heapMiB: limits.searchThreadHeapMiB,
    data: settings,
  })

  function take(id: number): Waiting | undefined {
    const entry = waiting.get(id)
    if (entry === undefined) return undefined
    waiting.delete(id)
    entry.timer.cancel()
    if (entry.isQuestion) questionsWaiting -= 1
    return entry
  }

  function finish(reason: string): void {
    if (isOver) return
    isOver = true
    for (const id of [...waiting.keys()]) take(id)?.reject(away(reason))
    tellOver(reason)
  }

  function giveUp(reason: string): void {
    finish(reason)
    void thread.terminate()
  }

  function expire(id: number): void {
    take(id)?.reject(new SearchAwayError('BLOG_TIMEOUT', 'The search takes too long just now.'))
    const isSilent = clock.monotonicMs() - heardAtMs >= limits.searchSilenceMsMax
    if (isSilent) giveUp(`nothing was heard of it for ${limits.searchSilenceMsMax} ms`)
  }

  thread.onMessage((message) => {
    heardAtMs = clock.monotonicMs()
    const { id, value, error } = message as Reply
    owed.delete(id)
    const entry = take(id)
    if (error === undefined) entry?.resolve(value)
    else entry?.reject(new Error(`the search failed: ${error}`))
  })
  thread.onEnd(finish)

  return {
    over,
    hasEnded() {
      return isOver
    },
    ask(kind, request) {
      const isQuestion = questions.has(kind)
      if (isOver) return Promise.reject(away('it has ended'))
      if (isQuestion && questionsWaiting >= limits.searchQueueMax) {
        return Promise.reject(
          new SearchAwayError('BLOG_OVERLOADED', 'Too many searches are waiting just now.'),
        )
      }
      const id = ++lastId
      // Nothing was owed until now: its silence counts from here.
      if (owed.size === 0) heardAtMs = clock.monotonicMs()
      owed.add(id)
      const msMax = isQuestion ? limits.searchAnswerMsMax : limits.searchSilenceMsMax
      const answer = new Promise<Answered>((resolve, reject) => {
        const timer = clock.after(msMax, () => {
          expire(id)
        })
        waiting.set(id, { isQuestion, timer, resolve, reject })
      })
      if (isQuestion) questionsWaiting += 1
      thread.post({ id, asked: { kind, ...request } as Asked } satisfies Letter)
      return answer
    },
    async end() {
      finish('it was stopped')
      await thread.terminate()
    },
  }
}

function away(reason: string): SearchAwayError {
  return new SearchAwayError('BLOG_UNAVAILABLE', `The search is starting again (${reason}).`)
}
