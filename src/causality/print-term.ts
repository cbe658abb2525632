/**
 * A term as Erlang prints it (`~p` on one line): the texts in which Riak answers errors. Pure.
 *
 * Not here: `~p`'s line breaks after 80 columns.
 *
 * Source: Erlang/OTP stdlib io_lib.erl, io_lib_pretty.erl.
 */

import { isAtom, isList, isTuple } from './external-term.ts'
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
  if (typeof term === 'number' || typeof term === 'bigint') return String(term)
  if (term instanceof Uint8Array) return printBinary(term)
  if (isAtom(term)) return printAtom(term.atom)
  if (isTuple(term)) return `{${term.tuple.map(printTerm).join(',')}}`
  if (isList(term)) return printList(term)
  return ''
}

export function printAtom(name: string): string {
  const plain = /^[a-z][a-zA-Z0-9_@]*$/.test(name) && !reserved.has(name)
  return plain ? name : `'${name.replace(/[\\']/g, '\\$&')}'`
}

function isPrintable(code: number): boolean {
  return (code >= 32 && code <= 126) || (code >= 160 && code <= 255) || (code >= 8 && code <= 13)
}

const escapes: Readonly<Record<number, string>> = {
  8: '\\b',
  9: '\\t',
  10: '\\n',
  11: '\\v',
  12: '\\f',
  13: '\\r',
  34: '\\"',
  92: '\\\\',
}

function quote(codes: Iterable<number>): string {
  let text = ''
  for (const code of codes) text += escapes[code] ?? String.fromCodePoint(code)
  return `"${text}"`
}

function printBinary(bytes: Uint8Array): string {
  if (bytes.length === 0) return '<<>>'
  return bytes.every(isPrintable) ? `<<${quote(bytes)}>>` : `<<${bytes.join(',')}>>`
}

function printList(list: readonly Term[]): string {
  const codes = list.filter((element): element is number => typeof element === 'number')
  const isText = codes.length > 0 && codes.length === list.length && codes.every(isPrintable)
  return isText ? quote(codes) : `[${list.map(printTerm).join(',')}]`
}
