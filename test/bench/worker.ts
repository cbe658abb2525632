/**
 * A part of a measurement in a process of its own, so that load and floor share no event loop with each
 * other or with what is measured.
 *
 *     main: startWorker('http-load.ts') ── {id, name, args} ──▶ worker: answerParent({measure})
 *           call(…) ◀────────────────── {id, value | error} ──┘
 *
 * A worker ends with its parent: its channel closes, and then it exits.
 */

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

interface Call {
  readonly id: number
  readonly name: string
  readonly args: unknown
}

type Answer =
  { readonly id: number; readonly value: unknown } | { readonly id: number; readonly error: string }

/** The calls of a worker by name, each with what it takes and gives (JSON values). */
export type Calls = Readonly<Record<string, (args: never) => unknown>>

export interface Worker<C extends Calls> {
  readonly pid: number
  /** @throws Error what the worker threw, or that it ended. */
  call<N extends keyof C & string>(
    name: N,
    args: Parameters<C[N]>[0],
  ): Promise<Awaited<ReturnType<C[N]>>>
  readonly end: () => Promise<void>
}

/** @param file - beside this one. */
export function startWorker<C extends Calls>(file: string): Worker<C> {
  const path = fileURLToPath(new URL(file, import.meta.url))
  const child = fork(path, {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const waiting = new Map<number, { resolve: (value: never) => void; reject: (e: Error) => void }>()
  let next = 0
  child.on('message', (message: Answer) => {
    const call = waiting.get(message.id)
    waiting.delete(message.id)
    if ('error' in message) call?.reject(new Error(`${file}: ${message.error}`))
    else call?.resolve(message.value as never)
  })
  child.on('exit', (code, signal) => {
    const error = new Error(`${file} ended (${code ?? signal})`)
    for (const call of waiting.values()) call.reject(error)
    waiting.clear()
  })
  return {
    pid: child.pid ?? 0,
    call: (name, args) =>
      new Promise((resolve, reject) => {
        const id = next++
        waiting.set(id, { resolve, reject })
        child.send({ id, name, args } satisfies Call, (error) => {
          if (error !== null) reject(error)
        })
      }),
    end: () => endOf(child),
  }
}

async function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  if (child.connected) child.disconnect()
  // It exits when its channel closes; one that hangs is not waited for.
  const patience = setTimeout(() => child.kill('SIGKILL'), 5_000)
  await ended
  clearTimeout(patience)
}

/** In a worker's own file: what its parent may call. */
export function answerParent(calls: Calls): void {
  process.on('message', (call: Call) => {
    void answer(calls, call).then((answered) => process.send?.(answered))
  })
  process.on('disconnect', () => process.exit(0))
}

async function answer(calls: Calls, { id, name, args }: Call): Promise<Answer> {
  try {
    const run = calls[name]
    if (run === undefined) throw new Error(`no call named ${name}`)
    return { id, value: await run(args as never) }
  } catch (error) {
    return { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}
