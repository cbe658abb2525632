import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { htmlToMarkdown } from '../../../../src/import/html/html-to-markdown.ts'
import { plainLine } from '../../../../src/import/html/html-tree.ts'
import { renderPostMarkdown } from '../../../../src/http/markdown/markdown.ts'

const escaped = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;')

describe('HTML as Markdown', () => {
  test('words that mean something to Markdown are words again when they are shown', () => {
    const word = fc.constantFrom(
      ...[
        '*',
        '_',
        '**a**',
        '#',
        '-',
        '1.',
        '>',
        '[x]',
        '(y)',
        '`',
        '~~',
        '<b>',
        '&amp;',
        '|',
        '\\',
        '!',
        '+',
      ],
      ...['a_b', '$BIGCMS', '===', '---', 'import x', '[^1]', 'word'],
    )
    fc.assert(
      fc.property(
        fc.array(fc.array(word, { minLength: 1, maxLength: 6 }), { minLength: 1 }),
        (lines) => {
          const html = lines.map((words) => `<p>${escaped(words.join(' '))}</p>`).join('\n')
          const shown = plainLine(renderPostMarkdown(htmlToMarkdown(html) ?? ''))
          expect(shown).toBe(plainLine(html))
        },
      ),
      { numRuns: 300 },
    )
  })

  test.each([
    ['a<b>b</b>c', 'a**b**c'],
    ['a<b>(b)</b>c', 'a<strong>(b)</strong>c'],
    ['<b> x </b>y', '**x** y'],
    ['Hi!<a href="/x">y</a>', 'Hi\\![y](/x)'],
    ['<pre>a\n\n```\nb</pre>', '````\na\n\n```\nb\n````'],
    ['H<sub>2</sub>O', 'H<sub>2</sub>O'],
    ['<table><tr><td>a</td><td>b|c</td></tr></table>', '|   |   |\n| --- | --- |\n| a | b\\|c |'],
    ['<ul><li>a<ul><li>b</li></ul></li></ul>', '- a\n  - b'],
    ['<script>x</script><p>y</p>', 'y'],
  ])('%s is %s', (html, markdown) => {
    expect(htmlToMarkdown(html)).toBe(markdown)
  })

  test('a tree of 5,000 levels is nobody’s text', () => {
    expect(htmlToMarkdown(`${'<div>'.repeat(5_000)}x`)).toBeUndefined()
  })
})
