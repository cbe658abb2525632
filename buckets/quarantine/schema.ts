/**
 * Bytes that this program could not read, copied away before anything is written beside them.
 *
 *     quarantine/<site>/<SHA-256 of location and bytes, hex>   QuarantineValue
 */

import { z } from 'zod'

import { jsonCodec, timeMsSchema } from '../json-codec.ts'
import type { JsonCodec } from '../json-codec.ts'

export interface QuarantineValue {
  readonly schema: 1
  /** Where they were found. */
  readonly type: string
  readonly bucket: string
  readonly key: string
  readonly contentType: string
  /** Why they could not be read, in words. */
  readonly reason: string
  /** The first copy's wall time, ms. */
  readonly copiedAtMs: number
  readonly bytes: Uint8Array
}

export type QuarantineHeader = Omit<QuarantineValue, 'bytes'>

const headerSchema: z.ZodType<QuarantineHeader> = z.looseObject({
  schema: z.literal(1),
  type: z.string(),
  bucket: z.string(),
  key: z.string(),
  contentType: z.string(),
  reason: z.string(),
  copiedAtMs: timeMsSchema,
})

const headerCodec: JsonCodec<QuarantineHeader> = jsonCodec('quarantine', headerSchema)
const lineEnd = 0x0a

/** A line of JSON, then the bytes as they were: text would make a full object outgrow its limit. */
export const quarantineCodec: JsonCodec<QuarantineValue> = {
  parse: (stored) => {
    const end = stored.indexOf(lineEnd)
    if (end < 0) return { kind: 'unreadable', reason: 'quarantine: the header has no end' }
    const header = headerCodec.parse(stored.subarray(0, end))
    if (header.kind === 'unreadable') return header
    return { kind: 'value', value: { ...header.value, bytes: stored.slice(end + 1) } }
  },
  encode: ({ bytes, ...header }) => {
    const line = headerCodec.encode(header)
    const stored = new Uint8Array(line.length + 1 + bytes.length)
    stored.set(line)
    stored[line.length] = lineEnd
    stored.set(bytes, line.length + 1)
    return stored
  },
}
