import { describe, expect, test } from 'vitest'
import { limits } from '../../../src/kernel/limits.ts'
import { RingView } from '../../../src/store/ring-view.ts'
import { fakeRing } from '../../support/fake-ring.ts'
import type { FakeRing } from '../../support/fake-ring.ts'

function look(view: RingView, ring: FakeRing, explored: number = limits.ringExploredKeys) {
  const keys = view.nextKeys(explored)
  let hasMoved = false
  let isAway = false
  for (const key of keys) {
    hasMoved = view.noteOwners(key, ring.preflist(key)) || hasMoved
    const missing = ring.missing(key)
    view.notePresence(key, missing)
    isAway ||= missing > 0
  }
  return { keys, hasMoved, isAway }
}

const named = (count: number): string[] => Array.from({ length: count }, (_, i) => `n${i + 1}`)

describe('a look at a ring', () => {
  test.each([
    [3, 64],
    [5, 64],
    [10, 128],
    [20, 256],
  ])(
    'of %i nodes and %i partitions: every node is known within three looks, and each met by every later one',
    (count, size) => {
      const nodes = named(count)
      const ring = fakeRing(size, nodes)
      const view = new RingView()
      look(view, ring, limits.ringFirstKeys)
      look(view, ring)
      look(view, ring)
      expect(view.nodes()).toEqual([...nodes].sort())
      for (const node of nodes) {
        ring.down.add(node)
        expect(look(view, ring).isAway).toBe(true)
        if (count > 3) expect(view.suspects()).toContain(node)
        ring.down.delete(node)
        // Whoever is back is seen to be back.
        for (let looks = 0; view.fallbacks > 0; looks++) {
          look(view, ring)
          expect(looks).toBeLessThan(3)
        }
      }
    },
  )

  test('a node that was away from the start shows, and its name is known', () => {
    const ring = fakeRing(64, named(3))
    ring.down.add('n3')
    const view = new RingView()
    expect(look(view, ring, limits.ringFirstKeys).isAway).toBe(true)
    expect(view.nodes()).toEqual(['n1', 'n2', 'n3'])
    expect(view.fallbacks).toBeGreaterThan(10)
    ring.down.clear()
    for (let looks = 0; looks < 2; looks++) look(view, ring)
    expect(view.fallbacks).toBe(0)
    expect(view.suspects()).toEqual([])
  })

  test('of five nodes names the one that may be away', () => {
    const ring = fakeRing(64, named(5))
    const view = new RingView()
    look(view, ring, limits.ringFirstKeys)
    ring.down.add('n4')
    look(view, ring, limits.ringFirstKeys)
    expect(view.suspects()).toEqual(['n4'])
  })

  test('where preflists are not shown, keys tell all the same that a node is away, and that it is back', () => {
    const ring = fakeRing(64, named(3))
    const view = new RingView()
    const lookBlind = (): void => {
      for (const key of view.nextKeys(limits.ringFirstKeys))
        view.notePresence(key, ring.missing(key))
    }
    lookBlind()
    expect([view.nodes(), view.fallbacks, view.isSingleNode()]).toEqual([[], 0, false])
    ring.down.add('n2')
    lookBlind()
    expect(view.fallbacks).toBeGreaterThan(0)
    ring.down.clear()
    for (let looks = 0; looks < 3; looks++) lookBlind()
    expect(view.fallbacks).toBe(0)
  })

  test('is a handful of keys, and over a few minutes it meets every partition', () => {
    const ring = fakeRing(64, named(5))
    const view = new RingView()
    const met = new Set<number>()
    look(view, ring, limits.ringFirstKeys)
    for (let at = 0; at < 60; at++) {
      const { keys } = look(view, ring)
      expect(keys.length).toBeLessThanOrEqual(8)
      for (const key of keys) {
        for (const { partition } of ring.preflist(key)) {
          met.add(partition)
        }
      }
    }
    expect(met.size).toBe(64)
  })

  test('of two hundred nodes asks no more than its bound, and meets each within a few looks', () => {
    const nodes = named(200)
    const ring = fakeRing(1_024, nodes)
    const view = new RingView()
    for (let at = 0; at < 100; at++) {
      expect(look(view, ring).keys.length).toBeLessThanOrEqual(limits.ringKeysMax)
    }
    expect(view.nodes().length).toBeGreaterThan(190)
    ring.down.add(view.nodes()[77]!)
    const seen = [1, 2, 3, 4, 5].some(() => look(view, ring).isAway)
    expect(seen).toBe(true)
  })

  test('a partition that has another owner than before has moved: what it held may be on its way', () => {
    const ring = fakeRing(64, named(3))
    const view = new RingView()
    for (let at = 0; at < 40; at++) look(view, ring)
    for (let partition = 0; partition < 64; partition += 4) ring.owners[partition] = 'n4'
    const looks = [look(view, ring), look(view, ring)]
    expect(looks.some(({ hasMoved }) => hasMoved)).toBe(true)
    expect(looks.some(({ isAway }) => isAway)).toBe(false)
    expect(view.nodes()).toContain('n4')
  })
})

describe('one node that owns everything', () => {
  test('is known as such after the first look', () => {
    const ring = fakeRing(64, ['n1'])
    const view = new RingView()
    look(view, ring, 8)
    expect(view.isSingleNode()).toBe(false)
    look(view, ring, limits.ringFirstKeys)
    expect(view.isSingleNode()).toBe(true)
  })

  test('is not the one that is left of three', () => {
    const ring = fakeRing(64, named(3))
    ring.down.add('n2').add('n3')
    const view = new RingView()
    look(view, ring, limits.ringFirstKeys)
    expect(view.nodes()).toEqual(named(3))
    expect(view.isSingleNode()).toBe(false)
  })

  test('is single no more once another has joined', () => {
    const ring = fakeRing(64, ['n1'])
    const view = new RingView()
    look(view, ring, limits.ringFirstKeys)
    for (let partition = 0; partition < 64; partition += 2) ring.owners[partition] = 'n2'
    look(view, ring)
    expect(view.isSingleNode()).toBe(false)
  })
})
