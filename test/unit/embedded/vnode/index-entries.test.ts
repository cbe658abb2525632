import { describe, expect, test } from 'vitest'
import { printTerm } from '../../../../src/causality/print-term.ts'
import {
  indexChanges,
  normaliseIndexes,
  parseIntTerm,
} from '../../../../src/embedded/vnode/index-entries.ts'
import type { ObjectValue, RiakObject } from '../../../../src/embedded/vnode/riak-object.ts'

const entry = (field: string, value: string) => ({ field, value: Buffer.from(value) })
const sibling = (...indexes: ReturnType<typeof entry>[]): ObjectValue => ({
  value: Buffer.from('v'),
  isTombstone: false,
  vtag: 't',
  lastModified: { seconds: 0, micros: 0 },
  dot: undefined,
  indexes,
})
const object = (...values: ObjectValue[]): RiakObject => ({ vclock: [], values })
const show = (terms: readonly { field: Uint8Array; term: Uint8Array }[]): string[] =>
  terms.map(({ field, term }) => `${Buffer.from(field)}=${Buffer.from(term).toString('hex')}`)

describe('index entries of a put', () => {
  test('names are lower-cased, integers brought into one form', () => {
    const normal = normaliseIndexes([
      entry('Tag_BIN', 'A'),
      entry('n_int', '+007'),
      entry('n_int', '-0'),
    ])
    expect(normal).toEqual({
      kind: 'ok',
      indexes: [entry('tag_bin', 'A'), entry('n_int', '7'), entry('n_int', '0')],
    })
  })

  test('what cannot be indexed is named as Riak names it (captures/pb-client-2: store-badindex)', () => {
    const normal = normaliseIndexes([entry('bad', 'x'), entry('age_int', 'abc')])
    expect(normal.kind === 'bad' ? printTerm(normal.reasons) : '').toBe(
      '[{unknown_field_type,<<"bad">>},{field_parsing_failed,{<<"age_int">>,<<"abc">>}}]',
    )
  })

  test.each([
    ['7', 7n],
    ['-12', -12n],
    ['+3', 3n],
    ['', undefined],
    ['1.5', undefined],
    ['0x10', undefined],
    [' 1', undefined],
    ['9'.repeat(400), undefined],
  ])('%s as an integer', (text, value) => {
    expect(parseIntTerm(Buffer.from(text))).toBe(value)
  })
})

describe('index entries on the disk', () => {
  test('siblings contribute the union of their entries, each once', () => {
    const both = object(
      sibling(entry('a_bin', 'x')),
      sibling(entry('a_bin', 'x'), entry('a_bin', 'y')),
    )
    expect(show(indexChanges(undefined, both).added)).toEqual(['a_bin=78', 'a_bin=79'])
  })

  test('a new version adds and removes only what differs; a removal takes all', () => {
    const before = object(sibling(entry('a_bin', 'x'), entry('n_int', '1')))
    const after = object(sibling(entry('a_bin', 'x'), entry('n_int', '2')))
    const change = indexChanges(before, after)
    expect(show(change.added)).toEqual(['n_int=8102'])
    expect(show(change.removed)).toEqual(['n_int=8101'])
    expect(show(indexChanges(after, undefined).removed)).toEqual(['a_bin=78', 'n_int=8102'])
  })
})
