/**
 * The engine of JavaScript phases: a few threads, and who runs next.
 *
 *     call ──▶ fresh ──┐                    ┌─▶ result
 *              slow ───┴─▶ thread 1 … N ────┤
 *               ▲                           │ ran longer than `javascriptQuickMs` while a fresh
 *               └───────── begun again ◀────┘ call waited and no thread was quick
 *
 * Functions are pure, so one that takes its time may be stopped and begun again: ten endless loops
 * occupy all threads for a quarter of a second each, then share all threads but one, and the calls of
 * others pass them by. Threads start with the first call, end after idling, and keep no process alive.
 *
 * Invariants: a call settles exactly once: by its job's deadline, or within `javascriptCallMsMax` of
 * running. While fresh calls wait, at most N − 1 threads run slow ones; while slow ones wait, one does.
 * Not here: what a call does (`sandbox.ts`), how a thread is stopped (`engine-thread.ts`).
 *
 * Source: basho/riak_kv src/riak_kv_js_manager.erl (a pool of virtual machines);
 * basho/erlang_js src/js_driver.erl (5 s a call).
 */

import { limits } from '../../kernel/limits.ts'
import type { Clock, Log, Threads, Timer } from '../../kernel/ports.ts'
import { startEngineThread } from './engine-thread.ts'
import type { EngineThread, ThreadAnswer } from './engine-thread.ts'
import type {
  JavascriptCall,
  JavascriptEngine,
  JavascriptError,
  JavascriptResult,
} from './javascript-engine.ts'
import { inRiaksWords, javascriptError, readLines } from './result-lines.ts'
import type { ReadLines } from './result-lines.ts'

export interface EngineDeps {
  readonly clock: Clock
  readonly log: Log
  readonly threads: Threads
}

export interface EngineOptions {
  readonly workers?: number
  readonly callMsMax?: number
  readonly quickMs?: number
  /** The program of a thread; tests run others. */
  readonly file?: URL
}

interface Task {
  readonly call: JavascriptCall
  /** Undefined once it has been answered. */
  settle: ((results: readonly JavascriptResult[]) => void) | undefined
  deadline: Timer | undefined
  /** It has run for longer than a quick one does. */
  isSlow: boolean
}

/** A thread and what it runs. */
interface Lane {
  readonly thread: EngineThread
  task: Task | undefined
  /** Whose call it ran last: the next one of that job is cheaper there. */
  job: object | undefined
  timers: readonly Timer[]
  /** Why it was told to stop: the call comes back to `slow`, or is over. */
  stopped: 'gives-way' | 'timeout' | undefined
}

const closedError = javascriptError('unavailable', 'the JavaScript engine is closed')
const overError = javascriptError('unavailable', 'the job is over')
const timeoutError = javascriptError('timeout', 'timeout')

export function openJavascriptEngine(
  deps: EngineDeps,
  options: EngineOptions = {},
): JavascriptEngine {
  return new ThreadPool(deps, options)
}

class ThreadPool implements JavascriptEngine {
  readonly #deps: EngineDeps
  readonly #workers: number
  readonly #callMsMax: number
  readonly #quickMs: number
  readonly #file: URL | undefined
  readonly #fresh: Task[] = []
  readonly #slow: Task[] = []
  /** In the order in which what they run has begun. */
  #busy: Lane[] = []
  #free: Lane[] = []
  /** What a job is called in the threads. */
  readonly #names = new WeakMap<object, string>()
  #named = 0
  #idle: Timer | undefined
  #isClosed = false

  constructor(deps: EngineDeps, options: EngineOptions) {
    this.#deps = deps
    this.#workers = options.workers ?? limits.javascriptWorkers
    this.#callMsMax = options.callMsMax ?? limits.javascriptCallMsMax
    this.#quickMs = options.quickMs ?? limits.javascriptQuickMs
    this.#file = options.file
  }

  call(call: JavascriptCall): Promise<readonly JavascriptResult[]> {
    if (this.#isClosed) return Promise.resolve([closedError])
    if (this.#fresh.length + this.#slow.length >= limits.javascriptCallsMax) {
      return Promise.resolve([javascriptError('overload', 'too many calls wait')])
    }
    return new Promise((settle) => {
      const task: Task = { call, settle, deadline: undefined, isSlow: false }
      task.deadline = this.#deps.clock.after(Math.max(0, call.timeoutMs), () => {
        this.#end(task, timeoutError)
      })
      this.#fresh.push(task)
      this.#dispatch()
    })
  }

  endJob(job: object): void {
    const running = this.#busy.flatMap(({ task }) => task ?? [])
    for (const task of [...this.#fresh, ...this.#slow, ...running]) {
      if (task.call.job === job) this.#end(task, overError)
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#idle?.cancel()
    for (const task of [...this.#fresh.splice(0), ...this.#slow.splice(0)]) {
      finish(task, [closedError])
    }
    const threads = [...this.#busy, ...this.#free].map((lane) => lane.thread)
    await Promise.all(threads.map((thread) => thread.end(closedError.message)))
  }

  /** Give each free thread what is due, and make room for what is left. */
  #dispatch(): void {
    if (this.#isClosed) return
    this.#idle?.cancel()
    while (this.#busy.length < this.#workers) {
      const task = this.#next()
      if (!task) break
      void this.#run(this.#freeLane(task.call.job) ?? this.#openLane(), task)
    }
    this.#relieve()
    if (this.#busy.length > 0) return
    this.#idle = this.#deps.clock.after(limits.javascriptIdleMs, () => {
      for (const lane of this.#free.splice(0)) void lane.thread.end('idle')
    })
  }

  #next(): Task | undefined {
    const isSlowRunning = this.#busy.some((lane) => lane.task?.isSlow)
    const isSlowDue = this.#workers > 1 && !isSlowRunning
    const first = isSlowDue ? this.#slow.shift() : undefined
    return first ?? this.#fresh.shift() ?? this.#slow.shift()
  }

  /** Fresh calls wait and nothing quick runs: the slow call that has run least gives way. */
  #relieve(): void {
    if (this.#fresh.length === 0 || this.#busy.length < this.#workers) return
    const isRoomComing = this.#busy.some((lane) => !lane.task?.isSlow || lane.stopped)
    const latest = this.#busy.at(-1)
    if (isRoomComing || !latest) return
    latest.stopped = 'gives-way'
    latest.thread.stop()
  }

  #freeLane(job: object | undefined): Lane | undefined {
    // One may have broken while it was idle.
    this.#free = this.#free.filter((lane) => !lane.thread.isOver)
    const lane = this.#free.find((each) => each.job === job) ?? this.#free.at(-1)
    this.#free = this.#free.filter((each) => each !== lane)
    return lane
  }

  #openLane(): Lane {
    const thread = startEngineThread(this.#deps, this.#file)
    return { thread, task: undefined, job: undefined, timers: [], stopped: undefined }
  }

  #nameOf(job: object | undefined): string | undefined {
    if (!job) return undefined
    const name = this.#names.get(job) ?? `job ${++this.#named}`
    this.#names.set(job, name)
    return name
  }

  async #run(lane: Lane, task: Task): Promise<void> {
    const { clock } = this.#deps
    lane.task = task
    lane.stopped = undefined
    this.#busy.push(lane)
    const { what, argumentLists, job } = task.call
    lane.job = job
    const call = { what, argumentLists, job: this.#nameOf(job) }
    const answer = await lane.thread.run(call, () => {
      const quick = clock.after(this.#quickMs, () => {
        task.isSlow = true
        this.#relieve()
      })
      const limit = clock.after(this.#callMsMax, () => {
        this.#stop(lane)
      })
      lane.timers = [quick, limit]
    })
    for (const timer of lane.timers) timer.cancel()
    lane.timers = []
    lane.task = undefined
    this.#busy = this.#busy.filter((each) => each !== lane)
    if (!lane.thread.isOver) this.#free.push(lane)
    this.#conclude(task, answer, lane.stopped)
    this.#dispatch()
  }

  #conclude(task: Task, answer: ThreadAnswer, stopped: Lane['stopped']): void {
    const hasEnded = answer.kind === 'lines' && answer.answer.end !== 'stopped'
    if (task.settle && !hasEnded && stopped === 'gives-way' && !this.#isClosed) {
      this.#slow.push(task)
      return
    }
    const read = readAnswer(task.call, answer, stopped)
    for (const line of read.said)
      this.#deps.log.write('info', 'a JavaScript phase says', { ...line })
    if (answer.kind === 'lost' && !this.#isClosed) {
      this.#deps.log.write('warn', 'a JavaScript engine was ended', { reason: answer.reason })
    }
    finish(task, read.results)
  }

  /** Its job is over, wherever it is. */
  #end(task: Task, error: JavascriptError): void {
    for (const queue of [this.#fresh, this.#slow]) {
      const at = queue.indexOf(task)
      if (at >= 0) queue.splice(at, 1)
    }
    finish(task, [error])
    const lane = this.#busy.find((each) => each.task === task)
    if (lane) this.#stop(lane)
  }

  #stop(lane: Lane): void {
    lane.stopped = 'timeout'
    lane.thread.stop()
  }
}

function finish(task: Task, results: readonly JavascriptResult[]): void {
  task.deadline?.cancel()
  task.settle?.(results)
  task.settle = undefined
}

/** Results so far, and the error that ended them. */
function readAnswer(
  { what, argumentLists }: JavascriptCall,
  answer: ThreadAnswer,
  stopped: Lane['stopped'],
): ReadLines {
  if (answer.kind === 'lost') {
    const error = stopped ? timeoutError : javascriptError('unavailable', answer.reason)
    return { results: [error], said: [] }
  }
  const { lines, end, reason } = answer.answer
  const read = readLines(lines, what.kind === 'source' ? what.source : '')
  const isWhole =
    read.results.length === argumentLists.length || read.results.at(-1)?.kind === 'error'
  if (end === 'done' && isWhole) return read
  const error =
    end === 'stopped' ? timeoutError : javascriptError('exception', inRiaksWords(reason))
  return { ...read, results: [...read.results, error] }
}
