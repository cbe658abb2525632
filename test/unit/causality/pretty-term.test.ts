import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { atom, decodeTerm, tuple } from '../../../src/causality/external-term.ts'
import { prettyTerm } from '../../../src/causality/pretty-term.ts'
import { printTerm } from '../../../src/causality/print-term.ts'

interface Printed {
  readonly term: string
  readonly whole: string
  readonly within500: string
  readonly within60: string
  readonly afterWords: string
}

const golden = JSON.parse(
  readFileSync(new URL('../../golden/erlang-print.json', import.meta.url), 'utf8'),
) as { readonly cases: readonly Printed[] }

describe('a term in print', () => {
  for (const [at, printed] of golden.cases.entries()) {
    const term = decodeTerm(Buffer.from(printed.term, 'base64'))
    const title = printed.whole.slice(0, 40).replaceAll('\n', ' ')

    test(`is what Erlang prints: whole, cut, and indented (${at}: ${title})`, () => {
      expect(prettyTerm(term)).toBe(printed.whole)
      expect(prettyTerm(term, { limitChars: 500 })).toBe(printed.within500)
      expect(prettyTerm(term, { limitChars: 60 })).toBe(printed.within60)
      const words = 'Error sending inputs: '
      const column = words.length + 1
      expect(words + prettyTerm(term, { column })).toBe(printed.afterWords)
    })
  }

  const terms = fc.letrec((tie) => ({
    term: fc.oneof(
      { maxDepth: 4 },
      fc.integer(),
      fc.constantFrom(atom('a'), atom('longer_name')),
      fc.uint8Array({ maxLength: 40 }),
      fc.array(tie('term'), { maxLength: 5 }),
      fc.array(tie('term'), { maxLength: 5 }).map((list) => tuple(...(list as never[]))),
    ),
  })).term

  test('is the same on one line and on many, but for white space', () => {
    fc.assert(
      fc.property(terms, (term) => {
        const bare = (text: string): string => text.replace(/\n */g, '')
        const one = printTerm(term as never)
        // Within 80 columns strings hold no line feed of their own: those are escaped.
        expect(bare(prettyTerm(term as never))).toBe(one)
      }),
    )
  })

  test('keeps near its limit, however large the term is', () => {
    const huge = Array.from({ length: 100_000 }, (_, at) => tuple(atom('entry'), at, [at, at]))
    const text = prettyTerm(huge, { limitChars: 500 })
    expect(text.length).toBeLessThan(1_500)
    expect(text).toContain('...')
  })
})
