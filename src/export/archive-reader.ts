/**
 * An export as it lies on the disk: a folder or a zip. Files are asked for by the names that the export
 * itself gives; nothing is ever unpacked, and nothing outside of it is read.
 *
 *     folder   every part of a name is looked at: a link, or anything but a file, is refused
 *     zip      the directory at its end is read, and each file through its own stream; what a stream
 *              gives is counted against what the directory promised, by `yauzl`
 */

import { constants } from 'node:fs'
import { lstat, open, realpath, stat } from 'node:fs/promises'
import { join, resolve, sep } from 'node:path'
import { openPromise, type Entry, type ZipFile } from 'yauzl'

import { limits } from '../kernel/limits.ts'
import { isSafeName } from './format.ts'

export interface ArchiveReader {
  /**
   * @returns undefined where there is no such file.
   * @throws ArchiveError
   */
  read(name: string): Promise<AsyncIterable<Uint8Array> | undefined>
  close(): Promise<void>
}

/** It cannot be read as it is: the message says what is wrong with it, for people. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError'
}

/** @throws ArchiveError; the system's error where there is nothing at this path. */
export async function openArchive(path: string): Promise<ArchiveReader> {
  const facts = await stat(path)
  if (facts.isDirectory()) return folderReader(await realpath(path))
  if (facts.isFile()) return openZip(path)
  throw new ArchiveError('it is neither a folder nor a file')
}

function folderReader(root: string): ArchiveReader {
  return {
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

export interface ZipReader extends ArchiveReader {
  /** As the directory at its end names them. */
  readonly files: readonly {
    readonly name: string
    readonly byteLength: number
    readonly packedBytes: number
  }[]
}

/** @throws ArchiveError */
export async function openZip(path: string): Promise<ZipReader> {
  let zip: ZipFile
  const entries = new Map<string, Entry>()
  try {
    zip = await openPromise(path, { lazyEntries: true, autoClose: false, strictFileNames: true })
  } catch (error) {
    throw inWords(error)
  }
  try {
    if (zip.entryCount > limits.exportFilesMax) {
      throw new ArchiveError(`it holds ${zip.entryCount} files, more than any export`)
    }
    for await (const entry of zip.eachEntry()) {
      if (!entry.fileName.endsWith('/')) entries.set(entry.fileName, entry)
    }
  } catch (error) {
    zip.close()
    throw inWords(error)
  }
  return {
    files: [...entries].map(([name, { uncompressedSize, compressedSize }]) => ({
      name,
      byteLength: uncompressedSize,
      packedBytes: compressedSize,
    })),

    async read(name) {
      const entry = entries.get(name)
      if (entry === undefined) return undefined
      if (entry.isEncrypted()) throw new ArchiveError(`${name} is encrypted`)
      try {
        return chunksOf(await zip.openReadStreamPromise(entry))
      } catch (error) {
        throw inWords(error)
      }
    },
    close: () => {
      zip.close()
      return Promise.resolve()
    },
  }
}

/** What goes wrong while it is read is a fault of the archive, or of the disk below it. */
async function* chunksOf(stream: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of stream) yield chunk as Uint8Array
  } catch (error) {
    throw inWords(error)
  }
}

function inWords(error: unknown): Error {
  if (!(error instanceof Error)) return new ArchiveError(String(error))
  if (error instanceof ArchiveError) return error
  const { message } = error
  if (/central directory|end of file|unexpected EOF|truncated/i.test(message)) {
    return new ArchiveError(`it is no whole zip file (${message}): was it copied to its end?`, {
      cause: error,
    })
  }
  return new ArchiveError(`it cannot be read (${message})`, { cause: error })
}
