/**
 * Width and height of the pictures in a text, so that nothing moves when they arrive.
 *
 * Known of media alone: their first bytes say so, and never change. Pictures elsewhere are not asked
 * for: a page must not wait for, nor tell of its readers to, another server. Nothing is resized, so there
 * is one size of each and no `srcset` but the author's own.
 */

import { disableTypes, imageSize } from 'image-size'
import { LRUCache } from 'lru-cache'

import { limits } from '../../kernel/limits.ts'
import type { Log } from '../../kernel/ports.ts'
import type { Media } from '../../store/blog.ts'

export interface PictureSize {
  readonly width: number
  readonly height: number
}

export interface PictureSizes {
  /**
   * The text with the sizes that are known.
   *
   * @param html - made by `sanitize.ts`.
   * @returns `isWhole` false: a picture could not be read just now.
   */
  put(html: string): Promise<{ readonly html: string; readonly isWhole: boolean }>
}

/** Formats that no browser shows. */
disableTypes([
  ...(['cur', 'dds', 'icns', 'j2c', 'jp2', 'jxl', 'jxl-stream', 'ktx', 'pnm', 'psd'] as const),
  ...(['tga', 'tiff'] as const),
])

/** A quarter turn, by EXIF: browsers show the picture upright. */
const turned = new Set([5, 6, 7, 8])

/** @returns undefined for bytes that are no picture, or one without a size of its own. */
export function sizeOfPicture(bytes: Uint8Array): PictureSize | undefined {
  try {
    const { width, height, orientation = 1 } = imageSize(bytes)
    if (!(width >= 1 && height >= 1 && width < 100_000 && height < 100_000)) return undefined
    const [w, h] = [Math.round(width), Math.round(height)]
    return turned.has(orientation) ? { width: h, height: w } : { width: w, height: h }
  } catch {
    return undefined
  }
}

const ownPicture = /<img src="(?:https?:\/\/[^"/]+)?\/media\/([0-9a-f]{64})\/[^"]*"[^>]*>/g
const hasSize = /\s(?:width|height)="/

export function createPictureSizes(deps: {
  readonly media: Pick<Media, 'beginning'>
  readonly log: Log
}): PictureSizes {
  /** `null`: known to have none. */
  const known = new LRUCache<string, { readonly size: PictureSize | null }>({
    max: limits.pictureSizesMax,
  })

  async function read(hash: string): Promise<boolean> {
    try {
      const bytes = await deps.media.beginning(hash)
      // Not there yet: what an import or another server brings later is asked for again.
      if (bytes === undefined) return false
      known.set(hash, { size: sizeOfPicture(bytes) ?? null })
      return true
    } catch (error) {
      deps.log.write('debug', 'the size of a picture could not be read', {
        hash,
        error: String(error),
      })
      return false
    }
  }

  return {
    async put(html) {
      const hashes = new Set<string>()
      for (const [tag, hash = ''] of html.matchAll(ownPicture)) {
        if (!hasSize.test(tag)) hashes.add(hash)
      }
      if (hashes.size === 0) return { html, isWhole: true }
      const unknown = [...hashes].filter((hash) => !known.has(hash)).slice(0, limits.picturesSized)
      const isWhole = (await Promise.all(unknown.map(read))).every(Boolean)
      const sized = html.replace(ownPicture, (tag: string, hash: string) => {
        const size = hasSize.test(tag) ? undefined : known.get(hash)?.size
        if (size == null) return tag
        const sizes = ` width="${size.width}" height="${size.height}"`
        return tag.replace(/^<img src="[^"]*"/, (start) => start + sizes)
      })
      return { html: sized, isWhole }
    },
  }
}
