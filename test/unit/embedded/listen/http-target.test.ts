import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { headerName } from '../../../../src/embedded/listen/http-request.ts'
import { parseTarget, quotePlus, unquote } from '../../../../src/embedded/listen/http-target.ts'

describe('a target', () => {
  test('any name is read back as it was written, byte for byte', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), (bytes) => {
        const quoted = quotePlus(bytes)
        expect(quoted).toMatch(/^[A-Za-z0-9.~_+%-]+$/)
        expect([...Buffer.from(unquote(quoted), 'latin1')]).toEqual([...bytes])
        expect(parseTarget(`/a/${quoted}?b=${quoted}`)).toEqual({
          segments: ['a', quoted],
          query: new Map([['b', Buffer.from(bytes).toString('latin1')]]),
        })
      }),
    )
  })

  // As mochiweb_util quotes and unquotes (mochiweb 3.0, OTP 25).
  test('is quoted and read as mochiweb does', () => {
    expect(quotePlus(Buffer.from('a b/c~\u00e9,;%+', 'latin1'))).toBe('a+b%2Fc~%E9%2C%3B%25%2B')
    expect(unquote('a%2')).toBe('a%2')
    expect(unquote('%zz%4')).toBe('%zz%4')
    expect([...parseTarget('/x?a=b+c&d&=x&e=%41;f=1&a=2').query]).toEqual([
      ['a', 'b c'],
      ['d', ''],
      ['', 'x'],
      ['e', 'A'],
      ['f', '1'],
    ])
  })

  test.each([
    ['//buckets///b/', ['buckets', 'b']],
    ['/a%2Fb', ['a%2Fb']],
    ['http://127.0.0.1:8098/ping', ['ping']],
    ['/ping#fragment', ['ping']],
    ['*', ['*']],
    ['', []],
  ])('%j has the segments %j', (target, segments) => {
    expect(parseTarget(target).segments).toEqual(segments)
  })
})

// As erlang:decode_packet/3 gives them (OTP 25).
test.each([
  ['X-Riak-Meta-lower', 'X-Riak-Meta-Lower'],
  ['x-riak-meta-AUTHOR-x', 'X-Riak-Meta-Author-X'],
  ['x-riak-meta-a_B.c', 'X-Riak-Meta-A_b.c'],
  ['x-riak-meta-abcdefghij-klmnop-qrstuvwxyz', 'X-Riak-Meta-Abcdefghij-Klmnop-Qrstuvwxyz'],
  [
    'x-RIAK-meta-abcdefghij-klmnop-qrstuvwxyz-abcdefghijkl',
    'x-RIAK-meta-abcdefghij-klmnop-qrstuvwxyz-abcdefghijkl',
  ],
])('the header %s is %s', (sent, seen) => {
  expect(headerName(sent)).toBe(seen)
})
