/**
 * An export of our own, opened for reading: which it is, and whether its files are as they were written.
 *
 * Invariant: names of files come from its list of sums alone, and each is judged before it is asked for.
 */

import { createHash } from 'node:crypto'

import { ArchiveError, type ArchiveReader } from '../../export/archive.ts'
import { openArchive } from '../../export/archive-reader.ts'
import {
  manifestName,
  readManifest,
  readSumLine,
  sumsName,
  type Manifest,
} from '../../export/format.ts'
import { linesOf, textOf } from '../../export/lines.ts'
import { limits } from '../../kernel/limits.ts'

export interface OwnArchive {
  readonly manifest: Manifest
  /** Sentences: what is not as it was written. */
  readonly damage: readonly string[]
  /** Names of the files of records, in their order. */
  readonly records: readonly string[]
  /** Of posts that people have changed since they were written (`index.md`). */
  readonly edited: readonly string[]
  read(name: string): Promise<AsyncIterable<Uint8Array> | undefined>
  close(): Promise<void>
}

/**
 * @param path - of a folder, or a zip.
 * @returns undefined where it holds no export of ours.
 * @throws ArchiveError where it does, and cannot be read by this program; the system's error where
 *   there is nothing.
 */
export async function openOwnArchive(path: string): Promise<OwnArchive | undefined> {
  const archive = await openArchive(path)
  try {
    const manifest = await manifestOf(archive)
    if (manifest === undefined) {
      await archive.close()
      return undefined
    }
    const checked = await checkSums(archive, manifest)
    return {
      manifest,
      ...checked,
      read: (name) => archive.read(name),
      close: () => archive.close(),
    }
  } catch (error) {
    await archive.close()
    throw error
  }
}

/** Whether there is one, of whatever format. Anything that cannot be opened is none. */
export async function isOwnArchive(path: string): Promise<boolean> {
  try {
    const archive = await openArchive(path)
    try {
      const chunks = await archive.read(manifestName)
      return chunks !== undefined && readManifest(await textOf(chunks)).kind !== 'other'
    } finally {
      await archive.close()
    }
  } catch (error) {
    if (error instanceof ArchiveError) return false
    throw error
  }
}

async function manifestOf(archive: ArchiveReader): Promise<Manifest | undefined> {
  const chunks = await archive.read(manifestName)
  if (chunks === undefined) return undefined
  const read = readManifest(await textOf(chunks))
  if (read.kind === 'refused') throw new ArchiveError(read.reason)
  return read.kind === 'manifest' ? read.manifest : undefined
}

/** Media are not read here: each is known by the hash of its bytes when it is brought. */
async function checkSums(
  archive: ArchiveReader,
  manifest: Manifest,
): Promise<Pick<OwnArchive, 'damage' | 'records' | 'edited'>> {
  const damage = [...archive.strange]
  let untold = 0
  const tell = (what: string): void => {
    if (damage.length < limits.bringNamedMax) damage.push(what)
    else untold += 1
  }
  const records: string[] = []
  const edited: string[] = []
  const seen = new Set<string>()
  const sums = await archive.read(sumsName)
  if (sums === undefined) throw new ArchiveError(`its ${sumsName} is missing`)
  const hash = createHash('sha256')
  const hashed = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of sums) {
      hash.update(chunk)
      yield chunk
    }
  }
  for await (const { number, text } of linesOf(hashed())) {
    const sum = readSumLine(text)
    if (sum === undefined) {
      tell(`${sumsName}, line ${number}: it names no file of an export`)
      continue
    }
    if (number > limits.exportFilesMax) {
      throw new ArchiveError(`its ${sumsName} names more files than any export has`)
    }
    const isPage = sum.name.endsWith('/index.md')
    if (!isPage && !sum.name.endsWith('.ndjson')) continue
    // A short list could have a large file read without end.
    if (seen.has(sum.name)) {
      tell(`${sumsName}, line ${number}: it names ${sum.name} again`)
      continue
    }
    seen.add(sum.name)
    const fault = await faultOf(archive, sum)
    if (isPage) {
      // A file that is gone is no deletion: the records beside it say what the blog was.
      if (fault === changed) edited.push(sum.name)
      continue
    }
    if (fault !== undefined) tell(`${sum.name}: ${fault}`)
    if (fault !== missing) records.push(sum.name)
  }
  if (hash.digest('hex') !== manifest.sums) {
    damage.unshift(`${sumsName}: ${changed}`)
  }
  if (untold > 0) damage.push(`${untold} more that are not as they were written`)
  return { damage, records, edited }
}

const missing = 'it is missing'
const changed = 'it is not as it was written'

async function faultOf(
  archive: ArchiveReader,
  sum: { readonly hash: string; readonly name: string },
): Promise<string | undefined> {
  try {
    const chunks = await archive.read(sum.name)
    if (chunks === undefined) return missing
    const hash = createHash('sha256')
    for await (const chunk of chunks) hash.update(chunk)
    return hash.digest('hex') === sum.hash ? undefined : changed
  } catch (error) {
    if (error instanceof ArchiveError) return error.message
    throw error
  }
}
