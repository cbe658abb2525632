/**
 * Erlang terms in print, as far as error texts need them.
 *
 * Texts are byte strings in Riak: here each character of a string stands for one byte (latin1).
 *
 * Source: OTP lib/stdlib/src/io_lib_pretty.erl (`~p` of binaries).
 */

import { printTerm } from '../../causality/print-term.ts'

/** More of a client's own bytes than this is not sent back to it. */
const printedBytesMax = 512

/** `<<"text">>` where every byte is printable in latin1, `<<1,2,3>>` otherwise. */
export function printBinary(bytes: Uint8Array | undefined): string {
  if (bytes === undefined) return 'undefined'
  if (bytes.length <= printedBytesMax) return printTerm(bytes)
  return `${printTerm(bytes.subarray(0, printedBytesMax)).slice(0, -2)}...>>`
}

/** A byte string as text, one character a byte. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

/** A text as bytes; for what came through `latin1`, and for Riak's own words, which are ASCII. */
export function toBytes(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}
