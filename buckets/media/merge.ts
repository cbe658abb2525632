/** Media: equal bytes give equal objects; only the names they came under are united. */

import { limits } from '../../src/kernel/limits.ts'
import { hashBytes } from '../canonical-json.ts'
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

/** Cut an upload for storing: its chunks (views, not copies) and the value that names them. */
export function chunkMedia(upload: {
  readonly bytes: Uint8Array
  readonly name: string
  readonly contentType: string
}): { readonly value: MediaValue; readonly chunks: readonly Uint8Array[] } {
  const { bytes } = upload
  const chunkBytes = limits.mediaChunkBytesMax
  const chunks: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    chunks.push(bytes.subarray(at, at + chunkBytes))
  }
  const value: MediaValue = {
    schema: 1,
    hash: hashBytes(bytes),
    byteLength: bytes.length,
    chunkCount: chunks.length,
    chunkBytes,
    contentType: upload.contentType,
    names: upload.name === '' ? [] : [upload.name],
  }
  return { value, chunks }
}

export function chunkKey(hash: string, index: number): string {
  return `${hash}/${String(index)}`
}

/** @returns undefined where the chunks are not those of this hash: damaged, or one is missing. */
export function joinMedia(
  value: MediaValue,
  chunks: readonly Uint8Array[],
): Uint8Array | undefined {
  const byteLength = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
  if (chunks.length !== value.chunkCount || byteLength !== value.byteLength) return undefined
  const bytes = new Uint8Array(byteLength)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return hashBytes(bytes) === value.hash ? bytes : undefined
}

function shapeOf(value: MediaValue): string {
  return [value.hash, value.byteLength, value.chunkCount, value.chunkBytes].join(' ')
}
