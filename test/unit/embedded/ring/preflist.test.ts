import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { claimFresh } from '../../../../src/embedded/ring/claim.ts'
import {
  activePreflist,
  activePrimaries,
  primaries,
} from '../../../../src/embedded/ring/preflist.ts'
import { makeRing, ownership } from '../../../../src/embedded/ring/ring.ts'

const ring = claimFresh(8, ['a', 'b', 'c', 'd'])
const show = (list: readonly { partition: number; node: string; role?: string }[]): string =>
  list
    .map(({ partition, node, role }) => `${partition}${node}${role === 'fallback' ? '*' : ''}`)
    .join(' ')

describe('preference list', () => {
  // RIAK.md §1.2, worked example: the last key of the ring, N=3.
  test.each([
    ['all up', '', '0a 1b 2c'],
    ['a down', 'a', '1b 2c 0d*'],
    ['a and b down', 'ab', '2c 0d* 1c*'],
    ['c and d down', 'cd', '0a 1b 2a*'],
    ['all but d down', 'abc', '0d* 1d*'],
    ['all down', 'abcd', ''],
  ])('%s: %s down gives %s (q=8, N=3)', (_, down, expected) => {
    expect(show(activePreflist(ring, 0, 3, (node) => !down.includes(node)))).toBe(expected)
  })

  test('sloppy_quorum=false asks up primaries alone', () => {
    expect(show(activePrimaries(ring, 0, 3, (node) => node !== 'a'))).toBe('1b 2c')
  })

  test('the list wraps around the end of the ring', () => {
    expect(show(primaries(ring, 7, 3))).toBe('7d 0a 1b')
  })

  test('one node holds all replicas of a key, in three partitions', () => {
    const alone = claimFresh(64, ['dev1'])
    const list = activePreflist(alone, 43, 3, () => true)
    expect(list.map(({ partition }) => partition)).toEqual([43, 44, 45])
    expect(list.every(({ role }) => role === 'primary')).toBe(true)
  })

  test('whoever is down: up primaries first and in order, no partition twice, N at most', () => {
    fc.assert(
      fc.property(
        fc.nat(7),
        fc.integer({ min: 1, max: 8 }),
        fc.subarray(['a', 'b', 'c', 'd']),
        (first, n, down) => {
          const isUp = (node: string): boolean => !down.includes(node)
          const list = activePreflist(ring, first, n, isUp)
          const partitions = list.map(({ partition }) => partition)
          expect(new Set(partitions).size).toBe(partitions.length)
          expect(list.length).toBeLessThanOrEqual(n)
          expect(list.every(({ node }) => isUp(node))).toBe(true)
          const wanted = primaries(ring, first, n).filter(({ node }) => isUp(node))
          expect(show(list.slice(0, wanted.length))).toBe(show(wanted))
          expect(list.slice(wanted.length).every(({ role }) => role === 'fallback')).toBe(true)
        },
      ),
    )
  })
})

describe('ring', () => {
  test('members of a fresh ring own the same share, one partition apart at most', () => {
    for (const members of [['a'], ['a', 'b', 'c'], ['a', 'b', 'c', 'd', 'e']]) {
      const counts = ownership(claimFresh(64, members)).map(([, count]) => count)
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
      expect(counts.reduce((a, b) => a + b)).toBe(64)
    }
  })

  test.each([7, 12, 4, 2048])('a ring of %i partitions is refused', (size) => {
    expect(() =>
      makeRing(
        Array.from({ length: size }, () => 'a'),
        'a',
      ),
    ).toThrow()
  })
})
