import { describe, expect, test } from 'vitest'
import { readFrontMatter } from '../../../../src/import/markdown/front-matter.ts'
import { authorOf, tagsOf } from '../../../../src/import/markdown/names.ts'

const headOf = (yaml: string) => {
  const read = readFrontMatter(`---\n${yaml}\n---\n`)
  if (read.kind !== 'head') throw new Error('not a head')
  return read.head
}

describe('authors', () => {
  test.each([
    ['author: Isaac Z. Schlueter', 'Isaac Z. Schlueter'],
    ["author: 'Rod Vagg (@rvagg)'", 'Rod Vagg (@rvagg)'],
    ['authors: [Ann, Ben]', 'Ann, Ben'],
    ['authors:\n  - name: Ann\n    url: https://a.example\n  - Ben', 'Ann, Ben'],
    ['author: {name: Ann, email: a@b.example}', 'Ann'],
    ['author: Ann\nauthors: [Ben]', 'Ann'],
    ['authors: [Ann, Ann]', 'Ann'],
    ['author: []', ''],
    ['title: x', ''],
  ])('%s', (yaml, author) => {
    expect(authorOf(headOf(yaml))).toBe(author)
  })
})

describe('tags', () => {
  test.each([
    ['category: release', ['release']],
    ['tags: [Node, "Event Loop"]\ncategory: Node', ['event-loop', 'node']],
    ['tags: a, b ,c', ['a', 'b', 'c']],
    ['tags: Event Loop', ['event-loop']],
    ['tags: "#one #two"', ['one', 'two']],
    ['tags: "#one"', ['one']],
    ['categories:\n  - name: News\n  - Old', ['news', 'old']],
    ['taxonomies:\n  tags: [a]\n  categories: [b]', ['a', 'b']],
    ['tags: [2020, 1.10, true]', ['1.10', '2020', 'true']],
    ['tags: [C/C++, "..", ""]', ['c-c++']],
    ['tags: [Ünï, ünï]', ['ünï']],
    ['tags:', []],
  ])('%s', (yaml, tags) => {
    expect(tagsOf(headOf(yaml))).toEqual(tags)
  })
})
