/** From arguments to an exit code: every error becomes one clear sentence on stderr. */

import { readFileSync } from 'node:fs'
import { CommanderError } from 'commander'
import { StoreError } from '../kernel/errors.ts'
import { CommandError } from './command-error.ts'
import { createProgram } from './program.ts'
import { systemTerminal, type Terminal } from './terminal.ts'

/** 0 done, 1 refused or failed, 2 called or configured wrongly. */
export type Ended = 0 | 1 | 2

/** @param args - without the runtime and the script. */
export async function runProgram(
  args: readonly string[],
  terminal: Terminal = systemTerminal(),
): Promise<Ended> {
  // The ports' timers keep no process alive: without this, a command that only waits would just end.
  const alive = setInterval(() => undefined, 2 ** 30)
  try {
    await createProgram(terminal, packageVersion()).parseAsync(args, { from: 'user' })
    return 0
  } catch (error) {
    // Commander has said what was wrong, or shown the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    tellOf(error, terminal)
    return error instanceof CommandError ? error.exitCode : 1
  } finally {
    clearInterval(alive)
  }
}

/** The process's own edges: a reader that went away (`| head`), and errors that nobody awaited. */
export function guardProcess(terminal: Terminal = systemTerminal()): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
      process.exit(0)
    })
  }
  process.on('uncaughtException', (error) => {
    tellOf(error, terminal)
    process.exit(1)
  })
}

function tellOf(error: unknown, terminal: Terminal): void {
  terminal.tell(sentenceOf(error))
  if (process.env['LOG_LEVEL'] === 'debug' && error instanceof Error) {
    terminal.tell(error.stack ?? '')
  }
}

function sentenceOf(error: unknown): string {
  if (error instanceof CommandError) {
    return error.message
      .split('\n')
      .map((line) => `ringpost: ${line}`)
      .join('\n')
  }
  if (error instanceof StoreError) {
    const advice = error.code === 'BLOG_NO_BUCKET_TYPE' ? '; what to do: ringpost doctor' : ''
    return `ringpost: ${error.message} (${error.code})${advice}`
  }
  const message = error instanceof Error ? error.message : String(error)
  const hint = 'LOG_LEVEL=debug shows where it happened'
  return `ringpost: something that should not happen: ${message.split('\n', 1)[0] ?? ''} (${hint})`
}

/** From package.json beside `dist`, or beside `src` when run from the sources. */
export function packageVersion(): string {
  for (const up of ['../../package.json', '../../../package.json']) {
    try {
      const read: unknown = JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8'))
      if (typeof read === 'object' && read !== null && 'version' in read) {
        return String(read.version)
      }
    } catch {
      // Not there: the other place.
    }
  }
  return 'unknown'
}
