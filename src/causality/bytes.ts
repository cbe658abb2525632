/**
 * Byte strings: order and equality. Pure.
 *
 * Not here: text encodings.
 *
 * Source: the order of binaries in Erlang (bytewise, a prefix first).
 */

/** @returns negative, 0 or positive, as a sort wants it. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length)
  for (let at = 0; at < shared; at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** Below this a loop is quicker than a call out of JavaScript; at 8 KB it takes a hundred times as long. */
const loopBytesMax = 64

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  if (a.length > loopBytesMax) return Buffer.compare(a, b) === 0
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false
  return true
}
