/**
 * Where an export is written to: a folder or a zip, file by file, in one order.
 *
 * This file and `archive-reader.ts`, `workspace.ts` are the export's only doors to the disk.
 *
 * Invariant: the same files in the same order make the same bytes, on every day and in every time zone.
 */

import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'
import { ZipFile } from 'yazl'

import { assert } from '../kernel/assert.ts'
import { isSafeName } from './format.ts'

export interface AddedFile {
  /** SHA-256, hex. */
  readonly hash: string
  readonly byteLength: number
}

export interface ArchiveWriter {
  /**
   * One at a time.
   *
   * @param options.isPacked - its bytes are compressed already: pictures, films.
   * @throws the system's error (a full disk, no permission), or that of `chunks`.
   */
  add(
    name: string,
    chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    options?: { readonly isPacked?: boolean },
  ): Promise<AddedFile>
  /** Everything is on the disk. */
  finish(): Promise<void>
  /** Closes what is open; what was written stays half-written. Idempotent. */
  abandon(): Promise<void>
}

/** What is larger is on the disk before the next file is begun; of small ones the system decides when. */
const syncedBytesMin = 1_048_576

/** @param folder - made, where it is not there. */
export function folderWriter(folder: string): ArchiveWriter {
  const made = new Set<string>()
  let isLastSynced = true
  let last = ''
  const add: ArchiveWriter['add'] = async (name, chunks) => {
    assert(isSafeName(name), 'an export names no file that a system could not keep')
    const path = join(folder, ...name.split('/'))
    if (!made.has(dirname(path))) {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      made.add(dirname(path))
    }
    const measured = measure(chunks)
    const handle = await open(path, 'wx', 0o600)
    try {
      for await (const chunk of measured.chunks) await handle.writeFile(chunk)
      const added = measured.result()
      isLastSynced = added.byteLength >= syncedBytesMin
      last = path
      if (isLastSynced) await handle.sync()
      return added
    } finally {
      await handle.close()
    }
  }
  return {
    add,
    finish: async () => {
      if (!isLastSynced) await syncFile(last)
      for (const path of made) await syncFolder(path)
    },
    abandon: () => Promise.resolve(),
  }
}

/** The earliest time that a zip can tell: files of an export have no time of their own. */
const noTime = new Date(1980, 0, 1)

/** @param path - of a file that is not there yet. */
export function zipWriter(path: string): ArchiveWriter {
  const zip = new ZipFile()
  const file = createWriteStream(path, { flags: 'wx', mode: 0o600 })
  let failure: { readonly error: unknown } | undefined
  let fail: (error: unknown) => void = () => undefined
  const writing = pipeline(zip.outputStream, file).catch((error: unknown) => {
    failure = { error }
    fail(error)
  })
  const add: ArchiveWriter['add'] = async (name, chunks, { isPacked = false } = {}) => {
    assert(isSafeName(name), 'an export names no file that a system could not keep')
    if (failure !== undefined) throw failure.error
    const measured = measure(chunks)
    const through = new PassThrough()
    zip.addReadStream(through, name, {
      mtime: noTime,
      mode: 0o100644,
      compress: !isPacked,
      forceDosTimestamp: true,
    })
    const feeding = pipeline(Readable.from(measured.chunks, { objectMode: false }), through)
    // A disk that fails ends the file, and nobody would take these bytes any more.
    const failing = new Promise<never>((_, reject) => {
      fail = reject
    })
    await Promise.race([feeding.then(() => finished(through)), failing])
    return measured.result()
  }
  return {
    add,
    finish: async () => {
      zip.end()
      await writing
      if (failure !== undefined) throw failure.error
      await syncFile(path)
    },
    abandon: async () => {
      file.destroy()
      await writing
    },
  }
}

function measure(chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): {
  readonly chunks: AsyncGenerator<Uint8Array>
  readonly result: () => AddedFile
} {
  const hash = createHash('sha256')
  let byteLength = 0
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      hash.update(chunk)
      byteLength += chunk.length
      yield chunk
    }
  }
  return { chunks: counted(), result: () => ({ hash: hash.digest('hex'), byteLength }) }
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r+')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } catch (error) {
    // Where folders cannot be synced, the system does it in its own time.
    if (!(error instanceof Error && 'code' in error && error.code === 'EINVAL')) throw error
  } finally {
    await handle.close()
  }
}
