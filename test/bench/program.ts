/** The built program as child processes: each in a data folder of its own, on free ports, ended by its pid. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root: string = fileURLToPath(new URL('../../', import.meta.url))
const program = join(root, 'bin/ringpost.js')
const startMsMax = 30_000
const stopMsMax = 15_000

/** What is measured is what is in the checkout: a build older than any source is made again. */
export function buildIfOld(tell: (text: string) => void): void {
  const built = join(root, 'dist/src/main.js')
  const builtAtMs = existsSync(built) ? statSync(built).mtimeMs : 0
  if (newest(['src', 'buckets', 'mapreduce']) <= builtAtMs) return
  tell('building')
  const build = spawnSync(process.execPath, [join(root, 'build.js')], { stdio: ['ignore', 2, 2] })
  if (build.status !== 0) throw new Error('the build failed: nothing is measured')
}

/** When the youngest source was changed, ms. */
function newest(folders: readonly string[]): number {
  const files = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(?:tsx?|js|erl|css)$/.test(file))
      .map((file) => join(root, folder, file)),
  )
  return files.reduce((most, file) => Math.max(most, statSync(file).mtimeMs), 0)
}

export interface Folder {
  readonly path: string
  readonly remove: () => void
}

export function freshFolder(name: string): Folder {
  const path = mkdtempSync(join(tmpdir(), `ringpost-bench-${name}-`))
  return {
    path,
    remove: () => {
      rmSync(path, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

export interface Program {
  readonly pid: number
  /** What it said so far on standard output and on standard error. */
  readonly output: () => string
  /** @throws Error with its output where it does not say so in time, or ends before. */
  readonly says: (pattern: RegExp, withinMs?: number) => Promise<RegExpExecArray>
  /** Asks it to stop as Ctrl-C does, and waits. Idempotent. */
  readonly stop: () => Promise<void>
  /** Waits until it ends. @throws Error with its output unless it ended with 0. */
  readonly done: () => Promise<void>
}

export interface StartOptions {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Write a CPU profile here when it ends. */
  readonly profileFolder?: string | undefined
}

/** Starts `ringpost ARGS`. */
export function startProgram({ args, env, profileFolder }: StartOptions): Program {
  const profiling =
    profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`]
  const child = spawn(process.execPath, [...profiling, program, ...args], {
    env: { PATH: process.env['PATH'] ?? '', NODE_ENV: 'production', LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const watched = watch(child, `ringpost ${args.join(' ')}`)
  return {
    pid: child.pid ?? 0,
    output: watched.output,
    says: watched.says,
    done: async () => {
      const code = await watched.ended
      if (code !== 0) throw watched.failure(`ended with ${code}`)
    },
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      const patience = setTimeout(() => child.kill('SIGKILL'), stopMsMax)
      await watched.ended
      clearTimeout(patience)
    },
  }
}

function watch(child: ChildProcess, name: string) {
  let output = ''
  const readers = new Set<() => void>()
  const inform = (): void => {
    for (const reader of readers) reader()
  }
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text
      inform()
    })
  }
  const ended = new Promise<number | string>((resolve) => {
    child.on('error', (error) => {
      resolve(error.message)
    })
    child.on('close', (code, signal) => {
      resolve(code ?? signal ?? 'unknown')
    })
  })
  const failure = (what: string): Error => new Error(`${name} ${what}:\n${output}`)
  const says = (pattern: RegExp, withinMs = startMsMax): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const settle = (end: () => void): void => {
        readers.delete(look)
        clearTimeout(patience)
        end()
      }
      const look = (): void => {
        const found = pattern.exec(output)
        if (found)
          settle(() => {
            resolve(found)
          })
      }
      const patience = setTimeout(() => {
        settle(() => {
          reject(failure(`did not say ${String(pattern)} in time`))
        })
      }, withinMs)
      readers.add(look)
      look()
      void ended.then((code) => {
        settle(() => {
          reject(failure(`ended with ${code}`))
        })
      })
    })
  return { output: () => output, ended, failure, says }
}

export interface Node extends Program {
  /** `host:port`, Protocol Buffers. */
  readonly address: string
}

/** `ringpost riak start` on free ports. @param dataFolder - its data, which it may already hold. */
export async function startNode(
  dataFolder: string,
  options: { readonly profileFolder?: string | undefined } = {},
): Promise<Node> {
  const started = startProgram({
    args: ['riak', 'start', '--storage-sync', 'off'],
    env: { RINGPOST_DATA: dataFolder, RINGPOST_PB_PORT: '0', RINGPOST_RIAK_HTTP_PORT: '0' },
    ...options,
  })
  await started.says(/is up/)
  return { ...started, address: nodeAddress(dataFolder) }
}

export interface Served extends Program {
  readonly url: string
  /** Of its own node: `host:port`, Protocol Buffers. */
  readonly address: string
}

/** `ringpost serve` on free ports. @param options.sync - `storage.sync`; default off. */
export async function startServe(
  dataFolder: string,
  options: {
    readonly profileFolder?: string | undefined
    readonly sync?: boolean
    readonly env?: Readonly<Record<string, string>>
  } = {},
): Promise<Served> {
  const started = startProgram({
    args: ['serve', '--storage-sync', options.sync === true ? 'on' : 'off'],
    env: {
      RINGPOST_DATA: dataFolder,
      PORT: '0',
      RINGPOST_PB_PORT: '0',
      RINGPOST_RIAK_HTTP_PORT: '0',
      ...options.env,
    },
    profileFolder: options.profileFolder,
  })
  const [, url = ''] = await started.says(/^Pages +(http:\S+)/m)
  return { ...started, url, address: nodeAddress(dataFolder) }
}

function nodeAddress(dataFolder: string): string {
  const text = readFileSync(join(dataFolder, 'riak/node.json'), 'utf8')
  const { pb } = JSON.parse(text) as { pb: { host: string; port: number } }
  return `${pb.host}:${pb.port}`
}
