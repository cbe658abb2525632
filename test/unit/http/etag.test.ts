import { describe, expect, test } from 'vitest'

import { matchesNone, parseIfMatch } from '../../../src/http/etag.ts'

describe('If-None-Match', () => {
  test.each([
    ['"a"', true],
    ['W/"a"', true],
    ['"x", "a"', true],
    ['*', true],
    ['"b"', false],
    ['a', false],
    ['"a', false],
    ['', false],
    [undefined, false],
  ])('%s names the tag a: %s', (header, expected) => {
    expect(matchesNone(header, ['a'])).toBe(expected)
  })
})

describe('If-Match', () => {
  test.each([
    [undefined, { kind: 'absent' }],
    ['*', { kind: 'any' }],
    [' "a1" ', { kind: 'revisions', ids: ['a1'] }],
    ['"b.a"', { kind: 'revisions', ids: ['a', 'b'] }],
    ['"a.a"', { kind: 'revisions', ids: ['a'] }],
    ['""', { kind: 'malformed' }],
    ['a', { kind: 'malformed' }],
    ['W/"a"', { kind: 'malformed' }],
    ['"a", "b"', { kind: 'malformed' }],
    ['"a..b"', { kind: 'malformed' }],
    ['"a b"', { kind: 'malformed' }],
    [`"${'a'.repeat(9_000)}"`, { kind: 'malformed' }],
  ])('%s', (header, expected) => {
    expect(parseIfMatch(header)).toEqual(expected)
  })
})
