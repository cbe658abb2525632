/** Which formats `ringpost import` reads, and how one is told from another without being named. */

import { open, readdir, stat } from 'node:fs/promises'
import { openZip } from '../export/zip-reader.ts'
import { SourceError, type ImportSource } from '../import/brought.ts'
import type { FetchedMedia } from '../import/fetched-media.ts'
import { decoderOf } from '../import/wxr/decoder.ts'
import { CommandError } from './command-error.ts'

export const importFormats = ['markdown', 'wxr', 'ghost'] as const
export type ImportFormat = (typeof importFormats)[number]

export interface FormatOptions {
  /** Undefined: told from what the path is. */
  readonly format: ImportFormat | undefined
  readonly html: 'keep' | 'markdown'
  /** A folder with the files of the old site. */
  readonly media: string | undefined
}

/** Enough of a file to tell what it is: WordPress says so in its first kilobytes. */
const beginningBytes = 65_536

/**
 * @param fetched - where a person asked for files of the old site to be fetched.
 * @throws CommandError (2) where the path is nothing to import.
 */
export async function openImport(
  path: string,
  options: FormatOptions,
  fetched?: FetchedMedia,
): Promise<ImportSource> {
  try {
    const format = options.format ?? (await formatOf(path))
    if (format === 'wxr') {
      const { openWxr } = await import('../import/wxr/wxr-source.ts')
      return await openWxr(path, { ...options, fetched })
    }
    if (format === 'ghost') {
      const { openGhost } = await import('../import/ghost/ghost-source.ts')
      return await openGhost(path, { ...options, fetched })
    }
    return await openMarkdown(path)
  } catch (error) {
    if (error instanceof CommandError) throw error
    if (error instanceof SourceError) throw new CommandError(error.message, 2, { cause: error })
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    const why =
      code === 'ENOENT' ? 'there is no such file or folder' : `it cannot be read (${code})`
    throw new CommandError(`cannot import ${path}: ${why}`, 2, { cause: error })
  }
}

async function openMarkdown(path: string): Promise<ImportSource> {
  const facts = await stat(path)
  if (facts.isFile() && !isMarkdownName(path)) {
    throw new CommandError(`${path} is no Markdown file (.md, .mdx) and no folder of them`, 2)
  }
  const { openSourceFolder } = await import('../import/markdown/source-folder.ts')
  const { markdownSource } = await import('../import/markdown/markdown-source.ts')
  return markdownSource(await openSourceFolder(path))
}

async function formatOf(path: string): Promise<ImportFormat> {
  const facts = await stat(path)
  if (facts.isDirectory() && (await isGhostFolder(path))) return 'ghost'
  if (!facts.isFile() || isMarkdownName(path)) return 'markdown'
  if (/\.zip$/i.test(path) && (await isGhostZip(path))) return 'ghost'
  const bytes = await beginningOf(path)
  // A zip that is here is none of our own exports; gzip packs one file alone.
  if (/^(?:504b0304|1f8b)/.test(bytes.toString('hex', 0, 4))) return 'wxr'
  const beginning = decoderOf(bytes).decode(bytes)
  if (/xmlns:wp=|<wp:wxr_version>|wordpress\.org\/export\//.test(beginning)) return 'wxr'
  if (/^\uFEFF?\s*\{\s*"(?:db|meta|data)"\s*:/.test(beginning)) return 'ghost'
  if (/^\uFEFF?\s*<(?:\?xml|rss|!DOCTYPE rss)/i.test(beginning)) {
    throw new CommandError(
      `${path} is XML, but not an export of WordPress (WXR); --format wxr reads it as one all the same`,
      2,
    )
  }
  throw new CommandError(
    `${path} is nothing that is known here: a folder of Markdown files (.md, .mdx), one of them, or an ` +
      'export of WordPress (.xml, .xml.gz, .zip) or of Ghost (.json, .zip) can be imported',
    2,
  )
}

/** The name that Ghost gives its exports. */
const ghostName = /(?:^|\/)[^/]*\.ghost\.[^/]*\.json$/i

async function isGhostFolder(path: string): Promise<boolean> {
  return (await readdir(path)).some((name) => ghostName.test(name))
}

async function isGhostZip(path: string): Promise<boolean> {
  const zip = await openZip(path).catch(() => undefined)
  await zip?.close()
  const names = zip?.files.map(({ name }) => name) ?? []
  return names.some((name) => ghostName.test(name)) || !names.some((name) => /\.xml$/i.test(name))
}

async function beginningOf(path: string): Promise<Buffer> {
  const handle = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(beginningBytes), 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

function isMarkdownName(path: string): boolean {
  return /\.(?:mdx?|markdown)$/i.test(path)
}
