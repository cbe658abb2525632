import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  TermError,
  atom,
  decodeTerm,
  encodeTerm,
  tuple,
} from '../../../src/causality/external-term.ts'
import type { Term } from '../../../src/causality/external-term.ts'
import { printTerm } from '../../../src/causality/print-term.ts'

const bin = (text: string): Uint8Array => new TextEncoder().encode(text)
const show = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

describe('external term format', () => {
  // The left side as `term_to_binary` of OTP 25 writes it.
  test.each<[string, Term]>([
    ['836101', 1],
    ['8361ff', 255],
    ['836200000100', 256],
    ['8362ffffffff', -1],
    ['83627fffffff', 2147483647],
    ['836e040000000080', 2147483648],
    ['836e040101000080', -2147483649],
    ['836e0500ce6878e40e', 0x0ee47868ce],
    ['836e08000000000000000001', 2n ** 56n],
    ['836a', []],
    ['836b0003010203', [1, 2, 3]],
    ['836c0000000261016200000100' + '6a', [1, 256]],
    ['836d00000002' + '6b32', bin('k2')],
    ['8368026102' + '6d000000026b32', tuple(2, bin('k2'))],
    ['83640009756e646566696e6564', atom('undefined')],
  ])('%s', (bytes, term) => {
    expect(show(encodeTerm(term))).toBe(bytes)
    expect(decodeTerm(Uint8Array.from(Buffer.from(bytes, 'hex')))).toEqual(term)
  })

  test('the continuations of captured index pages are read and written', () => {
    const range = tuple(2, bin('k2'))
    expect(Buffer.from(encodeTerm(range)).toString('base64')).toBe('g2gCYQJtAAAAAmsy')
    expect(Buffer.from(encodeTerm(bin('k4'))).toString('base64')).toBe('g20AAAACazQ=')
  })

  const terms = fc.letrec<{ term: Term }>((tie) => ({
    term: fc.oneof(
      { depthSize: 'small' },
      fc.integer(),
      fc.maxSafeInteger(),
      fc.bigInt({ min: 2n ** 60n, max: 2n ** 90n }),
      fc.bigInt({ min: -(2n ** 90n), max: -(2n ** 60n) }),
      fc.uint8Array({ maxLength: 8 }),
      fc.string({ maxLength: 8 }).map(atom),
      fc.array(tie('term'), { maxLength: 4 }),
      fc.array(tie('term'), { maxLength: 4 }).map((elements) => tuple(...elements)),
    ),
  })).term

  test('every term survives being written and read', () => {
    fc.assert(
      fc.property(terms, (term) => {
        expect(decodeTerm(encodeTerm(term))).toEqual(term)
      }),
    )
  })

  test('damaged bytes are a TermError or another term, never anything else', () => {
    fc.assert(
      fc.property(terms, fc.nat(), fc.nat(255), fc.boolean(), (term, at, value, cut) => {
        const bytes = encodeTerm(term)
        bytes[at % bytes.length] = value
        const damaged = cut ? bytes.subarray(0, at % bytes.length) : bytes
        try {
          decodeTerm(damaged)
        } catch (error) {
          expect(error).toBeInstanceOf(TermError)
        }
      }),
    )
  })

  test('a term of a thousand nested lists is refused, not overflowed', () => {
    const nested = Buffer.from('83' + '6c00000001'.repeat(1_000) + '6a'.repeat(1_001), 'hex')
    expect(() => decodeTerm(nested)).toThrow(TermError)
  })

  test('a length that lies allocates nothing', () => {
    expect(() => decodeTerm(Buffer.from('836cffffffff61016a', 'hex'))).toThrow(TermError)
    expect(() => decodeTerm(Buffer.from('836dffffffff61', 'hex'))).toThrow(TermError)
  })
})

describe('printed terms', () => {
  test.each<[string, Term]>([
    ['{r_val_unsatisfied,2,1}', tuple(atom('r_val_unsatisfied'), 2, 1)],
    ['{insufficient_vnodes,1,need,2}', tuple(atom('insufficient_vnodes'), 1, atom('need'), 2)],
    ['{unknown_field_type,<<"bad">>}', tuple(atom('unknown_field_type'), bin('bad'))],
    ['[{n_val,not_integer}]', [tuple(atom('n_val'), atom('not_integer'))]],
    ["'dev1@127.0.0.1'", atom('dev1@127.0.0.1')],
    ["'and'", atom('and')],
    ['<<18,195,36>>', Uint8Array.of(18, 195, 36)],
    ['<<>>', bin('')],
    ['<<"a\\"b">>', bin('a"b')],
    ['[]', []],
    ['"abc"', [97, 98, 99]],
    ['[1,2]', [1, 2]],
    ['-5', -5],
  ])('%s', (text, term) => {
    expect(printTerm(term)).toBe(text)
  })
})
