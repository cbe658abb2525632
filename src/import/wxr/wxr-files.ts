/**
 * The XML files of an export as they come: one `.xml`, one packed by gzip, or the `.zip` of wordpress.com with
 * several of them, which are one blog.
 *
 * Invariant: nothing is unpacked but into a stream, and a file that unpacks to more than
 * `wxrPackedRatioMax` times its size is given up.
 */

import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import { ArchiveError } from '../../export/archive.ts'
import { openZip, type ZipReader } from '../../export/zip-reader.ts'
import { limits } from '../../kernel/limits.ts'
import { SourceError } from '../brought.ts'

export interface WxrFile {
  readonly name: string
  /** Where it is packed, about. */
  readonly byteLength: number
  /** @throws SourceError where it is damaged. */
  chunks(): AsyncIterable<Uint8Array>
}

/** In the order of their names: WordPress numbers them. @throws SourceError; the system's where there is none. */
export async function wxrFiles(path: string): Promise<readonly WxrFile[]> {
  const beginning = await firstBytes(path)
  const { size } = await stat(path)
  if (beginning.startsWith('PK\x03\x04') || beginning.startsWith('PK\x05\x06')) return ofZip(path)
  const isPacked = beginning.startsWith('\x1f\x8b')
  const plain = (): AsyncIterable<Uint8Array> => createReadStream(path, { highWaterMark: 262_144 })
  const chunks = (): AsyncIterable<Uint8Array> => (isPacked ? unpacked(path, size) : plain())
  return [{ name: path, byteLength: isPacked ? size * usualRatio : size, chunks }]
}

/** What gzip makes of XML. */
const usualRatio = 6

async function firstBytes(path: string): Promise<string> {
  const handle = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0)
    return buffer.subarray(0, bytesRead).toString('latin1')
  } finally {
    await handle.close()
  }
}

async function* unpacked(path: string, size: number): AsyncGenerator<Uint8Array> {
  const file = createReadStream(path)
  const gunzip = createGunzip({ chunkSize: 262_144 })
  file.on('error', (error) => gunzip.destroy(error))
  file.pipe(gunzip)
  try {
    yield* bounded(path, gunzip, size)
  } finally {
    file.destroy()
    gunzip.destroy()
  }
}

/** A stream that ends too soon ends there: what came before is an export that is cut off. */
async function* bounded(
  name: string,
  chunks: AsyncIterable<unknown>,
  packedBytes: number,
): AsyncGenerator<Uint8Array> {
  let bytes = 0
  try {
    for await (const chunk of chunks) {
      bytes += (chunk as Uint8Array).length
      if (bytes > packedBytes * limits.wxrPackedRatioMax + limits.wxrItemCharsMax) {
        throw new SourceError(
          `${name} unpacks to more than ${limits.wxrPackedRatioMax} times its size: it is no export`,
        )
      }
      yield chunk as Uint8Array
    }
  } catch (error) {
    if (error instanceof SourceError || bytes === 0) throw asSourceError(name, error)
  }
}

function asSourceError(name: string, error: unknown): SourceError {
  if (error instanceof SourceError) return error
  const message = error instanceof Error ? error.message : String(error)
  return new SourceError(`${name} cannot be unpacked: ${message}`, { cause: error })
}

async function ofZip(path: string): Promise<readonly WxrFile[]> {
  const zip = await zipAt(path)
  await zip.close()
  const [strange] = zip.strange
  if (strange !== undefined) throw new SourceError(`${path}: ${strange}`)
  const wanted = zip.files
    .filter(({ name }) => /\.xml$/i.test(name) && !/(?:^|\/)(?:__MACOSX\/|\.)/.test(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  if (wanted.length === 0) throw new SourceError(`${path} has no .xml file in it`)
  return wanted.map(({ name, byteLength, packedBytes }) => ({
    name: `${path}: ${name}`,
    byteLength,
    chunks: async function* () {
      const opened = await zipAt(path)
      try {
        const chunks = await opened.read(name)
        if (chunks !== undefined) yield* bounded(name, chunks, packedBytes)
      } finally {
        await opened.close()
      }
    },
  }))
}

async function zipAt(path: string): Promise<ZipReader> {
  try {
    return await openZip(path)
  } catch (error) {
    throw error instanceof ArchiveError
      ? new SourceError(`${path}: ${error.message}`, { cause: error })
      : error
  }
}
