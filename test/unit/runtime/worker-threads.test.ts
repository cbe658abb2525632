import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import type { Thread } from '../../../src/kernel/ports.ts'
import { workerThreads } from '../../../src/runtime/worker-threads.ts'

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ringpost-threads-'))
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

function start(program: string, data?: unknown, name = 'program.mjs'): Thread {
  const file = join(folder, name)
  writeFileSync(file, `import { parentPort, workerData } from 'node:worker_threads'\n${program}`)
  return workerThreads().start(pathToFileURL(file), { stackMiB: 4, heapMiB: 64, data })
}

const nextMessage = (thread: Thread): Promise<unknown> =>
  new Promise((resolve) => {
    thread.onMessage(resolve)
  })
const end = (thread: Thread): Promise<string> =>
  new Promise((resolve) => {
    thread.onEnd(resolve)
  })

describe('a thread', () => {
  test('is handed its data, and answers', async () => {
    const thread = start(
      `parentPort.on('message', (n) => parentPort.postMessage(n + workerData))`,
      2,
    )
    const answer = nextMessage(thread)
    thread.post(40)
    expect(await answer).toBe(42)
    await thread.terminate()
  })

  test('runs a program in TypeScript', async () => {
    const program = `const words: string = 'typed'\nparentPort?.postMessage(words)`
    const thread = start(program, undefined, 'program.ts')
    expect(await nextMessage(thread)).toBe('typed')
    await thread.terminate()
  })

  test('that breaks says so once, and why', async () => {
    const thread = start(`throw new Error('broken')`)
    expect(await end(thread)).toBe('broken')
    await thread.terminate()
  })

  test('whose program is not there breaks', async () => {
    const missing = pathToFileURL(join(folder, 'missing.mjs'))
    const thread = workerThreads().start(missing, { stackMiB: 4, heapMiB: 64, data: undefined })
    expect(await end(thread)).toMatch(/missing\.mjs/)
  })

  test('wants no more heap than it may have: it ends, the process does not', async () => {
    const thread = start(`const kept = []; for (;;) kept.push(new Array(1e5).fill(kept.length))`)
    expect(await end(thread)).toMatch(/memory/)
  })

  test('is ended in the midst of an endless loop', async () => {
    const thread = start(`parentPort.postMessage('on'); for (;;);`)
    const ended = end(thread)
    await nextMessage(thread)
    await Promise.all([thread.terminate(), thread.terminate()])
    expect(await ended).toBe('the thread ended with 1')
  })
})
