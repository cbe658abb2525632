import { describe, expect, test } from 'vitest'

import { limits } from '../../../src/kernel/limits.ts'
import { excerptOf, marked } from '../../../src/search/excerpt.ts'
import type { Piece } from '../../../src/search/excerpt.ts'

const sought = (...words: string[]): Map<string, number> =>
  new Map(words.map((word, wish) => [word, wish]))
const shown = (pieces: readonly Piece[]): string =>
  pieces.map(({ text, isMatch }) => (isMatch ? `[${text}]` : text)).join('')
const filler = (count: number): string => 'filler words here '.repeat(count)

describe('an excerpt', () => {
  test('marks what was found, as it is written', () => {
    expect(shown(excerptOf('The **Otter** swims', sought('otter')))).toBe('The [Otter] swims')
  })

  test('shows where most of the words are met together, not where one is met first', () => {
    const text = `otter ${filler(40)} otter and heron ${filler(40)}`
    expect(shown(excerptOf(text, sought('otter', 'heron')))).toContain('[otter] and [heron]')
  })

  test('says where it was cut, between words', () => {
    const text = shown(excerptOf(`${filler(40)}otter ${filler(40)}`, sought('otter')))
    expect(text).toMatch(/^… \w/)
    expect(text).toMatch(/\w …$/)
    expect(text.length).toBeLessThan(limits.searchExcerptChars + 10)
    for (const word of text.match(/\w+/g) ?? [])
      expect(['filler', 'words', 'here', 'otter']).toContain(word)
  })

  test('is the beginning where nothing of it was found in the text', () => {
    expect(shown(excerptOf(filler(40), sought('otter')))).toMatch(/^filler words/)
  })

  test('is nothing where there is no text', () => {
    expect(excerptOf('', sought('otter'))).toEqual([])
  })

  test('marks overlapping pairs of letters as one stretch (Chinese)', () => {
    expect(shown(marked('全文搜索引擎', sought('搜索', '索引')))).toBe('全文[搜索引]擎')
  })

  test('marks a name with its sign', () => {
    expect(shown(marked('Why C++, Node.js and $BIGCMS', sought('c++', 'nodejs', '$bigcms')))).toBe(
      'Why [C++], [Node.js] and [$BIGCMS]',
    )
  })

  test('gives markup as text, so that nobody can mistake it for markup', () => {
    const pieces = marked('<script>otter</script>', sought('otter'))
    expect(pieces.map(({ text }) => text).join('')).toBe('<script>otter</script>')
  })
})
