import canonicalize from 'canonicalize'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson } from '../../../buckets/canonical-json.ts'

describe('canonical JSON', () => {
  test('equals what the canonicalize package writes (any JSON value)', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        expect(canonicalJson(value)).toBe(canonicalize(value))
      }),
    )
  })

  test('equals it for names that look like numbers, escapes, and numbers of every size', () => {
    const values = [
      { 10: 'a', 9: 'b', a: 'c', B: 'd', '\u20ac': 1, '\ud83d\ude00': 2, '\r': 3 },
      ['\u0000\u001f\u007f\u2028\u2029"\\/', '\\ud800 as text', '\ud83d\ude00'],
      [1e21, 1e-7, -0, 0.1, 5e-324, Number.MAX_SAFE_INTEGER, 1e300],
      { kept: null, dropped: undefined },
    ]
    for (const value of values) expect(canonicalJson(value)).toBe(canonicalize(value))
  })

  test.each([NaN, Infinity, '\ud800', { '\udc00': 1 }, Symbol('x')])(
    'refuses what JSON cannot say (%s)',
    (value) => {
      expect(() => canonicalJson({ nested: [value] })).toThrow()
    },
  )
})
