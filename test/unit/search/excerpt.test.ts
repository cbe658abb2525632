import { describe, expect, test } from 'vitest'

import { limits } from '../../../src/kernel/limits.ts'
import { Seeker, excerptOf, marked } from '../../../src/search/excerpt.ts'
import type { Piece } from '../../../src/search/excerpt.ts'

const sought = (...words: string[]): Seeker =>
  new Seeker({ words: words.map((word, wish) => [word, wish]), phrases: [] })
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

  test.each([
    ['in the middle of a long text', 30, 30],
    ['at its end', 60, 0],
    ['at its beginning', 0, 60],
  ])('finds the one place in a text of many paragraphs: %s', (_where, before, after) => {
    const paragraphs = (count: number): string => `${filler(20)}\n\n`.repeat(count)
    const text = `${paragraphs(before)}An otter, and [Node](https://x.example/y).js\n\n${paragraphs(after)}`
    expect(shown(excerptOf(text, sought('otter', 'node')))).toContain('An [otter], and [Node.js]')
  })

  test('finds a name however its letters are joined', () => {
    const text = `${`${filler(20)}\n\n`.repeat(20)}Streams of **Node.js** and C++ in the Éclair`
    const found = shown(excerptOf(text, sought('nodejs', 'c++', 'eclair')))
    expect(found).toContain('[Node.js] and [C++] in the [Éclair]')
  })

  test('is not led astray by letters in addresses and in other words', () => {
    const lines = `${filler(20)} see [it](https://otter.example/otter) or ottermans\n\n`
    const text = `${lines.repeat(4)}An otter swims.\n\n${filler(200)}`
    expect(shown(excerptOf(text, sought('otter')))).toContain('An [otter] swims')
  })

  test('ends at the end of a line where the next would be cut within a link', () => {
    const line = `- [a1b2c3](https://x.example/${'y'.repeat(90)}) **doc**: an otter (Ann)\n`
    expect(shown(excerptOf(line.repeat(60), sought('otter')))).not.toMatch(/[[\]]a1|https|- …/)
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
