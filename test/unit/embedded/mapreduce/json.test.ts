import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { atom, decodeTerm, tuple } from '../../../../src/causality/external-term.ts'
import type { Term } from '../../../../src/causality/external-term.ts'
import { prettyTerm } from '../../../../src/causality/pretty-term.ts'
import { JsonReader } from '../../../../src/embedded/mapreduce/json-reader.ts'
import type { JsonRead } from '../../../../src/embedded/mapreduce/json-reader.ts'
import {
  JsonWriteError,
  jsonIolist,
  writeJson,
} from '../../../../src/embedded/mapreduce/json-writer.ts'
import { asTerms, jsonOfTerm, termOfJson } from '../../../../src/embedded/mapreduce/rows.ts'
import type { Json } from '../../../../src/embedded/mapreduce/functions.ts'
import { limits } from '../../../../src/kernel/limits.ts'

const golden = JSON.parse(
  readFileSync(new URL('../../../golden/mochijson2.json', import.meta.url), 'utf8'),
) as {
  readonly decoded: readonly { readonly json: string; readonly term: string }[]
  readonly encoded: readonly {
    readonly term: string
    readonly text: string
    readonly iolist: string
  }[]
}

function read(text: string | Uint8Array): JsonRead {
  const whole = new JsonReader(Buffer.from(text)).read(() => false)
  expect(whole).toBeDefined()
  return whole!
}

/** As the golden file has it: what `catch mochijson2:decode(…)` gave, frames without their lines. */
function shown(result: JsonRead): string {
  if (result.kind === 'term') return prettyTerm(result.term)
  if (result.kind === 'bad-utf8') return 'invalid_utf8'
  if (result.kind === 'too-large') return 'too-large'
  const stack = result.frames
    .slice(0, 8)
    .map(({ module, function: name, args }) => tuple(atom(module), atom(name), args as Term))
  return prettyTerm(tuple(atom('EXIT'), tuple(result.reason, stack)))
}

describe("Riak's JSON, read", () => {
  test.each(golden.decoded)('gives the term or the crash that mochijson2 gives: $json', (each) => {
    expect(shown(read(each.json))).toBe(each.term)
  })

  test('any JSON survives as a term and back', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (text) => {
        const result = read(text)
        // A lone surrogate is an error in Riak; JSON.parse lets it pass.
        if (result.kind !== 'term') return
        expect(JSON.parse(writeJson(result.term))).toEqual(JSON.parse(text))
      }),
    )
  })

  test('whatever the bytes are, there is a term, a crash or a refusal', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.string({
        unit: fc.constantFrom(...Array.from('[]{},:"\\u0123 eE.+-truefalsnl')),
        maxLength: 40,
      }),
    )
    fc.assert(
      fc.property(bytes, (of) => {
        expect(['term', 'crash', 'bad-utf8', 'too-large']).toContain(read(of).kind)
      }),
    )
  })

  test('reading in pieces gives what reading in one go gives', () => {
    const text = JSON.stringify(
      Array.from({ length: 5_000 }, (_, at) => ['bucket', `key ${at}`, at]),
    )
    const reader = new JsonReader(Buffer.from(text))
    let stops = 0
    let result = reader.read(() => true)
    for (; result === undefined; result = reader.read(() => true)) stops++
    expect(stops).toBeGreaterThan(5)
    expect(result).toEqual(read(text))
  })

  test('nesting beyond the bound is refused, not overflowed (a million brackets)', () => {
    expect(read('['.repeat(1_000_000)).kind).toBe('too-large')
    expect(read('{"a":'.repeat(1_000_000)).kind).toBe('too-large')
  })

  test('more values than a job may have are refused', () => {
    const zeros = `[${'0,'.repeat(limits.mapReduceJsonValuesMax)}0]`
    expect(read(zeros).kind).toBe('too-large')
  })

  test('an endless number and an endless escaped string are refused', () => {
    expect(read('1'.repeat(100_000)).kind).toBe('too-large')
    expect(read(`"\\n${'x'.repeat(limits.mapReduceEscapedBytesMax + 10)}"`).kind).toBe('too-large')
  })
})

describe("Riak's JSON, written", () => {
  for (const { term: encoded, text, iolist } of golden.encoded) {
    const term = decodeTerm(Buffer.from(encoded, 'base64'))
    test(`is the text or the crash of mochijson2: ${prettyTerm(term)}`, () => {
      const crash = { EXIT: 'exit', CLAUSE: 'error' }[text]
      if (crash !== undefined) {
        expect(() => writeJson(term)).toThrow(JsonWriteError)
        try {
          writeJson(term)
        } catch (error) {
          expect((error as JsonWriteError).class).toBe(crash)
        }
        return
      }
      expect(writeJson(term)).toBe(Buffer.from(text, 'latin1').toString('latin1'))
      expect(prettyTerm(jsonIolist(term))).toBe(iolist)
    })
  }

  test('is ASCII only, and a value of JSON is written as it was', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), (value) => {
        const json = value as Json
        const text = writeJson(termOfJson(json))
        expect(text).toMatch(/^[\x00-\x7e]*$/)
        // Riak's strings are UTF-8: half a surrogate pair becomes the replacement character.
        const plain = JSON.parse(JSON.stringify(json).replace(/\\ud[89a-f]../g, '\ufffd')) as Json
        expect(JSON.parse(text)).toEqual(plain)
      }),
    )
  })
})

describe('rows between phases', () => {
  test('a key is [bucket, key], with its data and type where it has them', () => {
    const [b, k, d, t] = ['b', 'k', 'd', 't'].map((text) => Buffer.from(text))
    expect(jsonOfTerm(tuple(b!, k!))).toEqual(['b', 'k'])
    expect(jsonOfTerm(tuple(tuple(b!, k!), d!))).toEqual(['b', 'k', 'd'])
    expect(jsonOfTerm(tuple(tuple(tuple(t!, b!), k!), d!))).toEqual(['b', 'k', 'd', 't'])
  })

  test('a not_found of JavaScript is a tuple for the functions of Erlang', () => {
    const text = '{"not_found":{"bucket":"b","key":"k","keydata":"undefined"}}'
    const [term] = asTerms({ kind: 'texts', list: [text] })
    expect(prettyTerm(term!)).toBe('{not_found,{<<"b">>,<<"k">>},<<"undefined">>}')
  })
})
