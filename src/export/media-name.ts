/** What a file of media is called in an export: by its hash, so that no two collide on any system. */

import type { MediaValue } from '../../buckets/media/schema.ts'
import { isSafeName, type Layout } from './format.ts'

const endings: ReadonlyMap<string, string> = new Map([
  ['image/png', '.png'],
  ['image/jpeg', '.jpg'],
  ['image/gif', '.gif'],
  ['image/webp', '.webp'],
  ['image/avif', '.avif'],
  ['image/svg+xml', '.svg'],
  ['image/x-icon', '.ico'],
  ['image/bmp', '.bmp'],
  ['application/pdf', '.pdf'],
  ['video/mp4', '.mp4'],
  ['video/webm', '.webm'],
  ['audio/mpeg', '.mp3'],
  ['audio/ogg', '.ogg'],
])

/**
 * JSON: `media/<hash>.png`. Markdown: `media/<hash>/<name>`, as pages name it, so that a link needs only
 * the way to the folder.
 */
export function mediaName(
  value: Pick<MediaValue, 'hash' | 'contentType' | 'names'>,
  layout: Layout,
): string {
  const plain = `media/${value.hash}${endings.get(value.contentType) ?? ''}`
  if (layout === 'json') return plain
  const [name] = value.names
  const named = `media/${value.hash}/${name ?? ''}`
  return name !== undefined && !name.includes('/') && isSafeName(named) ? named : plain
}
