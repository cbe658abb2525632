/**
 * One data folder, many processes: LevelDB's lock lets one in, the others learn here who has it and wait
 * where waiting helps.
 */

import { OperationError } from '../kernel/errors.ts'
import { CommandError } from './command-error.ts'
import type { Environment } from './environment.ts'
import type { Machine } from './machine.ts'
import { readNodeFile, type NodeFile } from './node-file.ts'

export interface FolderRequest<T> {
  readonly environment: Environment
  readonly machine: Machine
  readonly tell: (text: string) => void
  /** Tried again while another process has the folder. */
  readonly attempt: () => Promise<T>
  /** How long a server's node may keep us waiting; 0: it will not go away. */
  readonly serverPatienceMs: number
}

const lookAgainMs = 50
/** A command ends by itself: an import may take its time. */
const commandPatienceMs = 60_000
/** Nobody says that they have it: a process that is just starting, or just ending. */
const unknownPatienceMs = 10_000

/** @throws CommandError that says who has the folder and what to do. */
export async function whenFolderIsFree<T>(request: FolderRequest<T>): Promise<T> {
  const { environment, machine, tell } = request
  const since = machine.clock.monotonicMs()
  let isTold = false
  for (;;) {
    let locked: unknown
    try {
      return await request.attempt()
    } catch (error) {
      if (!isLocked(error)) throw error
      locked = error
    }
    const holder = await readNodeFile(environment.dataFolder)
    const patienceMs =
      holder === undefined
        ? unknownPatienceMs
        : holder.lifetime === 'command'
          ? commandPatienceMs
          : request.serverPatienceMs
    if (machine.clock.monotonicMs() - since >= patienceMs) throw taken(environment, holder, locked)
    if (!isTold && holder?.lifetime === 'command') {
      tell(`Waiting for ${holder.program} (process ${holder.pid}), which has the data folder.`)
      isTold = true
    }
    await new Promise<void>((resolve) => setTimeout(resolve, lookAgainMs))
  }
}

function isLocked(error: unknown): boolean {
  return error instanceof OperationError && error.code === 'BLOG_UNAVAILABLE'
}

function taken({ dataFolder }: Environment, holder: NodeFile | undefined, cause: unknown) {
  const who = holder === undefined ? 'another process' : `${holder.program} (process ${holder.pid})`
  return new CommandError(
    `the data folder ${dataFolder} is in use by ${who}: ` +
      'stop it, wait until it has ended, or set RINGPOST_DATA to another folder',
    1,
    { cause },
  )
}
