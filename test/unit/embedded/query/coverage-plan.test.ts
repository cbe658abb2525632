import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { planCoverage } from '../../../../src/embedded/query/coverage-plan.ts'
import { mergeSorted } from '../../../../src/embedded/query/merge-sorted.ts'
import { claimFresh } from '../../../../src/embedded/ring/claim.ts'

const up = (): boolean => true

describe('coverage plan', () => {
  test('64 partitions with N=3 need 22 vnodes', () => {
    expect(planCoverage(claimFresh(64, ['a']), 3, up)?.length).toBe(22)
    expect(planCoverage(claimFresh(64, ['a']), 1, up)?.length).toBe(64)
  })

  test('with more replicas asked for than there are partitions, one vnode covers all (N=1,000,000)', () => {
    const plan = planCoverage(claimFresh(8, ['a']), 1_000_000, up)
    expect(plan?.map(({ firsts }) => firsts.size)).toEqual([8])
    // What a bucket property may say: a list of so many would end the process.
    expect(planCoverage(claimFresh(8, ['a']), 4_294_967_295, up)?.length).toBe(1)
  })

  test('every first primary is assigned once, to an up vnode that holds its keys', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(8, 16, 64),
        fc.integer({ min: 1, max: 5 }),
        fc.subarray(['a', 'b', 'c', 'd']),
        (size, n, down) => {
          const ring = claimFresh(size, ['a', 'b', 'c', 'd'])
          const plan = planCoverage(ring, n, (node) => !down.includes(node))
          if (plan === undefined) {
            const isLost = ring.owners.some((_, first) =>
              Array.from(
                { length: n },
                (__, step) => ring.owners[(first + step) % size] ?? '',
              ).every((owner) => down.includes(owner)),
            )
            expect(isLost).toBe(true)
            return
          }
          const firsts = plan.flatMap((covered) => [...covered.firsts])
          expect(firsts.toSorted((a, b) => a - b)).toEqual(
            Array.from({ length: size }, (_, p) => p),
          )
          for (const { vnode, firsts: own } of plan) {
            expect(down).not.toContain(vnode.node)
            for (const first of own) {
              expect((vnode.partition - first + size) % size).toBeLessThan(n)
            }
          }
        },
      ),
    )
  })

  test('one of three nodes down leaves every key readable, two do not (N=3)', () => {
    const ring = claimFresh(64, ['a', 'b', 'c'])
    expect(planCoverage(ring, 3, (node) => node !== 'b')).toBeDefined()
    expect(planCoverage(ring, 2, (node) => node === 'a')).toBeUndefined()
  })
})

async function* from<T>(values: readonly T[], onEnd: () => void = () => undefined) {
  try {
    for (const value of values) {
      await Promise.resolve()
      yield value
    }
  } finally {
    onEnd()
  }
}
async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const values: T[] = []
  for await (const value of source) values.push(value)
  return values
}

describe('merged streams', () => {
  test('are all values in order, whatever the streams', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(fc.nat(20)), { maxLength: 6 }), async (lists) => {
        const sorted = lists.map((list) => list.toSorted((a, b) => a - b))
        const merged = await all(
          mergeSorted(
            sorted.map((list) => from(list)),
            (a, b) => a - b,
          ),
        )
        expect(merged).toEqual(lists.flat().toSorted((a, b) => a - b))
      }),
    )
  })

  test('stopping early closes every stream', async () => {
    let closed = 0
    const sources = [1, 2, 3].map((n) => from([n, n + 10], () => closed++))
    for await (const value of mergeSorted(sources, (a, b) => a - b)) if (value === 2) break
    expect(closed).toBe(3)
  })

  test('a stream that fails fails the whole and closes the others', async () => {
    let closed = 0
    async function* failing() {
      yield 1
      await Promise.resolve()
      throw new Error('torn')
    }
    const sources = [failing(), from([2, 3], () => closed++)]
    await expect(all(mergeSorted(sources, (a, b) => a - b))).rejects.toThrow('torn')
    expect(closed).toBe(1)
  })
})
