import { describe, expect, test } from 'vitest'

import { fold } from '../../../src/search/fold.ts'
import { termsOf, tokens } from '../../../src/search/tokens.ts'

const terms = (text: string): string[] => [...tokens(text)].flatMap(termsOf)

describe('folding', () => {
  test.each([
    ['Été', 'ete'],
    ['STRASSE', 'strasse'],
    ['Straße', 'strasse'],
    ['Ærøskøbing', 'aeroskobing'],
    ['Łódź', 'lodz'],
    ['İstanbul', 'istanbul'],
    ['ΣΊΣΥΦΟΣ', 'σισυφοσ'],
    ['Ёлка', 'елка'],
    ['ﬁle', 'file'],
  ])('case, accents and ligatures do not matter (%s)', (word, folded) => {
    expect(fold(word)).toBe(folded)
  })

  test('marks that make another letter stay (Japanese, Hindi, Korean)', () => {
    expect(fold('が')).not.toBe(fold('か'))
    expect(fold('की')).not.toBe(fold('क'))
    expect(fold('한국')).toBe('한국')
  })

  test('the same letter in two encodings is the same', () => {
    expect(fold('e\u0301')).toBe(fold('\u00e9'))
  })
})

describe('words of a text', () => {
  test.each([
    ['The quick, brown fox!', ['the', 'quick', 'brown', 'fox']],
    ['Node.js', ['node', 'js', 'nodejs']],
    ['v20.11.1 and 20', ['20', '20.11.1', 'and', '20']],
    ['C++ or C# or F#.', ['c', 'c++', 'or', 'c', 'c#', 'or', 'f', 'f#']],
    ['$BIGCMS', ['bigcms', '$bigcms']],
    ['.NET @ann #tag', ['net', '.net', 'ann', '@ann', 'tag', '#tag']],
    ["don't l’été", ['don', 't', 'dont', 'l', 'ete', 'lete']],
    ['end. Begin', ['end', 'begin']],
    ['issue#12', ['issue', '12', '#12']],
    ['搜索引擎', ['搜索', '索引', '引擎', '擎']],
    ['用Riak存储', ['用', 'riak', '存储', '储']],
    ['サーバー', ['サー', 'ーバ', 'バー', 'ー']],
    ['привет мир', ['привет', 'мир']],
    ['👍 ok', ['ok']],
    ['', []],
  ])('%s', (text, expected) => {
    expect(terms(text)).toEqual(expected)
  })

  test('a checksum is no word (64 letters)', () => {
    expect(terms(`before ${'0123456789abcdef'.repeat(4)} after`)).toEqual(['before', 'after'])
  })

  test('each stands where it says', () => {
    const text = 'Über $BIGCMS: 搜索 Node.js'
    const stood = [...tokens(text)].map(({ at, end }) => text.slice(at, end))
    expect(stood).toEqual(['Über', '$BIGCMS', '搜索', '索', 'Node.js'])
  })
})
