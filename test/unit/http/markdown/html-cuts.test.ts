import { describe, expect, test } from 'vitest'

import {
  deepenHeadings,
  excerpt,
  leadText,
  plainText,
  rebase,
  splitBlocks,
} from '../../../../src/http/markdown/html-cuts.ts'
import { renderPostMarkdown } from '../../../../src/http/markdown/markdown.ts'
import { realBody } from '../../../support/sample-blog.ts'

describe('splitBlocks', () => {
  test('each piece is one whole element, and together they are the text', () => {
    const html = '<p>a <em>b</em><br /></p>\n<hr />\n<ul><li><p>c</p></li></ul>\ntail'
    expect(splitBlocks(html)).toEqual([
      '<p>a <em>b</em><br /></p>',
      '\n<hr />',
      '\n<ul><li><p>c</p></li></ul>',
      '\ntail',
    ])
  })

  test('a real post of 170 kB loses nothing', ({ skip }) => {
    const body = realBody('release/v8.0.0.md')
    if (body === undefined) skip('../shared/data/nodejs-blog is not here')
    const html = renderPostMarkdown(body ?? '')
    const blocks = splitBlocks(html)
    expect(blocks.length).toBeGreaterThan(20)
    expect(blocks.join('').trim()).toBe(html.trim())
  })
})

describe('rebase', () => {
  test('fragments and relative addresses lead to the post, absolute ones stay', () => {
    const html =
      '<h2 id="x">t</h2><a href="#x">1</a><a href="y?a=1&amp;b=2">2</a><a href="/z">3</a>' +
      '<a href="https://e.example/">4</a><a href="mailto:a@b">5</a><img src="../i.png" alt="" />'
    expect(rebase(html, '/posts/p')).toBe(
      '<h2>t</h2><a href="/posts/p#x">1</a><a href="/posts/y?a=1&amp;b=2">2</a><a href="/z">3</a>' +
        '<a href="https://e.example/">4</a><a href="mailto:a@b">5</a><img src="/i.png" alt="" />',
    )
    expect(rebase('<img src="a.png" srcset="a.png 1x, /b.png 2x">', 'https://b.example/p/q')).toBe(
      '<img src="https://b.example/p/a.png" srcset="https://b.example/p/a.png 1x, https://b.example/b.png 2x">',
    )
    expect(rebase('<a href="/z">3</a>', 'https://blog.example/posts/p')).toBe(
      '<a href="https://blog.example/z">3</a>',
    )
  })
})

describe('rebase of headings', () => {
  test('a heading that links to itself on its own page does not elsewhere', () => {
    const html = renderPostMarkdown('## One `two`\n\ntext')
    expect(html).toContain('<a class="self" href="#one-two">One <code>two</code></a>')
    expect(rebase(html, '/posts/p')).toBe('<h2>One <code>two</code></h2>\n<p>text</p>\n')
  })
})

describe('words', () => {
  test('deepened headings stop at h6', () => {
    expect(deepenHeadings('<h2>a</h2><h6>b</h6>', 1)).toBe('<h3>a</h3><h6>b</h6>')
  })

  test('a description takes the first paragraphs, not headings or code', () => {
    expect(leadText('<h2>Head</h2><pre>code</pre><p>The &amp; text</p>')).toBe('The & text')
    expect(plainText('<p>a</p><p>b</p>')).toBe('a b')
  })

  test('an excerpt ends between words', () => {
    expect(excerpt('one two three', 9)).toBe('one two…')
    expect(excerpt('short', 9)).toBe('short')
  })
})
