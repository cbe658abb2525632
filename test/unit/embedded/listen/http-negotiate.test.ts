import { describe, expect, test } from 'vitest'
import { CrashTerm } from '../../../../src/embedded/listen/http-errors.ts'
import {
  chooseCoding,
  chooseMediaType,
  parseMediaType,
} from '../../../../src/embedded/listen/http-negotiate.ts'

describe('Accept', () => {
  const siblings = ['text/plain', 'multipart/mixed']
  test.each([
    ['*/*', 'text/plain'],
    ['text/*', 'text/plain'],
    ['multipart/mixed', 'multipart/mixed'],
    ['multipart/mixed, */*;q=0.5', 'multipart/mixed'],
    ['multipart/mixed;q=0.4, text/plain;q=0.5', 'text/plain'],
    // Of equal wishes the last one named wins.
    ['text/plain, multipart/mixed', 'multipart/mixed'],
    ['multipart/mixed, text/plain', 'text/plain'],
    ['TEXT/PLAIN', 'text/plain'],
    ['image/png', undefined],
    ['text/plain; charset=utf-8', undefined],
    // A weight that cannot be read spoils the header.
    ['text/plain;q=high, */*', undefined],
    ['', undefined],
    ['*;q=.5', 'text/plain'],
  ])('%j of two forms is %s', (accept, chosen) => {
    expect(chooseMediaType(siblings, accept)).toBe(chosen)
  })
})

describe('Accept-Encoding', () => {
  const usual = ['identity', 'gzip']
  test.each([
    ['gzip', 'gzip'],
    ['gzip, deflate, br', 'gzip'],
    ['GZIP', 'gzip'],
    // Of equal weights the name that sorts last wins.
    ['gzip, identity', 'identity'],
    ['gzip;q=0.5, identity;q=0.4', 'gzip'],
    ['identity;q=1.0,*;q=0.5', 'identity'],
    ['br', 'identity'],
    ['*', 'identity'],
    ['identity;q=0, *;q=0.5', 'gzip'],
    ['identity;q=0', undefined],
    ['*;q=0', undefined],
    ['', 'identity'],
  ])('%j of identity and gzip is %s', (header, chosen) => {
    expect(chooseCoding(usual, header, 'identity')).toBe(chosen)
  })

  test.each([
    ['identity;q=1.0,*;q=0.5', 'br'],
    ['identity', undefined],
    ['gzip, br;q=0.1', 'br'],
  ])('%j of a value stored as br is %s', (header, chosen) => {
    expect(chooseCoding(['br'], header, 'identity')).toBe(chosen)
  })

  test('a weight that is no number is a crash, as in Riak', () => {
    expect(() => chooseCoding(usual, 'gzip;q=high', 'identity')).toThrow(CrashTerm)
    expect(() => chooseCoding(usual, 'gzip;level=9', 'identity')).toThrow(CrashTerm)
  })
})

test('a media type is read with its parameters, quotes and case aside', () => {
  expect(parseMediaType('Text/Plain; Charset="utf-8" ;x=1;y')).toEqual({
    type: 'text/plain',
    parameters: [
      ['charset', 'utf-8'],
      ['x', '1'],
    ],
  })
})
