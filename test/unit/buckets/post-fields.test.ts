import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { defaultFields, normaliseFields, slugify, tagKey } from '../../../buckets/post-fields.ts'
import { limits } from '../../../src/kernel/limits.ts'

describe('tag keys', () => {
  test.each([
    ['Release Notes', 'release-notes'],
    ['  C++  ', 'c++'],
    ['ÉTÉ', 'été'],
    ['e\u0301te\u0301', 'été'],
    ['a \t\n b', 'a-b'],
    ['a\u0000b', 'ab'],
    ['   ', ''],
  ])('%j becomes %j', (text, key) => {
    expect(tagKey(text)).toBe(key)
    expect(tagKey(key)).toBe(key)
  })
})

describe('slugs made of titles', () => {
  test.each([
    ['Hello, World!', 'hello-world'],
    ["Don't Panic — it’s fine", 'dont-panic-its-fine'],
    ['Crème brûlée', 'creme-brulee'],
    ['Node v20.1.0 (LTS)', 'node-v20-1-0-lts'],
    ['東京の夜', '東京の夜'],
    ['../../etc/passwd', 'etc-passwd'],
    ['???', ''],
  ])('%j becomes %j', (title, slug) => {
    expect(slugify(title)).toBe(slug)
  })

  test('are never longer than a slug may be, nor end in a dash', () => {
    const slug = slugify('very long title '.repeat(50))
    expect(Array.from(slug).length).toBeLessThanOrEqual(limits.slugCharsMax)
    expect(slug).toMatch(/[^-]$/)
  })
})

describe('fields in the form in which they are stored', () => {
  test('line ends are LF, sets are sorted, an empty slug is that of the title', () => {
    expect(
      normaliseFields({
        title: ' A\n title ',
        body: 'one\r\ntwo\rthree\u0000',
        tags: ['B', 'a', 'b'],
        publishedAt: '2020-02-03T04:05:06+02:00',
        aliases: ['/old/path/', 'old/path'],
      }),
    ).toEqual({
      ...defaultFields,
      title: 'A title',
      body: 'one\ntwo\nthree\ufffd',
      tags: ['a', 'b'],
      slug: 'a-title',
      publishedAt: '2020-02-03T02:05:06.000Z',
      aliases: ['old/path'],
    })
  })

  test('are the same when brought into that form again, whatever was typed', () => {
    const typed = fc.string({ unit: 'binary' })
    const inputs = fc.record({
      title: typed,
      body: typed,
      summary: typed,
      slug: typed,
      author: typed,
      tags: fc.array(typed, { maxLength: 3 }),
      aliases: fc.array(typed, { maxLength: 3 }),
    })
    fc.assert(
      fc.property(inputs, (input) => {
        const once = normaliseFields(input)
        expect(normaliseFields(once)).toEqual(once)
      }),
      { numRuns: 500 },
    )
  })
})
