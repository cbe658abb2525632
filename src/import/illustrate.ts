/**
 * Files that a text leads to become media, and its links lead there.
 *
 *     ![A map](img/map.png)  ──▶  media/<site>/<hash>  +  ![A map](/media/<hash>/map.png)
 *
 * The address is made from the hash of the bytes alone, so an unchanged post is recognised before
 * anything is put. Not here: where a format's files lie (`markdown/pictures.ts`, `wxr/wxr-media.ts`).
 */

import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import type { BroughtFile, Illustrated, Note } from './brought.ts'
import { endingOf } from './file-types.ts'
import { destinationsOf, withDestinations } from './links.ts'

/**
 * @param find - the file that a destination names, other than `data:` URIs; it notes what is not there.
 */
export async function illustrate(
  body: string,
  find: (target: string, notes: Note[]) => Promise<BroughtFile | undefined>,
): Promise<Illustrated> {
  const destinations = destinationsOf(body)
  const replacements = new Map<string, string>()
  const files = new Map<string, BroughtFile>()
  const notes: Note[] = []
  for (const target of new Set(destinations.map((destination) => destination.target))) {
    const file = target.startsWith('data:') ? ofDataUri(target) : await find(target, notes)
    if (file === undefined) continue
    files.set(file.hash, file)
    replacements.set(target, mediaPath(file))
  }
  return {
    body: withDestinations(body, destinations, replacements),
    files: [...files.values()],
    notes,
  }
}

/** `/media/HASH/NAME`, safe inside `(…)` and quotes. */
function mediaPath(file: BroughtFile): string {
  const name = encodeURIComponent(file.name).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `/media/${file.hash}/${name}`
}

function ofDataUri(uri: string): BroughtFile | undefined {
  const head = /^data:(image\/[\w.+-]+);base64,/i.exec(uri.slice(0, 100))
  if (head === null) return undefined
  const contentType = (head[1] ?? '').toLowerCase()
  const extension = endingOf(contentType)
  const bytes = new Uint8Array(Buffer.from(uri.slice(head[0].length), 'base64'))
  if (extension === undefined || bytes.length === 0) return undefined
  const hash = bytesToHex(sha256(bytes))
  return {
    hash,
    name: `picture-${hash.slice(0, 8)}.${extension}`,
    contentType,
    bytes: () => Promise.resolve(bytes),
  }
}
