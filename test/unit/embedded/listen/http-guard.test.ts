/** A node on loopback answers the programs of this machine, and no page in its browser. */

import { describe, expect, test } from 'vitest'
import { refusalOf } from '../../../../src/embedded/listen/http-guard.ts'
import { parseRequest } from '../../../../src/embedded/listen/http-request.ts'

function refusal(headers: Record<string, string>, listeningAt = '127.0.0.1') {
  const raw = {
    method: 'GET',
    target: '/ping',
    headers: Object.entries(headers),
    body: new Uint8Array(0),
    remote: '127.0.0.1:1',
    onAbort: () => undefined,
  }
  return refusalOf(parseRequest(raw), listeningAt)
}

describe('the Host header', () => {
  test.each([
    'localhost',
    'localhost:8098',
    'LOCALHOST:8098',
    '127.0.0.1',
    '127.0.0.1:8098',
    '127.0.0.1:1',
    '[::1]',
    '[::1]:8098',
  ])('%s is answered', (host) => {
    expect(refusal({ Host: host })).toBeUndefined()
  })

  test.each([
    'evil.example',
    'evil.example:8098',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    'localhost@evil.example',
    'evil.example#localhost',
    '127.0.0.2',
    '0.0.0.0:8098',
    '127.1:8098',
    '[::2]:8098',
    'localhost:8098, evil.example',
    '',
    ':8098',
    'localhost:port',
    'local host',
  ])('%j is refused', (host) => {
    expect(refusal({ Host: host })).toBe('foreign-host')
  })

  test('the address listened on is answered, too, as name and in brackets', () => {
    expect(refusal({ Host: '127.0.0.2:8098' }, '127.0.0.2')).toBeUndefined()
    expect(refusal({ Host: '[fd00::1]:8098' }, 'fd00::1')).toBeUndefined()
  })

  test('without one it is no browser, and is answered (HTTP/1.0)', () => {
    expect(refusal({})).toBeUndefined()
  })
})

describe.each(['Origin', 'Referer'])('the %s header', (name) => {
  test.each(['http://127.0.0.1:8098', 'http://127.0.0.1:8098/', 'http://127.0.0.1:8098/x?y'])(
    '%s is our own, and is answered',
    (from) => {
      expect(refusal({ Host: '127.0.0.1:8098', [name]: from })).toBeUndefined()
    },
  )

  test.each([
    'null',
    'https://evil.example',
    'http://evil.example:8098',
    'https://127.0.0.1:8098',
    'http://127.0.0.1:3000',
    'http://127.0.0.1',
    'http://localhost:8098',
    'file:///etc/passwd',
    'about:blank',
    '',
    'nonsense',
  ])('%j is another page, and is refused', (from) => {
    expect(refusal({ Host: '127.0.0.1:8098', [name]: from })).toBe('foreign-page')
  })

  test('port 80 goes without saying', () => {
    expect(refusal({ Host: 'localhost', [name]: 'http://localhost' })).toBeUndefined()
    expect(refusal({ Host: 'localhost:80', [name]: 'http://localhost/' })).toBeUndefined()
  })
})
