import { describe, expect, test } from 'vitest'

import { limits } from '../../../src/kernel/limits.ts'
import { seededDice } from '../../../src/kernel/prng.ts'
import { scryptPasswords } from '../../../src/runtime/scrypt-passwords.ts'

/** So that tests are quick: what is tested does not depend on the cost. */
const cheap = { ln: 4, r: 8, p: 1 }
const passwords = scryptPasswords(seededDice(1), cheap)

describe('password hashes', () => {
  test('cost what OWASP asks for at least: N=2^15, r=8, p=3', async () => {
    const encoded = await scryptPasswords(seededDice(1)).hash('a few good words')
    expect(encoded).toMatch(/^\$scrypt\$ln=15,r=8,p=3\$[\w+/]{22}\$[\w+/]{43}$/)
  })

  test('fit their password and no other, each with its own salt', async () => {
    const [first, second] = [await passwords.hash('ä secret'), await passwords.hash('ä secret')]
    expect(first).not.toBe(second)
    for (const encoded of [first, second]) {
      expect(await passwords.verify('ä secret', encoded)).toEqual({ isRight: true, isDated: false })
      expect((await passwords.verify('ä secret ', encoded)).isRight).toBe(false)
    }
  })

  test('are those of RFC 7914 §12: of "password" with "NaCl", N=2^10, r=8, p=16', async () => {
    const known = 'fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162'
    const text = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '')
    const [salt, hash] = [text(Buffer.from('NaCl')), text(Buffer.from(known, 'hex'))]
    const encoded = `$scrypt$ln=10,r=8,p=16$${salt}$${hash}`
    expect(await passwords.verify('password', encoded)).toMatchObject({ isRight: true })
  })

  test('made with less are right, and dated; made with more are not', async () => {
    const stronger = scryptPasswords(seededDice(2), { ...cheap, ln: 5 })
    const [weak, strong] = [await passwords.hash('secret'), await stronger.hash('secret')]
    expect(await stronger.verify('secret', weak)).toEqual({ isRight: true, isDated: true })
    expect(await passwords.verify('secret', strong)).toEqual({ isRight: true, isDated: false })
  })

  test.each([
    ['nothing', ''],
    ['another program’s', 'scrypt$16384$8$1$c2FsdA$aGFzaA'],
    ['one that would take a terabyte', `$scrypt$ln=40,r=8,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`],
    ['one without a hash', `$scrypt$ln=4,r=8,p=1$${'A'.repeat(22)}$`],
    ['the password itself', 'secret'],
  ])('are not %s: nothing fits it', async (_what, encoded) => {
    expect(await passwords.verify('secret', encoded)).toEqual({ isRight: false, isDated: false })
  })

  test('are made few at once; one that finds the line too long is refused', async () => {
    const all = Array.from({ length: limits.passwordsAtOnce + limits.passwordsWaiting + 3 }, () =>
      passwords.hash('secret'),
    )
    const ended = await Promise.allSettled(all)
    const refused = ended.flatMap((each) =>
      each.status === 'rejected' ? [each.reason as unknown] : [],
    )
    expect(refused).toHaveLength(3)
    expect(refused).toMatchObject([1, 2, 3].map(() => ({ code: 'BLOG_OVERLOADED' })))
    expect(await passwords.hash('secret')).toContain('$scrypt$')
  })
})
