/** Quarantine: copies of one damaged value are equal; the first time of copying stands. */

import { hashBytes } from '../canonical-json.ts'
import { largerBytes, withUnknown } from '../lattice.ts'
import type { QuarantineValue } from './schema.ts'

/** Two copies under one key hold the same bytes of the same place: its hash is the key. */
export function mergeQuarantine(a: QuarantineValue, b: QuarantineValue): QuarantineValue {
  return withUnknown(a, b, {
    schema: 1,
    type: a.type >= b.type ? a.type : b.type,
    bucket: a.bucket >= b.bucket ? a.bucket : b.bucket,
    key: a.key >= b.key ? a.key : b.key,
    contentType: a.contentType >= b.contentType ? a.contentType : b.contentType,
    reason: a.reason >= b.reason ? a.reason : b.reason,
    copiedAtMs: Math.min(a.copiedAtMs, b.copiedAtMs),
    bytes: largerBytes(a.bytes, b.bytes),
  })
}

/** The key under which these bytes are kept: copying them twice stores them once. */
export function quarantineKey(
  value: Pick<QuarantineValue, 'type' | 'bucket' | 'key' | 'bytes'>,
): string {
  const place = new TextEncoder().encode(`${value.type}\n${value.bucket}\n${value.key}\n`)
  const both = new Uint8Array(place.length + value.bytes.length)
  both.set(place)
  both.set(value.bytes, place.length)
  return hashBytes(both)
}
