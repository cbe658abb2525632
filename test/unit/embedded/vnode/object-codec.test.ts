import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  ObjectCodecError,
  decodeObject,
  encodeObject,
} from '../../../../src/embedded/vnode/object-codec.ts'
import type { ObjectValue, RiakObject } from '../../../../src/embedded/vnode/riak-object.ts'

const bytes = fc.uint8Array({ maxLength: 12 })
const optional = <T>(arbitrary: fc.Arbitrary<T>, name: string) =>
  fc
    .option(arbitrary, { nil: undefined })
    .map((value) => (value === undefined ? {} : { [name]: value }))
const dots = fc.record({
  actor: fc.uint8Array({ minLength: 8, maxLength: 8 }),
  counter: fc.nat(),
  timestamp: fc.integer({ min: 62_167_219_200, max: 70_000_000_000 }),
})
const values: fc.Arbitrary<ObjectValue> = fc
  .tuple(
    fc.record({
      value: bytes,
      isTombstone: fc.boolean(),
      vtag: fc.stringMatching(/^[0-9A-Za-z]{1,22}$/),
      lastModified: fc.record({ seconds: fc.nat(4_000_000_000), micros: fc.nat(999_999) }),
      dot: fc.option(dots, { nil: undefined }),
    }),
    optional(fc.string(), 'contentType'),
    optional(fc.string(), 'charset'),
    optional(fc.string(), 'contentEncoding'),
    optional(
      fc.array(fc.record({ bucket: bytes, key: bytes, tag: bytes }), { minLength: 1 }),
      'links',
    ),
    optional(fc.array(fc.record({ key: bytes, value: bytes }), { minLength: 1 }), 'userMeta'),
    optional(
      fc.array(fc.record({ field: fc.stringMatching(/^[a-z]{1,5}_bin$/), value: bytes }), {
        minLength: 1,
      }),
      'indexes',
    ),
  )
  .map(([base, ...more]) => Object.assign({}, base, ...more) as ObjectValue)
const objects: fc.Arbitrary<RiakObject> = fc.record({
  vclock: fc.array(dots, { maxLength: 1 }),
  values: fc.array(values, { minLength: 1, maxLength: 3 }),
})

/** Views into the bytes that were read, as plain arrays. */
const plain = (object: RiakObject): unknown =>
  JSON.parse(
    JSON.stringify(object, (_, value: unknown) => {
      if (value instanceof Uint8Array) return [...value]
      const isBuffer =
        typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer'
      return isBuffer && 'data' in value ? value.data : value
    }),
  )

describe('object on the disk', () => {
  test('every object is read as it was written', () => {
    fc.assert(
      fc.property(objects, (object) => {
        expect(plain(decodeObject(encodeObject(object)))).toEqual(plain(object))
      }),
    )
  })

  test("begins as Riak's version 1: 53, 1, the clock's length and term", () => {
    const object: RiakObject = {
      vclock: [],
      values: [
        {
          value: Buffer.from('v'),
          isTombstone: false,
          vtag: 'T',
          lastModified: { seconds: 1_795_417_814, micros: 608_449 },
          dot: undefined,
        },
      ],
    }
    expect(encodeObject(object).toString('hex')).toBe(
      '3501' +
        '00000002' +
        '836a' +
        '00000001' +
        '00000002' +
        '0176' +
        '0000000f' +
        '00000703' +
        '00066016' +
        '000948c1' +
        '0154' +
        '00',
    )
  })

  test('damaged bytes are an ObjectCodecError or another object, never anything else', () => {
    fc.assert(
      fc.property(objects, fc.nat(), fc.nat(255), fc.boolean(), (object, at, byte, cut) => {
        const whole = encodeObject(object)
        whole[at % whole.length] = byte
        const damaged = cut ? whole.subarray(0, at % whole.length) : whole
        try {
          decodeObject(damaged)
        } catch (error) {
          expect(error).toBeInstanceOf(ObjectCodecError)
        }
      }),
      { numRuns: 1_000 },
    )
  })

  test.each(['', '35', '3502', '3501ffffffff', '3501000000028' + '36a00000000'])(
    '%s is refused',
    (hex) => {
      expect(() => decodeObject(Buffer.from(hex, 'hex'))).toThrow(ObjectCodecError)
    },
  )
})
