/**
 * A term as Erlang prints it (`~p` on one line): the texts in which Riak answers errors. Pure.
 *
 * Not here: `~p`'s line breaks after 80 columns (`pretty-term.ts`).
 *
 * Source: Erlang/OTP stdlib io_lib.erl, io_lib_pretty.erl.
 */

import { isAtom, isFloat, isImproper, isInteger, isList, isTuple } from './external-term.ts'
import type { Term } from './external-term.ts'

/** Words that must be quoted although they look like atoms. */
const reserved = new Set(
  (
    'after and andalso band begin bnot bor bsl bsr bxor case catch cond div end fun if let ' +
    'maybe not of or orelse receive rem try when xor'
  ).split(' '),
)

/**
 * @example
 * printTerm(tuple(atom('r_val_unsatisfied'), 2, 1)) // '{r_val_unsatisfied,2,1}'
 */
export function printTerm(term: Term): string {
  if (isInteger(term)) return String(term)
  if (term instanceof Uint8Array) return printBinary(term)
  if (isAtom(term)) return printAtom(term.atom)
  if (isTuple(term)) return `{${term.tuple.map(printTerm).join(',')}}`
  if (isFloat(term)) return printFloat(term.float)
  if (isImproper(term)) return `[${term.head.map(printTerm).join(',')}|${printTerm(term.tail)}]`
  if (isList(term)) return printList(term)
  return `#{${term.map.map((pair) => pair.map(printTerm).join(' => ')).join(',')}}`
}

/** The shorter of the two ways to write it, with the fewest digits that read back the same. */
export function printFloat(value: number): string {
  const [mantissa = '0', exponent = '0'] = Math.abs(value).toExponential().split('e')
  const digits = mantissa.replace('.', '')
  const scale = Number(exponent)
  const scientific = `${digits[0] ?? '0'}.${digits.slice(1) || '0'}e${scale}`
  const decimal = decimalText(digits, scale)
  const sign = value < 0 || Object.is(value, -0) ? '-' : ''
  return sign + (decimal.length <= scientific.length ? decimal : scientific)
}

/** `digits` with the point after the first, times 10 to the power of `scale`, without an exponent. */
export function decimalText(digits: string, scale: number): string {
  if (scale < 0) return `0.${'0'.repeat(-scale - 1)}${digits}`
  const whole = digits.slice(0, scale + 1).padEnd(scale + 1, '0')
  return `${whole}.${digits.slice(scale + 1) || '0'}`
}

export function printAtom(name: string): string {
  const plain = /^[a-z][a-zA-Z0-9_@]*$/.test(name) && !reserved.has(name)
  return plain ? name : `'${name.replace(/[\\']/g, '\\$&')}'`
}

/** A character of latin1 that a string of Erlang shows as itself, or by its escape. */
export function isPrintable(code: Term | undefined): code is number {
  if (typeof code !== 'number') return false
  if (code >= 32 && code <= 126) return true
  return (code >= 160 && code <= 255) || (code >= 8 && code <= 13) || code === 27
}

const escapes: Readonly<Record<number, string>> = {
  8: '\\b',
  9: '\\t',
  10: '\\n',
  11: '\\v',
  12: '\\f',
  13: '\\r',
  27: '\\e',
  34: '\\"',
  92: '\\\\',
}

/** A text of printable latin1 characters, as a string of Erlang. */
export function quoteLatin1(codes: Iterable<number>): string {
  let text = ''
  for (const code of codes) text += escapes[code] ?? String.fromCodePoint(code)
  return `"${text}"`
}

function printBinary(bytes: Uint8Array): string {
  if (bytes.length === 0) return '<<>>'
  return bytes.every(isPrintable) ? `<<${quoteLatin1(bytes)}>>` : `<<${bytes.join(',')}>>`
}

function printList(list: readonly Term[]): string {
  const isText = list.length > 0 && list.every(isPrintable)
  return isText ? quoteLatin1(list) : `[${list.map(printTerm).join(',')}]`
}
