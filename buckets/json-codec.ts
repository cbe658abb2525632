/**
 * Stored JSON, parsed and never cast: the codec of every room but raw bytes.
 *
 *     bytes ─UTF-8─▶ text ─JSON─▶ unknown ─schema version─▶ ─zod─▶ value
 *                │         │               │                  │
 *                └─────────┴───── unreadable, with the reason ┘
 *
 * Unknown fields pass (`z.looseObject`). Writing is canonical, so two servers that hold the same value
 * write the same bytes.
 *
 * Source: RFC 8259 (JSON), RFC 8785 (what is written).
 */

import { z } from 'zod'

import { canonicalBytes, canonicalJson } from './canonical-json.ts'
import type { Parsed } from './room.ts'

/** The version this program writes. It reads every older one, of which there is none yet. */
export const schemaVersion = 1

/** Whole milliseconds since 1970 UTC that a Date can hold; clocks too. */
export const timeMsSchema: z.ZodType<number> = z
  .int()
  .min(-8_640_000_000_000_000)
  .max(8_640_000_000_000_000)

export const clockSchema: z.ZodType<number> = z.int().min(0).max(8_640_000_000_000_000)

/** SHA-256, hex. */
export const hashSchema: z.ZodType<string> = z.string().regex(/^[0-9a-f]{64}$/)

export const timeTextSchema: z.ZodType<string> = z
  .string()
  .refine((text) => !Number.isNaN(Date.parse(text)), 'is not a time')

export function registerSchema<T>(
  value: z.ZodType<T>,
): z.ZodType<{ value: T; clock: number; by: string }> {
  return z.looseObject({ value, clock: clockSchema, by: z.string() })
}

export interface JsonCodec<T> {
  readonly parse: (bytes: Uint8Array) => Parsed<T>
  readonly encode: (value: T) => Uint8Array
}

/**
 * JSON that parses but could not be written again: a lone surrogate, a number beyond doubles, nesting
 * deeper than a stack. Only text that matches is looked at closely.
 */
const suspicious =
  /\\u[dD][89a-fA-F]|\d[eE]\+?\d{3}|\d{300}|\[\s*\[\s*\[\s*\[|(?:\{\s*"[^"]{0,40}"\s*:\s*){12}/

export function jsonCodec<T>(name: string, schema: z.ZodType<T>): JsonCodec<T> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const unreadable = (reason: string): Parsed<T> => ({ kind: 'unreadable', reason })
  return {
    parse: (bytes) => {
      let json: unknown
      try {
        const text = decoder.decode(bytes)
        json = JSON.parse(text)
        if (suspicious.test(text)) canonicalJson(json)
      } catch (error) {
        return unreadable(`${name}: ${error instanceof Error ? error.message : 'no JSON'}`)
      }
      const version = schemaOf(json)
      if (version !== undefined && version > schemaVersion) {
        return unreadable(
          `${name}: schema ${version} was written by a newer program; this one reads up to ${schemaVersion}`,
        )
      }
      const parsed = schema.safeParse(json)
      if (parsed.success) return { kind: 'value', value: parsed.data }
      const issue = parsed.error.issues[0]
      const where = issue === undefined || issue.path.length === 0 ? name : issue.path.join('.')
      return unreadable(`${name}: ${where}: ${issue?.message ?? 'does not match its schema'}`)
    },
    encode: canonicalBytes,
  }
}

function schemaOf(json: unknown): number | undefined {
  if (typeof json !== 'object' || json === null || !('schema' in json)) return undefined
  return typeof json.schema === 'number' ? json.schema : undefined
}
