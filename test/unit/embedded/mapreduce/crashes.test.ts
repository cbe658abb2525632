import { afterEach, describe, expect, test } from 'vitest'
import { printTerm } from '../../../../src/causality/print-term.ts'
import type { EmbeddedRiakNode } from '../../../../src/embedded/node.ts'
import { builtIn, failureOf, runJob, toldOf } from '../../../support/jobs.ts'
import { bucketId, bytes, openEmbedded } from '../../../support/open-embedded.ts'

let node: EmbeddedRiakNode

async function open(): Promise<void> {
  ;({ node } = await openEmbedded({ ringSize: 8 }))
  for (const n of ['1', '2', '3']) {
    await node.put(bucketId('default', 'num'), bytes(n), { value: bytes(n) }, {})
  }
}

afterEach(() => node.stop())

const keys = [
  ['num', '1'],
  ['num', '2'],
  ['num', '3'],
]

/** Each what Riak 3.2 answers. */
describe('a job that Riak would crash on', () => {
  test('names a failure of a full batch by the input that filled it, and one at the end by the stack', async () => {
    await open()
    const bySize = { arg: { reduce_phase_batch_size: 2 } }
    const full = { inputs: keys, query: [{ reduce: builtIn('reduce_string_to_integer', bySize) }] }
    expect(toldOf(await failureOf(node, full))).toMatchObject({
      phase: 0,
      error: 'function_clause',
      input: '{<<"num">>,<<"2">>}',
      type: 'error',
    })
    const atEnd = { inputs: keys, query: [{ reduce: builtIn('reduce_string_to_integer') }] }
    const told = toldOf(await failureOf(node, atEnd))
    expect(told).toMatchObject({ phase: 0, input: null, type: null, stack: null })
    expect(told['error']).toMatch(/^\{function_clause,\s+\[\{riak_kv_mapreduce,value_to_integer,/)
  })

  test('calls a throw by its name in a full batch, and a bad return value at the end', async () => {
    await open()
    const query = (arg: object) => [
      { map: builtIn('map_identity') },
      { reduce: builtIn('reduce_identity', { arg }) },
    ]
    const full = { inputs: keys, query: query({ reduce_phase_batch_size: 2 }) }
    const told = toldOf(await failureOf(node, full))
    expect(told).toMatchObject({ phase: 1, type: 'throw' })
    expect(told['error']).toMatch(/^\{unhandled_entry,\s+\{r_object,<<"num">>/)
    expect(told['input']).toMatch(/^\{r_object,<<"num">>,<<"2">>/)
    const atEnd = { inputs: keys, query: query({ reduce_phase_only_1: true }) }
    expect(toldOf(await failureOf(node, atEnd))).toMatchObject({
      phase: 1,
      error: expect.stringMatching(/^\{bad_return_value,\s+\{unhandled_entry,/) as string,
      input: null,
    })
  })

  test.each([
    ['not kept', {}, null],
    ['kept', { keep: true }, '3'],
  ])('hands a map what is no key, from a reduce phase that is %s', async (_how, more, input) => {
    await open()
    const query = [
      { reduce: builtIn('reduce_count_inputs', more) },
      { map: builtIn('map_object_value') },
    ]
    const told = toldOf(await failureOf(node, { inputs: keys, query }))
    expect(told).toMatchObject({ phase: 0, input })
    expect(told['error']).toMatch(
      input === null
        ? /^\{function_clause,\s+\[\{riak_kv_pipe_get,bkey,\s+\[3\],/
        : /^function_clause$/,
    )
  })

  test.each([
    ['not kept', {}, /^\{ok,\{r_object,<<"num">>,<<"1">>/],
    ['kept', { keep: true }, /^<<"1">>$/],
  ])('hands a map what is no key, from a map phase that is %s', async (_how, more, input) => {
    await open()
    const query = [{ map: builtIn('map_object_value', more) }, { map: builtIn('map_object_value') }]
    const told = toldOf(await failureOf(node, { inputs: [['num', '1']], query }))
    expect(told).toMatchObject({ phase: 0, error: 'function_clause', type: 'error' })
    expect(told['input']).toMatch(input)
  })

  test('without any input a reduce phase may hand a map what is no key: nothing comes of it', async () => {
    await open()
    const query = [{ reduce: builtIn('reduce_sum') }, { map: builtIn('map_object_value') }]
    expect(await runJob(node, { inputs: 'none', query })).toEqual({})
    const counted = [...query, { reduce: builtIn('reduce_count_inputs') }]
    expect(await runJob(node, { inputs: 'none', query: counted })).toEqual({ 2: [0] })
    const kept = [{ reduce: builtIn('reduce_sum', { keep: true }) }, ...query.slice(1)]
    expect(toldOf(await failureOf(node, { inputs: 'none', query: kept }))).toMatchObject({
      phase: 0,
      error: 'function_clause',
      input: '0',
    })
  })

  test('tells a failure of reducing ahead as one of the map phase', async () => {
    await open()
    const query = [
      { map: builtIn('map_object_value', { arg: { do_prereduce: true } }) },
      { reduce: builtIn('reduce_sum') },
    ]
    expect(toldOf(await failureOf(node, { inputs: keys, query }))).toMatchObject({
      phase: 0,
      error: expect.stringMatching(/^\{badarith,/) as string,
    })
  })

  test('looks up any pair that a map hands to the next one, and does not find what is no name', async () => {
    await open()
    const query = [
      { map: builtIn('map_object_value', { arg: 'include_notfound' }) },
      { map: builtIn('map_object_value', { arg: 'filter_notfound' }) },
    ]
    expect(await runJob(node, { inputs: [['num', 'absent']], query })).toEqual({})
  })

  test.each<[string, object[], string]>([
    ['a map', [{ map: builtIn('nosuch') }, { map: builtIn('map_identity') }], '{xform_map,0}'],
    ['a reduce', [{ reduce: builtIn('nosuch') }, { map: builtIn('map_identity') }], '{reduce,0}'],
    [
      'a reduce ahead',
      [
        { map: builtIn('map_identity', { arg: { do_prereduce: true } }) },
        { reduce: builtIn('nosuch') },
      ],
      '{prereduce,0}',
    ],
    ['the last one', [{ map: builtIn('map_identity') }, { reduce: builtIn('nosuch') }], '1'],
  ])('names a phase that cannot be by its place in the pipe (%s)', async (_name, query, place) => {
    await open()
    const failure = await failureOf(node, { inputs: keys, query })
    expect(failure.kind === 'refused' && printTerm(failure.phase)).toBe(place)
  })

  test.each<[string, unknown[]]>([
    ['a text where a number is due', [['int_to_string']]],
    ['a key that is no number', [['to_upper'], ['string_to_float']]],
    ['neither true nor false inside and', [['and', [['to_upper']]]]],
    ['inside not', [['not', [['to_upper']]]]],
    ['a token that is not there', [['tokenize', '-', 5]]],
  ])(
    'fails by a missing clause of the listing where a key filter meets %s',
    async (_name, key_filters) => {
      await open()
      const job = { inputs: { bucket: 'num', key_filters }, query: [] }
      expect(toldOf(await failureOf(node, job))).toMatchObject({
        phase: 'listkeys',
        error: 'function_clause',
        type: 'error',
      })
    },
  )
})

describe('the default type spelled out', () => {
  test.each<[string, unknown]>([
    ['a bucket', ['default', 'num']],
    ['key filters', { bucket: ['default', 'num'], key_filters: [['neq', 'x']] }],
    ['an index', { bucket: ['default', 'num'], index: '$bucket', key: 'num' }],
  ])('is another bucket to Riak, and nothing is in it (%s)', async (_name, inputs) => {
    await open()
    expect(await runJob(node, { inputs, query: [] })).toEqual({})
  })

  test('so a key of it is not found', async () => {
    await open()
    const query = [{ map: builtIn('map_object_value', { arg: 'include_keydata' }) }]
    const inputs = [['num', '1', 'absent', 'default']]
    expect(await runJob(node, { inputs, query })).toEqual({ 0: ['absent'] })
  })
})
