/**
 * Consistent hashing: from a key to its place on the ring.
 *
 * Pure. The hash is part of the storage format: another hash would put every key elsewhere.
 *
 *     SHA-1 of 131, {Bucket, Key}              default type: the type is not hashed
 *     SHA-1 of 131, {{Type, Bucket}, Key}      other types
 *
 * Invariant: the ring size is a power of two, so a partition is the top bits of the hash.
 *
 * Source: basho/riak_core src/chash.erl, riak_core_util.erl `chash_std_keyfun/1`; RIAK.md §1.1.
 */

import { hash } from 'node:crypto'
import { assert } from '../../kernel/assert.ts'
import type { BucketId } from '../requests.ts'
import type { KeyFun } from './bucket-props.ts'

const defaultType = Buffer.from('default')

export function isDefaultType(type: Uint8Array): boolean {
  return defaultType.equals(type)
}

/** A binary takes its length in four bytes, and a tag. */
const binaryHead = 5

function writeBinary(bytes: Uint8Array, into: Buffer, at: number): number {
  into[at] = 109
  into.writeUInt32BE(bytes.length, at + 1)
  into.set(bytes, at + binaryHead)
  return at + binaryHead + bytes.length
}

function writePair(into: Buffer, at: number): number {
  into[at] = 104
  into[at + 1] = 2
  return at + 2
}

/** @returns the 20 bytes of the hash, the first byte most significant. */
export function hashKey(of: BucketId, key: Uint8Array, keyFun: KeyFun): Buffer {
  const hasKey = keyFun === 'chash_std_keyfun'
  const hasType = !isDefaultType(of.type)
  const sizeMax = 1 + 4 + 3 * binaryHead + of.type.length + of.bucket.length + key.length
  const term = Buffer.allocUnsafe(sizeMax)
  term[0] = 131
  let end = 1
  if (hasKey) end = writePair(term, end)
  if (hasType) end = writeBinary(of.type, term, writePair(term, end))
  end = writeBinary(of.bucket, term, end)
  if (hasKey) end = writeBinary(key, term, end)
  return hash('sha1', term.subarray(0, end), 'buffer')
}

/** The partition that follows the one the hash falls in: 0 ≤ id < ringSize. */
export function firstPrimary(hash: Uint8Array, ringSize: number): number {
  assert((ringSize & (ringSize - 1)) === 0, 'the ring size is a power of two')
  const top = ((hash[0] ?? 0) << 16) | ((hash[1] ?? 0) << 8) | (hash[2] ?? 0)
  return (Math.floor((top * ringSize) / 2 ** 24) + 1) % ringSize
}

/** Where a partition starts on the circle of 2^160: what Riak prints as its index. */
export function ringIndex(partition: number, ringSize: number): bigint {
  return BigInt(partition) * (2n ** 160n / BigInt(ringSize))
}
