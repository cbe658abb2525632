/** Secrets that we hand out: made of dice, and kept as their hash alone. */

import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import type { Dice } from '../kernel/ports.ts'

const utf8 = new TextEncoder()

/** 256 bits as 43 characters of base64url. */
export function freshSecret(dice: Dice): string {
  const binary = Array.from(dice.bytes(32), (byte) => String.fromCharCode(byte)).join('')
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** The key under which a secret is found: SHA-256, hex. */
export function secretHash(text: string): string {
  return bytesToHex(sha256(utf8.encode(text)))
}
