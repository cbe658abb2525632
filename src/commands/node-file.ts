/**
 * Where a running embedded node can be found: `<RINGPOST_DATA>/riak/node.json`, readable by its owner only.
 *
 * The node's process writes it when it listens and removes it when it stops. A process that was killed
 * leaves it behind: a file whose process is gone, or does not answer under that name, is no node.
 */

import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

export interface NodeFile {
  readonly pid: number
  /** e.g. `dev1@127.0.0.1`. */
  readonly name: string
  /** `server`: lives until it is stopped; `command`: ends with the command that started it. */
  readonly lifetime: 'server' | 'command'
  /** What runs it, e.g. `ringpost import`. */
  readonly program: string
  readonly pb: { readonly host: string; readonly port: number }
  /** Absent where it answers no HTTP: the node of a single command. */
  readonly http?: { readonly host: string; readonly port: number }
  readonly control: { readonly host: string; readonly port: number; readonly secret: string }
}

const address = { host: z.string(), port: z.number().int().min(1).max(65_535) }
const schema: z.ZodType<NodeFile> = z.object({
  pid: z.number().int().min(1),
  name: z.string().min(1),
  lifetime: z.enum(['server', 'command']).default('server'),
  program: z.string().default('ringpost'),
  pb: z.object(address),
  http: z.object(address).exactOptional(),
  control: z.object({ ...address, secret: z.string().min(1) }),
})

/** The folder of the embedded node(s), below the data folder. */
export function riakFolder(dataFolder: string): string {
  return join(dataFolder, 'riak')
}

/** Where node 1, the only one, keeps what it stores. */
export function levelFolder(dataFolder: string): string {
  return join(riakFolder(dataFolder), 'dev1', 'leveldb')
}

const fileOf = (dataFolder: string): string => join(riakFolder(dataFolder), 'node.json')

/** @returns undefined where no living process has left a readable file. */
export async function readNodeFile(dataFolder: string): Promise<NodeFile | undefined> {
  let text: string
  try {
    text = await readFile(fileOf(dataFolder), 'utf8')
  } catch {
    return undefined
  }
  const parsed = schema.safeParse(parseJson(text))
  return parsed.success && isAlive(parsed.data.pid) ? parsed.data : undefined
}

/** Whole or not at all: written beside, then renamed. */
export async function writeNodeFile(dataFolder: string, content: NodeFile): Promise<void> {
  await mkdir(riakFolder(dataFolder), { recursive: true, mode: 0o700 })
  const beside = `${fileOf(dataFolder)}.${content.pid}`
  const handle = await open(beside, 'w', 0o600)
  try {
    await handle.writeFile(`${JSON.stringify(content)}\n`)
  } finally {
    await handle.close()
  }
  await rename(beside, fileOf(dataFolder))
}

/** Removes our own file; another process may have taken the folder over. */
export async function removeNodeFile(dataFolder: string, pid: number): Promise<void> {
  const there = await readFile(fileOf(dataFolder), 'utf8').catch(() => '')
  const parsed = schema.safeParse(parseJson(there))
  if (parsed.success && parsed.data.pid === pid) await rm(fileOf(dataFolder), { force: true })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Whether a process of that number runs, whoever's it is. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // It lives, under another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
