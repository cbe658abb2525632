import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  ListJson,
  jsonText,
  prettyJson,
  riakJson,
} from '../../../../src/embedded/listen/http-json.ts'

const text = fc.string({ unit: 'binary' })

describe('JSON as Riak writes it', () => {
  test('is ASCII without spaces between, and parses back to what it was', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        const json = riakJson(value)
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(value)))
        expect(json).toMatch(/^[ -~]*$/)
      }),
    )
    expect(riakJson({ été: '\u007f\u0001/"\\\u{1f600}' })).toBe(
      '{"\\u00e9t\\u00e9":"\\u007f\\u0001/\\"\\\\\\ud83d\\ude00"}',
    )
  })

  test('a list in batches is the list in one, whatever the batches', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(text)),
        fc.option(text, { nil: undefined }),
        (batches, more) => {
          const after = more === undefined ? {} : { continuation: more }
          const body = new ListJson({ a: 1 }, 'keys')
          for (const batch of batches) body.add(batch)
          const whole = riakJson({ a: 1, keys: batches.flat(), ...after })
          expect(Buffer.from(body.finish(after)).toString()).toBe(whole)
        },
      ),
    )
    expect(Buffer.from(new ListJson({}, 'keys').finish()).toString()).toBe('{"keys":[]}')
  })

  test('indented, it says the same', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(prettyJson(riakJson(value)))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
    expect(prettyJson('{"a":[1,"b,:[\\""],"c":[]}')).toBe(
      '{\n    "a": [\n        1,\n        "b,:[\\""\n    ],\n    "c": [\n        \n    ]\n}',
    )
  })

  test('a name that is no UTF-8 has no JSON', () => {
    expect(jsonText(Buffer.from('\u00e9t\u00e9'))).toBe('\u00e9t\u00e9')
    expect(() => jsonText(Buffer.from([0xff]))).toThrow()
  })
})
