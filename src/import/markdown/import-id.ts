/** Post ids made from where a file lies, so that a second import meets the posts of the first. */

import { derivedId } from '../../store/new-ids.ts'

/**
 * @param path - relative to the imported folder, `/` between its parts; NFC and NFD are one path.
 * @returns 26 characters in the shape of a ULID: 128 bits of a hash, not a time.
 */
export function idOfPath(path: string): string {
  return derivedId('import', 'markdown', path.normalize('NFC'))
}
