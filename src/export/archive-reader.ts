/**
 * An export as it lies on the disk: a folder or a zip. Files are asked for by the names that the export
 * itself gives; nothing is ever unpacked, and nothing outside of it is read.
 *
 *     folder   every part of a name is looked at: a link, or anything but a file, is refused
 *     zip      `zip-reader.ts`; one that a person has packed may have everything in a folder of its own
 */

import { constants } from 'node:fs'
import { lstat, open, realpath, stat } from 'node:fs/promises'
import { join, resolve, sep } from 'node:path'

import { limits } from '../kernel/limits.ts'
import { ArchiveError, chunksOf, type ArchiveReader } from './archive.ts'
import { isSafeName, manifestName } from './format.ts'
import { openZip, type ZipReader } from './zip-reader.ts'

/** @throws ArchiveError; the system's error where there is nothing at this path. */
export async function openArchive(path: string): Promise<ArchiveReader> {
  const facts = await stat(path)
  if (facts.isDirectory()) return folderReader(await realpath(path))
  if (facts.isFile()) return zippedReader(await openZip(path))
  throw new ArchiveError('it is neither a folder nor a file')
}

function folderReader(root: string): ArchiveReader {
  return {
    strange: [],
    async read(name) {
      if (!isSafeName(name)) throw new ArchiveError(`${JSON.stringify(name)} is no name of a file`)
      const path = join(root, ...name.split('/'))
      const found = await lstat(path).catch(absent)
      if (found === undefined) return undefined
      if (!found.isFile()) throw new ArchiveError(`${name} is not a regular file`)
      // A folder on the way may be a link as well.
      const real = await realpath(path)
      if (!real.startsWith(root.endsWith(sep) ? root : root + sep) || real !== resolve(path)) {
        throw new ArchiveError(`${name} is reached by a link`)
      }
      const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
      return chunksOf(handle.createReadStream({ highWaterMark: limits.exportBlockBytes }))
    },
    close: () => Promise.resolve(),
  }
}

function absent(error: unknown): undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
  throw error
}

function zippedReader(zip: ZipReader): ArchiveReader {
  const folder = exportFolder(zip) ?? ''
  return { strange: zip.strange, read: (name) => zip.read(folder + name), close: () => zip.close() }
}

/**
 * Where in a zip an export begins: `''`, or the one folder that whoever packed it by hand packed with it.
 *
 * @returns undefined where there is none.
 */
export function exportFolder({ files }: ZipReader): string | undefined {
  const manifests = files.filter(({ name }) => name.endsWith(manifestName))
  if (manifests.some(({ name }) => name === manifestName)) return ''
  const folders = manifests
    .map(({ name }) => name.slice(0, -manifestName.length))
    .filter((folder) => /^[^/]+\/$/.test(folder) && folder !== '__MACOSX/')
  return folders.length === 1 ? folders[0] : undefined
}
