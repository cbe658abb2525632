/**
 * `ringpost riak checkpoint PLACE`: a data folder of its own, as the running node's was at one moment.
 *
 *     ringpost riak checkpoint ──node.json──▶ control listener ──▶ copyDisk ──▶ PLACE.partial-<pid>/
 *                                                                                   │ whole, synced
 *                                                                                   ▼ rename
 *                                                                                 PLACE/
 *                                                                                   session-secret
 *                                                                                   riak/dev1/leveldb/
 *
 * LevelDB lets one process in, so the node itself writes the copy; where no node runs, this process does.
 * The search index and kept pages are not in it: a server makes them again.
 * Invariant: at PLACE stands a whole checkpoint, or what stood there before.
 */

import { copyFile, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'

import { copyDisk, type CheckpointSize } from '../embedded/checkpoint.ts'
import { failed, plain, type ConsoleAnswer } from '../embedded/console/answer.ts'
import type { Disk } from '../kernel/ports.ts'
import { syncFolder } from '../runtime/whole-file.ts'
import { CommandError } from './command-error.ts'
import { whenFolderIsFree } from './data-folder.ts'
import type { Environment } from './environment.ts'
import type { Machine } from './machine.ts'
import { isAlive, levelFolder, readNodeFile } from './node-file.ts'
import { askNode } from './riak-admin.ts'
import type { Terminal } from './terminal.ts'

/** What the data folder holds beside the store and cannot be made again. */
const companions = ['session-secret', 'no-account-yet']
/** How often whoever asked for a checkpoint asks whether it is done. */
const pollMs = 200
/** Written once, in order: little is gained by holding more. */
const writeBufferBytes = 8 * 1_048_576
/** Answers that nobody came for. */
const answersMax = 16

interface CheckpointSource {
  readonly disk: Disk
  readonly dataFolder: string
  readonly machine: Pick<Machine, 'openDisk' | 'clock'>
}

/** Checkpoints that a running node is asked for: begun by the first question, answered by a later one. */
export interface NodeCheckpoints {
  /** @param argv - `checkpoint PLACE ID`: an absolute path, and a word for this one alone. */
  readonly answer: (argv: readonly string[]) => ConsoleAnswer
}

export function nodeCheckpoints(source: CheckpointSource): NodeCheckpoints {
  const answers = new Map<string, ConsoleAnswer>()
  let running: { readonly id: string; readonly place: string } | undefined
  const begin = async (place: string): Promise<ConsoleAnswer> => {
    try {
      return plain(describe(place, await writeCheckpoint(place, source)))
    } catch (error) {
      if (error instanceof CommandError) return failed([error.message])
      return failed([notWritten(place, error)])
    }
  }
  return {
    answer: ([, place = '', id = '']) => {
      const known = answers.get(id)
      if (known !== undefined) {
        answers.delete(id)
        return known
      }
      if (running === undefined) {
        running = { id, place }
        void begin(place).then((said) => {
          running = undefined
          answers.set(id, said)
          const [oldest] = answers.keys()
          if (answers.size > answersMax && oldest !== undefined) answers.delete(oldest)
        })
      } else if (running.id !== id) {
        return failed([`a checkpoint is being written to ${running.place}: wait until it is done`])
      }
      return { stdout: '', exitCode: 0, retryAfterMs: pollMs }
    },
  }
}

/** @throws CommandError (1) where it cannot be written, (2) where PLACE is taken. */
export async function takeCheckpoint(
  place: string,
  { environment, machine }: { readonly environment: Environment; readonly machine: Machine },
  terminal: Terminal,
): Promise<void> {
  const { dataFolder, riakNodes } = environment
  if (riakNodes !== undefined) {
    throw new CommandError(
      'RIAK_NODES is set: the store is a cluster of its own. `ringpost export` copies a blog out of any store',
      2,
    )
  }
  const target = resolve(place)
  await judgePlace(target)
  if ((await readNodeFile(dataFolder)) !== undefined) {
    const id = Buffer.from(machine.dice.bytes(12)).toString('hex')
    const answer = await askNode(dataFolder, ['checkpoint', target, id])
    if (answer !== undefined) {
      show(answer, terminal)
      return
    }
  }
  const folder = levelFolder(dataFolder)
  if ((await stat(folder).catch(absent)) === undefined) {
    throw new CommandError(`there is no embedded store in the data folder ${dataFolder}`)
  }
  const disk = await whenFolderIsFree({
    environment,
    machine,
    tell: terminal.tell,
    serverPatienceMs: 0,
    attempt: () => machine.openDisk(folder),
  })
  try {
    const size = await writeCheckpoint(target, { disk, dataFolder, machine })
    terminal.print(describe(target, size))
  } catch (error) {
    if (error instanceof CommandError) throw error
    throw new CommandError(notWritten(target, error), 1, { cause: error })
  } finally {
    await disk.close()
  }
}

function show({ stdout, exitCode }: ConsoleAnswer, terminal: Terminal): void {
  const lines = stdout.trimEnd().split('\n')
  if (exitCode === 0) for (const line of lines) terminal.print(line)
  else throw new CommandError(lines.filter((line) => line !== 'error').join('\n'))
}

interface Written extends CheckpointSize {
  /** ISO 8601 UTC. */
  readonly takenAt: string
}

async function writeCheckpoint(place: string, source: CheckpointSource): Promise<Written> {
  await judgePlace(place)
  await clearAway(place)
  const partial = `${place}.partial-${process.pid}`
  const folder = levelFolder(partial)
  try {
    await mkdir(partial, { mode: 0o700 })
    await mkdir(folder, { recursive: true, mode: 0o700 })
    for (const name of companions) await copyCompanion(name, source.dataFolder, partial)
    const into = await source.machine.openDisk(folder, { writeBufferBytes })
    const takenAt = new Date(source.machine.clock.nowMs()).toISOString()
    const size = await copyDisk(source.disk, into).finally(() => into.close())
    await syncFolder(folder)
    await rename(partial, place)
    await syncFolder(dirname(place))
    return { ...size, takenAt }
  } catch (error) {
    await rm(partial, { recursive: true, force: true })
    throw error
  }
}

async function copyCompanion(name: string, from: string, to: string): Promise<void> {
  const path = join(to, name)
  const isThere = await copyFile(join(from, name), path).then(() => true, absent)
  if (isThere === undefined) return
  const handle = await open(path, 'r+')
  try {
    await handle.chmod(0o600)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** @throws CommandError (2) where something stands there, for nothing is written over, or nothing can. */
async function judgePlace(place: string): Promise<void> {
  const facts = await stat(place).catch(absent)
  if (facts === undefined) {
    const parent = dirname(place)
    if ((await stat(parent).catch(absent))?.isDirectory() === true) return
    throw new CommandError(`there is no folder ${parent} to put it in`, 2)
  }
  if (facts.isDirectory() && (await readdir(place)).length === 0) return
  throw new CommandError(`${place} is there already: name a place where nothing is`, 2)
}

/** What a process that was killed has left beside this place. */
async function clearAway(place: string): Promise<void> {
  const prefix = `${basename(place)}.partial-`
  const names = (await readdir(dirname(place)).catch(absent)) ?? []
  for (const name of names) {
    const pid = name.startsWith(prefix) ? name.slice(prefix.length) : ''
    if (!/^\d+$/.test(pid) || (Number(pid) !== process.pid && isAlive(Number(pid)))) continue
    await rm(join(dirname(place), name), { recursive: true, force: true })
  }
}

function describe(place: string, { records, bytes, takenAt }: Written): string {
  const size = `${records} records, ${(bytes / 1e6).toFixed(1)} MB`
  return `checkpoint of ${takenAt} in ${place} (${size}); a blog on it: RINGPOST_DATA=${place} ringpost serve`
}

function notWritten(place: string, error: unknown): string {
  const why = error instanceof Error ? error.message : String(error)
  return `the checkpoint ${place} could not be written, and nothing of it is left: ${why}`
}

function absent(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
  throw error
}
