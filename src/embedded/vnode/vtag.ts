/**
 * Tags and keys that the node makes itself, in base 62.
 *
 * Pure; time and dice are handed in.
 *
 * Invariant: a tag is unique to its put, since a node never uses one microsecond twice.
 *
 * Source: basho/riak_kv src/riak_kv_util.erl `make_vtag/1`; riak_core_util.erl `unique_id_62/0`.
 */

import { hash } from 'node:crypto'
import { atom, encodeTerm, tuple } from '../../causality/external-term.ts'

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** The bytes as one unsigned number, most significant first, without leading zeros. */
export function base62(bytes: Uint8Array): string {
  // Schoolbook division in base 2^16 keeps this free of BigInt: it runs once a put.
  const words: number[] = []
  for (let at = 0; at < bytes.length; at += 2) {
    words.push(((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0))
  }
  const characters: number[] = []
  let first = 0
  while (first < words.length) {
    let remainder = 0
    for (let at = first; at < words.length; at++) {
      const value = remainder * 65_536 + (words[at] ?? 0)
      words[at] = Math.floor(value / 62)
      remainder = value % 62
    }
    characters.push(digits.charCodeAt(remainder))
    while (first < words.length && words[first] === 0) first++
  }
  return characters.length === 0 ? '0' : String.fromCharCode(...characters.reverse())
}

/** @param micros - since 1970, unique on this node. */
export function makeVtag(node: string, micros: number): string {
  const mega = Math.floor(micros / 1e12)
  const seconds = Math.floor(micros / 1e6) % 1_000_000
  const term = tuple(atom(node), tuple(mega, seconds, micros % 1_000_000))
  return base62(hash('md5', encodeTerm(term), 'buffer'))
}

/** A key for a put without one: 160 bits. */
export function makeKey(random: Uint8Array): Uint8Array {
  return Buffer.from(base62(random))
}
