/**
 * Uploaded bytes, stored by their hash.
 *
 *     media/<site>/<hash>        MediaValue (JSON): what it is and how many chunks
 *     media/<site>/<hash>/<i>    chunk i (0-based) as raw bytes
 *
 * Chunks are put before the value that names them.
 */

import { z } from 'zod'

import { hashSchema, jsonCodec } from '../json-codec.ts'
import type { JsonCodec } from '../json-codec.ts'

export interface MediaValue {
  readonly schema: 1
  /** SHA-256 (hex) of the whole. */
  readonly hash: string
  readonly byteLength: number
  readonly chunkCount: number
  /** Bytes of every chunk but the last. */
  readonly chunkBytes: number
  readonly contentType: string
  /** File names it was uploaded under, sorted. */
  readonly names: readonly string[]
}

const mediaSchema: z.ZodType<MediaValue> = z.looseObject({
  schema: z.literal(1),
  hash: hashSchema,
  byteLength: z.int().nonnegative(),
  chunkCount: z.int().nonnegative(),
  chunkBytes: z.int().positive(),
  contentType: z.string(),
  names: z.array(z.string()),
})

export const mediaCodec: JsonCodec<MediaValue> = jsonCodec('media', mediaSchema)
