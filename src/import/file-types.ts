/** Files that may come along with a text, by the ending of their names. */

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

/** @param name - a file's name or path. @returns undefined for no picture, document, film or sound. */
export function contentTypeOf(name: string): string | undefined {
  return contentTypes.get(/\.(\w+)$/.exec(name)?.[1]?.toLowerCase() ?? '')
}

/** @returns without its dot; undefined for a type that is not taken. */
export function endingOf(contentType: string): string | undefined {
  return [...contentTypes].find(([, type]) => type === contentType)?.[0]
}
