/**
 * How the node's records lie in the one ordered database: partitions are key prefixes.
 *
 * Pure.
 *
 *     o │ partition:16 │ esc(type) │ esc(bucket) │ key                             object
 *     i │ partition:16 │ esc(type) │ esc(bucket) │ esc(field) │ esc(term) │ key    index entry, no value
 *
 *     esc(x): x with 00 → 00 ff, closed by 00 01: keeps the order of byte strings, and no encoded
 *     string is a prefix of another
 *
 * Invariants: within a partition objects ascend by (type, bucket, key), index entries by
 * (type, bucket, field, term, key); integer terms ascend by value.
 *
 * Source: basho/riak_kv src/riak_kv_eleveldb_backend.erl `to_object_key/2`, `to_index_key/4` (sext).
 */

import type { DiskRange } from '../../kernel/ports.ts'
import type { BucketId } from '../requests.ts'

export interface Bkey extends BucketId {
  readonly key: Uint8Array
}

/** Bytes that an escaped string takes, its end included. */
function escapedLength(bytes: Uint8Array): number {
  let length = bytes.length + 2
  for (const byte of bytes) if (byte === 0) length++
  return length
}

/** @returns where the next part begins. */
function writeEscaped(bytes: Uint8Array, into: Buffer, start: number): number {
  let at = start
  for (const byte of bytes) {
    into[at++] = byte
    if (byte === 0) into[at++] = 0xff
  }
  into[at++] = 0
  into[at++] = 1
  return at
}

const noKey = new Uint8Array(0)

/** Kind and partition, strings escaped, and the rest as it is. */
function joined(
  kind: 'o' | 'i',
  partition: number,
  strings: readonly Uint8Array[],
  rest: Uint8Array = noKey,
): Buffer {
  let size = 3 + rest.length
  for (const string of strings) size += escapedLength(string)
  const key = Buffer.allocUnsafe(size)
  key[0] = kind.charCodeAt(0)
  key[1] = partition >>> 8
  key[2] = partition & 255
  let at = 3
  for (const string of strings) at = writeEscaped(string, key, at)
  key.set(rest, at)
  return key
}

/** The first key after every key that begins with `start` (which never ends in 0xff bytes only). */
export function afterPrefix(start: Uint8Array): Buffer {
  const end = Buffer.from(start)
  let last = end.length - 1
  while ((end[last] ?? 0) === 0xff) last--
  end[last] = (end[last] ?? 0) + 1
  return end.subarray(0, last + 1)
}

export function objectKey(partition: number, at: Bkey): Buffer {
  return joined('o', partition, [at.type, at.bucket], at.key)
}

/** The keys of one object in several partitions. */
export function objectKeys(partitions: readonly number[], at: Bkey): readonly Buffer[] {
  let first: Buffer | undefined
  return partitions.map((partition) => {
    if (first === undefined) return (first = objectKey(partition, at))
    const key = Buffer.from(first)
    key[1] = partition >>> 8
    key[2] = partition & 255
    return key
  })
}

/** Every object of a bucket in a partition. */
export function bucketRange(partition: number, of: BucketId): DiskRange {
  const gte = joined('o', partition, [of.type, of.bucket])
  return { gte, lt: afterPrefix(gte) }
}

/** Every object of a bucket type in a partition. */
export function typeRange(partition: number, type: Uint8Array): DiskRange {
  const gte = joined('o', partition, [type])
  return { gte, lt: afterPrefix(gte) }
}

/** Everything in a partition: objects or index entries. */
export function partitionRange(kind: 'o' | 'i', partition: number): DiskRange {
  const gte = joined(kind, partition, [])
  return { gte, lt: afterPrefix(gte) }
}

export interface IndexTerm {
  readonly field: Uint8Array
  /** For `_int` fields as `encodeIntTerm` makes it. */
  readonly term: Uint8Array
}

export function indexKey(partition: number, at: Bkey, entry: IndexTerm): Buffer {
  return joined('i', partition, [at.type, at.bucket, entry.field, entry.term], at.key)
}

/** Entries with `from` ≤ term ≤ `to`. */
export function termRange(
  partition: number,
  of: BucketId,
  field: Uint8Array,
  from: Uint8Array,
  to: Uint8Array,
): DiskRange {
  const upTo = (term: Uint8Array): Buffer =>
    joined('i', partition, [of.type, of.bucket, field, term])
  return { gte: upTo(from), lt: afterPrefix(upTo(to)) }
}

/** Reads the escaped strings of a key one after another. */
export class KeyReader {
  private at: number
  private readonly bytes: Uint8Array

  /** @param from - where the first escaped string begins; 3 after kind and partition. */
  constructor(bytes: Uint8Array, from = 3) {
    this.bytes = bytes
    this.at = from
  }

  /** The next escaped string, unescaped. */
  part(): Uint8Array {
    const from = this.at
    let zero = this.bytes.indexOf(0, from)
    let hasZeros = false
    while (zero !== -1 && this.bytes[zero + 1] === 0xff) {
      hasZeros = true
      zero = this.bytes.indexOf(0, zero + 2)
    }
    const end = zero === -1 ? this.bytes.length : zero
    this.at = end + 2
    const part = this.bytes.subarray(from, end)
    return hasZeros ? part.filter((byte, at) => !(byte === 0xff && part[at - 1] === 0)) : part
  }

  /** What is left: the object's key. */
  rest(): Uint8Array {
    return this.bytes.subarray(this.at)
  }
}

/**
 * An integer as bytes that ascend with its value: sign and length, then the magnitude.
 *
 *     −256 → 7d feff   −1 → 7e fe   0 → 80   1 → 81 01   256 → 82 0100
 */
export function encodeIntTerm(value: bigint): Buffer {
  if (value === 0n) return Buffer.of(0x80)
  const magnitude = value < 0n ? -value : value
  const hex = magnitude.toString(16)
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
  if (value > 0n) return Buffer.concat([Buffer.of(0x80 + bytes.length), bytes])
  for (let at = 0; at < bytes.length; at++) bytes[at] = ~(bytes[at] ?? 0) & 255
  return Buffer.concat([Buffer.of(0x7f - bytes.length), bytes])
}

/** Longest magnitude that the one length byte can tell. */
export const intTermBytesMax = 126

export function decodeIntTerm(term: Uint8Array): bigint {
  const head = term[0] ?? 0x80
  if (head === 0x80) return 0n
  const bytes = Buffer.from(term.subarray(1))
  if (head > 0x80) return BigInt(`0x${bytes.toString('hex')}`)
  for (let at = 0; at < bytes.length; at++) bytes[at] = ~(bytes[at] ?? 0) & 255
  return -BigInt(`0x${bytes.toString('hex')}`)
}
