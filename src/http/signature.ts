/** Signatures of what leaves this server and comes back: tickets, stamps, cookies of commenters. */

import { createHmac, timingSafeEqual } from 'node:crypto'

/**
 * @param purpose - what the signature is good for: a text signed for one purpose is nothing for another.
 * @returns 27 characters of base64url, 162 bits.
 */
export function signatureOf(purpose: string, text: string, secret: string): string {
  return createHmac('sha256', secret).update(`${purpose} ${text}`).digest('base64url').slice(0, 27)
}

/** Compared in constant time. */
export function isSignedBy(given: string, purpose: string, text: string, secret: string): boolean {
  const expected = Buffer.from(signatureOf(purpose, text, secret))
  const signature = Buffer.from(given)
  return signature.length === expected.length && timingSafeEqual(signature, expected)
}
