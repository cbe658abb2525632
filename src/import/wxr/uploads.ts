/** The files of a WordPress site, where a copy of them lies beside its export: nothing outside is read. */

import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { limits } from '../../kernel/limits.ts'
import type { BroughtFile } from '../brought.ts'
import { contentTypeOf } from '../file-types.ts'
import { openSourceFolder, type SourceFolder } from '../markdown/source-folder.ts'
import { pathOf } from '../slugs.ts'

export type Uploads = Pick<SourceFolder, 'find'>

const usualPlaces = ['wp-content/uploads', 'uploads']

/** @param given - named by a person: it has to be there. */
export async function openUploads(
  file: string,
  given: string | undefined,
): Promise<Uploads | undefined> {
  if (given !== undefined) return openSourceFolder(given)
  for (const place of usualPlaces) {
    const folder = join(dirname(file), place)
    const facts = await stat(folder).catch(() => undefined)
    if (facts?.isDirectory() === true) return openSourceFolder(folder)
  }
  return undefined
}

/** @param target - the file's old address. */
export async function findUpload(
  uploads: Uploads,
  target: string,
): Promise<BroughtFile | 'too large' | undefined> {
  const path = pathOf(target).replace(/^.*?(?:wp-content\/uploads|uploads|files)\//, '')
  const contentType = contentTypeOf(path)
  if (contentType === undefined || path.split('/').includes('..')) return undefined
  // Where a smaller size is not there, the picture itself is.
  for (const wanted of [path, path.replace(/-\d+x\d+(?=\.\w+$)/, '')]) {
    const found = await uploads.find(wanted)
    if (found === undefined) continue
    if (found.byteLength > limits.mediaBytesMax) return 'too large'
    return { hash: await found.hash(), name: found.name, contentType, bytes: () => found.bytes() }
  }
  return undefined
}
