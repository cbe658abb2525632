/**
 * Pictures of a Markdown file: looked for beside the text, and where a target begins with `/`, in the
 * imported folder and in those folders of it that programs put at the site's root. What is not there, or
 * has no name of a picture, stays as it is.
 */

import { limits } from '../../kernel/limits.ts'
import type { BroughtFile, Note } from '../brought.ts'
import { contentTypeOf } from '../file-types.ts'
import type { FoundFile, SourceFolder } from './source-folder.ts'

/** Hugo and Zola, Astro and Gatsby, Hexo, Docusaurus, Pelican: what lies there is asked for at `/`. */
const rootFolders = ['static/', 'public/', 'source/', 'src/', 'content/']

/** @param path - of the text, relative to the folder. */
export async function besideText(
  folder: SourceFolder,
  path: string,
  target: string,
  notes: Note[],
): Promise<BroughtFile | undefined> {
  if (/^[a-z][a-z\d+.-]*:|^\/\/|^#/i.test(target)) return undefined
  const inside = insideFolder(path, target)
  const contentType = contentTypeOf(inside ?? target)
  if (contentType === undefined) return undefined
  if (inside === undefined) {
    notes.push({ kind: 'pictures outside the folder', text: `${target} is outside the folder` })
    return undefined
  }
  const file = await findFile(folder, inside, target.startsWith('/'))
  if (file === undefined) {
    // A path from the root is an address of the old site more often than a file.
    if (!target.startsWith('/')) {
      notes.push({ kind: 'pictures that are not there', text: `${target} is not there` })
    }
    return undefined
  }
  if (file.byteLength > limits.mediaBytesMax) {
    const text = `${target} is larger than ${limits.mediaBytesMax} bytes`
    notes.push({ kind: 'pictures too large', text })
    return undefined
  }
  return { hash: await file.hash(), name: file.name, contentType, bytes: () => file.bytes() }
}

async function findFile(
  folder: SourceFolder,
  inside: string,
  isRooted: boolean,
): Promise<FoundFile | undefined> {
  const found = await folder.find(inside)
  if (found !== undefined || !isRooted) return found
  for (const rootFolder of rootFolders) {
    const file = await folder.find(rootFolder + inside)
    if (file !== undefined) return file
  }
  return undefined
}

/** @returns the target's path in the folder; undefined where it climbs out of it. */
export function insideFolder(path: string, target: string): string | undefined {
  const plain = target.replace(/[?#].*$/s, '').replace(/\\([^\w\s])/g, '$1')
  let decoded = plain
  try {
    decoded = decodeURIComponent(plain)
  } catch {
    // A stray percent sign stands for itself.
  }
  const parts = decoded.startsWith('/') ? [] : path.split('/').slice(0, -1)
  for (const part of decoded.split('/')) {
    if (part === '' || part === '.') continue
    if (part === '..' && parts.length === 0) return undefined
    if (part === '..') parts.pop()
    else parts.push(part)
  }
  return parts.join('/')
}
