/** The real program as a child process: started in a folder of its own, on ports of its own, ended by pid. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'

const root = new URL('../../', import.meta.url)
export const ringpost = new URL('bin/ringpost.js', root).pathname
export const riakAdmin = new URL('bin/riak-admin.js', root).pathname

const firstPort = 20_000
const portsEach = 400
const slices = 30
let step = 2 * Math.floor((Math.random() * portsEach) / 2)

/**
 * A port that was free a moment ago, and that nobody else takes meanwhile: below the range from which the system
 * gives ports to clients and to `listen(0)`, out of a slice that belongs to this worker alone, and not given twice
 * before the whole slice was. Always an even one: the one above it is for a program that takes two.
 */
export async function freePort(): Promise<number> {
  const slice = Number(process.env['VITEST_POOL_ID'] ?? 0) % slices
  for (let tried = 0; tried < portsEach; tried += 2) {
    step = (step + 2) % portsEach
    const port = firstPort + slice * portsEach + step
    if (await isFree(port)) return port
  }
  throw new Error(`no free port of ${portsEach} from ${firstPort + slice * portsEach}`)
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  const listening = once(server, 'listening')
  server.listen(port, '127.0.0.1')
  try {
    await listening
  } catch {
    return false
  }
  await new Promise((closed) => server.close(closed))
  return true
}

/** A base port whose node's two ports, 17 and 18 above it, were free a moment ago. */
export async function freeBasePort(): Promise<number> {
  for (;;) {
    const pbPort = await freePort()
    if (await isFree(pbPort + 1)) return pbPort - 17
  }
}

/** A fresh folder that the caller removes with `remove`. */
export function freshFolder(name: string): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), `ringpost-${name}-`))
  return {
    path,
    remove: () => {
      rmSync(path, { recursive: true, force: true })
    },
  }
}

export interface Stage {
  /** This test's own folder. */
  readonly path: () => string
  /** Where its data is. */
  readonly env: () => Record<string, string>
  /** Kills it when the test ends, if it still runs. */
  readonly remember: <T extends Run>(started: T) => T
  /** It was ended by the test. */
  readonly forget: (started: Run) => void
}

/** A folder and a list of processes for each test of a suite; both are gone after it. */
export function stage(name: string): Stage {
  let folder: ReturnType<typeof freshFolder> | undefined
  const alive = new Set<Run>()
  const path = (): string => {
    if (folder === undefined) throw new Error('the folder is there during a test only')
    return folder.path
  }
  beforeEach(() => {
    folder = freshFolder(name)
  })
  afterEach(async () => {
    for (const started of alive) await started.kill()
    alive.clear()
    folder?.remove()
  })
  return {
    path,
    env: () => ({ RINGPOST_DATA: join(path(), 'data') }),
    remember: (started) => {
      alive.add(started)
      return started
    },
    forget: (started) => {
      alive.delete(started)
    },
  }
}

/** Polls until `holds` is truthy; throws with `what` after `withinMs`. */
export async function until<T>(
  what: string,
  withinMs: number,
  holds: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  const deadline = performance.now() + withinMs
  let last: unknown
  for (;;) {
    try {
      const value = await holds()
      if (value !== undefined && value !== false) return value
    } catch (error) {
      last = error
    }
    if (performance.now() > deadline) {
      throw new Error(`not within ${withinMs} ms: ${what}`, { cause: last })
    }
    await new Promise((again) => setTimeout(again, 25))
  }
}

export interface Run {
  readonly child: ChildProcess
  readonly output: () => string
  readonly stdout: () => string
  /** Resolves with the exit code, or the signal's name. */
  readonly ended: Promise<number | string>
  kill(signal?: NodeJS.Signals): Promise<number | string>
}

/** Starts `ringpost ARGS` (or another script) with `env` added to a clean environment. */
export function run(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  options: { readonly script?: string; readonly input?: string } = {},
): Run {
  const child = spawn(process.execPath, [options.script ?? ringpost, ...args], {
    env: { PATH: process.env['PATH'] ?? '', NODE_ENV: 'production', LOG_LEVEL: 'warn', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stdin.end(options.input ?? '')
  let stdout = ''
  let both = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk
    both += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    both += chunk
  })
  const ended = new Promise<number | string>((resolve) => {
    child.on('close', (code, signal) => {
      resolve(code ?? signal ?? 'unknown')
    })
  })
  return {
    child,
    output: () => both,
    stdout: () => stdout,
    ended,
    kill: (signal = 'SIGKILL') => {
      child.kill(signal)
      return ended
    },
  }
}

/** Runs to the end. */
export async function runToEnd(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  options: { readonly script?: string; readonly input?: string } = {},
): Promise<{ code: number | string; stdout: string; output: string }> {
  const started = run(args, env, options)
  const code = await started.ended
  return { code, stdout: started.stdout(), output: started.output() }
}

/** Resident memory of a process now, MB; NaN once it is gone (Linux). */
export function residentMb(pid: number): number {
  if (!existsSync(`/proc/${pid}/status`)) return Number.NaN
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) / 1024
}

/** Watches a process until it ends. @returns a function that gives the highest it saw, MB. */
export function residentPeakMb(pid: number): () => number {
  let peak = 0
  const watch = setInterval(() => {
    const now = residentMb(pid)
    if (Number.isNaN(now)) clearInterval(watch)
    else peak = Math.max(peak, now)
  }, 50)
  return () => {
    clearInterval(watch)
    return peak
  }
}

export interface Served extends Run {
  readonly url: string
  readonly env: Readonly<Record<string, string>>
  readonly pbPort: number
}

/** `ringpost serve` until it answers `/healthz` and `/readyz`. */
export async function serve(env: Readonly<Record<string, string>>): Promise<Served> {
  const port = await freePort()
  const pbPort = await freePort()
  const all = {
    PORT: String(port),
    RINGPOST_PB_PORT: String(pbPort),
    RINGPOST_RIAK_HTTP_PORT: String(await freePort()),
    ...env,
  }
  const server = run(['serve'], all)
  const url = `http://127.0.0.1:${all.PORT}`
  await Promise.race([
    until(`${url} is ready`, 60_000, async () => (await fetch(`${url}/readyz`)).ok),
    server.ended.then((code) => {
      throw new Error(`serve ended with ${code}:\n${server.output()}`)
    }),
  ]).catch(async (error: unknown) => {
    await server.kill()
    throw new Error(`serve did not become ready:\n${server.output()}`, { cause: error })
  })
  return { ...server, url, env: all, pbPort }
}

/** A token from `ringpost token create`: the last line, alone. */
export async function createToken(
  env: Readonly<Record<string, string>>,
  scope: 'read' | 'write' | 'admin' = 'write',
): Promise<string> {
  const made = await runToEnd(['token', 'create', '--name', `test-${scope}`, '--scope', scope], env)
  const token = made.stdout.trimEnd().split('\n').at(-1) ?? ''
  if (made.code !== 0 || token === '') throw new Error(`token create: ${made.output}`)
  return token
}
