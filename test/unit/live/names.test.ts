import { describe, expect, test } from 'vitest'
import { freshNames, isRemovable } from '../../live/names.ts'

const now = Date.UTC(2026, 10, 23, 17, 15, 0)
const dayMs = 86_400_000

describe('names of a live run', () => {
  const own = freshNames(now, () => 77)

  test('say when it began, and are what a site may be called, with room for a word', () => {
    expect(own).toBe('live-20261123t171500-0025-')
    expect(`${own}blog`).toMatch(/^[\p{L}\p{N}][\p{L}\p{N}._-]{0,62}$/u)
  })

  test('a run removes its own buckets, and what another left more than a day ago', () => {
    expect(isRemovable(`${own}blog`, own, now)).toBe(true)
    expect(isRemovable(`${freshNames(now - dayMs - 1_000, () => 1)}blog`, own, now)).toBe(true)
  })

  test('it leaves alone a run beside it, a blog of almost such a name, and every other bucket', () => {
    expect(isRemovable(`${freshNames(now - 60_000, () => 1)}blog`, own, now)).toBe(false)
    for (const name of ['blog', 'live', 'live-', 'live-2020', 'live-20200101t000000-abcd', '']) {
      expect(isRemovable(name, own, now), name).toBe(false)
    }
    expect(isRemovable(`my-${own}blog`, own, now)).toBe(false)
  })
})
