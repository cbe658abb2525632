/** What a file is by its bytes, whatever its name or its server says. */

const text = (bytes: Uint8Array, start: number, end: number): string =>
  Buffer.from(bytes.subarray(start, end)).toString('latin1')

/** ISO media files name their brand behind `ftyp`. */
const brands: Readonly<Record<string, string>> = { avif: 'image/avif', avis: 'image/avif' }

/** @returns undefined for anything but the pictures, documents, films and sounds of `file-types.ts`. */
export function realTypeOf(bytes: Uint8Array): string | undefined {
  const head = text(bytes, 0, 12)
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png'
  if (head.startsWith('\xff\xd8\xff')) return 'image/jpeg'
  if (/^GIF8[79]a/.test(head)) return 'image/gif'
  if (head.startsWith('RIFF') && head.endsWith('WEBP')) return 'image/webp'
  if (head.slice(4, 8) === 'ftyp') return brands[head.slice(8)] ?? 'video/mp4'
  if (head.startsWith('\0\0\x01\0')) return 'image/x-icon'
  if (head.startsWith('BM') && bytes.length >= 26 && text(bytes, 6, 10) === '\0\0\0\0') {
    return 'image/bmp'
  }
  if (head.startsWith('%PDF-')) return 'application/pdf'
  if (head.startsWith('\x1aE\xdf\xa3')) return 'video/webm'
  if (head.startsWith('OggS')) return 'audio/ogg'
  if (head.startsWith('ID3') || /^\xff[\xf2\xf3\xfa\xfb]/.test(head)) return 'audio/mpeg'
  return isSvg(bytes) ? 'image/svg+xml' : undefined
}

function isSvg(bytes: Uint8Array): boolean {
  const beginning = Buffer.from(bytes.subarray(0, 4_096)).toString('utf8')
  const first = beginning
    .replace(/^\uFEFF/, '')
    .replace(/<\?[\s\S]*?\?>|<!--[\s\S]*?-->|<!DOCTYPE\s+svg[^>]*>/gi, '')
    .trimStart()
  return /^<svg[\s>]/i.test(first)
}
