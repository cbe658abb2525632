/**
 * A Ghost export as it lies on the disk: the JSON of the admin's export alone, or a folder or zip with the
 * site's files and its redirects beside it.
 *
 *     blog.ghost.2024-05-01.json      redirects.json | redirects.yaml      routes.yaml
 *     content/images|media|files/…
 *
 * Invariant: nothing outside of that folder or zip is read, and nothing is unpacked to the disk.
 */

import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { ArchiveError } from '../../export/archive.ts'
import { openZip, type ZipReader } from '../../export/zip-reader.ts'
import { limits } from '../../kernel/limits.ts'
import { SourceError, type BroughtFile } from '../brought.ts'
import { contentTypeOf } from '../file-types.ts'
import { openSourceFolder } from '../markdown/source-folder.ts'
import { pathOf } from '../slugs.ts'

export interface GhostFiles {
  /** The export itself. @throws SourceError where it is too large, or not there. */
  readonly json: () => Promise<string>
  /** A small text beside it: redirects, routes. */
  readonly beside: (name: string) => Promise<string | undefined>
  /** @param target - an address of the old site. */
  readonly find: (target: string) => Promise<BroughtFile | 'too large' | undefined>
  readonly close: () => Promise<void>
}

/** The folder of Ghost's own files, as addresses name it. */
const contentPath = /(?:^|\/)content\/((?:images|media|files)\/.+)$/

/** @param media - the old site's `content` folder; undefined: looked for beside the export. */
export async function openGhostFiles(path: string, media: string | undefined): Promise<GhostFiles> {
  const facts = await stat(path)
  const files = facts.isDirectory()
    ? await folderFiles(path, await exportIn(path))
    : (await isZip(path))
      ? zipFiles(path, await openZip(path).catch(inWords))
      : await folderFiles(dirname(path), basename(path))
  if (media === undefined) return files
  const given = await openContent(media)
  return { ...files, find: async (target) => (await given(target)) ?? files.find(target) }
}

async function isZip(path: string): Promise<boolean> {
  return /\.zip$/i.test(path) && (await stat(path)).isFile()
}

async function exportIn(folder: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => isExportName(name)).sort()
  const [name] = names.filter((each) => each.includes('.ghost.')).concat(names)
  if (name === undefined) throw new SourceError(`${folder} holds no export of Ghost (.json)`)
  return name
}

const isExportName = (name: string): boolean =>
  /\.json$/i.test(name) && !/^(?:redirects|package|package-lock|config\..*)\.json$/i.test(name)

async function folderFiles(folder: string, name: string): Promise<GhostFiles> {
  const find = await openContent(folder)
  const small = async (beside: string): Promise<string | undefined> => {
    const facts = await stat(join(folder, beside)).catch(() => undefined)
    if (facts?.isFile() !== true || facts.size > limits.ghostSmallFileBytesMax) return undefined
    return readFile(join(folder, beside), 'utf8')
  }
  return {
    json: async () => {
      const path = join(folder, name)
      assertSize(path, (await stat(path)).size)
      return readFile(path, 'utf8')
    },
    beside: async (beside) => (await small(beside)) ?? (await small(`data/${beside}`)),
    find,
    close: () => Promise.resolve(),
  }
}

function assertSize(path: string, bytes: number): void {
  if (bytes <= limits.ghostExportBytesMax) return
  const mib = Math.ceil(bytes / 1_048_576)
  throw new SourceError(
    `${path} has ${mib} MiB, and a Ghost export is read whole: at most ${limits.ghostExportBytesMax / 1_048_576}`,
  )
}

/** @returns how files are found below a folder that holds `content/`, or is it, or holds `images/`. */
async function openContent(folder: string): Promise<GhostFiles['find']> {
  const source = await openSourceFolder(folder)
  return async (target) => {
    const inner = contentPath.exec(pathOf(target))?.[1]
    const contentType = contentTypeOf(inner ?? '')
    if (inner === undefined || contentType === undefined || climbs(inner)) return undefined
    for (const wanted of placesOf(inner)) {
      const found = (await source.find(`content/${wanted}`)) ?? (await source.find(wanted))
      if (found === undefined) continue
      if (found.byteLength > limits.mediaBytesMax) return 'too large'
      return { hash: await found.hash(), name: found.name, contentType, bytes: () => found.bytes() }
    }
    return undefined
  }
}

/** Where a smaller size is asked for, the picture itself will do: `images/size/w600/2024/05/a.png`. */
function placesOf(inner: string): readonly string[] {
  const whole = inner.replace(/^images\/size\/w\d+(?:h\d+)?\/(?:format\/\w+\/)?/, 'images/')
  return [...new Set([whole, inner])]
}

const climbs = (path: string): boolean => path.split('/').includes('..')

function zipFiles(path: string, zip: ZipReader): GhostFiles {
  const names = zip.files.map(({ name }) => name)
  const root = /^(.*?)content\//.exec(names.find((name) => contentPath.test(name)) ?? '')?.[1] ?? ''
  const sizes = new Map(zip.files.map(({ name, byteLength }) => [name, byteLength]))
  const read = async (name: string): Promise<Uint8Array | undefined> => {
    const chunks = await zip.read(name)
    if (chunks === undefined) return undefined
    const pieces: Uint8Array[] = []
    for await (const chunk of chunks) pieces.push(chunk)
    return Buffer.concat(pieces)
  }
  return {
    json: async () => {
      const inside = names.filter((name) => isExportName(name.split('/').at(-1) ?? ''))
      const [name] = inside.filter((each) => each.includes('.ghost.')).concat(inside)
      if (name === undefined) throw new SourceError(`${path} holds no export of Ghost (.json)`)
      assertSize(`${path}: ${name}`, sizes.get(name) ?? 0)
      const bytes = await read(name).catch(inWords)
      return Buffer.from(bytes ?? []).toString('utf8')
    },
    beside: async (beside) => {
      const name = names.find((each) => each === beside || each.endsWith(`/${beside}`))
      if (name === undefined || (sizes.get(name) ?? 0) > limits.ghostSmallFileBytesMax)
        return undefined
      return Buffer.from((await read(name)) ?? []).toString('utf8')
    },
    find: async (target) => {
      const inner = contentPath.exec(pathOf(target))?.[1]
      const contentType = contentTypeOf(inner ?? '')
      if (inner === undefined || contentType === undefined) return undefined
      for (const wanted of placesOf(inner)) {
        const name = `${root}content/${wanted}`
        const size = sizes.get(name)
        if (size === undefined) continue
        if (size > limits.mediaBytesMax) return 'too large'
        const bytes = await read(name).catch(() => undefined)
        if (bytes === undefined) return undefined
        const again = async (): Promise<Uint8Array> => (await read(name)) ?? new Uint8Array(0)
        const hash = bytesToHex(sha256(bytes))
        return { hash, name: basename(name), contentType, bytes: again }
      }
      return undefined
    },
    close: () => zip.close(),
  }
}

function inWords(error: unknown): never {
  if (error instanceof ArchiveError) throw new SourceError(error.message, { cause: error })
  throw error
}
