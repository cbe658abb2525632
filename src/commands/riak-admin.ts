/**
 * `riak-admin …`: asks the embedded node that runs on the data folder, and prints what it says.
 *
 *     riak-admin ──node.json──▶ control listener of the node ──▶ console
 *
 * The words are the node's; here are only those for a node that cannot be asked.
 */

import { connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import type { ConsoleAnswer } from '../embedded/console/answer.ts'
import { adminUsage } from '../embedded/console/usage.ts'
import { limits } from '../kernel/limits.ts'
import { CommandError } from './command-error.ts'
import { readEnvironment } from './environment.ts'
import type { Environment } from './environment.ts'
import { readNodeFile } from './node-file.ts'
import type { NodeFile } from './node-file.ts'

/** Beyond this an answer is none of ours. */
const answerBytesMax = 16_777_216

export interface AdminStreams {
  out(text: string): void
  err(text: string): void
}

const processStreams: AdminStreams = {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
}

/**
 * @param argv - without the runtime and the script.
 * @returns the exit code: 0 done, 1 failed or no node, 2 a wrong environment.
 */
export async function riakAdmin(
  argv: readonly string[],
  environmentOf: () => Environment = readEnvironment,
  streams: AdminStreams = processStreams,
): Promise<number> {
  const [first] = argv
  if (first === undefined || first === 'help' || first === '--help' || first === '-h') {
    streams.out(adminUsage)
    return first === undefined ? 1 : 0
  }
  try {
    const environment = environmentOf()
    if (environment.riakNodes !== undefined) {
      streams.err(`${notOurs(environment)}\n`)
      return 1
    }
    return await askUntilDone(environment.dataFolder, argv, streams)
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    streams.err(`riak-admin: ${error.message}\n`)
    return error.exitCode
  }
}

function notOurs({ riakAdmin: own }: Environment): string {
  const theirs = own === undefined ? 'the riak-admin of one of its nodes' : `\`${own}\``
  return (
    'riak-admin: RIAK_NODES is set, so the store is a Riak cluster of its own. ' +
    `This riak-admin manages embedded nodes only: use ${theirs}.`
  )
}

async function askUntilDone(
  dataFolder: string,
  argv: readonly string[],
  streams: AdminStreams,
): Promise<number> {
  const answer = await askNode(dataFolder, argv, (text) => {
    streams.out(text)
  })
  if (answer === undefined) {
    streams.out('Node is not running!\n')
    return 1
  }
  streams.out(answer.stdout)
  return answer.exitCode
}

/**
 * Puts the question to the node of this data folder, again where it says so.
 *
 * @param tell - what it says on the way.
 * @returns the last answer; undefined where no node answers.
 */
export async function askNode(
  dataFolder: string,
  argv: readonly string[],
  tell: (text: string) => void = () => undefined,
): Promise<ConsoleAnswer | undefined> {
  for (;;) {
    const file = await readNodeFile(dataFolder)
    const answer = file === undefined ? undefined : await ask(file, argv)
    if (answer?.retryAfterMs === undefined) return answer
    tell(answer.stdout)
    await setTimeout(answer.retryAfterMs)
  }
}

/** @returns undefined where nobody answers under this file's address and secret. */
function ask({ control }: NodeFile, argv: readonly string[]): Promise<ConsoleAnswer | undefined> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = []
    let bytes = 0
    const socket = connect({ host: control.host, port: control.port })
    // A little longer than the node itself waits, so that its own words come through.
    socket.setTimeout(limits.controlMsMax + 5_000, () => {
      socket.destroy()
    })
    socket.on('connect', () => {
      socket.write(`${JSON.stringify({ secret: control.secret, argv })}\n`)
    })
    socket.on('data', (piece: Buffer) => {
      pieces.push(piece)
      bytes += piece.length
      if (bytes > answerBytesMax) socket.destroy()
    })
    // What went wrong makes no difference: `close` follows, and nothing was answered.
    socket.on('error', () => undefined)
    socket.on('close', () => {
      resolve(parseAnswer(Buffer.concat(pieces).toString('utf8')))
    })
  })
}

function parseAnswer(line: string): ConsoleAnswer | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(line)
  } catch {
    return undefined
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined
  const { stdout, exitCode, retryAfterMs } = parsed as Readonly<Record<string, unknown>>
  if (typeof stdout !== 'string' || typeof exitCode !== 'number') return undefined
  return { stdout, exitCode, ...(typeof retryAfterMs === 'number' && { retryAfterMs }) }
}
