import { expect, test } from 'vitest'

import { isSignedBy, signatureOf } from '../../../src/http/signature.ts'

const good = signatureOf('a ticket', 'post-1', 'a secret')

test('what was signed here is known again', () => {
  expect(isSignedBy(good, 'a ticket', 'post-1', 'a secret')).toBe(true)
})

test.each([
  ['another text', signatureOf('a ticket', 'post-2', 'a secret')],
  ['another purpose', signatureOf('a stamp', 'post-1', 'a secret')],
  ['another secret', signatureOf('a ticket', 'post-1', 'no secret')],
  ['a forger who knows its length', 'A'.repeat(good.length)],
  ['one letter changed', `${good.slice(0, -1)}${good.endsWith('A') ? 'B' : 'A'}`],
  ['a part of it', good.slice(0, -1)],
  ['nothing', ''],
])('a signature of %s is nothing', (_what, given) => {
  expect(isSignedBy(given, 'a ticket', 'post-1', 'a secret')).toBe(false)
})
