/** The thread's side of `engine-thread.ts`: one call in, its lines out. */

import { setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'

import { openSandbox } from './sandbox.ts'
import type { SandboxCall } from './sandbox.ts'

/** Foreign code yields to the threads that serve. */
const niceness = 5

function yieldToOthers(): void {
  // Elsewhere a priority is the whole process's.
  if (process.platform !== 'linux') return
  try {
    setPriority(0, niceness)
  } catch {
    // Forbidden here: the system shares evenly.
  }
}

const port = parentPort
// Written by the other side: 1 says stop. The clock is there as well.
const stop = new Int32Array(workerData as SharedArrayBuffer)

yieldToOthers()
const sandbox = await openSandbox()
port?.on('message', (call: SandboxCall) => {
  port.postMessage(sandbox.run(call, () => Atomics.load(stop, 0) === 1))
})
port?.postMessage('ready')
