/**
 * RFC 8785 JSON and the hashes over it: every server names the same content alike.
 *
 * Source: RFC 8785 "JSON Canonicalization Scheme".
 */

import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'

import { assert } from '../src/kernel/assert.ts'

const utf8 = new TextEncoder()

/**
 * As the `canonicalize` package writes it (its test compares the two), in a quarter of the time: every
 * put, and every comparison of two values, passes through here.
 *
 * @throws on what JSON cannot say: NaN, infinities, lone surrogates. Parsed values hold none.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'string') return textJson(value)
  if (typeof value === 'number') {
    assert(Number.isFinite(value), 'only finite numbers are written')
    return JSON.stringify(value)
  }
  if (value === null || typeof value !== 'object') {
    assert(value === null || typeof value === 'boolean', 'only JSON values are written')
    return JSON.stringify(value)
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  const members: string[] = []
  const object = value as Readonly<Record<string, unknown>>
  for (const name of Object.keys(object).sort()) {
    const member = object[name]
    if (member !== undefined) members.push(`${textJson(name)}:${canonicalJson(member)}`)
  }
  return `{${members.join(',')}}`
}

/** JSON.stringify writes what RFC 8785 asks for, but hides half a surrogate pair in an escape. */
function textJson(text: string): string {
  const json = JSON.stringify(text)
  assert(!json.includes('\\ud') || !/\p{Surrogate}/u.test(text), 'only well-formed text is written')
  return json
}

/** UTF-8 bytes of the canonical form. */
export function canonicalBytes(value: unknown): Uint8Array {
  return utf8.encode(canonicalJson(value))
}

/** SHA-256 (hex) over the canonical form. */
export function hashId(value: unknown): string {
  return hashBytes(canonicalBytes(value))
}

/** SHA-256 (hex). */
export function hashBytes(bytes: Uint8Array): string {
  return bytesToHex(sha256(bytes))
}

/** Bytes the value takes when it is stored. */
export function storedBytes(value: unknown): number {
  return canonicalBytes(value).length
}
