import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { base62, makeKey, makeVtag } from '../../../../src/embedded/vnode/vtag.ts'

describe('tags', () => {
  test('base 62 is the number itself, digits before capitals before small letters', () => {
    const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 2, maxLength: 16 }).filter((b) => b.length % 2 === 0),
        (bytes) => {
          let number = 0n
          for (const char of base62(bytes)) number = number * 62n + BigInt(alphabet.indexOf(char))
          expect(number).toBe(BigInt(`0x${Buffer.from(bytes).toString('hex')}`))
        },
      ),
    )
    expect(base62(Uint8Array.of(0, 0))).toBe('0')
    expect(base62(Uint8Array.of(0, 61))).toBe('z')
  })

  test('a vtag has 22 characters at most, and differs by a microsecond or by node', () => {
    const tag = makeVtag('dev1@127.0.0.1', 1_795_417_814_608_449)
    expect(tag).toMatch(/^[0-9A-Za-z]{15,22}$/)
    expect(makeVtag('dev1@127.0.0.1', 1_795_417_814_608_450)).not.toBe(tag)
    expect(makeVtag('dev2@127.0.0.1', 1_795_417_814_608_449)).not.toBe(tag)
  })

  test('a made key is base 62 of 160 bits', () => {
    const key = Buffer.from(makeKey(Buffer.alloc(20, 0xff))).toString()
    expect(key).toMatch(/^[0-9A-Za-z]{27}$/)
  })
})
