/** Threads of the machine behind the port: workers of Node.js. */

import { Worker } from 'node:worker_threads'

import type { Thread, Threads } from '../kernel/ports.ts'

/**
 * Compiled files need nothing. Sources need a loader where the runtime does not strip types itself;
 * one that this process was started with is inherited.
 */
function argumentsFor(file: URL): readonly string[] {
  const stripsTypes = (process.features as { typescript?: unknown }).typescript
  const hasLoader = process.execArgv.some((each) => each.includes('tsx'))
  const needsLoader = file.pathname.endsWith('.ts') && !hasLoader
  if (!needsLoader || (stripsTypes !== undefined && stripsTypes !== false)) return process.execArgv
  return ['--import', 'tsx']
}

export function workerThreads(): Threads {
  return {
    start(file, { stackMiB, heapMiB, data }): Thread {
      const worker = new Worker(file, {
        execArgv: [...argumentsFor(file)],
        resourceLimits: { stackSizeMb: stackMiB, maxOldGenerationSizeMb: heapMiB },
        workerData: data,
      })
      let receive: ((message: unknown) => void) | undefined
      let ended: ((reason: string) => void) | undefined
      const end = (reason: string): void => {
        const tell = ended
        ended = undefined
        tell?.(reason)
      }
      worker.on('message', (message: unknown) => receive?.(message))
      worker.on('error', (error) => {
        end(error instanceof Error ? error.message : String(error))
      })
      worker.on('exit', (code) => {
        end(`the thread ended with ${code}`)
      })
      // Last: listening for messages takes hold of the process again.
      worker.unref()
      return {
        post: (message) => {
          worker.postMessage(message)
        },
        onMessage: (handler) => {
          receive = handler
        },
        onEnd: (handler) => {
          ended = handler
        },
        async terminate() {
          await worker.terminate()
        },
      }
    },
  }
}
