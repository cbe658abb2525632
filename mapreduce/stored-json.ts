/**
 * Stored values read as the jobs read them: quickly, and by rules that three languages keep alike.
 *
 *     bytes ─UTF-8─▶ text ─plain?─▶ ─JSON─▶ ─shape─▶ value
 *               └──────┴──────────────┴───────┴──▶ undefined: the store reads it itself
 *
 * Pure. Invariant: what is a value here is one for the room's codec too, and the same one. The reverse
 * does not hold: what languages read apart (half surrogates, depth, times far off) is left to the store.
 * Not here: what follows from a value (`post-rows.ts`, `comment-rows.ts`, `rows.ts`).
 *
 * Source: `buckets/posts/schema.ts`, `buckets/comments/schema.ts`; RFC 8259.
 */

import { timeMsMax } from '../buckets/hybrid-clock.ts'

export type JsonObject = Readonly<Record<string, unknown>>

/** The latest time whose sort key is exact in doubles, ms: in the year 13606. */
export const placeMsMax: number = Number.MAX_SAFE_INTEGER - timeMsMax

/** Deeper values are left to the store: ours are 7 deep, and engines differ in how deep they read. */
const depthMax = 32

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** @returns undefined for what is not a JSON object, or may be read apart by other engines. */
export function readObject(bytes: Uint8Array): JsonObject | undefined {
  try {
    const text = decoder.decode(bytes)
    if (!isPlainText(text)) return undefined
    const json: unknown = JSON.parse(text)
    return isObject(json) && isPlainJson(json, depthMax) ? json : undefined
  } catch {
    return undefined
  }
}

/**
 * Escaped surrogates may be halves. A replacement character may stand for bytes that were not UTF-8:
 * JavaScript phases get text, not bytes.
 */
function isPlainText(text: string): boolean {
  return !text.includes('\\ud') && !text.includes('\\uD') && !text.includes('\ufffd')
}

/** No number beyond doubles, not too deep. */
function isPlainJson(value: unknown, depth: number): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || value === null) return true
  if (depth === 0) return false
  if (Array.isArray(value)) return value.every((element) => isPlainJson(element, depth - 1))
  const object = value as JsonObject
  for (const name in object) if (!isPlainJson(object[name], depth - 1)) return false
  return true
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isText(value: unknown): value is string {
  return typeof value === 'string'
}

export function isId(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

/** SHA-256, hex. */
export function isHash(value: unknown): value is string {
  return typeof value === 'string' && value.length === 64 && /^[0-9a-f]+$/.test(value)
}

export function isTime(value: unknown): value is number {
  return isWhole(value, -timeMsMax, timeMsMax)
}

export function isPlaceTime(value: unknown): value is number {
  return isWhole(value, -timeMsMax, placeMsMax)
}

export function isClock(value: unknown): value is number {
  return isWhole(value, 0, timeMsMax)
}

export function isWhole(value: unknown, min: number, max: number): value is number {
  return typeof value === 'number' && value >= min && value <= max && Number.isInteger(value)
}

export function isListOf(value: unknown, isElement: (element: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isElement)
}

/** As `toISOString` writes it, in the years 0000 to 9999: the form in which posts are stored. */
export function isIsoTime(value: unknown): value is string {
  if (typeof value !== 'string') return false
  const match = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\.\d{3}Z$/.exec(value)
  if (match === null) return false
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const isDay = month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month)
  return isDay && hour <= 23 && minute <= 59 && second <= 59
}

function daysIn(year: number, month: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
}
