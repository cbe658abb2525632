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

import { createHash } from 'node:crypto'
import { assert } from '../../kernel/assert.ts'
import type { BucketId } from '../riak-node.ts'
import type { KeyFun } from './bucket-props.ts'

const defaultType = Buffer.from('default')

export function isDefaultType(type: Uint8Array): boolean {
  return defaultType.equals(type)
}

function binary(bytes: Uint8Array): Buffer[] {
  const head = Buffer.alloc(5)
  head[0] = 109
  head.writeUInt32BE(bytes.length, 1)
  return [head, bytes as Buffer]
}

const pair = Buffer.of(104, 2)

function bucketTerm(of: BucketId): Buffer[] {
  return isDefaultType(of.type)
    ? binary(of.bucket)
    : [pair, ...binary(of.type), ...binary(of.bucket)]
}

/** @returns the 20 bytes of the hash, the first byte most significant. */
export function hashKey(of: BucketId, key: Uint8Array, keyFun: KeyFun): Buffer {
  const hash = createHash('sha1')
  const term =
    keyFun === 'chash_std_keyfun' ? [pair, ...bucketTerm(of), ...binary(key)] : bucketTerm(of)
  hash.update(Buffer.concat([Buffer.of(131), ...term]))
  return hash.digest()
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
