/**
 * The folder that is imported: which Markdown files are in it, and their bytes.
 *
 * Nothing outside the folder is ever read: symbolic links are not followed out of it, nor are links in
 * texts. This is the importer's only door to the disk.
 */

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { lstat, open, readdir, readFile, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'

export interface SourceFile {
  /** Relative to the folder, `/` between its parts. */
  readonly path: string
  /** Set where it cannot be a post: a folder with that name, a link that leaves, a pipe. */
  readonly oddReason?: string
}

export interface SourceFolder {
  /** In the order of their paths. */
  readonly files: readonly SourceFile[]
  readText(path: string): Promise<ReadText>
  /** A picture beside a text. @returns undefined where there is none inside the folder. */
  find(path: string): Promise<FoundFile | undefined>
}

export type ReadText =
  | { readonly kind: 'text'; readonly text: string; readonly changedAtMs: number }
  | { readonly kind: 'odd'; readonly reason: string }

export interface FoundFile {
  readonly name: string
  readonly byteLength: number
  /** SHA-256, hex, read as a stream. */
  hash(): Promise<string>
  bytes(): Promise<Uint8Array>
}

/** Larger than any post with its pictures inside; sixteen of them at once stay bounded. */
const textBytesMax = 8_388_608
const isMarkdown = (name: string): boolean => /\.(?:mdx?|markdown)$/i.test(name)
const foldersLeftOut = new Set(['node_modules'])

/** @param path - a folder, or one Markdown file. @throws the system's error where it is neither. */
export async function openSourceFolder(path: string): Promise<SourceFolder> {
  const given = await stat(path)
  const root = await realpath(given.isDirectory() ? path : dirname(resolve(path)))
  const files = given.isDirectory()
    ? await walk(root)
    : [{ path: basename(path), ...(given.isFile() ? {} : { oddReason: 'not a regular file' }) }]
  return {
    files,
    readText: (file) => readText(root, file),
    find: (file) => findInside(root, file),
  }
}

/** A folder named `x.md` is reported, and its files are read as any folder's. */
async function walk(root: string): Promise<readonly SourceFile[]> {
  const files: SourceFile[] = []
  const visit = async (folder: string): Promise<void> => {
    const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(
      (error: unknown) => {
        if (folder === '') throw error
        files.push({
          path: folder,
          oddReason: `the folder cannot be read (${systemReason(error)})`,
        })
        return []
      },
    )
    for (const entry of entries) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.name.startsWith('.')) continue
      if (entry.isDirectory()) {
        if (foldersLeftOut.has(entry.name)) continue
        if (isMarkdown(entry.name)) files.push({ path, oddReason: 'a folder, not a file' })
        await visit(path)
      } else if (entry.isSymbolicLink()) {
        const oddReason = await oddLink(root, path)
        if (oddReason !== undefined) files.push({ path, oddReason })
      } else if (isMarkdown(entry.name)) {
        files.push(entry.isFile() ? { path } : { path, oddReason: 'not a regular file' })
      }
    }
  }
  await visit('')
  return files.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
}

/**
 * A link is never a post: inside the folder its target is one already, outside it is not ours to read.
 *
 * @returns undefined for a link to what is imported anyway, or to what is no text.
 */
async function oddLink(root: string, path: string): Promise<string | undefined> {
  try {
    const target = await realpath(join(root, path))
    const isInside = target === root || target.startsWith(root + sep)
    if (isInside) return undefined
    const isOfInterest = isMarkdown(path) || (await stat(target)).isDirectory()
    return isOfInterest ? 'a symbolic link that leaves the folder' : undefined
  } catch (error) {
    return isMarkdown(path) ? `a symbolic link to nothing (${systemReason(error)})` : undefined
  }
}

async function readText(root: string, path: string): Promise<ReadText> {
  try {
    const handle = await open(join(root, path), 'r')
    try {
      const facts = await handle.stat()
      if (!facts.isFile()) return { kind: 'odd', reason: 'not a regular file' }
      if (facts.size > textBytesMax) {
        return { kind: 'odd', reason: `${megabytes(facts.size)} is too large for a post` }
      }
      const text = decode(await handle.readFile())
      if (text === undefined) return { kind: 'odd', reason: 'the text is not UTF-8' }
      return text.includes('\0')
        ? { kind: 'odd', reason: 'not a text: it contains zero bytes' }
        : { kind: 'text', text, changedAtMs: facts.mtimeMs }
    } finally {
      await handle.close()
    }
  } catch (error) {
    return { kind: 'odd', reason: `cannot be read (${systemReason(error)})` }
  }
}

/** UTF-8, or UTF-16 that says so by its mark. @returns undefined for other bytes. */
function decode(bytes: Uint8Array): string | undefined {
  const [first, second] = bytes
  const encoding =
    first === 0xff && second === 0xfe
      ? 'utf-16le'
      : first === 0xfe && second === 0xff
        ? 'utf-16be'
        : 'utf-8'
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

async function findInside(root: string, path: string): Promise<FoundFile | undefined> {
  try {
    const target = await realpath(join(root, path))
    if (!target.startsWith(root + sep) || relative(root, target).startsWith('..')) return undefined
    const facts = await lstat(target)
    if (!facts.isFile()) return undefined
    return {
      name: basename(path),
      byteLength: facts.size,
      hash: () => hashOf(target),
      bytes: () => readFile(target),
    }
  } catch {
    return undefined
  }
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file)) hash.update(chunk as Uint8Array)
  return hash.digest('hex')
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(1)} MiB`
}

/** `ENOENT`, `EACCES`: what an operator looks up; the message would repeat the path. */
function systemReason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : String(error)
}
