import { beforeAll, describe, expect, test } from 'vitest'

import { readLines } from '../../../../src/embedded/javascript/result-lines.ts'
import { openSandbox } from '../../../../src/embedded/javascript/sandbox.ts'
import type { Sandbox } from '../../../../src/embedded/javascript/sandbox.ts'

let sandbox: Sandbox

beforeAll(async () => {
  sandbox = await openSandbox()
})

/** The list that the built-in returns; the error's message where it returns none. */
function call(name: string, ...given: readonly unknown[]): unknown {
  const { lines } = sandbox.run(
    { what: { kind: 'name', name }, argumentLists: [JSON.stringify(given)] },
    () => false,
  )
  const [result] = readLines(lines, '').results
  return result?.kind === 'list' ? (JSON.parse(result.json) as unknown) : result?.message
}

const object = (...data: readonly unknown[]): unknown => ({
  bucket: 'posts',
  key: 'a',
  vclock: 'a85hYGBgzGDKBVIcypz/fgZ',
  values: data.map((each) => ({ metadata: {}, data: each })),
})
const missing = { not_found: { bucket: 'posts', key: 'gone', keydata: 'undefined' } }

describe('built-in map functions', () => {
  test('mapValues gives the first value as it is', () => {
    expect(call('Riak.mapValues', object('{"a":1}', 'second'), null, null)).toEqual(['{"a":1}'])
  })

  test('mapValues gives the elements of a value that is a list', () => {
    expect(call('Riak.mapValues', object(['a', 'b']), null, null)).toEqual(['a', 'b'])
  })

  test('mapValuesJson gives what the first value says in JSON', () => {
    expect(call('Riak.mapValuesJson', object('{"a":[1,"ü"]}'), null, null)).toEqual([
      { a: [1, 'ü'] },
    ])
  })

  test('mapValuesJson fails on a value that is no JSON', () => {
    expect(call('Riak.mapValuesJson', object('no json'), null, null)).toMatch(/^SyntaxError/)
  })

  test('a missing object passes through mapValues and mapValuesJson, and never matches fields', () => {
    expect(call('Riak.mapValues', missing, null, null)).toEqual([missing])
    expect(call('Riak.mapValuesJson', missing, null, null)).toEqual([missing])
    expect(call('Riak.mapByFields', missing, null, {})).toEqual([])
  })

  test.each([
    [{ status: 'published' }, true],
    [{ status: 'published', n: 7 }, true],
    [{ n: '7' }, true],
    [{}, true],
    [null, true],
    [{ status: 'draft' }, false],
    [{ nothing: 1 }, false],
  ])('mapByFields with %j gives the object (%s)', (fields, isMatch) => {
    const value = { status: 'published', n: 7 }
    const given = call('Riak.mapByFields', object(JSON.stringify(value)), null, fields)
    expect(given).toEqual(isMatch ? [value] : [])
  })
})

describe('built-in reduce functions', () => {
  test.each([
    ['numbers', [1, 2, 3.5], [6.5]],
    ['texts, joined', ['a', 'b'], ['ab']],
    ['nothing', [], [0]],
    ['what was found', [1, missing, 2], [3]],
    ['only missing objects', [missing], [0]],
  ])('reduceSum adds %s', (_what, values, sum) => {
    expect(call('Riak.reduceSum', values, null)).toEqual(sum)
  })

  test('reduceMin and reduceMax give the one value, and none of none', () => {
    expect(call('Riak.reduceMin', [3, 1, 2], null)).toEqual([1])
    expect(call('Riak.reduceMax', [3, 1, 2], null)).toEqual([3])
    expect(call('Riak.reduceMin', [], null)).toEqual([])
    expect(call('Riak.reduceMax', [], null)).toEqual([])
  })

  test('reduceSort without a comparator sorts as texts', () => {
    expect(call('Riak.reduceSort', [10, 9, 'b', 'a'], null)).toEqual([10, 9, 'a', 'b'])
  })

  test('reduceSort takes the source of a comparator', () => {
    const source = 'function (a, b) { return b - a } // the highest first'
    expect(call('Riak.reduceSort', [10, 9, 11], source)).toEqual([11, 10, 9])
  })

  test.each(['no JavaScript (', '42', 'function () { throw new Error("no") }'])(
    'reduceSort sorts as texts where the comparator is %j',
    (source) => {
      expect(call('Riak.reduceSort', [10, 9], source)).toEqual([10, 9])
    },
  )

  test('reduceNumericSort sorts as numbers', () => {
    expect(call('Riak.reduceNumericSort', [10, 9, 100], null)).toEqual([9, 10, 100])
  })

  test('reduceLimit gives one value less than it is told, as it always has', () => {
    expect(call('Riak.reduceLimit', [1, 2, 3, 4], 3)).toEqual([1, 2])
    expect(call('Riak.reduceLimit', [1, 2], 10)).toEqual([1, 2])
  })

  test('reduceSlice gives from … up to …, and everything where the end lies beyond it', () => {
    expect(call('Riak.reduceSlice', [1, 2, 3, 4], [1, 3])).toEqual([2, 3])
    expect(call('Riak.reduceSlice', [1, 2, 3, 4], [1, 5])).toEqual([1, 2, 3, 4])
  })

  test('filterNotFound keeps what was found, null too', () => {
    expect(call('Riak.filterNotFound', [1, missing, null, { a: 1 }], null)).toEqual([
      1,
      null,
      { a: 1 },
    ])
  })
})

describe('built-ins inside other functions', () => {
  const run = (source: string): unknown => {
    const call = { what: { kind: 'source' as const, source }, argumentLists: ['[null]'] }
    const [result] = readLines(sandbox.run(call, () => false).lines, source).results
    return result?.kind === 'list' ? (JSON.parse(result.json) as unknown) : result?.message
  }

  test('getClassName names the maker of a value', () => {
    const names = run(`function () {
      function Post() {}
      return [[], {}, 'a', 1, true, new Post(), null, undefined, ''].map(function (each) {
        return Riak.getClassName(each) || 'none'
      })
    }`)
    expect(names).toEqual([
      ...['Array', 'Object', 'String', 'Number', 'Boolean', 'Post'],
      ...['none', 'none', 'none'],
    ])
  })

  test('a source may be the name of a built-in, or call one', () => {
    expect(run('Riak.getClassName')).toBe('Expression returned undefined')
    expect(run('function () { return Riak.reduceSum([1, 2]) }')).toEqual([3])
    expect(run('function () { return [3, 1, 2].sort(RiakHelper.numericSorter) }')).toEqual([
      1, 2, 3,
    ])
  })

  test('a job may put its own in their place, for itself', () => {
    expect(run('function () { Riak = { a: 1 }; return [Riak.a, typeof Riak.mapValues] }')).toEqual([
      1,
      'undefined',
    ])
    expect(run('function () { return [typeof Riak.mapValues, Riak.a === undefined] }')).toEqual([
      'function',
      true,
    ])
  })

  test('a name that is not there is told as Riak told it', () => {
    expect(call('Riak.nope', 1)).toBe('uncaught exception: Riak.nope not defined')
    expect(call('Nope.mapValues', 1)).toBe('ReferenceError: Nope is not defined')
    expect(call('nope', 1)).toBe('uncaught exception: nope not defined')
  })
})
