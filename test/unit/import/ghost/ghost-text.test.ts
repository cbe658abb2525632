/** Ghost's texts → Markdown: Lexical (Ghost 5 and 6), Mobiledoc (2 to 4), and their cards. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { Note } from '../../../../src/import/brought.ts'
import { readLexical } from '../../../../src/import/ghost/lexical.ts'
import { readMobiledoc } from '../../../../src/import/ghost/mobiledoc.ts'
import { bodyOf } from '../../../../src/import/ghost/pieces.ts'

type Node = Readonly<Record<string, unknown>>

const words = (text: string, format = 0): Node => ({ type: 'extended-text', text, format })
const of = (type: string, children: readonly Node[], more: Node = {}): Node => ({
  type,
  children,
  version: 1,
  ...more,
})

function lexical(...nodes: readonly Node[]): string {
  const notes: Note[] = []
  const pieces = readLexical(JSON.stringify({ root: of('root', nodes) }), notes)
  if (pieces === undefined) throw new Error('it was not read')
  return bodyOf(pieces, 'markdown', notes).trimEnd()
}

function mobiledoc(document: Node): string {
  const whole = { version: '0.3.1', atoms: [], cards: [], markups: [], sections: [], ...document }
  const pieces = readMobiledoc(JSON.stringify(whole), [])
  if (pieces === undefined) throw new Error('it was not read')
  return bodyOf(pieces, 'markdown', []).trimEnd()
}

describe('a Lexical text', () => {
  test('has paragraphs, headings, quotes, breaks and all formats of its words', () => {
    const line = of('paragraph', [
      words('plain '),
      words('bold', 1),
      words(' '),
      words('slanted', 2),
      words(' '),
      words('gone', 4),
      words(' '),
      words('code <b>', 16),
      { type: 'linebreak' },
      words('next & last'),
    ])
    expect(lexical(line)).toBe('plain **bold** *slanted* ~~gone~~ `code <b>`\\\nnext & last')
    expect(lexical(of('extended-heading', [words('Title')], { tag: 'h3' }))).toBe('### Title')
    expect(lexical(of('extended-quote', [words('Said')]))).toBe('> Said')
    expect(lexical(of('aside', [words('Beside')]))).toBe('> Beside')
    expect(lexical({ type: 'horizontalrule' })).toMatch(/^(?:---|\*\*\*)$/)
    expect(lexical(of('paragraph', [words('H', 0), words('2', 32), words('O')]))).toContain(
      '<sub>2</sub>',
    )
  })

  test('has links of all three kinds', () => {
    const link = (type: string, url: string): Node => of(type, [words('there')], { url })
    expect(lexical(of('paragraph', [link('link', 'https://a.example/?b=1&c=2')]))).toBe(
      '[there](https://a.example/?b=1&c=2)',
    )
    expect(lexical(of('paragraph', [link('autolink', 'https://a.example/')]))).toContain(
      '(https://a.example/)',
    )
    expect(lexical(of('paragraph', [link('at-link', 'https://a.example/')]))).toContain('[there]')
  })

  test('has lists, numbered ones, lists in lists, and boxes that are ticked', () => {
    const item = (children: readonly Node[], more: Node = {}): Node =>
      of('listitem', children, more)
    const inner = of('list', [item([words('inner')])], { listType: 'bullet', tag: 'ul' })
    const list = of('list', [item([words('one')]), item([inner]), item([words('two')])], {
      listType: 'bullet',
      tag: 'ul',
    })
    expect(lexical(list)).toMatch(/^- one\n+ {2}- inner\n+- two$/)
    const numbered = of('list', [item([words('third')])], {
      listType: 'number',
      tag: 'ol',
      start: 3,
    })
    expect(lexical(numbered)).toBe('3. third')
    const boxes = of(
      'list',
      [item([words('done')], { checked: true }), item([words('open')], { checked: false })],
      {
        listType: 'check',
      },
    )
    expect(lexical(boxes)).toMatch(/- \[x\] done\n+- \[ \] open/)
  })

  const cards: readonly (readonly [string, Node, RegExp])[] = [
    [
      'a picture with words below it, that leads somewhere',
      {
        type: 'image',
        src: '__GHOST_URL__/content/images/a.png',
        alt: 'A map',
        title: '',
        caption: '<span>By <a href="https://a.example">Ann</a></span>',
        href: 'https://b.example',
      },
      /^\[!\[A map\]\(__GHOST_URL__\/content\/images\/a\.png\)\]\(https:\/\/b\.example\)\n\n\*By \[Ann\]\(https:\/\/a\.example\)\*$/,
    ],
    [
      'a gallery',
      {
        type: 'gallery',
        images: [{ src: '/a.png', alt: 'A' }, { src: '/b.png' }],
        caption: 'Both',
      },
      /!\[A\]\(\/a\.png\)\n\n!\[\]\(\/b\.png\)\n\n\*Both\*/,
    ],
    [
      'code in its language',
      { type: 'codeblock', code: 'if (a < b) {\n\n}', language: 'js', caption: 'How' },
      /^```js\nif \(a < b\) \{\n\n\}\n```\n\n\*How\*$/,
    ],
    [
      'Markdown as it was written',
      { type: 'markdown', markdown: '## Mine\n\n* a\n* b' },
      /^## Mine\n\n\* a\n\* b$/,
    ],
    [
      'HTML as it was written',
      { type: 'html', html: '<div class="x">\n\n<b>own</b></div>' },
      /^<div class="x">\n<b>own<\/b><\/div>$/,
    ],
    [
      'a bookmark',
      {
        type: 'bookmark',
        url: 'https://a.example/x',
        metadata: { title: 'A page', description: 'About <it>', author: 'Ann', publisher: 'A' },
        caption: '',
      },
      /> \*\*\[A page\]\(https:\/\/a\.example\/x\)\*\*[\s\S]*About \\?<it\\?>|&lt;it/,
    ],
    [
      'an embedded film',
      {
        type: 'embed',
        url: 'https://v.example/1',
        html: '<iframe src="https://v.example/e/1"></iframe>',
        metadata: {},
      },
      /<iframe src="https:\/\/v\.example\/e\/1">/,
    ],
    [
      'an embedded script, as a link',
      {
        type: 'embed',
        url: 'https://t.example/1',
        html: '<blockquote>x</blockquote><script src="//t"></script>',
        metadata: { title: 'A word' },
      },
      /^\[A word\]\(https:\/\/t\.example\/1\)$/,
    ],
    [
      'a callout',
      { type: 'callout', calloutEmoji: '💡', calloutText: '<b>Mind</b> this' },
      /^> 💡 \*\*Mind\*\* this$/,
    ],
    [
      'a toggle',
      { type: 'toggle', heading: 'More', content: '<p>Hidden</p>' },
      /<details><summary>More<\/summary>[\s\S]*Hidden/,
    ],
    [
      'a button',
      { type: 'button', buttonText: 'Go', buttonUrl: 'https://a.example' },
      /^\[Go\]\(https:\/\/a\.example\)$/,
    ],
    ['a header', { type: 'header', header: 'Big', subheader: 'Small' }, /^## Big\n\nSmall$/],
    [
      'a product',
      {
        type: 'product',
        productTitle: 'Pen',
        productDescription: '<p>Blue</p>',
        productRatingEnabled: true,
        productStarRating: 4,
        productButton: 'Buy',
        productUrl: 'https://a.example',
      },
      /^#### Pen\n\n★★★★☆\n\nBlue\n\n\[Buy\]\(https:\/\/a\.example\)$/,
    ],
    [
      'a sound',
      { type: 'audio', src: '/content/media/a.mp3', title: 'Talk' },
      /Talk\n\n<audio src="\/content\/media\/a\.mp3"/,
    ],
    [
      'a film',
      { type: 'video', src: '/content/media/a.mp4', caption: 'See' },
      /<video src="\/content\/media\/a\.mp4"[\s\S]*\*See\*/,
    ],
    [
      'a file',
      { type: 'file', src: '/content/files/a.pdf', fileTitle: 'Paper', fileCaption: 'All of it' },
      /^\[Paper\]\(\/content\/files\/a\.pdf\)\\\nAll of it$/,
    ],
    [
      'a call to action',
      {
        type: 'call-to-action',
        textValue: '<p>Join</p>',
        buttonText: 'Now',
        buttonUrl: 'https://a.example',
      },
      /> Join\n>\n> \[Now\]\(https:\/\/a\.example\)/,
    ],
  ]
  test.each(cards)('has %s', (_what, node, expected) => {
    expect(lexical(node)).toMatch(expected)
  })

  test('leaves out what is for letters and members only, and says so', () => {
    const notes: Note[] = []
    const nodes = [{ type: 'email', html: '<p>Dear member</p>' }, { type: 'paywall' }]
    expect(readLexical(JSON.stringify({ root: of('root', nodes) }), notes)).toEqual([])
    expect(notes).toHaveLength(2)
  })

  test('keeps the words of cards that are not known, and says so', () => {
    const notes: Note[] = []
    const card = {
      type: 'poll-2031',
      version: 3,
      question: 'Which <b>one</b> is it?',
      size: 'wide',
    }
    const pieces = readLexical(JSON.stringify({ root: of('root', [card]) }), notes) ?? []
    expect(bodyOf(pieces, 'markdown', notes)).toBe('Which one is it?\n')
    expect(notes.map(({ kind }) => kind)).toEqual([
      'cards that are not known, of which the words were kept',
    ])
  })

  test('loses no word, whatever its nodes are and stand in (generated trees)', () => {
    const leaf = fc.record({
      type: fc.constantFrom('text', 'extended-text'),
      text: fc.stringMatching(/^[a-z]{3,8}$/),
      format: fc.integer({ min: 0, max: 255 }),
    })
    const types = ['paragraph', 'quote', 'list', 'listitem', 'extended-heading', 'link', 'layout-9']
    const tree = fc.letrec<{ node: Node }>((tie) => ({
      node: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        leaf,
        fc
          .record({
            type: fc.constantFrom(...types),
            children: fc.array(tie('node'), { maxLength: 4 }),
          })
          .map((node) => (node.type === 'link' ? { ...node, url: '#x' } : node)),
      ),
    })).node
    const lettersOf = (node: unknown): string => {
      const { text = '', children = [] } = node as { text?: string; children?: readonly unknown[] }
      return text + children.map(lettersOf).join('')
    }
    fc.assert(
      fc.property(fc.array(tree, { maxLength: 5 }), (nodes) => {
        const root = of('root', nodes)
        const pieces = readLexical(JSON.stringify({ root }), []) ?? []
        const plain = pieces.map(({ text }) => text.replace(/<[^>]*>/g, '')).join('')
        // A link without words says its address.
        expect(plain.replace(/\s|#x/g, '')).toBe(lettersOf(root))
      }),
    )
  })

  test('that is nested beyond any text, or is none, is not read: its HTML is there', () => {
    const deep = '{"type":"quote","children":['.repeat(5_000) + ']}'.repeat(5_000)
    expect(readLexical(`{"root":{"children":[${deep}]}}`, [])).toBeUndefined()
    for (const text of ['', '{', '[]', '{"root":1}', 'null', '{"root":{"children":{}}}'])
      expect(readLexical(text, [])).toBeUndefined()
    for (const child of ['1', 'null', '[]', '{}', '{"type":7}', '{"__proto__":{"x":1}}'])
      expect(readLexical(`{"root":{"children":[${child}]}}`, [])).toEqual([])
  })
})

describe('a Mobiledoc text', () => {
  test('has sections, markups that overlap, links, soft returns, lists and pictures', () => {
    expect(
      mobiledoc({
        atoms: [
          ['soft-return', '', {}],
          ['mention', '@ann', {}],
        ],
        markups: [['strong'], ['em'], ['a', ['href', 'https://a.example']]],
        sections: [
          [1, 'h2', [[0, [], 0, 'Title']]],
          [
            1,
            'p',
            [
              [0, [], 0, 'a '],
              [0, [0], 0, 'bold '],
              [0, [1], 2, 'both'],
              [1, [], 0, 0],
              [0, [2], 1, 'link'],
              [0, [], 0, ' '],
              [1, [], 0, 1],
            ],
          ],
          [3, 'ol', [[[0, [], 0, 'one']], [[0, [], 0, 'two']]]],
          [2, 'https://a.example/x.png'],
          [1, 'blockquote', [[0, [], 0, 'Said']]],
        ],
      }),
    ).toBe(
      '## Title\n\na **bold *both***\\\n[link](https://a.example) @ann\n\n1. one\n2. two\n\n' +
        '![](https://a.example/x.png)\n\n> Said',
    )
  })

  test('has the cards of Lexical under their older names', () => {
    expect(
      mobiledoc({
        cards: [
          ['card-markdown', { markdown: 'Mine *too*' }],
          ['code', { code: 'x', language: 'sh' }],
          ['hr', {}],
          ['paywall', {}],
        ],
        sections: [
          [10, 0],
          [10, 1],
          [10, 2],
          [10, 3],
          [10, 99],
        ],
      }),
    ).toMatch(/^Mine \*too\*\n\n```sh\nx\n```\n\n(?:---|\*\*\*)$/)
  })

  test('of any shape is read without a fault, or not at all', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (json) => {
        readMobiledoc(
          `{"sections":[[1,"p",${json}],[3,"ul",${json}],[10,${json}]],"cards":[${json}]}`,
          [],
        )
        readLexical(`{"root":{"children":[${json}]}}`, [])
      }),
    )
  })

  test('with an object where a number belongs is read without a fault', () => {
    const odd = '{"toString":"","valueOf":""}'
    const marker = `[${odd},[${odd}],${odd},${odd}]`
    expect(
      readMobiledoc(
        `{"sections":[[${odd}],[1,"p",[${marker},[1,[],${odd},${odd}],[0,[],0,"Words"]]],[3,"ul",[[${marker}]]],[10,${odd}]],"cards":[[${odd},${odd}]]}`,
        [],
      ),
    ).toContainEqual({ kind: 'html', text: '<p>Words</p>' })
  })
})
