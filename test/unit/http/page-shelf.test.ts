import { beforeEach, describe, expect, test } from 'vitest'

import { PageShelf } from '../../../src/http/page-shelf.ts'
import { limits } from '../../../src/kernel/limits.ts'

interface Value {
  readonly text: string
  readonly bytes: number
  readonly sinceMs: number
}

const later = limits.pageRegularMs

let gone: string[]
let shelf: PageShelf<Value>
beforeEach(() => {
  gone = []
  // 25 for newcomers, 75 for regulars.
  shelf = new PageShelf<Value>(100, (key, { text }) => gone.push(`${key}:${text}`))
})

const put = (key: string, bytes = 10, text = 'v1'): void => {
  shelf.set(key, { text, bytes, sinceMs: 0 })
}
/** Asked for once more, late enough to count. */
const putRegular = (key: string, bytes = 10): void => {
  put(key, bytes)
  shelf.get(key, later)
}

describe('a shelf of pages', () => {
  test('gives back what was put, until it is taken away', () => {
    put('a')
    expect([shelf.peek('a')?.text, shelf.get('a', 0)?.text]).toEqual(['v1', 'v1'])
    shelf.delete('a')
    expect([shelf.peek('a'), shelf.get('a', 0)]).toEqual([undefined, undefined])
    expect(gone).toEqual(['a:v1'])
    shelf.delete('a')
    expect(gone).toEqual(['a:v1'])
  })

  test('holds newcomers in a quarter of its room: the one not asked for the longest leaves', () => {
    for (const key of ['a', 'b']) put(key)
    shelf.get('a', 0)
    put('c')
    expect(['a', 'b', 'c'].map((key) => shelf.peek(key)?.text)).toEqual(['v1', undefined, 'v1'])
    expect(gone).toEqual(['b:v1'])
  })

  test('looking without asking keeps nobody', () => {
    for (const key of ['a', 'b']) put(key)
    shelf.peek('a')
    put('c')
    expect(shelf.peek('a')).toBeUndefined()
  })

  test('asked for again within a moment is no regular; asked for later is, and no newcomer pushes it out', () => {
    put('moment')
    shelf.get('moment', later - 1)
    putRegular('regular')
    expect([...shelf.regulars()]).toEqual(['regular'])
    for (let n = 0; n < 50; n++) {
      put(`crawled ${n}`)
      shelf.get(`crawled ${n}`, later - 1)
    }
    expect([shelf.peek('moment'), shelf.peek('regular')?.text]).toEqual([undefined, 'v1'])
    // Moving it was no end of it.
    expect(gone).not.toContain('regular:v1')
  })

  test('a regular for which there is no more room is a newcomer again, and not gone at once', () => {
    for (let n = 0; n < 8; n++) putRegular(`r${n}`)
    expect([...shelf.regulars()]).toHaveLength(7)
    expect([shelf.peek('r0')?.text, gone]).toEqual(['v1', []])
    for (const key of ['x', 'y', 'z']) put(key)
    expect([shelf.peek('r0'), gone]).toEqual([undefined, ['r0:v1', 'x:v1']])
  })

  test('never holds more than its bytes, whatever comes in whatever order', () => {
    const keys = Array.from({ length: 40 }, (_, n) => `k${n % 23}`)
    for (const [n, key] of keys.entries()) {
      put(key, 1 + ((n * 7) % 20))
      shelf.get(keys[(n * 5) % keys.length] ?? '', n % 2 === 0 ? later : 0)
      const held = [...new Set(keys)].map((each) => shelf.peek(each)?.bytes ?? 0)
      expect(held.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThanOrEqual(100)
    }
  })

  test('a new page under its key takes the place of the older one, as a regular too', () => {
    put('a')
    put('a', 10, 'v2')
    putRegular('b')
    put('b', 10, 'v2')
    expect(['a', 'b'].map((key) => shelf.peek(key)?.text)).toEqual(['v2', 'v2'])
    expect(gone).toEqual(['a:v1', 'b:v1'])
    expect([...shelf.regulars()]).toEqual(['b'])
  })

  test('one larger than all there is room for is not held, nor does it push others out', () => {
    put('a')
    put('huge', 101)
    expect([shelf.peek('huge'), shelf.peek('a')?.text]).toEqual([undefined, 'v1'])
  })
})
