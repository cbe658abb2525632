/**
 * A raw deflate stream of literals only: one final block with the fixed Huffman code. Pure.
 *
 * Clocks are some forty bytes; a general deflater spends a hundred times longer on setting itself up
 * than on them, and would save a few zeros. Every inflater reads the result.
 *
 *     1 final · 01 fixed code │ literal 0–143: 8 bits from 00110000 │ 144–255: 9 bits from 110010000
 *                             │ end of block: 7 zero bits           │ codes are sent high bit first
 *
 * Source: RFC 1951 §3.2.3, §3.2.6.
 */

function reverseBits(value: number, count: number): number {
  let reversed = 0
  for (let bit = 0; bit < count; bit++) reversed |= ((value >>> bit) & 1) << (count - 1 - bit)
  return reversed
}

/** Per byte its code, bits already in sending order. */
const codes = Uint16Array.from({ length: 256 }, (_, byte) =>
  byte < 144 ? reverseBits(0x30 + byte, 8) : reverseBits(0x190 + byte - 144, 9),
)

export function deflateLiterals(bytes: Uint8Array): Uint8Array {
  // 3 bits of header, at most 9 a byte, 7 at the end.
  const out = new Uint8Array(Math.ceil((10 + bytes.length * 9) / 8))
  let held = 0b011
  let heldBits = 3
  let at = 0
  for (const byte of bytes) {
    held |= (codes[byte] ?? 0) << heldBits
    heldBits += byte < 144 ? 8 : 9
    while (heldBits >= 8) {
      out[at++] = held & 255
      held >>>= 8
      heldBits -= 8
    }
  }
  for (heldBits += 7; heldBits > 0; heldBits -= 8) {
    out[at++] = held & 255
    held >>>= 8
  }
  return out.subarray(0, at)
}
