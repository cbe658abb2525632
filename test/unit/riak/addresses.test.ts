import { describe, expect, test } from 'vitest'
import { parseAddresses, showAddress } from '../../../src/riak/addresses.ts'

describe('addresses of Riak nodes', () => {
  test.each([
    ['127.0.0.1:8087', '127.0.0.1', 8087],
    ['riak1', 'riak1', 8087],
    [' riak1.example.org:10017 ', 'riak1.example.org', 10017],
    ['[::1]:8087', '::1', 8087],
    ['[fe80::1]', 'fe80::1', 8087],
    ['::1', '::1', 8087],
    ['2001:db8::7', '2001:db8::7', 8087],
  ])('%s is host %s, port %i', (text, host, port) => {
    expect(parseAddresses([text])).toEqual([{ host, port }])
  })

  test.each([
    '',
    ' ',
    ':8087',
    'host:',
    'host:port',
    'host:0',
    'host:65536',
    'host:80.5',
    '[::1',
    'a:b:c',
    '[riak]:8087',
    '[]:1',
    'http://riak:8087',
    'a b:1',
    'user@riak:8087',
  ])('"%s" is refused, and the message quotes it', (text) => {
    expect(() => parseAddresses([text])).toThrow(
      expect.objectContaining({
        code: 'BLOG_BAD_REQUEST',
        outcome: 'definite',
        message: expect.stringContaining(`"${text}"`) as string,
      }) as Error,
    )
  })

  test('an empty list is refused; an address given twice is one node', () => {
    expect(() => parseAddresses([])).toThrow('no address')
    expect(parseAddresses(['a:1', 'a:1', 'b:1'])).toHaveLength(2)
  })

  test('an IPv6 address is shown in brackets', () => {
    expect(showAddress({ host: '::1', port: 1 })).toBe('[::1]:1')
  })
})
