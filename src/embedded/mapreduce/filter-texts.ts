/**
 * Texts of key filters: lists of characters, as Erlang's strings are. What is no text becomes one of a
 * single element, its print: so a comparison's `true` is no `"true"` to the filters after it.
 *
 *     <<"ab">> ─▶ [97,98]      12 ─▶ [49,50]      true ─▶ ["true"]
 *
 * Pure. Source: basho/riak_kv src/riak_kv_mapred_filters.erl `to_string/1`; OTP `string`.
 */

import { isFloat, isInteger, isList } from '../../causality/external-term.ts'
import type { Term } from '../../causality/external-term.ts'
import { printTerm } from '../../causality/print-term.ts'
import { termId } from './term-order.ts'

export type Chars = readonly Term[]

/** One character a byte. */
export const codes = (text: string): readonly number[] => [...Buffer.from(text, 'latin1')]

export function charsOf(value: Term): Chars {
  if (value instanceof Uint8Array) return [...value]
  if (isInteger(value)) return codes(String(value))
  if (isFloat(value)) return codes(floatText(value.float))
  return isList(value) ? value : [codes(printTerm(value))]
}

/** `float_to_list/1`: 20 digits, and an exponent of two or more. */
export function floatText(float: number): string {
  return float.toExponential(20).replace(/e([+-])(\d)$/, 'e$10$2')
}

/** The text of bytes only; undefined where it holds anything else. */
export function plainText(chars: Chars): string | undefined {
  const isPlain = chars.every((char) => typeof char === 'number' && char >= 0 && char <= 255)
  return isPlain ? Buffer.from(chars as readonly number[]).toString('latin1') : undefined
}

/** The bytes of an `iolist`; undefined where it is none. */
export function bytesOf(chars: Chars): Buffer | undefined {
  const parts: Uint8Array[] = []
  for (const char of chars) {
    const isByte = typeof char === 'number' && char >= 0 && char <= 255
    const part =
      char instanceof Uint8Array
        ? char
        : isByte
          ? Uint8Array.of(char)
          : isList(char)
            ? bytesOf(char)
            : undefined
    if (part === undefined) return undefined
    parts.push(part)
  }
  return Buffer.concat(parts)
}

/** Each character as what tells it from others. */
export function charIds(chars: Chars): readonly (number | string)[] {
  return chars.map((char) => (typeof char === 'number' ? char : termId(char)))
}

/** Latin1 letters, one by one. */
export function mapLetters(chars: Chars, change: (text: string) => string): Chars {
  return chars.map((char) =>
    typeof char === 'number' ? change(String.fromCharCode(char)).charCodeAt(0) : char,
  )
}

/** Between separators; empty ones are none. */
export function tokensOf(chars: Chars, separators: Chars): readonly Chars[] {
  const ends = new Set(charIds(separators))
  const ids = charIds(chars)
  const tokens: Term[][] = []
  let token: Term[] = []
  for (const [at, char] of chars.entries()) {
    if (!ends.has(ids[at] ?? '')) {
      token.push(char)
      continue
    }
    if (token.length > 0) tokens.push(token)
    token = []
  }
  if (token.length > 0) tokens.push(token)
  return tokens
}

export function isPrefix(part: readonly (number | string)[], of: Chars): boolean {
  if (part.length > of.length) return false
  const ids = charIds(of.slice(0, part.length))
  return part.every((id, at) => id === ids[at])
}
