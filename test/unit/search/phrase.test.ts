import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { Piece } from '../../../src/search/excerpt.ts'
import { askedEngine, engineOf, searchable } from '../../support/search-posts.ts'

const shown = (pieces: readonly Piece[]): string =>
  pieces.map(({ text, isMatch }) => (isMatch ? `[${text}]` : text)).join('')

const posts = [
  searchable('text', { title: 'x', text: 'Inside **the event** loop of a server' }),
  searchable('title', { title: 'The Event Loop', text: 'and an event' }),
  searchable('hyphen', { title: 'x', text: 'an event-loop' }),
  searchable('link', { title: 'x', text: 'an [event](https://x.example/a/b) loop' }),
  searchable('tag', { title: 'x', tags: ['event loop'] }),
  searchable('apart', { title: 'x', text: 'an event, then a loop' }),
  searchable('order', { title: 'x', text: 'loop event' }),
  searchable('fields', { title: 'one event', tags: ['loop'], text: 'loop and event' }),
  searchable('tags', { title: 'x', tags: ['event', 'loop'] }),
  searchable('plural', { title: 'x', text: 'event loops' }),
]

describe('words in quotes', () => {
  test('are found where they stand side by side: in a text, a title or a tag', () => {
    const { find } = engineOf(...posts)
    const beside = ['text', 'title', 'hyphen', 'link', 'tag']
    expect(find('"event loop"').ids.toSorted()).toEqual(beside.toSorted())
    expect(find('event loop').total).toBe(posts.length)
  })

  test.each([
    ['“the event loop”', ['text', 'title']],
    ['„event loop“ server', ['text']],
    ['«event loop» "of a server"', ['text']],
    ['"event event"', []],
    ['"event xylophone"', []],
    [
      '"event loop',
      ['text', 'title', 'hyphen', 'link', 'tag', 'apart', 'order', 'fields', 'tags', 'plural'],
    ],
  ])('%s', (query, ids) => {
    expect(
      engineOf(...posts)
        .find(query)
        .ids.toSorted(),
    ).toEqual(ids.toSorted())
  })

  test.each([
    ['"node.js streams"', ['dotted', 'joined', 'apart']],
    ['"nodejs streams"', ['dotted', 'joined']],
    ['"node js streams"', ['dotted', 'apart']],
    ['"use nodejs streams"', ['dotted', 'joined']],
    ['"use node.js streams now"', ['dotted']],
    ['"in C++ now"', ['sign']],
    ['"in C now"', ['sign']],
  ])('names with signs in them: %s', (query, ids) => {
    const { find } = engineOf(
      searchable('dotted', { title: 'x', text: 'We use Node.js streams now' }),
      searchable('joined', { title: 'x', text: 'We use nodejs streams today' }),
      searchable('apart', { title: 'x', text: 'a node js streams' }),
      searchable('sign', { title: 'x', text: 'Streams in C++ now' }),
    )
    expect(find(query).ids.toSorted()).toEqual(ids.toSorted())
  })

  test.each([
    ['"搜索引擎"', ['side']],
    ['"搜索引擎 riak"', ['side']],
    ['"全文"', ['side', 'other']],
  ])('scripts without spaces: %s', (query, ids) => {
    const { find } = engineOf(
      searchable('side', { title: 'x', text: '全文搜索引擎 Riak' }),
      searchable('other', { title: 'x', text: '引擎 索引 搜索 全文 riak' }),
    )
    expect(find(query).ids.toSorted()).toEqual(ids.toSorted())
  })

  test('are insisted on, where other words of the query are not', () => {
    const { find } = engineOf(...posts)
    const { ids, isLoose } = find('"the event loop" xylophone')
    expect([ids.toSorted(), isLoose]).toEqual([['text', 'title'], true])
  })

  test('that stand nowhere side by side: the words themselves are offered, where they find something', () => {
    const { find } = engineOf(...posts)
    expect(find('"server event"')).toMatchObject({ total: 0, meant: 'server event' })
    expect(find('"xylophone yodel"')).toMatchObject({ total: 0, meant: undefined })
  })

  test('are found where they stand, in any order of posts, after changes and a rewrite', () => {
    const word = fc.constantFrom('otter', 'heron', 'marten', 'node.js', '搜索引擎', 'c++')
    const text = fc
      .array(word, { maxLength: 12 })
      // Twice in a row may count as once.
      .map((words) => words.filter((each, at) => each !== words[at - 1]).join(' '))
    const asked = fc
      .uniqueArray(word, { minLength: 2, maxLength: 4 })
      .map((words) => words.join(' '))
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 8 }), asked, (texts, phrase) => {
        const { put, find, ask } = engineOf()
        for (const again of ['before', '']) {
          const version = texts.map((each, n) =>
            searchable(`p${n}`, { title: 'x', text: again === '' ? each : phrase }),
          )
          put(...version)
        }
        const expected = texts.flatMap((each, n) =>
          ` ${each} `.includes(` ${phrase} `) ? [`p${n}`] : [],
        )
        expect(find(`"${phrase}"`).ids.toSorted()).toEqual(expected)
        const saved = ask('save', { markMs: 0, isWhole: true })
        const loaded = engineOf()
        loaded.ask('load', { bytes: saved as Uint8Array })
        expect(loaded.find(`"${phrase}"`).ids.toSorted()).toEqual(expected)
      }),
      { numRuns: 40 },
    )
  })

  test('are still found when the index was rewritten without what is dead', () => {
    const { engine, put, find } = engineOf()
    const round = (text: string) =>
      Array.from({ length: 700 }, (_, n) => searchable(`p${n}`, { title: `${n}`, text }))
    put(...round('an event loop'))
    put(...round('a loop, an event'), searchable('one', { text: 'the event loop' }))
    expect(engine.isWorking).toBe(true)
    while (engine.isWorking) engine.work()
    expect(askedEngine(engine).find('"event loop"').ids).toEqual(['one'])
    expect(find('event').total).toBe(701)
  })

  test('are marked where they stand side by side, and shown from there', () => {
    const { find, ask } = engineOf(...posts)
    const far = 'One event here. '.repeat(60)
    const text = `${far}\n\nA loop, and an event.\n\n${far}\n\nHere is the *event* loop, and a loop.`
    const { sought } = find('"event loop" server')
    const [excerpt] = ask('excerpts', { sought, texts: [{ title: 'Event loop, loop', text }] })
    expect(shown(excerpt?.title ?? [])).toBe('[Event] [loop], loop')
    expect(shown(excerpt?.text ?? [])).toContain('Here is the [event] [loop], and a loop.')
  })

  test.each([
    ['"node.js streams"', 'Of [Node.js] [streams] in Node.js'],
    ['"nodejs streams"', 'Of [Node.js] [streams] in Node.js'],
    ['"of node js"', '[Of] [Node.js] streams in Node.js'],
  ])('names of several parts are marked whole: %s', (query, marked) => {
    const text = 'Of Node.js streams in Node.js'
    const { find, ask } = engineOf(searchable('p', { text: `${text}, nodejs streams` }))
    const { sought } = find(query)
    const [excerpt] = ask('excerpts', { sought, texts: [{ title: text, text }] })
    expect(shown(excerpt?.title ?? [])).toBe(marked)
    expect(shown(excerpt?.text ?? [])).toBe(marked)
  })

  test('in scripts without spaces are marked as one stretch', () => {
    const text = `${'索引 '.repeat(400)}\n\n全文搜索引擎`
    const { find, ask } = engineOf(searchable('p', { text }))
    const { sought } = find('"搜索引擎"')
    const [excerpt] = ask('excerpts', { sought, texts: [{ title: 'x', text }] })
    expect(shown(excerpt?.text ?? [])).toMatch(/全文\[搜索引擎\]$/)
  })
})
