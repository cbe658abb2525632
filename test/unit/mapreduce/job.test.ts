import { describe, expect, test } from 'vitest'
import {
  jobInputs,
  jobPhases,
  parsePostRows,
  parseSlugRows,
  parseThreadRows,
} from '../../../mapreduce/job.ts'
import { mapCases } from '../../support/mapreduce-cases.ts'

const of = { type: 'posts', bucket: 'blog' }
const hash = 'a'.repeat(64)
const place = ['tag/x', '08641427846399999:P', 'P', 5, hash, 1] as const
const claim = ['slug', 'x', 'P', 1, null] as const
const left = ['unresolved', 'posts', 'blog', 'k'] as const

describe('jobs', () => {
  test('every input carries its key as key data, and the phase its type and bucket: an Erlang map that finds nothing has only these', () => {
    expect(jobInputs(of, ['k', 'ключ'])).toEqual([
      { type: 'posts', bucket: 'blog', key: 'k', keyData: 'k' },
      { type: 'posts', bucket: 'blog', key: 'ключ', keyData: 'ключ' },
    ])
    expect(jobPhases('erlang', 'map_posts', of)).toEqual([
      {
        map: {
          language: 'erlang',
          module: 'ringpost_mapreduce',
          function: 'map_posts',
          arg: ['posts', 'blog'],
        },
      },
    ])
  })

  test('a reduced job reduces once, at its end', () => {
    const [, reduce] = jobPhases('erlang', 'map_tags', of, true)
    expect(reduce).toEqual({
      reduce: {
        language: 'erlang',
        module: 'ringpost_mapreduce',
        function: 'reduce_rows',
        arg: { reduce_phase_only_1: true },
      },
    })
  })

  test('JavaScript comes with the job, as the text of a function', () => {
    const phases = jobPhases(
      'javascript',
      'map_threads',
      { type: 'comments', bucket: 'blog' },
      true,
    )
    expect(phases).toMatchObject([
      { map: { language: 'javascript', arg: ['comments', 'blog'] } },
      { reduce: { language: 'javascript', arg: { reduce_phase_only_1: true } } },
    ])
    for (const phase of phases) {
      const source = 'map' in phase ? phase.map : phase.reduce
      expect('source' in source && source.source).toMatch(/^function \([^]*\}$/)
    }
  })
})

describe('answers', () => {
  test('rows, claims and what is left are told apart, in any order', () => {
    expect(parsePostRows([left, place, claim, place])).toEqual({
      rows: [place, place],
      claims: [claim],
      unresolved: [left],
      unknown: [],
    })
    expect(parseSlugRows([claim, left])).toEqual({ rows: [claim], unresolved: [left], unknown: [] })
    expect(parseThreadRows([place, left])).toEqual({
      rows: [place],
      unresolved: [left],
      unknown: [],
    })
  })

  test('what Riak did not find, and asked no JavaScript about, is left to the store', () => {
    const typed = { not_found: { bucket_type: 'posts', bucket: 'blog', key: 'k', keydata: 'k' } }
    const plain = { not_found: { bucket: 'blog', key: 'k', keydata: 'undefined' } }
    expect(parsePostRows([typed, plain])).toEqual({
      rows: [],
      claims: [],
      unresolved: [left, ['unresolved', 'default', 'blog', 'k']],
      unknown: [],
    })
    expect(parseThreadRows([{ not_found: { bucket: 1 } }]).unknown).toHaveLength(1)
  })

  test.each<readonly [string, unknown]>([
    ['no list', { 'tag/x': 'P' }],
    ['nothing', null],
    ['a number', 7],
    ['an empty list', []],
    ['a pair', ['a', 'b']],
    ['a row cut short', place.slice(0, 5)],
    ['a row and more', [...place, 1, 2]],
    ['a listing that is no text', [1, ...place.slice(1)]],
    ['a sort key of another kind', ['tag/x', 'soon:P', ...place.slice(2)]],
    ['an empty post id', ['tag/x', place[1], '', 5, hash, 1]],
    ['a clock below zero', ['tag/x', place[1], 'P', -1, hash, 1]],
    ['a clock in words', ['tag/x', place[1], 'P', '5', hash, 1]],
    ['a presence of another kind', ['tag/x', place[1], 'P', 5, hash, true]],
    ['a claim of another kind', ['address', 'x', 'P', 1, null]],
    ['a claim without its time', ['slug', 'x', 'P', null, null]],
    ['an unresolved object that is not named', ['unresolved', 'posts', 'blog', null]],
    ['an error of Riak', { error: 'notfound' }],
  ])('%s is named, and taken for none of ours', (_what, result) => {
    expect(parsePostRows([result])).toEqual({
      rows: [],
      claims: [],
      unresolved: [],
      unknown: [JSON.stringify(result)],
    })
  })

  test('a claim is no row of a thread, and a place no row of an address', () => {
    expect(parseThreadRows([claim]).unknown).toEqual([JSON.stringify(claim)])
    expect(parseSlugRows([place]).unknown).toEqual([JSON.stringify(place)])
  })

  test('a strange answer is shown cut short', () => {
    const [shown = ''] = parsePostRows([['x'.repeat(1_000)]]).unknown
    expect(shown.length).toBeLessThan(250)
  })

  test('every row of the golden table is understood', () => {
    for (const { name, rows } of mapCases) {
      for (const map of ['map_posts', 'map_tags', 'map_months'] as const) {
        expect(parsePostRows(rows[map]).unknown, name).toEqual([])
      }
      expect(parseThreadRows(rows.map_threads).unknown, name).toEqual([])
      expect(parseSlugRows(rows.map_slugs).unknown, name).toEqual([])
    }
  })
})
