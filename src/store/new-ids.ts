/**
 * Ids: ULIDs (26 characters of Crockford's base 32), fresh or derived from what they stand for.
 *
 * A derived id makes a repeated request meet its own first try instead of making a second object.
 */

import { sha256 } from '@noble/hashes/sha2.js'
import type { Clock, Dice } from '../kernel/ports.ts'

const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const utf8 = new TextEncoder()

/** @param bytes - 16; big endian. */
function encode(bytes: Uint8Array): string {
  let rest = 0n
  for (const byte of bytes) rest = (rest << 8n) | BigInt(byte)
  let text = ''
  for (let digit = 0; digit < 26; digit++) {
    text = crockford.charAt(Number(rest & 31n)) + text
    rest >>= 5n
  }
  return text
}

/** 48 bits of wall time, 80 of dice. */
export function freshId(clock: Clock, dice: Dice): string {
  const bytes = new Uint8Array(16)
  bytes.set(dice.bytes(10), 6)
  let rest = clock.nowMs()
  for (let at = 5; at >= 0; at--) {
    bytes[at] = rest % 256
    rest = Math.floor(rest / 256)
  }
  return encode(bytes)
}

/** The same parts always give the same id; no two lists of parts can be confused. */
export function derivedId(...parts: readonly string[]): string {
  return encode(sha256(utf8.encode(JSON.stringify(parts))).subarray(0, 16))
}

export function isId(text: string): boolean {
  return /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(text)
}
