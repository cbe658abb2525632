import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Term } from '../../../../src/causality/external-term.ts'
import { FunctionError } from '../../../../src/embedded/mapreduce/job-errors.ts'
import { makeKeyFilters } from '../../../../src/embedded/mapreduce/key-filters.ts'
import { levenshtein } from '../../../../src/embedded/mapreduce/levenshtein.ts'
import { patternsWith } from '../../../../src/embedded/mapreduce/patterns.ts'
import { termOfJson } from '../../../../src/embedded/mapreduce/rows.ts'
import type { Json } from '../../../../src/embedded/mapreduce/functions.ts'
import { systemClock } from '../../../../src/runtime/system-clock.ts'

const pattern = patternsWith(systemClock())

function make(exprs: readonly Json[]) {
  return makeKeyFilters(
    exprs.map((expr): Term => termOfJson(expr)),
    pattern,
  )
}

function accepts(exprs: readonly Json[], key: string): boolean {
  const filters = make(exprs)
  if (filters.kind !== 'filters') throw new Error(filters.kind)
  return filters.accepts(Buffer.from(key))
}

describe('key filters', () => {
  test.each<[string, Json[], string, boolean]>([
    [
      'tokens are counted from 1, empty ones are none',
      [
        ['tokenize', '-', 2],
        ['eq', 'b'],
      ],
      'a--b-c',
      true,
    ],
    [
      'several separators',
      [
        ['tokenize', '-_', 3],
        ['eq', 'c'],
      ],
      'a-b_c',
      true,
    ],
    ['a number of a text', [['string_to_int'], ['less_than', 10]], '9', true],
    ['numbers are compared as numbers', [['string_to_int'], ['less_than', 10]], '11', false],
    ['and back to a text', [['string_to_int'], ['int_to_string'], ['eq', '7']], '7', true],
    ['a float', [['string_to_float'], ['greater_than', 6.5]], '6.75', true],
    [
      'a float as text has twenty digits',
      [['string_to_float'], ['float_to_string'], ['eq', '1.50000000000000000000e+00']],
      '1.5',
      true,
    ],
    [
      'what is no text has one character: its print',
      [
        ['eq', '5'],
        ['similar_to', 'tru', 3],
      ],
      '5',
      true,
    ],
    [
      'which is not alike',
      [
        ['eq', '5'],
        ['similar_to', 'tru', 2],
      ],
      '5',
      false,
    ],
    [
      'and begins with no letter',
      [
        ['eq', '5'],
        ['starts_with', 't'],
      ],
      '5',
      false,
    ],
    [
      'but with itself',
      [
        ['eq', '5'],
        ['starts_with', true],
      ],
      '5',
      true,
    ],
    [
      'and is a token',
      [
        ['eq', '5'],
        ['tokenize', '-', 1],
        ['eq', 'true'],
      ],
      '5',
      true,
    ],
    [
      'letters of it have no other case',
      [['eq', '5'], ['to_upper'], ['matches', 'rue']],
      '5',
      true,
    ],
    [
      'or looks no further than the first that is true',
      [['or', [['neq', '1']], [['to_upper']]]],
      '5',
      true,
    ],
    ['both ends of between', [['string_to_int'], ['between', 2, 4]], '4', true],
    ['between without its ends', [['string_to_int'], ['between', 2, 4, false]], '4', false],
    ['a text is greater than any number', [['greater_than', 5]], '1', true],
    ['greater or equal', [['greater_than_eq', 'm']], 'm', true],
    ['less or equal', [['less_than_eq', 'm']], 'n', false],
    ['a pattern', [['matches', '^a.c$']], 'abc', true],
    ['another', [['matches', '^a.c$']], 'abcd', false],
    ['upper case', [['to_upper'], ['starts_with', 'AB']], 'abc', true],
    ['lower case', [['to_lower'], ['ends_with', 'bc']], 'ABC', true],
    [
      'what to_upper makes is a list, and no list is a binary',
      [['to_upper'], ['eq', 'ABC']],
      'abc',
      false,
    ],
    ['percent signs', [['urldecode'], ['starts_with', 'a b/']], 'a+b%2fc', true],
    ['members', [['set_member', 'a', 'b']], 'b', true],
    ['no member', [['set_member', 'a', 'b']], 'c', false],
    ['one letter apart', [['similar_to', 'newark', 1]], 'newerk', true],
    ['unlike', [['similar_to', 'newark', 1]], 'nowerk', false],
    ['and', [['and', [['starts_with', 'a']], [['ends_with', 'z']]]], 'abz', true],
    ['or', [['or', [['starts_with', 'x']], [['ends_with', 'z']]]], 'abz', true],
    ['not', [['not', [['eq', 'a']]]], 'a', false],
    ['a chain without a judge accepts nothing', [['to_upper']], 'a', false],
    ['neq', [['neq', 'a']], 'b', true],
  ])('%s', (_promise, exprs, key, expected) => {
    expect(accepts(exprs, key)).toBe(expected)
  })

  test('a name that Riak does not know is told', () => {
    expect(make([['nosuch', 'x']])).toMatchObject({ kind: 'unknown' })
  })

  test.each<[string, Json[]]>([
    ['between with one end', [['between', 1]]],
    ['eq with nothing', [['eq']]],
    ['a pattern that is none', [['matches', '(']]],
    ['an unknown name inside and', [['and', [['nosuch']]]]],
    ['not of something else than a list', [['not', 'x']]],
  ])('arguments no function can be made of are found before any key (%s)', (_name, exprs) => {
    expect(make(exprs)).toEqual({ kind: 'broken' })
  })

  test('a key that a function has no clause for fails the job', () => {
    expect(() => accepts([['string_to_int'], ['eq', 1]], 'abc')).toThrow(FunctionError)
    expect(() => accepts([['string_to_float'], ['eq', 1]], '1')).toThrow(FunctionError)
    expect(() =>
      accepts(
        [
          ['tokenize', '-', 9],
          ['eq', 'x'],
        ],
        'a-b',
      ),
    ).toThrow(FunctionError)
  })

  test('a pattern that backtracks without end ends with an error, and soon', () => {
    const key = `${'a'.repeat(60)}!`
    expect(() => accepts([['matches', '^(a+)+$']], key)).toThrow(FunctionError)
  })

  test('the distance is symmetric, zero for equals, and at most the longer text', () => {
    const text = fc.uint8Array({ maxLength: 12 })
    fc.assert(
      fc.property(text, text, (a, b) => {
        const distance = levenshtein(a, b)
        expect(distance).toBe(levenshtein(b, a))
        expect(levenshtein(a, a)).toBe(0)
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length))
        expect(distance).toBeGreaterThanOrEqual(Math.abs(a.length - b.length))
      }),
    )
  })

  test('texts too long to be compared are refused', () => {
    const long = new Uint8Array(5_000)
    expect(() => levenshtein(long, long)).toThrow(FunctionError)
  })
})
