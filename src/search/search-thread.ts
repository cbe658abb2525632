/**
 * The index in its thread, from here: a question goes in, its answer comes out, or an error in time.
 *
 *     ask ─▶ line ─▶ `searchAskedMax` letters at a time ─▶ thread
 *      ◀── too long a line, too late ──┘          ◀──reply──┘
 *
 * Questions wait on this side: one whose time is over, or that nobody waits for any longer, is never
 * computed. Who has been found something is served before who still seeks. Where the first in the line
 * has waited for `searchLineMsMax`, one more is refused at once. Work for the index goes past the line.
 *
 * A thread from which nothing is heard for `searchSilenceMsMax`, while it owes an answer, is ended.
 * Invariant: `ask` settles exactly once, with the thread's end at the latest.
 */

import { limits } from '../kernel/limits.ts'
import type { Clock, Thread, Threads } from '../kernel/ports.ts'
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
   * @throws SearchAwayError `BLOG_OVERLOADED` where too many wait, or for too long already;
   *   `BLOG_TIMEOUT` where the answer takes too long, `BLOG_UNAVAILABLE` where the thread ended
   *   meanwhile, or nobody waits any longer.
   */
  ask<K extends keyof Exchange>(
    kind: K,
    request: Exchange[K]['request'],
    /** Aborted where nobody waits for the answer any more. */
    signal?: AbortSignal,
  ): Promise<Exchange[K]['answer']>
  /** Idempotent. */
  end(): Promise<void>
}

interface Waiting {
  readonly letter: Letter
  readonly sinceMs: number
  readonly forget: () => void
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
  /** Questions that the thread has not been asked yet, in the order in which they will be. */
  let line: Waiting[] = []
  /** Letters without a reply, those whose sender waits no longer among them. */
  const owed = new Set<number>()
  /** Of them, questions. */
  const asked = new Set<number>()
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
    entry.forget()
    if (!owed.has(id)) line = line.filter((each) => each !== entry)
    return entry
  }

  function send(letter: Letter): void {
    // Nothing was owed until now: its silence counts from here.
    if (owed.size === 0) heardAtMs = clock.monotonicMs()
    owed.add(letter.id)
    thread.post(letter)
  }

  function sendNext(): void {
    while (asked.size < limits.searchAskedMax) {
      const next = line.shift()
      if (next === undefined) return
      asked.add(next.letter.id)
      send(next.letter)
    }
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
    if (asked.delete(id)) sendNext()
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
    ask(kind, request, signal) {
      if (isOver) return Promise.reject(away('it has ended'))
      const isQuestion = questions.has(kind)
      if (isQuestion && isTooBusy(line, kind, clock.monotonicMs())) {
        const words = 'Too many searches are waiting just now.'
        return Promise.reject(new SearchAwayError('BLOG_OVERLOADED', words))
      }
      if (signal?.aborted === true) return Promise.reject(unwanted())
      const id = ++lastId
      return new Promise<Answered>((resolve, reject) => {
        const msMax = isQuestion ? limits.searchAnswerMsMax : limits.searchSilenceMsMax
        const timer = clock.after(msMax, () => {
          expire(id)
        })
        const leave = (): void => {
          take(id)?.reject(unwanted())
        }
        signal?.addEventListener('abort', leave, { once: true })
        const forget = (): void => {
          timer.cancel()
          signal?.removeEventListener('abort', leave)
        }
        const letter = { id, asked: { kind, ...request } as Asked }
        const entry = { letter, sinceMs: clock.monotonicMs(), forget, resolve, reject }
        waiting.set(id, entry)
        if (!isQuestion) {
          send(letter)
          return
        }
        const before = kind === 'excerpts' ? line.findIndex(isFind) : -1
        line.splice(before === -1 ? line.length : before, 0, entry)
        sendNext()
      })
    },
    async end() {
      finish('it was stopped')
      await thread.terminate()
    },
  }
}

/** Excerpts are the second half of an answer: they are not refused for the time that others wait. */
function isTooBusy(line: readonly Waiting[], kind: keyof Exchange, nowMs: number): boolean {
  if (line.length >= limits.searchQueueMax) return true
  if (kind === 'excerpts') return false
  const oldest = line.find(isFind)
  return oldest !== undefined && nowMs - oldest.sinceMs >= limits.searchLineMsMax
}

function isFind({ letter }: Waiting): boolean {
  return letter.asked.kind === 'find'
}

function unwanted(): SearchAwayError {
  return new SearchAwayError('BLOG_UNAVAILABLE', 'Nobody waits for this search any longer.')
}

function away(reason: string): SearchAwayError {
  return new SearchAwayError('BLOG_UNAVAILABLE', `The search is starting again (${reason}).`)
}
