import { afterEach, describe, expect, test } from 'vitest'
import type { EmbeddedRiakNode } from '../../../../src/embedded/node.ts'
import type { RegisteredModules } from '../../../../src/embedded/mapreduce/functions.ts'
import type {
  JavascriptCall,
  JavascriptEngine,
} from '../../../../src/embedded/javascript/javascript-engine.ts'
import { limits } from '../../../../src/kernel/limits.ts'
import { builtIn, erlang, failureOf, runJob, startJob, toldOf } from '../../../support/jobs.ts'
import { bucketId, bytes, openEmbedded, withType } from '../../../support/open-embedded.ts'
import { fakeClock } from '../../../support/fake-clock.ts'
import type { FakeClock } from '../../../support/fake-clock.ts'

const modules: RegisteredModules = new Map([
  [
    'own',
    {
      map: {
        keys: ({ type, bucket, key, keyData }, arg) => [
          [type, bucket, key, keyData ?? null, arg ?? null],
        ],
        presence: ({ key, values }) => [[key, values === undefined ? 'absent' : values.length, 0]],
        broken: () => {
          throw new Error('this went wrong')
        },
        onward: ({ keyData }) => [['num', keyData ?? '1']],
        noList: () => 5 as never,
        many: ({ key }) => Array.from({ length: 1_000 }, (_, at) => [key, at, 'x'.repeat(100)]),
      },
      reduce: {
        all: (values) => values,
        noList: () => ({}) as never,
      },
    },
  ],
])

let node: EmbeddedRiakNode
let clock: FakeClock

async function open(more: { readonly javascript?: JavascriptEngine } = {}): Promise<void> {
  ;({ node, clock } = await openEmbedded({ modules, ringSize: 8, ...more }))
  for (let n = 1; n <= 8; n++) {
    await node.put(bucketId('default', 'num'), bytes(String(n)), { value: bytes(String(n)) }, {})
  }
}

afterEach(() => node.stop())

describe('a job', () => {
  test('hands a registered function type, bucket, key, key data and argument', async () => {
    await open()
    await withType(node, 'sib', { allow_mult: true })
    await node.put(bucketId('sib', 's'), bytes('x'), { value: bytes('1') }, {})
    const job = {
      inputs: [
        ['num', '1'],
        ['num', '2', { a: 1 }],
        ['s', 'x', null, 'sib'],
      ],
      query: [{ map: erlang('own', 'keys', { arg: ['p', 1] }) }],
    }
    expect((await runJob(node, job))[0]).toEqual([
      ['default', 'num', '1', null, ['p', 1]],
      ['default', 'num', '2', { a: 1 }, ['p', 1]],
      ['sib', 's', 'x', null, ['p', 1]],
    ])
  })

  test('shows every sibling, and says what is not there', async () => {
    await open()
    await withType(node, 'sib', { allow_mult: true })
    for (const value of ['a', 'b', 'c']) {
      await node.put(bucketId('sib', 's'), bytes('x'), { value: bytes(value) }, {})
    }
    const inputs = [
      ['s', 'x', null, 'sib'],
      ['s', 'gone', null, 'sib'],
    ]
    const results = await runJob(node, { inputs, query: [{ map: erlang('own', 'presence') }] })
    expect(results[0]).toEqual([
      ['x', 3, 0],
      ['gone', 'absent', 0],
    ])
  })

  test('feeds what a map makes to the next map, with its key data', async () => {
    await open()
    const query = [{ map: erlang('own', 'onward') }, { map: builtIn('map_object_value') }]
    const results = await runJob(node, {
      inputs: [
        ['num', '1', '7'],
        ['num', '2'],
      ],
      query,
    })
    expect(results[1]).toEqual(['7', '1'])
  })

  test.each<[string, object, string]>([
    ['throws', erlang('own', 'broken'), '{error,<<"this went wrong">>}'],
    ['answers no list', erlang('own', 'noList'), 'non_list_result'],
  ])('fails where a registered map %s, in the form of Riak', async (_how, spec, words) => {
    await open()
    const told = toldOf(await failureOf(node, { inputs: [['num', '1']], query: [{ map: spec }] }))
    expect(told).toMatchObject({ phase: 0, error: words })
    expect(told['input']).toContain('{ok,{r_object,<<"num">>,<<"1">>')
    expect(JSON.stringify(told)).not.toMatch(/\.ts:|node_modules/)
  })

  test.each([
    ['all', undefined],
    ['noList', 'non_list_result'],
  ])('fails where a registered reduce answers no list (%s)', async (name, words) => {
    await open()
    const job = { inputs: 'num', query: [{ reduce: erlang('own', name) }] }
    if (words === undefined) expect((await runJob(node, job))[0]).toHaveLength(8)
    else expect(toldOf(await failureOf(node, job))).toMatchObject({ error: words, input: null })
  })

  test('finds no function in what every object of JavaScript has', async () => {
    await open()
    for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) {
      const job = { inputs: 'num', query: [{ map: erlang('own', name) }] }
      expect(await failureOf(node, job)).toEqual({
        kind: 'refused',
        phase: 0,
        text: `PhaseSpec specifies own:${name === '__proto__' ? "'__proto__'" : name}/3, which is not exported`,
      })
    }
  })

  test('ends by its timeout where its listing notices that first', async () => {
    const hand = fakeClock()
    let isHurried = false
    let passedMs = 0
    const monotonicMs = (): number => {
      // Time passes between two looks at the clock, and no timer has had its turn yet.
      if (isHurried) passedMs += 10_000
      return hand.monotonicMs() + passedMs
    }
    ;({ node } = await openEmbedded({ modules, ringSize: 8, clock: { ...hand, monotonicMs } }))
    await node.put(bucketId('default', 'num'), bytes('1'), { value: bytes('1') }, {})
    isHurried = true
    const job = { inputs: 'num', query: [{ map: builtIn('map_object_value') }], timeout: 5_000 }
    expect(await failureOf(node, job)).toMatchObject({ kind: 'timeout' })
  })

  test('ends by its timeout, whatever it waits for (arguments that no filter can be made of)', async () => {
    await open()
    const job = {
      inputs: { bucket: 'num', key_filters: [['between', 1]] },
      query: [{ reduce: builtIn('reduce_identity') }],
      timeout: 5_000,
    }
    const run = await startJob(node, job)
    const ended = run.next().catch((error: unknown) => error)
    clock.advance(4_999)
    clock.advance(1)
    expect(await ended).toMatchObject({ failure: { kind: 'timeout' } })
    expect(node.stats()['pipeline_active']).toBe(0)
  })

  test('is over at once where it is aborted; nobody waits for it', async () => {
    await open()
    const run = await startJob(node, {
      inputs: { bucket: 'num', key_filters: [['between', 1]] },
      query: [],
    })
    const ended = run.next()
    run.abort()
    expect(await ended).toBeUndefined()
    expect(await run.next()).toBeUndefined()
    expect(node.stats()['pipeline_active']).toBe(0)
  })

  test('makes nothing ahead of its client but what is under way (a slow reader)', async () => {
    await open()
    const run = await startJob(node, { inputs: 'num', query: [{ map: erlang('own', 'many') }] })
    const first = await run.next()
    expect(first!.rows.list.length).toBeLessThanOrEqual(limits.mapReduceReadObjects * 1_000)
    run.abort()
  })

  test('is refused beyond the bound on jobs, and taken again when one has ended', async () => {
    await open()
    const job = { inputs: 'num', query: [{ map: builtIn('map_object_value') }] }
    const runs = []
    for (let n = 0; n < limits.mapReduceJobsMax; n++) runs.push(await startJob(node, job))
    expect(await failureOf(node, job)).toEqual({ kind: 'overload' })
    runs[0]!.abort()
    expect((await runJob(node, job))[0]).toHaveLength(8)
    for (const run of runs) run.abort()
  })

  test('fails before it holds more than a job may (a reduce that keeps everything)', async () => {
    await open()
    const inputs = Array.from({ length: 700 }, () => ['num', '1'])
    const query = [
      { map: erlang('own', 'many') },
      { reduce: erlang('own', 'all', { arg: { reduce_phase_only_1: true } }) },
    ]
    expect(await failureOf(node, { inputs, query })).toEqual({ kind: 'overload' })
    // And gives back what it held.
    expect((await runJob(node, { inputs: inputs.slice(0, 1), query }))[1]).toHaveLength(1_000)
  })

  test('is counted as a pipeline, refused ones as errors', async () => {
    await open()
    await runJob(node, { inputs: 'num', query: [] })
    await failureOf(node, { inputs: 'num', query: [{ map: erlang('nope', 'nope') }] })
    expect(node.stats()).toMatchObject({
      pipeline_active: 0,
      pipeline_create_count: 1,
      pipeline_create_error_count: 1,
    })
  })

  test('a tombstone is an object with a value that is deleted', async () => {
    ;({ node, clock } = await openEmbedded({ modules, ringSize: 8, deleteMode: 'keep' }))
    await node.put(bucketId('default', 'num'), bytes('1'), { value: bytes('1') }, {})
    await node.delete(bucketId('default', 'num'), bytes('1'), {})
    const results = await runJob(node, {
      inputs: [['num', '1']],
      query: [{ map: erlang('own', 'presence') }],
    })
    expect(results[0]).toEqual([['1', 1, 0]])
  })

  test('prereduces what each batch of a map makes, to the same result', async () => {
    await open()
    const query = [
      { map: builtIn('map_object_value', { arg: { do_prereduce: true } }) },
      { reduce: builtIn('reduce_string_to_integer') },
      { reduce: builtIn('reduce_sum') },
    ]
    expect((await runJob(node, { inputs: 'num', query }))[2]).toEqual([36])
  })
})

/** An engine that remembers its calls, and answers each with the key of the object, twice. */
function fakeEngine(answer: (list: readonly unknown[]) => unknown): JavascriptEngine & {
  readonly calls: JavascriptCall[]
} {
  const calls: JavascriptCall[] = []
  return {
    calls,
    call: (call) => {
      calls.push(call)
      return Promise.resolve(
        call.argumentLists.map((list) => {
          const result = answer(JSON.parse(list) as unknown[])
          if (typeof result === 'string') {
            const source = 'unknown'
            return {
              kind: 'error',
              fault: 'exception',
              message: result,
              lineno: 3,
              source,
            } as const
          }
          return { kind: 'list', json: JSON.stringify(result) } as const
        }),
      )
    },
    endJob: () => undefined,
    close: () => Promise.resolve(),
  }
}

interface JsValue {
  readonly key: string
  readonly bucket: string
  readonly bucket_type: string
  readonly vclock: string
  readonly values: readonly { readonly data: string; readonly metadata: Record<string, unknown> }[]
}

const source = { language: 'javascript', source: 'function(v) { return [v.key] }' }

describe('a JavaScript phase', () => {
  test('is handed the object as Riak made it, key data and argument', async () => {
    const seen: (readonly unknown[])[] = []
    await open({
      javascript: fakeEngine((list) => {
        seen.push(list)
        return []
      }),
    })
    const content = {
      value: bytes('{"é":1}'),
      contentType: 'application/json',
      links: [{ bucket: bytes('b'), key: bytes('k'), tag: bytes('t') }],
      userMeta: [{ key: bytes('X-Riak-Meta-Author'), value: bytes('me') }],
      indexes: [
        { field: 'n_int', value: bytes('5') },
        { field: 'tag_bin', value: bytes('a') },
        { field: 'tag_bin', value: bytes('b') },
      ],
    }
    await node.put(bucketId('default', 'b'), bytes('k'), content, {})
    await runJob(node, {
      inputs: [['b', 'k', 'data']],
      query: [{ map: { ...source, arg: { x: [1] } } }],
    })
    const [value, keyData, arg] = seen[0] as [JsValue, unknown, unknown]
    expect(value).toMatchObject({ bucket_type: 'default', bucket: 'b', key: 'k' })
    expect(value.vclock).toMatch(/^[A-Za-z0-9+/]+=*$/)
    expect(value.values).toHaveLength(1)
    expect(value.values[0]!.data).toBe('{"é":1}')
    expect(value.values[0]!.metadata).toMatchObject({
      'content-type': 'application/json',
      Links: [['b', 'k', 't']],
      'X-Riak-Meta': { 'X-Riak-Meta-Author': 'me' },
      index: { n_int: 5, tag_bin: ['a', 'b'] },
    })
    expect([keyData, arg]).toEqual(['data', { x: [1] }])
  })

  test('is told "undefined" and "none" where there is neither key data nor argument, as in Riak', async () => {
    const seen: (readonly unknown[])[] = []
    await open({ javascript: fakeEngine((list) => (seen.push(list), [])) })
    await runJob(node, { inputs: [['num', '1']], query: [{ map: source }] })
    expect(seen[0]!.slice(1)).toEqual(['undefined', 'none'])
  })

  test('is not called for a missing key: its row is not_found, which an Erlang reduce leaves out', async () => {
    const engine = fakeEngine(() => [1])
    await open({ javascript: engine })
    const inputs = [
      ['num', '1'],
      ['num', 'gone', 'kd'],
    ]
    const query = [{ map: { ...source, keep: true } }, { reduce: builtIn('reduce_sum') }]
    const results = await runJob(node, { inputs, query })
    expect(results[0]).toEqual([1, { not_found: { bucket: 'num', key: 'gone', keydata: 'kd' } }])
    expect(results[1]).toEqual([1])
    expect(engine.calls.flatMap(({ argumentLists }) => argumentLists)).toHaveLength(1)
  })

  test('maps in batches, and reduces with its own output', async () => {
    const engine = fakeEngine(([first]) =>
      Array.isArray(first)
        ? [(first as number[]).reduce((a, b) => a + b, 0)]
        : [Number((first as JsValue).key)],
    )
    await open({ javascript: engine })
    const inputs = Array.from({ length: 100 }, (_, at) => ['num', String((at % 8) + 1)])
    const query = [{ map: source }, { reduce: source }]
    const results = await runJob(node, { inputs, query })
    expect(results[1]).toEqual([inputs.reduce((all, [, key]) => all + Number(key), 0)])
    const maps = engine.calls.filter(({ argumentLists }) => argumentLists.length > 1)
    expect(Math.max(...maps.map(({ argumentLists }) => argumentLists.length))).toBeLessThanOrEqual(
      64,
    )
  })

  test('fails in the form of Riak where the code throws', async () => {
    await open({ javascript: fakeEngine(() => 'TypeError: x is undefined') })
    const job = { inputs: [['num', '1']], query: [{ map: source }] }
    const told = toldOf(await failureOf(node, job))
    expect(told).toEqual({
      phase: 0,
      error:
        '[{<<"lineno">>,3},\n {<<"message">>,<<"TypeError: x is undefined">>},\n {<<"source">>,<<"unknown">>}]',
      input: expect.stringContaining('{ok,{r_object,<<"num">>,<<"1">>') as string,
    })
  })

  test('reads its code from an object, and cannot start without it', async () => {
    const engine = fakeEngine(() => [1])
    await open({ javascript: engine })
    await node.put(bucketId('default', 'code'), bytes('f'), { value: bytes('function(v){}') }, {})
    const stored = { language: 'javascript', bucket: 'code', key: 'f' }
    await runJob(node, { inputs: [['num', '1']], query: [{ map: stored }] })
    expect(engine.calls[0]!.what).toEqual({ kind: 'source', source: 'function(v){}' })
    const job = { inputs: [['num', '1']], query: [{ map: { ...stored, key: 'gone' } }] }
    expect(await failureOf(node, job)).toMatchObject({ kind: 'phase' })
  })

  test('a value that is no text fails the job; one that is too large as well', async () => {
    await open({ javascript: fakeEngine(() => [1]) })
    const of = bucketId('default', 'big')
    await node.put(of, bytes('bin'), { value: Buffer.of(0xff) }, {})
    await node.put(
      of,
      bytes('big'),
      { value: Buffer.alloc(limits.javascriptObjectBytesMax + 1, 97) },
      {},
    )
    for (const key of ['bin', 'big']) {
      const job = { inputs: [['big', key]], query: [{ map: source }] }
      expect(await failureOf(node, job)).toMatchObject({ kind: 'phase' })
    }
  })
})
