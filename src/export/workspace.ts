/**
 * Where an export grows until it is whole: a folder beside the place it is for, renamed at the end.
 *
 *     blog.zip.partial/      made first, gone last: whoever is killed leaves it
 *       owner.json           whose it is: no other folder is ever removed
 *       whole                the zip or folder that is being written
 *       old                  what stood at the place, for the moment of the exchange
 *
 * Invariant: at the place stands a whole export or what stood there before; after a crash within the
 * exchange the next export puts the old one back before it begins.
 */

import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { z } from 'zod'

import { ArchiveError } from './archive.ts'
import { openArchive } from './archive-reader.ts'
import { manifestName, readManifest, type Manifest } from './format.ts'
import { textOf } from './lines.ts'

export interface Workspace {
  /** Nothing is there yet: the export is to be written here. */
  readonly whole: string
  /** For files of its own; gone at the end. */
  readonly folder: string
  /** Puts the whole export in its place. */
  publish(): Promise<void>
  /** Removes everything. Idempotent. */
  discard(): Promise<void>
}

/** The place cannot take an export: the message says why, and what to do. */
export class PlaceTakenError extends Error {
  override readonly name = 'PlaceTakenError'
}

const ownerSchema = z.looseObject({ pid: z.int().min(1) })

/**
 * @param options.replace - an older export at the place may go.
 * @throws PlaceTakenError; the system's error where the folder cannot be written.
 */
export async function openWorkspace(
  place: string,
  options: { readonly replace: boolean; readonly pid: number },
): Promise<Workspace> {
  const target = resolve(place)
  const folder = join(dirname(target), `${basename(target)}.partial`)
  const whole = join(folder, 'whole')
  const old = join(folder, 'old')
  await clearAway(folder, target)
  const isReplacing = await judgePlace(target, place, options.replace)
  await mkdir(dirname(target), { recursive: true })
  await mkdir(folder, { mode: 0o700 })
  await writeFile(join(folder, 'owner.json'), `${JSON.stringify({ pid: options.pid })}\n`)
  const discard = (): Promise<void> => rm(folder, { recursive: true, force: true })
  return {
    whole,
    folder,
    discard,
    publish: async () => {
      // An empty folder that was made for it goes without a word.
      if (isReplacing !== 'nothing') await rename(target, old)
      await rename(whole, target)
      await discard()
    },
  }
}

/** What an export that was killed has left. */
async function clearAway(folder: string, target: string): Promise<void> {
  const names = await readdir(folder).catch(absent)
  if (names === undefined) return
  const owner = await readFile(join(folder, 'owner.json'), 'utf8').then(parseOwner, () => undefined)
  if (owner === undefined && names.length > 0) {
    throw new PlaceTakenError(
      `${folder} is in the way, and no export has left it: move it elsewhere`,
    )
  }
  if (owner !== undefined && owner !== process.pid && isAlive(owner)) {
    throw new PlaceTakenError(
      `process ${owner} is writing an export there: wait until it has ended`,
    )
  }
  const isTargetGone = (await stat(target).catch(absent)) === undefined
  if (names.includes('old') && isTargetGone) await rename(join(folder, 'old'), target)
  await rm(folder, { recursive: true, force: true })
}

/** @returns what is there now. @throws PlaceTakenError where it must stay. */
async function judgePlace(
  target: string,
  place: string,
  replace: boolean,
): Promise<'nothing' | 'an empty folder' | 'an export'> {
  const facts = await stat(target).catch(absent)
  if (facts === undefined) return 'nothing'
  if (facts.isDirectory() && (await readdir(target)).length === 0) return 'an empty folder'
  const there = await exportAt(target)
  if (there === undefined) {
    throw new PlaceTakenError(`${place} is there and is no export: name another place`)
  }
  if (!replace) {
    throw new PlaceTakenError(
      `${place} is an export of ${there.begunAt}: name another place, or replace it by --replace`,
    )
  }
  return 'an export'
}

async function exportAt(target: string): Promise<Manifest | undefined> {
  try {
    const archive = await openArchive(target)
    try {
      const chunks = await archive.read(manifestName)
      if (chunks === undefined) return undefined
      const read = readManifest(await textOf(chunks))
      return read.kind === 'manifest' ? read.manifest : undefined
    } finally {
      await archive.close()
    }
  } catch (error) {
    if (error instanceof ArchiveError) return undefined
    throw error
  }
}

function parseOwner(text: string): number | undefined {
  try {
    const parsed = ownerSchema.safeParse(JSON.parse(text))
    return parsed.success ? parsed.data.pid : undefined
  } catch {
    return undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

function absent(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
  throw error
}
