/** Threads of the machine behind the port: workers of Node.js. */

import { Worker } from 'node:worker_threads'

import type { Thread, Threads } from '../kernel/ports.ts'

/**
 * Compiled files run as they are. Sources need a loader where the runtime does not strip types itself;
 * threads do not inherit one, so the thread registers it before it imports its program.
 */
function programOf(file: URL): URL {
  const { typescript } = process.features as { typescript?: unknown }
  const stripsTypes = typescript !== undefined && typescript !== false
  if (!file.pathname.endsWith('.ts') || stripsTypes) return file
  const loader = import.meta.resolve('tsx/esm/api')
  const steps = `import { register } from ${JSON.stringify(loader)}
    register()
    await import(${JSON.stringify(file.href)})`
  return new URL(`data:text/javascript,${encodeURIComponent(steps)}`)
}

export function workerThreads(): Threads {
  return {
    start(file, { stackMiB, heapMiB, data }): Thread {
      const worker = new Worker(programOf(file), {
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
