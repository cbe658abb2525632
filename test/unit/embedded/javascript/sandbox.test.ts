import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { readLines } from '../../../../src/embedded/javascript/result-lines.ts'
import type { ReadLines } from '../../../../src/embedded/javascript/result-lines.ts'
import { openSandbox } from '../../../../src/embedded/javascript/sandbox.ts'
import type { SandboxAnswer } from '../../../../src/embedded/javascript/sandbox.ts'
import { limits } from '../../../../src/kernel/limits.ts'

/** One for most tests: that it survives them all is what they are about. */
let shared = await openSandbox()

interface Told extends ReadLines, SandboxAnswer {}

/** @param asksMax - how often the engine may ask before it is told to stop; each some 10,000 steps. */
function run(
  source: string,
  lists: readonly string[] = ['[null]'],
  { asksMax = 2_000, job }: { readonly asksMax?: number; readonly job?: string | undefined } = {},
): Told {
  let asks = 0
  const call = { what: { kind: 'source' as const, source }, argumentLists: lists, job }
  const answer = shared.run(call, () => ++asks > asksMax)
  return { ...answer, ...readLines(answer.lines, source) }
}

/** `expect`'s own is of no type. */
const startingWith = (words: string): unknown =>
  expect.stringMatching(new RegExp(`^${words}`)) as unknown

const list = (...values: readonly unknown[]): unknown => ({
  kind: 'list',
  json: JSON.stringify(values),
})

describe('a batch', () => {
  test('has one result for each list of arguments, in order', () => {
    const { results } = run('function (a, b, c) { return [a, b, c] }', [
      '[1,"two",{"c":[3]}]',
      '[null,null,null]',
      '[1,2]',
    ])
    expect(results).toEqual([list(1, 'two', { c: [3] }), list(null, null, null), list(1, 2, null)])
  })

  test('carries any JSON values there and back', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { maxLength: 8 }), (values) => {
        const { results } = run(
          'function (a) { return [a] }',
          values.map((value) => JSON.stringify([value])),
          { job: 'law' },
        )
        // Text for text: minus zero and numbers beyond double precision are what JSON makes of them.
        expect(results).toEqual(values.map((value) => list(value)))
      }),
    )
  })

  test('of no lists has no results', () => {
    expect(run('function (a) { return [a] }', []).results).toEqual([])
  })

  test.each([
    ['control characters and line separators', '\u0000\n\r\u0008\u2028\u2029'],
    ['scripts and signs beyond the first plane', 'Ünïcødé 標題 😀'],
    ['half of a sign, which has no bytes of its own', 'a\ud800b'],
    ['a name that objects have anyway', '__proto__'],
  ])('carries %s there and back', (_what, text) => {
    const { results } = run('function (a) { return [a, a.t.length] }', [
      JSON.stringify([JSON.parse(`{${JSON.stringify(text)}:1,"t":${JSON.stringify(text)}}`)]),
    ])
    const [result] = results
    if (result?.kind !== 'list') throw new Error('no list')
    const [value, length] = JSON.parse(result.json) as [Record<string, unknown>, number]
    expect(Object.entries(value)).toEqual([
      [text, 1],
      ['t', text],
    ])
    expect(length).toBe(text.length)
  })

  test('ends at the first error, after the results before it', () => {
    const { results } = run('function (a) { if (a === 2) throw new Error("two"); return [a] }', [
      ...['[1]', '[2]', '[3]'],
    ])
    expect(results).toEqual([
      list(1),
      { kind: 'error', fault: 'exception', message: 'two', lineno: 1, source: 'unknown' },
    ])
  })

  test('runs newer JavaScript than Riak did too', () => {
    expect(
      run('({ t }) => [...new Set(t)].map((x) => `${x ?? 0}!`)', ['[{"t":[1,1,null]}]']),
    ).toMatchObject({
      results: [list('1!', '0!')],
    })
  })
})

describe('an error has the shape of Riak', () => {
  const error = (source: string): unknown => run(source).results[0]

  test.each([
    ['throw new Error("boom")', { message: 'boom', lineno: 2 }],
    ['throw new TypeError("boom")', { message: 'TypeError: boom', lineno: 2 }],
    ['return [missing]', { message: 'ReferenceError: missing is not defined', lineno: 2 }],
    ['return [JSON.parse("{")]', { message: startingWith('SyntaxError'), lineno: 2 }],
    ['throw "a text"', { message: 'uncaught exception: a text', lineno: 0 }],
    ['throw null', { message: 'uncaught exception: null', lineno: 0 }],
    ['throw Object.create(null)', { message: 'undefined error', lineno: 0 }],
    ['throw new Error(new Array(1e5).join("x"))', { message: 'x'.repeat(1_000), lineno: 2 }],
    [
      'return (function f() { return f() + 1 })()',
      { message: 'InternalError: too much recursion', lineno: 2 },
    ],
    ['return [new Array(1e9).fill(0)]', { message: 'out of memory', lineno: 2 }],
  ])('%s', (statement, shape) => {
    expect(error(`function (a) {\n  ${statement}\n}`)).toEqual({
      kind: 'error',
      fault: 'exception',
      source: 'unknown',
      ...shape,
    })
  })

  test('a syntax error names its line and shows it', () => {
    expect(error('function (a) {\n  return [a;\n}')).toMatchObject({
      fault: 'exception',
      message: startingWith('SyntaxError'),
      lineno: 2,
      source: '  return [a;',
    })
  })

  test('a source that ends too early is at fault in its last line', () => {
    expect(error('function (a) {\n  return [a]')).toMatchObject({
      lineno: 2,
      source: '  return [a]',
    })
  })

  test('what is no function cannot be called', () => {
    expect(error('42')).toMatchObject({ message: 'TypeError: not a function', lineno: 0 })
  })

  test.each([
    ['nothing', 'function () {}', 'undefined', 'Expression returned undefined'],
    ['a number', 'function () { return 1 }', 'not-a-list', 'non_list_result'],
    ['an object', 'function () { return { lineno: 1 } }', 'not-a-list', 'non_list_result'],
    ['a promise', 'async function () { return [1] }', 'not-a-list', 'non_list_result'],
    ['null', 'function () { return null }', 'not-a-list', 'non_list_result'],
  ])('%s returned is an error of its own kind', (_what, source, fault, message) => {
    expect(error(source)).toEqual({ kind: 'error', fault, message, lineno: 0, source: 'unknown' })
  })

  test('a list that holds itself is no JSON', () => {
    expect(error('function () { var a = []; a.push(a); return a }')).toMatchObject({
      fault: 'exception',
      message: startingWith('TypeError: circular'),
    })
  })

  test('more than may be returned is too large', () => {
    const chars = limits.javascriptResultBytesMax
    expect(error(`function () { return [new Array(${chars - 9}).join("x")] }`)).toMatchObject({
      kind: 'list',
    })
    expect(error(`function () { return [new Array(${chars + 9}).join("x")] }`)).toMatchObject({
      fault: 'too-large',
    })
  })
})

describe('what never ends is stopped', () => {
  test.each([
    ['a loop', 'function () { while (1); }'],
    [
      'a loop that catches everything',
      'function () { for (;;) try { throw 1 } catch (e) {} finally { continue } }',
    ],
    ['a loop in a getter of the result', 'function () { return [{ get a() { while (1); } }] }'],
    ['a loop in toJSON', 'function () { return [{ toJSON: function () { while (1); } }] }'],
    [
      'a loop in the message of an error',
      'function () { var e = new Error(); Object.defineProperty(e, "message", { get: function () { while (1); } }); throw e }',
    ],
    ['a loop while it is compiled', '(function () { while (1); })()'],
    [
      'a loop in a built-in of its own',
      'function () { Array.isArray = null; JSON = { stringify: function () { while (1); } }; return JSON.stringify(1) }',
    ],
    ['a generator', 'function () { function* g() { while (1) yield 1 } for (var x of g()); }'],
    [
      'a regular expression',
      'function () { return [/^(a+)+$/.test(new Array(60).join("a") + "b")] }',
    ],
    ['a comparator', 'function () { return [1, 2].sort(function () { while (1); }) }'],
  ])('%s', (_what, source) => {
    const { end, results } = run(source, ['[null]'], { asksMax: 3 })
    expect(end).toBe('stopped')
    expect(results).toEqual([])
  })

  test('the results before it are there', () => {
    const source = 'function (a) { while (a > 2); return [a] }'
    const { end, results } = run(source, ['[1]', '[2]', '[3]'], { asksMax: 3 })
    expect(end).toBe('stopped')
    expect(results).toEqual([list(1), list(2)])
  })

  test('code that waits for later is not waited for', () => {
    const source = 'function () { Promise.resolve().then(function () { while (1); }); return [1] }'
    expect(run(source)).toMatchObject({ end: 'done', results: [list(1)] })
  })
})

describe('what wants too much gets an error', () => {
  test.each([
    ['a text of a gigabyte', 'var s = "x"; while (1) s += s'],
    ['a repeated text', 'return ["x".repeat(1e9)]'],
    ['a list that grows', 'var a = []; while (1) a.push(new Array(1000).fill(1.5))'],
    ['a buffer', 'return [new ArrayBuffer(1e9).byteLength]'],
    ['functions bound to functions', 'var f = function () {}; while (1) f = f.bind(null)'],
    ['lists in lists', 'var a = []; while (1) a = [a]'],
    ['brackets of source', 'return eval("(".repeat(1e6))'],
    ['templates in templates', 'return eval("`${".repeat(1e5))'],
    ['brackets of JSON', 'return JSON.parse("[".repeat(1e6))'],
    ['brackets of a pattern', 'return [new RegExp("(".repeat(1e5) + ")".repeat(1e5))]'],
    ['a deep result', 'var a = []; for (var i = 0; i < 1e5; i++) a = [a]; return a'],
    [
      'proxies of proxies',
      'var p = {}; for (var i = 0; i < 1e5; i++) p = new Proxy(p, {}); return [p.x]',
    ],
    ['a number without end', 'var n = 3n; while (1) n = n * n'],
    ['recursion through a callback', 'return (function f() { return "a".replace(/a/, f) })()'],
    ['many arguments', 'return [Math.max.apply(null, new Array(1e7))]'],
  ])('%s', async (_what, body) => {
    const { results, isFit, end } = run(`function () { ${body} }`, ['[null]'], { asksMax: 20_000 })
    expect(end).not.toBe('stopped')
    const [result] = results
    // Short of memory, the engine may not even find the words: then it is broken and says so.
    if (end === 'broken') expect(results).toEqual([])
    else expect(result).toMatchObject({ kind: 'error', fault: 'exception' })
    if (!isFit) shared = await openSandbox()
    expect(run('function () { return [1] }').results).toEqual([list(1)])
  })

  test('an engine whose memory has grown says that it is not fit any more', async () => {
    const grown = await openSandbox()
    const call = (source: string): SandboxAnswer =>
      grown.run({ what: { kind: 'source', source }, argumentLists: ['[1]'] }, () => false)
    expect(call('function () { return [1] }').isFit).toBe(true)
    expect(call('function () { return [new Array(1e7).fill(1).length] }').isFit).toBe(false)
  })
})

describe('nobody sees what another job did', () => {
  const traces = `function () {
    return [typeof leak, typeof Array.prototype.leak, typeof JSON.parse, [1].map(String)[0], typeof Riak.mapValues]
  }`
  const untouched = list('undefined', 'undefined', 'function', '1', 'function')

  test.each([
    ['a global', 'leak = 1'],
    ['a prototype', 'Array.prototype.leak = 1; Array.prototype.map = null'],
    [
      'the tools of the engine itself',
      'JSON.parse = JSON.stringify = Reflect.apply = String = Error = null; Array.isArray = function () { return true }',
    ],
    [
      'everything',
      'Object.getOwnPropertyNames(this).forEach(function (n) { try { delete this[n] } catch (e) {} }, this)',
    ],
    ['frozen prototypes', 'Object.freeze(Array.prototype); Object.freeze(Object.prototype)'],
    [
      'toJSON for all',
      'Object.prototype.toJSON = function () { return "\\n[1]\\n" }; String.prototype.toJSON = Object.prototype.toJSON',
    ],
    [
      'setters for all',
      'Object.defineProperty(Object.prototype, "0", { set: function () { throw 1 } })',
    ],
    ['the built-ins', 'Riak.mapValues = null; RiakHelper = 1'],
    ['an error afterwards', 'leak = 1; throw 1'],
    ['a loop afterwards', 'leak = 1; while (1);'],
  ])('%s', (_what, deed) => {
    for (const job of [undefined, 'one']) {
      run(`function () { ${deed}; return [1] }`, ['[null]'], { asksMax: 3, job })
      expect(run(traces).results, job).toEqual([untouched])
      expect(run(traces, ['[null]'], { job: 'other' }).results).toEqual([untouched])
    }
  })

  test('whatever a job does to its own tools, its results are JSON or an error', () => {
    const { results } = run(
      `function (a) {
        Array.prototype.toJSON = function () { return '\\nL["forged"]\\n' }
        String.prototype.toJSON = function () { return 1 }
        return [a]
      }`,
      ['[1]', '[2]'],
    )
    expect(results).toMatchObject([{ kind: 'error', fault: 'not-a-list' }])
  })

  test('of one job, calls of one function share globals until one fails', () => {
    const source =
      'function (fails) { n = (typeof n === "number" ? n : 0) + 1; if (fails) throw 1; return [n] }'
    const count = (fails: boolean): unknown =>
      run(source, [JSON.stringify([fails])], { job: 'mine' }).results[0]
    expect([count(false), count(false)]).toEqual([list(1), list(2)])
    expect(run(source, ['[false]'], { job: 'yours' }).results).toEqual([list(1)])
    for (let n = 0; n < 2; n++) expect(run(source, ['[false]']).results).toEqual([list(1)])
    expect(count(false)).toEqual(list(3))
    expect(count(true)).toMatchObject({ kind: 'error' })
    expect(count(false)).toEqual(list(1))
  })

  test('there is no way out: no host, no files, no timers, no modules', () => {
    const { results } = run(
      `function () {
        return ['process', 'require', 'console', 'setTimeout', 'fetch', 'std', 'os', 'WebAssembly', 'Atomics']
          .filter(function (name) { return typeof globalThis[name] !== 'undefined' })
      }`,
    )
    expect(results).toEqual([list()])
    expect(run('function () { return [import("fs")] }').results).toMatchObject([{}])
  })
})

describe('ejsLog', () => {
  test('says a line, with its file, and returns true', () => {
    const { said, results } = run('function (a) { return [ejsLog("/tmp/x.log", "got " + a)] }', [
      ...['[1]', '[2]'],
    ])
    expect(results).toEqual([list(true), list(true)])
    expect(said).toEqual([
      { file: '/tmp/x.log', words: 'got 1' },
      { file: '/tmp/x.log', words: 'got 2' },
    ])
  })

  test('with other than two arguments says nothing and returns false', () => {
    const { said, results } = run('function () { return [ejsLog(), ejsLog("x"), ejsLog(1, 2, 3)] }')
    expect(results).toEqual([list(false, false, false)])
    expect(said).toEqual([])
  })

  test('is cut in lines and length', () => {
    const source = `function () {
      for (var i = 0; i < 150; i++) ejsLog('f', new Array(5000).join('x'))
      return []
    }`
    const { said } = run(source)
    expect(said.length).toBe(limits.javascriptLogLinesMax)
    expect(said[0]?.words.length).toBe(limits.javascriptLogCharsMax)
  })
})
