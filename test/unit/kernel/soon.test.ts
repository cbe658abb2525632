import { describe, expect, test } from 'vitest'
import { allSoon, soon } from '../../../src/kernel/soon.ts'

describe('a value that may be there', () => {
  test('is gone on with at once where it is, and later where it is promised', async () => {
    expect(soon(2, (n) => n + 1)).toBe(3)
    expect(await soon(Promise.resolve(2), (n) => n + 1)).toBe(3)
    expect(await soon(2, (n) => Promise.resolve(n + 1))).toBe(3)
  })

  test('that is not to come fails the rest', async () => {
    const failed = soon(Promise.reject(new Error('away')), (n: number) => n + 1)
    await expect(Promise.resolve(failed)).rejects.toThrow('away')
  })

  test('among several: all at once, or all when the last is there, in order', async () => {
    expect(allSoon([1, 2])).toEqual([1, 2])
    expect(allSoon([])).toEqual([])
    const late = allSoon([1, Promise.resolve(2), 3])
    expect(late).toBeInstanceOf(Promise)
    expect(await late).toEqual([1, 2, 3])
  })
})
