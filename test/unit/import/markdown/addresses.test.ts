import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addressesOf, slugOfFile } from '../../../../src/import/markdown/addresses.ts'
import { toSlug, uniqueSlugs } from '../../../../src/import/slugs.ts'
import type { HeadValue } from '../../../../src/import/markdown/front-matter.ts'
import { idOfPath } from '../../../../src/import/markdown/import-id.ts'
import { checkSlug } from '../../../../src/store/post-input.ts'
import { Issues } from '../../../../src/store/issues.ts'

const head = (entries: Record<string, HeadValue>): ReadonlyMap<string, HeadValue> =>
  new Map(Object.entries(entries))

describe('slugs', () => {
  test.each([
    ['release/v8.0.0.md', 'v8.0.0'],
    ['2013-03-11-Hello World.md', 'hello-world'],
    ['20130311_hello.md', 'hello'],
    ['2013/03/11-hello.md', 'hello'],
    ['2013-03-11.md', '2013-03-11'],
    ['hello/index.md', 'hello'],
    ['2013-03-11-hello/index.mdx', 'hello'],
    ['docs/README.md', 'docs'],
    ['README.md', 'readme'],
    ["what's up?.md", 'whats-up'],
    ['Überraschung.md', 'überraschung'],
    ['日本語.md', '日本語'],
    ['a..b.md', 'a.b'],
    ['10-lts-to-12-lts.md', '10-lts-to-12-lts'],
    ['!!!.md', ''],
  ])('the file %s gives the slug "%s"', (path, slug) => {
    expect(slugOfFile(path)).toBe(slug)
  })

  test('any text gives a slug that the store takes, or none', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ maxLength: 400 })),
        (text) => {
          const slug = toSlug(text)
          const issues = new Issues()
          if (slug !== '') expect(checkSlug(issues, slug)).toBe(slug)
          issues.throwIfAny()
        },
      ),
    )
  })

  test.each([
    [{ slug: 'My Slug' }, 'my-slug', []],
    [{ slug: '/a/b/c' }, 'c', ['a/b/c']],
    [{ permalink: '/2013/03/hello.html' }, 'hello', ['2013/03/hello.html']],
    [{ url: 'https://old.example/2013/hello/?a=1#b' }, 'hello', ['2013/hello']],
    [{ slug: 'one', url: '/two/' }, 'one', []],
    [{ permalink: '/:year/:title/' }, 'file', []],
    [{ aliases: ['/old/', 'b/old', '/old'] }, 'file', ['b/old', 'old']],
    [{ redirect_from: '/x.html' }, 'file', ['x.html']],
    [{ aliases: ['/%C3%BCber/'] }, 'file', ['über']],
    [{ aliases: ['../../etc/passwd', '/'] }, 'file', []],
  ])('%o gives the slug %s and the old paths %o', (entries, slug, aliases) => {
    const read = addressesOf(head(entries), 'posts/file.md')
    expect(read.slug).toBe(slug)
    expect(read.aliases).toEqual(aliases)
  })

  test('two files that want one slug get two, in the order they come', () => {
    const own = uniqueSlugs()
    expect(['a', 'b', 'a', 'a-2', 'a', 'b'].map(own)).toEqual([
      'a',
      'b',
      'a-2',
      'a-2-2',
      'a-3',
      'b-2',
    ])
  })

  test('a number behind a slug of the longest length keeps it within that length', () => {
    const own = uniqueSlugs()
    const long = 'x'.repeat(120)
    own(long)
    expect(own(long)).toBe(`${'x'.repeat(118)}-2`)
  })
})

describe('ids', () => {
  test('an id has the shape of a ULID and depends on the path alone', () => {
    expect(idOfPath('release/v8.0.0.md')).toBe(idOfPath('release/v8.0.0.md'))
    expect(idOfPath('release/v8.0.0.md')).toMatch(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/)
    expect(idOfPath('release/v8.0.0.md')).not.toBe(idOfPath('v8.0.0.md'))
  })

  test('an id never changes between versions of the program', () => {
    expect(idOfPath('a.md')).toMatchInlineSnapshot(`"7NJ1RXNMR68HR835HTV4YNF47D"`)
  })

  test('a path with decomposed accents (macOS) is the same path', () => {
    expect(idOfPath('u\u0308ber.md')).toBe(idOfPath('über.md'))
  })
})
