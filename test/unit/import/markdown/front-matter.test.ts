import { describe, expect, test } from 'vitest'
import {
  type HeadTable,
  type HeadValue,
  readFrontMatter,
} from '../../../../src/import/markdown/front-matter.ts'

const plain = (value: HeadValue): unknown => {
  if (typeof value === 'string') return value
  if (value instanceof Map) {
    return Object.fromEntries([...(value as HeadTable)].map(([name, one]) => [name, plain(one)]))
  }
  return (value as readonly HeadValue[]).map(plain)
}
const headOf = (text: string): unknown => {
  const read = readFrontMatter(text)
  return read.kind === 'head' ? plain(read.head) : read
}

describe('front matter', () => {
  test('YAML between dashes is read, and the text after it kept as it is', () => {
    expect(readFrontMatter('---\ntitle: Hello\n---\n\n\n  indented\ntext\n')).toEqual({
      kind: 'head',
      head: new Map([['title', 'Hello']]),
      body: '  indented\ntext\n',
    })
  })

  test.each([
    ['a number', 'title: 1.10', '1.10'],
    ['a year', 'title: 2020', '2020'],
    ['a truth', 'title: Yes', 'Yes'],
    ['a date with a zone', 'title: 2013-02-08T00:00:00+01:00', '2013-02-08T00:00:00+01:00'],
    ['quotes', `title: 'It''s: here'`, "It's: here"],
    ['a folded text', 'title: >\n  two\n  lines', 'two lines\n'],
  ])('a YAML scalar stays the text that stands there (%s)', (_what, source, expected) => {
    expect(headOf(`---\n${source}\n---\n`)).toEqual({ title: expected })
  })

  test('names are compared without case, the first of two wins', () => {
    expect(headOf('---\nTitle: One\ntitle: Two\n---\n')).toEqual({ title: 'One' })
  })

  test.each(['~', 'null', '""', ''])('a value that says nothing is left out (%s)', (value) => {
    expect(headOf(`---\ntitle: ${value}\nslug: s\n---\n`)).toEqual({ slug: 's' })
  })

  test('TOML between plus signs is read: tables, lists, local and zoned times as written', () => {
    const source = `+++
title = "Hello"
date = 2020-01-31
updated = 2020-01-31T10:00:00+02:00
draft = true
[taxonomies]
tags = ["a", "b"]
+++
Text`
    expect(headOf(source)).toEqual({
      title: 'Hello',
      date: '2020-01-31',
      updated: '2020-01-31T10:00:00.000+02:00',
      draft: 'true',
      taxonomies: { tags: ['a', 'b'] },
    })
  })

  test.each([
    ['no fence', 'Just a text\n---\nwith a rule'],
    ['a rule that nothing closes', '---\nProse goes on, and on.\n'],
    ['prose between two rules', '---\nOnly some words here.\n---\nmore'],
    ['prose that is broken YAML', '---\n*emphasis* and [a link](x)\n---\n'],
  ])('a text that only looks like a head is a text (%s)', (_what, text) => {
    expect(readFrontMatter(text)).toEqual({ kind: 'none', body: text })
  })

  test.each([
    ['an open quote', '---\ntitle: "Hello\ndate: 2020-01-01\n---\nText', /^broken YAML.*line \d+/],
    ['an open bracket', '---\ntitle: A\ntags: [a, b\n---\nText', /^broken YAML/],
    ['a tab', '---\ntitle: A\n\ttags: b\n---\nText', /^broken YAML/],
    ['a name twice', '---\ntitle: A\ntitle: B\n---\nText', /^broken YAML.*line 3/],
    ['a list', '---\n- a\n- b\n---\n', /is a list/],
    ['no closing line', '---\ntitle: A\n\nText', /no closing line/],
    ['broken TOML', '+++\ntitle = Hello\n+++\n', /^broken TOML.*line 2/],
    ['TOML without an end', '+++\ntitle = "A"\n', /no closing line/],
    [
      'aliases that explode',
      `---\na: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n---\n`,
      /^broken YAML/,
    ],
  ])('a broken head is named with its line, never guessed at (%s)', (_what, text, reason) => {
    const read = readFrontMatter(text)
    expect(read.kind).toBe('broken')
    expect(read.kind === 'broken' && read.reason).toMatch(reason)
    expect(read.kind === 'broken' && read.reason).not.toContain('\n')
  })

  test('an empty head is a head', () => {
    expect(headOf('---\n---\nText')).toEqual({})
  })
})
