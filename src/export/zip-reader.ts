/**
 * A zip whose files are read each through a stream of its own; nothing is ever unpacked to the disk.
 *
 *     directory at its end ──▶ names, each judged ──▶ files that can be asked for
 *                                      └─ leads out of the archive: named as strange, else left alone
 *     one file ──▶ yauzl: no more and no fewer bytes than the directory promised ──▶ its checksum
 *
 * Invariant: all files together are promised to be no more than `zipUnpackedRatioMax` allows, also where
 * several lie at the same place: what it costs to read them is bounded by what was sent.
 *
 * Source: APPNOTE.TXT 6.3.10 (PKWARE), 4.3, 4.4 and 4.5.3.
 */

import { crc32 } from 'node:zlib'
import { Entry, getFileNameLowLevel, openPromise, validateFileName, type ZipFile } from 'yauzl'

import { limits } from '../kernel/limits.ts'
import { ArchiveError, chunksOf, inWords, type ArchiveReader } from './archive.ts'

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
  try {
    zip = await openPromise(path, { lazyEntries: true, autoClose: false, decodeStrings: false })
  } catch (error) {
    throw inWords(error)
  }
  try {
    const { entries, strange } = await directoryOf(zip)
    return {
      strange,
      files: [...entries].map(([name, { uncompressedSize, compressedSize }]) => ({
        name,
        byteLength: uncompressedSize,
        packedBytes: compressedSize,
      })),
      read: async (name) => {
        const entry = entries.get(name)
        return entry === undefined ? undefined : readEntry(zip, name, entry)
      },
      close: () => {
        zip.close()
        return Promise.resolve()
      },
    }
  } catch (error) {
    zip.close()
    throw inWords(error)
  }
}

/** What reading a file needs: the rest of an entry is up to 192 KiB that a stranger chose. */
type Place = Pick<
  Entry,
  | 'compressedSize'
  | 'uncompressedSize'
  | 'compressionMethod'
  | 'crc32'
  | 'generalPurposeBitFlag'
  | 'relativeOffsetOfLocalHeader'
> & { readonly fault: 'a link' | 'twice' | undefined }

async function directoryOf(zip: ZipFile): Promise<{
  readonly entries: ReadonlyMap<string, Place>
  readonly strange: readonly string[]
}> {
  const entries = new Map<string, Place>()
  const strange = new StrangeNames()
  if (zip.entryCount > limits.exportFilesMax) {
    throw new ArchiveError(`it holds ${zip.entryCount} files, more than any export`)
  }
  let unpackedBytes = 0
  const unpackedBytesMax = zip.fileSize * limits.zipUnpackedRatioMax + limits.zipUnpackedFreeBytes
  for await (const entry of zip.eachEntry()) {
    unpackedBytes += entry.uncompressedSize
    if (unpackedBytes > unpackedBytesMax) {
      throw new ArchiveError(
        `it would unpack to more than ${limits.zipUnpackedRatioMax} times its size: no export does`,
      )
    }
    const { generalPurposeBitFlag, fileNameRaw, extraFields } = entry
    // Some programs write names with backslashes; they are read as slashes, and then judged.
    const name = getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, false)
    if (name.endsWith('/')) continue
    if (validateFileName(name) !== null) strange.add(name)
    else entries.set(name, placeOf(entry, entries.has(name)))
  }
  return { entries, strange: strange.told() }
}

function placeOf(entry: Entry, isThere: boolean): Place {
  return {
    compressedSize: entry.compressedSize,
    uncompressedSize: entry.uncompressedSize,
    compressionMethod: entry.compressionMethod,
    crc32: entry.crc32,
    generalPurposeBitFlag: entry.generalPurposeBitFlag,
    relativeOffsetOfLocalHeader: entry.relativeOffsetOfLocalHeader,
    fault: isThere ? 'twice' : isRegular(entry) ? undefined : 'a link',
  }
}

/** Only Unix says what kind of file it packed. */
function isRegular({ versionMadeBy, externalFileAttributes }: Entry): boolean {
  const kind = (externalFileAttributes >>> 16) & 0o170_000
  return versionMadeBy >>> 8 !== 3 || kind === 0 || kind === 0o100_000
}

async function readEntry(
  zip: ZipFile,
  name: string,
  { fault, ...place }: Place,
): Promise<AsyncIterable<Uint8Array>> {
  // Of two files of one name every program picks another one.
  if (fault === 'twice') throw new ArchiveError(`${name} is in it more than once`)
  if (fault === 'a link') throw new ArchiveError(`${name} is not a regular file`)
  const entry = Object.assign(new Entry(), place)
  if (entry.isEncrypted()) throw new ArchiveError(`${name} is encrypted`)
  try {
    return checked(name, place.crc32, chunksOf(await zip.openReadStreamPromise(entry)))
  } catch (error) {
    throw inWords(error)
  }
}

async function* checked(
  name: string,
  promised: number,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let sum = 0
  for await (const chunk of chunks) {
    sum = crc32(chunk, sum)
    yield chunk
  }
  if (sum !== promised) throw new ArchiveError(`${name} is damaged: its checksum is another one`)
}

/** The first of them by name, the others by number. */
class StrangeNames {
  readonly #sentences: string[] = []
  #count = 0

  add(name: string): void {
    this.#count += 1
    if (this.#count > limits.zipStrangeNamed) return
    const shown = JSON.stringify(name.slice(0, limits.zipStrangeChars))
    this.#sentences.push(`${shown}: a name that leads out of the archive; it was left alone`)
  }

  told(): readonly string[] {
    const more = this.#count - this.#sentences.length
    return more === 0 ? this.#sentences : [...this.#sentences, `${more} more names of this kind`]
  }
}
