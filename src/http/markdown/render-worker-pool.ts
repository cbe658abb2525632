/**
 * Long texts, rendered beside the event loop: 850 kB of Markdown take a third of a second, and a
 * hostile text may take any time; no reader waits for either.
 *
 * One worker, started at the first long text, ended when a text takes too long; it never keeps the
 * process alive. Texts are rendered one after another. Where no worker can be started at all (sources
 * run without a loader), texts are rendered here after all: late is better than raw.
 */

import { Worker } from 'node:worker_threads'

import { limits } from '../../kernel/limits.ts'
import type { Clock, Log, Timer } from '../../kernel/ports.ts'
import { renderPostMarkdown } from './markdown.ts'

interface Job {
  readonly source: string
  readonly resolve: (html: string) => void
  readonly reject: (error: Error) => void
}

/** `id` 0: the worker has started. */
interface Answer {
  readonly id: number
  readonly html?: string
  readonly error?: string
}

export interface RenderWorker {
  /** @throws Error where the text takes too long or the renderer fails on it. */
  render(source: string): Promise<string>
  /** Ends the worker; what is not rendered yet, and what comes later, is refused. Idempotent. */
  close(): Promise<void>
}

/** Compiled, the worker stands beside this file as JavaScript; from sources, as TypeScript. */
const workerFile = new URL(
  import.meta.url.endsWith('.ts') ? './render-worker.ts' : './render-worker.js',
  import.meta.url,
)

const closedError = (): Error => new Error('the renderer is closed')

export function createRenderWorker(
  deps: { readonly clock: Clock; readonly log: Log },
  options: { readonly msMax?: number; readonly file?: URL } = {},
): RenderWorker {
  const { msMax = limits.renderWorkerMsMax, file = workerFile } = options
  const waiting: Job[] = []
  let current: { readonly id: number; readonly job: Job; readonly timer: Timer } | undefined
  let worker: Worker | undefined
  let hasEverStarted = false
  let isUnusable = false
  let isClosed = false
  let lastId = 0

  function finish(settle: (job: Job) => void): void {
    if (!current) return
    const { job, timer } = current
    current = undefined
    timer.cancel()
    settle(job)
    next()
  }

  function renderHere(job: Job): void {
    try {
      job.resolve(renderPostMarkdown(job.source))
    } catch (error) {
      job.reject(error instanceof Error ? error : new Error(String(error)))
    }
  }

  function discard(failed: Worker, reason: string): void {
    if (worker !== failed) return
    worker = undefined
    void failed.terminate()
    if (!hasEverStarted) {
      isUnusable = true
      deps.log.write('debug', 'long texts are rendered without a worker', { reason })
      finish(renderHere)
      return
    }
    finish((job) => {
      job.reject(new Error(reason))
    })
  }

  function start(): Worker {
    const started = new Worker(file, {
      // A text of 1 MB needs about 60 MB; a runaway one ends with its worker, not with us.
      resourceLimits: { maxOldGenerationSizeMb: 256 },
    })
    started.on('message', (answer: Answer) => {
      hasEverStarted = true
      if (answer.id !== current?.id) return
      finish((job) => {
        if (answer.html !== undefined) job.resolve(answer.html)
        else job.reject(new Error(answer.error ?? 'no answer'))
      })
    })
    started.on('error', (error) => {
      discard(started, error instanceof Error ? error.message : String(error))
    })
    started.on('exit', () => {
      discard(started, 'the renderer ended')
    })
    // Last: listening for messages takes hold of the process again.
    started.unref()
    return started
  }

  function next(): void {
    const job = current ? undefined : waiting.shift()
    if (!job) return
    if (isUnusable) {
      renderHere(job)
      next()
      return
    }
    const running = (worker ??= start())
    const id = ++lastId
    const timer = deps.clock.after(msMax, () => {
      discard(running, `not rendered within ${msMax} ms`)
    })
    current = { id, job, timer }
    running.postMessage({ id, source: job.source })
  }

  return {
    render: (source) =>
      new Promise((resolve, reject) => {
        if (isClosed) {
          reject(closedError())
          return
        }
        waiting.push({ source, resolve, reject })
        next()
      }),
    async close() {
      isClosed = true
      const ending = worker
      worker = undefined
      for (const job of waiting.splice(0)) job.reject(closedError())
      finish((job) => {
        job.reject(closedError())
      })
      await ending?.terminate()
    },
  }
}
