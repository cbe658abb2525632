import { describe, expect, test } from 'vitest'

import { readableText } from '../../../src/search/readable-text.ts'

describe('the words of a Markdown text', () => {
  test.each([
    ['# Title\n\nA *b* **c** __d__ `e`', 'Title A b c d e'],
    [
      'see [the docs](https://x.example/a_(b) "t") and ![a ring](ring.png)',
      'see the docs and a ring',
    ],
    ['[text][ref]\n\n[ref]: https://x.example', 'text'],
    ['> quoted\n- [x] done\n* item', 'quoted done item'],
    ['```js\nlet a = b[0][1]\n```', 'let a = b[0][1]'],
    ['<p class="x">a &amp; <em>b</em></p><!-- no -->', 'a & b'],
    ['Vec<String> is 2*3*4 in snake_case_name', 'Vec<String> is 2*3*4 in snake_case_name'],
    ['| a | b |\n|---|:-:|\n| 1 | 2 |', 'a b 1 2'],
    ['\\[not a link]', '[not a link]'],
    ['$BIGCMS stays', '$BIGCMS stays'],
    [`key ${'Ab3/'.repeat(16)}== end`, 'key end'],
  ])('%j', (markdown, text) => {
    expect(readableText(markdown)).toBe(text)
  })

  test.each([
    '[',
    '](a(',
    '<a ',
    '* ',
    ' ',
    '`',
    '_a',
    '![[',
    '<!--',
    '[a] [',
    '-|: ',
    '>> ',
    '\\',
    '[x](',
    '[x](()',
    '&amp',
  ])('takes no longer for a hostile one (%j, over and over)', (piece) => {
    // A pattern that looks again from every place would take minutes here: the test's own time ends it.
    for (let round = 0; round < 20; round++) readableText(piece.repeat(65_536 / piece.length))
  })
})
