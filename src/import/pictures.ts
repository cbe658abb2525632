/**
 * Pictures of a post: files beside it and `data:` URIs become media, and their links lead there.
 *
 *     ![A map](img/map.png)  ──▶  media/<site>/<hash>  +  ![A map](/media/<hash>/map.png)
 *
 * A target is looked for beside the text, then, where it begins with `/`, in the imported folder. What
 * is not there, or has no name of a picture, stays as it is. The address is made from the hash of the
 * bytes alone, so an unchanged post is recognised before anything is put.
 */

import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { limits } from '../kernel/limits.ts'
import { destinationsOf, withDestinations } from './links.ts'
import type { SourceFolder } from './source-folder.ts'

export interface Picture {
  readonly hash: string
  readonly name: string
  readonly contentType: string
  /** Read at the put: a post with many pictures holds one at a time. */
  bytes(): Promise<Uint8Array>
}

export interface Illustrated {
  readonly body: string
  readonly pictures: readonly Picture[]
  readonly notes: readonly string[]
}

const contentTypes: ReadonlyMap<string, string> = new Map([
  ['png', 'image/png'],
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['gif', 'image/gif'],
  ['webp', 'image/webp'],
  ['avif', 'image/avif'],
  ['svg', 'image/svg+xml'],
  ['ico', 'image/x-icon'],
  ['bmp', 'image/bmp'],
  ['pdf', 'application/pdf'],
  ['mp4', 'video/mp4'],
  ['webm', 'video/webm'],
  ['mp3', 'audio/mpeg'],
  ['ogg', 'audio/ogg'],
])

/** @param path - of the text, relative to the folder. */
export async function illustrate(
  folder: SourceFolder,
  path: string,
  body: string,
): Promise<Illustrated> {
  const destinations = destinationsOf(body)
  const replacements = new Map<string, string>()
  const pictures = new Map<string, Picture>()
  const notes: string[] = []
  for (const target of new Set(destinations.map((destination) => destination.target))) {
    const picture = target.startsWith('data:')
      ? ofDataUri(target)
      : await besideText(folder, path, target, notes)
    if (picture === undefined) continue
    pictures.set(picture.hash, picture)
    replacements.set(target, mediaPath(picture))
  }
  return {
    body: withDestinations(body, destinations, replacements),
    pictures: [...pictures.values()],
    notes,
  }
}

/** `/media/HASH/NAME`, safe inside `(…)` and quotes. */
function mediaPath(picture: Picture): string {
  const name = encodeURIComponent(picture.name).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `/media/${picture.hash}/${name}`
}

function ofDataUri(uri: string): Picture | undefined {
  const head = /^data:(image\/[\w.+-]+);base64,/i.exec(uri.slice(0, 100))
  if (head === null) return undefined
  const contentType = (head[1] ?? '').toLowerCase()
  const extension = [...contentTypes].find(([, type]) => type === contentType)?.[0]
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

async function besideText(
  folder: SourceFolder,
  path: string,
  target: string,
  notes: string[],
): Promise<Picture | undefined> {
  if (/^[a-z][a-z\d+.-]*:|^\/\/|^#/i.test(target)) return undefined
  const inside = insideFolder(path, target)
  const contentType = contentTypes.get(/\.(\w+)$/.exec(inside ?? target)?.[1]?.toLowerCase() ?? '')
  if (contentType === undefined) return undefined
  if (inside === undefined) {
    notes.push(`${target} is outside the folder`)
    return undefined
  }
  const file = await folder.find(inside)
  if (file === undefined) {
    // A path from the root is an address of the old site more often than a file.
    if (!target.startsWith('/')) notes.push(`${target} is not there`)
    return undefined
  }
  if (file.byteLength > limits.mediaBytesMax) {
    notes.push(`${target} is larger than ${limits.mediaBytesMax} bytes`)
    return undefined
  }
  return { hash: await file.hash(), name: file.name, contentType, bytes: () => file.bytes() }
}

/** @returns the target's path in the folder; undefined where it climbs out of it. */
function insideFolder(path: string, target: string): string | undefined {
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
