/**
 * RFC 8785 JSON and the hashes over it: every server names the same content alike.
 *
 * Source: RFC 8785 "JSON Canonicalization Scheme".
 */

import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import canonicalize from 'canonicalize'

import { assert } from '../src/kernel/assert.ts'

const utf8 = new TextEncoder()

/** @throws on what JSON cannot say: NaN, infinities, lone surrogates. Parsed values hold none. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value)
  assert(text !== undefined, 'only JSON values are written')
  return text
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
