import { describe, expect, test } from 'vitest'
import type { Note } from '../../../../src/import/brought.ts'
import { linkedToPosts, postAddresses } from '../../../../src/import/markdown/file-links.ts'

const addresses = postAddresses([
  ['content/blog/a.md', '/posts/a'],
  ['content/blog/b/index.md', '/posts/b'],
  ['content/other/index.md', '/posts/other'],
  ['_posts/2020-01-02-c.md', '/posts/c'],
  ['about.md', '/pages/about'],
])
const linked = (target: string, notes: Note[] = []): string =>
  linkedToPosts(`[x](${target})`, 'content/blog/a.md', addresses, notes)

describe('a link from file to file', () => {
  test.each([
    ['b/index.md#part', '/posts/b#part'],
    ['../../about.md', '/pages/about'],
    ['@/blog/a.md', '/posts/a'],
    ['/blog/a.md', '/posts/a'],
    ['/2020-01-02-c.md', '/posts/c'],
    ['/_posts/2020-01-02-c.md', '/posts/c'],
    ['2020-01-02-c.md', '/posts/c'],
  ])('%s leads to the post', (target, address) => {
    const notes: Note[] = []
    expect(linked(target, notes)).toBe(`[x](${address})`)
    expect(notes).toEqual([])
  })

  test('stays as it is where no file, or more than one, can be meant, and is noted', () => {
    for (const target of ['none.md', 'else/index.md', '../../../../x.md']) {
      const notes: Note[] = []
      expect(linked(target, notes)).toBe(`[x](${target})`)
      expect(notes.map((note) => note.kind)).toEqual(['links to files that are no posts here'])
    }
  })

  test('is none where it leads to another site, to no text, or stands in code', () => {
    const notes: Note[] = []
    for (const target of ['https://github.com/a/b/README.md', '//a/about.md', 'a.png', '#x']) {
      expect(linked(target, notes)).toBe(`[x](${target})`)
    }
    expect(linkedToPosts('`[x](a.md)`', 'content/blog/b.md', addresses, notes)).toBe('`[x](a.md)`')
    expect(notes).toEqual([])
  })
})
