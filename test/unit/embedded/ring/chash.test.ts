import { describe, expect, test } from 'vitest'
import {
  firstPrimary,
  hashKey,
  isDefaultType,
  ringIndex,
} from '../../../../src/embedded/ring/chash.ts'

const at = (type: string, bucket: string) => ({
  type: Buffer.from(type),
  bucket: Buffer.from(bucket),
})

describe('chash', () => {
  // RIAK.md §1.1: computed by Erlang; the first is a constant of riak_core's own test.
  test.each([
    ['default', 'foo', 'bar', '49d41bea680d96cf005256b77de1ac9a872e0670', 19],
    ['maps', 'foo', 'bar', '6b00674e2008d17f9ef8a860b16eb42f9fa73b36', 27],
    ['default', 'posts', 'hello-world', '008f089cc62ebacdf619ff109e491f44f3e97093', 1],
    ['posts', 'en', 'hello-world', 'be44835741c27428e1c65986d6b43fec74ac0f63', 48],
  ])('%s/%s/%s lies where Riak puts it (q=64)', (type, bucket, key, hex, partition) => {
    const hash = hashKey(at(type, bucket), Buffer.from(key), 'chash_std_keyfun')
    expect(hash.toString('hex')).toBe(hex)
    expect(firstPrimary(hash, 64)).toBe(partition)
  })

  test('raw/kd begins at partition 43, as a Riak 3.2.3 answered (captures/pb-raw-2)', () => {
    const hash = hashKey(at('default', 'raw'), Buffer.from('kd'), 'chash_std_keyfun')
    expect(firstPrimary(hash, 64)).toBe(43)
  })

  test('the start of a partition is its part of the circle', () => {
    expect(ringIndex(19, 64)).toBe(433883298582611803841718934712646521460354973696n)
    expect(ringIndex(0, 64)).toBe(0n)
  })

  test('a hash in the last partition wraps around to partition 0', () => {
    expect(firstPrimary(Buffer.alloc(20, 0xff), 64)).toBe(0)
    expect(firstPrimary(Buffer.alloc(20, 0), 64)).toBe(1)
    expect(firstPrimary(Buffer.alloc(20, 0xff), 1024)).toBe(0)
  })

  test('chash_bucketonly_keyfun puts all keys of a bucket in one place, types apart', () => {
    const hash = (type: string, key: string) =>
      hashKey(at(type, 'b'), Buffer.from(key), 'chash_bucketonly_keyfun').toString('hex')
    expect(hash('default', 'x')).toBe(hash('default', 'y'))
    expect(hash('default', 'x')).not.toBe(hash('posts', 'x'))
  })

  test('only the bytes "default" are the default type', () => {
    expect(isDefaultType(Uint8Array.from(Buffer.from('default')))).toBe(true)
    expect(isDefaultType(Buffer.from('defaults'))).toBe(false)
    expect(isDefaultType(Buffer.from(''))).toBe(false)
  })
})
