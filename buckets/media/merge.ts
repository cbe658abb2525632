/** Media: equal bytes give equal objects; only the names they came under are united. */

import { textSet, withUnknown } from '../lattice.ts'
import type { MediaValue } from './schema.ts'

export function mergeMedia(a: MediaValue, b: MediaValue): MediaValue {
  // Equal by construction, but a program of another chunk size may have stored the same bytes: what
  // its value says of its chunks belongs together, so one side's four fields are taken as they stand.
  const shape = shapeOf(a) >= shapeOf(b) ? a : b
  return withUnknown(a, b, {
    schema: 1,
    hash: shape.hash,
    byteLength: shape.byteLength,
    chunkCount: shape.chunkCount,
    chunkBytes: shape.chunkBytes,
    contentType: a.contentType >= b.contentType ? a.contentType : b.contentType,
    names: textSet([...a.names, ...b.names]),
  })
}

function shapeOf(value: MediaValue): string {
  return [value.hash, value.byteLength, value.chunkCount, value.chunkBytes].join(' ')
}
