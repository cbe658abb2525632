import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { Vocabulary } from '../../../src/search/vocabulary.ts'

/** The textbook's table, whole: optimal string alignment. */
function distance(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, i) =>
    Array.from({ length: b.length + 1 }, (__, j) => (i === 0 ? j : j === 0 ? i : 0)),
  )
  const at = (i: number, j: number): number => rows[i]?.[j] ?? Infinity
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const change = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const row = rows[i] ?? []
      row[j] = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, change)
      if (isSwap) row[j] = Math.min(at(i, j), at(i - 2, j - 2) + 1)
    }
  }
  return at(a.length, b.length)
}

const words = fc.array(
  fc.string({ unit: fc.constantFrom(...Array.from('abcz7é索')), minLength: 1, maxLength: 9 }),
)

describe('words that are nearly so', () => {
  test('are all that differ by so many letters, and no others, whatever the words', () => {
    fc.assert(
      fc.property(words, fc.integer({ min: 1, max: 2 }), (known, max) => {
        const vocabulary = new Vocabulary()
        for (const word of known) vocabulary.number(word)
        for (const asked of known.slice(0, 5)) {
          const near = vocabulary.near(asked, max).map((each) => [each.word, each.distance])
          const expected = [...new Set(known)]
            .map((word): [string, number] => [word, distance(asked, word)])
            .filter(([, steps]) => steps > 0 && steps <= max)
          expect(near).toEqual(expected)
        }
      }),
    )
  })

  test('are found in a vocabulary that was saved, too', () => {
    const saved = Vocabulary.of(['receive', 'ring'], Uint32Array.of(0, 1))
    expect(saved.near('recieve', 2)).toEqual([{ term: 0, word: 'receive', distance: 1 }])
  })
})
