import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  KeyReader,
  afterPrefix,
  bucketRange,
  decodeIntTerm,
  encodeIntTerm,
  indexKey,
  objectKey,
  termRange,
} from '../../../../src/embedded/vnode/disk-keys.ts'

const bytes = fc
  .uint8Array({ maxLength: 5 })
  .map((array) => Buffer.from(array.map((b) => (b % 3 === 0 ? 0 : b % 3 === 1 ? 255 : b))))
const bkeys = fc.record({ type: bytes, bucket: bytes, key: bytes })
const within = (key: Buffer, range: { gte: Uint8Array; lt: Uint8Array }): boolean =>
  Buffer.compare(range.gte, key) <= 0 && Buffer.compare(key, range.lt) < 0

describe('keys on the disk', () => {
  test('objects ascend by (type, bucket, key), zeros in names included', () => {
    fc.assert(
      fc.property(bkeys, bkeys, (a, b) => {
        const byParts =
          Buffer.compare(a.type, b.type) ||
          Buffer.compare(a.bucket, b.bucket) ||
          Buffer.compare(a.key, b.key)
        expect(Math.sign(Buffer.compare(objectKey(5, a), objectKey(5, b)))).toBe(Math.sign(byParts))
      }),
    )
  })

  test('a key is read back as it was written', () => {
    fc.assert(
      fc.property(bkeys, (at) => {
        const reader = new KeyReader(objectKey(513, at))
        expect(
          [reader.part(), reader.part(), reader.rest()].map((part) => Buffer.from(part)),
        ).toEqual([at.type, at.bucket, at.key])
      }),
    )
  })

  test("a bucket's range holds its keys and no other bucket's", () => {
    fc.assert(
      fc.property(bkeys, bkeys, (a, b) => {
        const isSame = a.type.equals(b.type) && a.bucket.equals(b.bucket)
        expect(within(objectKey(7, b), bucketRange(7, a))).toBe(isSame)
      }),
    )
  })

  test('a term range is inclusive at both ends and holds nothing beyond', () => {
    const of = { type: Buffer.from('t'), bucket: Buffer.from('b') }
    const field = Buffer.from('f_bin')
    fc.assert(
      fc.property(bytes, bytes, bytes, bytes, (from, to, term, key) => {
        const range = termRange(1, of, field, from, to)
        const inRange = Buffer.compare(from, term) <= 0 && Buffer.compare(term, to) <= 0
        expect(within(indexKey(1, { ...of, key }, { field, term }), range)).toBe(inRange)
      }),
    )
  })

  test('what follows a prefix is above everything that begins with it', () => {
    fc.assert(
      fc.property(bytes, bytes, (prefix, rest) => {
        const start = Buffer.concat([Buffer.of(1), prefix])
        expect(within(Buffer.concat([start, rest]), { gte: start, lt: afterPrefix(start) })).toBe(
          true,
        )
      }),
    )
  })
})

describe('integer terms', () => {
  test('ascend by value, and are read back (small, negative, huge)', () => {
    const integers = fc.oneof(
      fc.bigInt({ min: -300n, max: 300n }),
      fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
    )
    fc.assert(
      fc.property(integers, integers, (a, b) => {
        const order = Buffer.compare(encodeIntTerm(a), encodeIntTerm(b))
        expect(Math.sign(order)).toBe(a < b ? -1 : a > b ? 1 : 0)
        expect(decodeIntTerm(encodeIntTerm(a))).toBe(a)
      }),
    )
  })

  test.each([
    [-256n, '7dfeff'],
    [-1n, '7efe'],
    [0n, '80'],
    [1n, '8101'],
    [256n, '820100'],
  ])('%s is %s', (value, hex) => {
    expect(encodeIntTerm(value).toString('hex')).toBe(hex)
  })
})
