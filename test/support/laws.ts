import fc from 'fast-check'
import { expect, test } from 'vitest'

/**
 * The three laws every merge keeps, whatever the order in which siblings arrive.
 *
 * @param values - of merged values: a merge brings what it is given into its canonical order.
 */
export function mergeLaws<T>(
  merge: (a: T, b: T) => T,
  values: fc.Arbitrary<T>,
  numRuns = 200,
): void {
  const canonical = values.map((value) => merge(value, value))

  test('is idempotent: merge(a, a) = a', () => {
    fc.assert(
      fc.property(canonical, (a) => {
        expect(merge(a, a)).toEqual(a)
      }),
      { numRuns },
    )
  })

  test('is commutative: merge(a, b) = merge(b, a)', () => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        expect(merge(a, b)).toEqual(merge(b, a))
      }),
      { numRuns },
    )
  })

  test('is associative: merge(merge(a, b), c) = merge(a, merge(b, c))', () => {
    fc.assert(
      fc.property(values, values, values, (a, b, c) => {
        expect(merge(merge(a, b), c)).toEqual(merge(a, merge(b, c)))
      }),
      { numRuns },
    )
  })
}
