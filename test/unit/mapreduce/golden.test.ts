import { parse } from 'acorn'
import { afterAll, describe, expect, test } from 'vitest'
import { javascriptSource } from '../../../mapreduce/javascript-source.ts'
import { ringpostModule } from '../../../mapreduce/ringpost-mapreduce.ts'
import type { Json } from '../../../mapreduce/ringpost-mapreduce.ts'
import {
  javascriptValue,
  mapCases,
  mapNames,
  notFoundAnswer,
  reduceCases,
  sortedRows,
  toldOf,
} from '../../support/mapreduce-cases.ts'
import { openPhase } from '../../support/quickjs.ts'

test('the golden table: every case has a name of its own', () => {
  expect(new Set(mapCases.map(({ name }) => name)).size).toBe(mapCases.length)
})

describe('golden table: TypeScript', () => {
  test.each(mapCases)('$name', ({ object, rows }) => {
    for (const name of mapNames) {
      const given = ringpostModule.map[name](object) as readonly Json[]
      expect(sortedRows(given), name).toEqual(rows[name])
    }
  })

  test.each(reduceCases)('reduce: $name', ({ values, rows }) => {
    expect(ringpostModule.reduce.reduce_rows(values)).toEqual(rows)
  })
})

describe('golden table: JavaScript, in an engine that is given its text only', async () => {
  const phases = await Promise.all(
    mapNames.map(async (name) => ({ name, phase: await openPhase(javascriptSource(name)) })),
  )
  const reduce = await openPhase(javascriptSource('reduce_rows'))
  afterAll(() => {
    for (const { phase } of phases) phase.close()
    reduce.close()
  })

  test.each(mapCases)('$name', ({ object, rows }) => {
    const { keyData, arg } = toldOf(object)
    for (const { name, phase } of phases) {
      const given =
        object.values === undefined
          ? reduce.call([notFoundAnswer(object)], null)
          : phase.call(javascriptValue(object), keyData, arg)
      expect(sortedRows(given as readonly Json[]), name).toEqual(rows[name])
    }
  })

  test.each(reduceCases)('reduce: $name', ({ values, rows }) => {
    expect(reduce.call(values as Json, null)).toEqual(rows)
  })
})

describe('JavaScript phases', () => {
  const names = [...mapNames, 'reduce_rows'] as const

  test.each(names)('%s is one function in ES5', (name) => {
    const source = javascriptSource(name)
    expect(source.startsWith('function (')).toBe(true)
    expect(() => parse(`(${source})`, { ecmaVersion: 5 })).not.toThrow()
  })

  test.each(names)('%s names nothing outside of itself but what ES3 engines have', (name) => {
    const known = new Set([
      ...['Object', 'Array', 'JSON', 'Math', 'Number', 'String', 'Error', 'undefined'],
      ...['isFinite', 'unescape', 'encodeURIComponent'],
    ])
    const strangers = freeNames(javascriptSource(name)).filter((free) => !known.has(free))
    expect(strangers).toEqual([])
  })

  test('what one object cannot do is no matter of another: a throwing value gives a row too', async () => {
    const phase = await openPhase(javascriptSource('map_posts'))
    try {
      for (const value of [null, 1, 'x', [], {}, { values: null }, { values: [null] }] as Json[]) {
        expect(phase.call(value, 'key', ['posts', 'blog'])).toEqual([
          ['unresolved', 'posts', 'blog', 'key'],
        ])
      }
    } finally {
      phase.close()
    }
  })
})

interface Node {
  readonly type: string
  readonly [name: string]: unknown
}

/** Names that are read but neither declared in the function nor its parameters. */
function freeNames(source: string): readonly string[] {
  const declared = new Set<string>()
  const read = new Set<string>()
  const visit = (node: unknown, role: string): void => {
    if (Array.isArray(node)) for (const each of node) visit(each, role)
    if (typeof node !== 'object' || node === null || !('type' in node)) return
    const { type, ...parts } = node as Node
    if (type === 'Identifier') (role === 'declared' ? declared : read).add(String(parts['name']))
    for (const [part, child] of Object.entries(parts)) {
      const isName =
        (type === 'VariableDeclarator' && part === 'id') ||
        (type.startsWith('Function') && (part === 'id' || part === 'params')) ||
        (type === 'CatchClause' && part === 'param')
      const isMember = type === 'MemberExpression' && part === 'property' && !parts['computed']
      const isKey = type === 'Property' && part === 'key'
      if (!isMember && !isKey) visit(child, isName ? 'declared' : 'read')
    }
  }
  visit(parse(`(${source})`, { ecmaVersion: 5 }), 'read')
  return [...read].filter((name) => !declared.has(name))
}
