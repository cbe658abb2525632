/**
 * One engine in its thread, from here: a call goes in, its end comes out, whatever happens there.
 *
 *     run ──call──▶ thread      stop(): one word of shared memory, read by the engine as it runs;
 *     ◀──lines───────┘          not heeded within `javascriptGraceMs`: the thread is terminated
 *
 * Time is kept on this side only. Invariants: one call at a time; `run` settles exactly once and never
 * rejects; after `lost`, or an answer that is not fit, the thread is over (`isOver`).
 *
 * Source: basho/erlang_js src/js_driver.erl (`call_driver`: whoever waits keeps the time).
 */

import { assert } from '../../kernel/assert.ts'
import { limits } from '../../kernel/limits.ts'
import type { Clock, Thread, Threads, Timer } from '../../kernel/ports.ts'
import type { SandboxAnswer, SandboxCall } from './sandbox.ts'

/** How a call ended; `lost` with its thread, and why. */
export type ThreadAnswer =
  | { readonly kind: 'lines'; readonly answer: SandboxAnswer }
  | { readonly kind: 'lost'; readonly reason: string }

export interface EngineThread {
  readonly isOver: boolean
  /** @param begun - called when the call has reached the engine: its time counts from here. */
  run(call: SandboxCall, begun: () => void): Promise<ThreadAnswer>
  /** Stop what runs; nothing where nothing does. */
  stop(): void
  /** Idempotent. */
  end(reason: string): Promise<void>
}

/** Compiled, the thread's program stands beside this file as JavaScript; from sources, as TypeScript. */
const program = new URL(
  import.meta.url.endsWith('.ts') ? './javascript-worker.ts' : './javascript-worker.js',
  import.meta.url,
)

const stoppedBefore: SandboxAnswer = { lines: '', end: 'stopped', reason: '', isFit: true }

export function startEngineThread(
  { clock, threads }: { readonly clock: Clock; readonly threads: Threads },
  file: URL = program,
): EngineThread {
  return new WorkerThread(clock, threads, file)
}

class WorkerThread implements EngineThread {
  readonly #clock: Clock
  readonly #thread: Thread
  /** 1: stop. The only thing that both sides see. */
  readonly #stop: Int32Array
  /** Running: until the thread is ready; then until it heeds `stop`. */
  #patience: Timer | undefined
  #isReady = false
  #isOver = false
  #settle: ((answer: ThreadAnswer) => void) | undefined
  /** What waits for the thread to be ready. */
  #begin: (() => void) | undefined

  constructor(clock: Clock, threads: Threads, file: URL) {
    const shared = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)
    this.#clock = clock
    this.#stop = new Int32Array(shared)
    this.#thread = threads.start(file, {
      stackMiB: limits.javascriptThreadStackMiB,
      heapMiB: limits.javascriptThreadHeapMiB,
      data: shared,
    })
    this.#thread.onMessage((message) => {
      this.#receive(message as SandboxAnswer | 'ready')
    })
    this.#thread.onEnd((reason) => {
      this.#isOver = true
      this.#finish({ kind: 'lost', reason })
    })
    this.#endAfter(limits.javascriptStartMsMax, 'the engine did not start')
  }

  get isOver(): boolean {
    return this.#isOver
  }

  run(call: SandboxCall, begun: () => void): Promise<ThreadAnswer> {
    assert(this.#settle === undefined, 'an engine runs one call at a time')
    assert(!this.#isOver, 'a thread that is over runs nothing')
    return new Promise((settle) => {
      this.#settle = settle
      this.#begin = () => {
        Atomics.store(this.#stop, 0, 0)
        this.#thread.post(call)
        begun()
      }
      if (this.#isReady) this.#beginNow()
    })
  }

  stop(): void {
    if (this.#begin) {
      this.#begin = undefined
      this.#finish({ kind: 'lines', answer: stoppedBefore })
    } else if (this.#settle && !this.#patience) {
      Atomics.store(this.#stop, 0, 1)
      this.#endAfter(limits.javascriptGraceMs, 'the engine did not stop')
    }
  }

  async end(reason: string): Promise<void> {
    this.#isOver = true
    this.#finish({ kind: 'lost', reason })
    await this.#thread.terminate()
  }

  #receive(message: SandboxAnswer | 'ready'): void {
    // A thread that has just been given up may still have something to say.
    if (this.#isOver) return
    this.#patience?.cancel()
    this.#patience = undefined
    if (message === 'ready') {
      this.#isReady = true
      this.#beginNow()
      return
    }
    if (!message.isFit) {
      this.#isOver = true
      void this.#thread.terminate()
    }
    this.#finish({ kind: 'lines', answer: message })
  }

  #beginNow(): void {
    const begin = this.#begin
    this.#begin = undefined
    begin?.()
  }

  #finish(answer: ThreadAnswer): void {
    const settle = this.#settle
    this.#settle = undefined
    this.#begin = undefined
    // While it starts, patience is with the thread and not with a call.
    if (this.#isReady || this.#isOver) {
      this.#patience?.cancel()
      this.#patience = undefined
    }
    settle?.(answer)
  }

  #endAfter(ms: number, reason: string): void {
    this.#patience = this.#clock.after(ms, () => {
      void this.end(reason)
    })
  }
}
