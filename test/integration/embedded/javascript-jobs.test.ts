/** Jobs with JavaScript phases, whole: over HTTP and through the official client, as Riak 2.x ran them. */

import { createRequire } from 'node:module'
import { monitorEventLoopDelay } from 'node:perf_hooks'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { openJavascriptEngine } from '../../../src/embedded/javascript/open-javascript-engine.ts'
import type { JavascriptEngine } from '../../../src/embedded/javascript/javascript-engine.ts'
import { systemClock } from '../../../src/runtime/system-clock.ts'
import { workerThreads } from '../../../src/runtime/worker-threads.ts'
import { openHttpNode } from '../../support/http-node.ts'
import type { HttpNode } from '../../support/http-node.ts'
import { until } from '../../support/program.ts'

interface OfficialClient {
  mapReduce(
    query: string,
    done: (error: unknown, answer: unknown, data?: unknown) => void,
    isStreamed: boolean,
  ): void
  stop(done: () => void): void
}
interface Official {
  readonly Client: new (
    nodes: readonly string[],
    started: (error: unknown) => void,
  ) => OfficialClient
}

let engine: JavascriptEngine
let served: HttpNode
let client: OfficialClient

const url = (path: string): string => `http://127.0.0.1:${served.httpPort}${path}`

async function put(path: string, body: string, contentType = 'application/json'): Promise<void> {
  const answer = await fetch(url(path), {
    method: 'PUT',
    headers: { 'content-type': contentType },
    body,
  })
  expect(answer.status).toBe(204)
}

beforeAll(async () => {
  const clock = systemClock()
  const log = { write: () => undefined }
  engine = openJavascriptEngine({ clock, log, threads: workerThreads() })
  served = await openHttpNode({ clock, javascript: engine })
  for (let n = 1; n <= 50; n++) {
    const post = { n, tags: [n % 2 === 0 ? 'even' : 'odd', 'all'], title: `Ünïcødé ${n} 😀` }
    await put(`/buckets/posts/keys/p${n}`, JSON.stringify(post))
  }
  // An error shows its input, and Riak's printer makes a crash of what is beyond latin1 there.
  await put('/buckets/plain/keys/p', '{"n":1}')
  await put('/buckets/bad/keys/text', 'no json', 'text/plain')
  await put('/buckets/code/keys/first', 'function (v) { return [v.key] }', 'text/javascript')
  const official = createRequire(import.meta.url)('basho-riak-client') as Official
  client = await new Promise<OfficialClient>((resolve) => {
    const made = new official.Client([`127.0.0.1:${served.pbPort}`], () => {
      resolve(made)
    })
  })
})

afterAll(async () => {
  await new Promise<void>((stopped) => {
    client.stop(stopped)
  })
  await served.close()
  await engine.close()
})

type Phase = Readonly<Record<string, unknown>>
const map = (code: Phase): Phase => ({ map: { language: 'javascript', ...code } })
const reduce = (code: Phase): Phase => ({ reduce: { language: 'javascript', ...code } })
const name = (of: string, more: Phase = {}): Phase => ({ name: of, ...more })
const source = (text: string, more: Phase = {}): Phase => ({ source: text, ...more })

const keys = Array.from({ length: 50 }, (_each, at) => ['posts', `p${at + 1}`])

interface Answer {
  readonly status: number
  readonly body: unknown
}

async function overHttp(
  inputs: unknown,
  query: readonly Phase[],
  timeout = 60_000,
): Promise<Answer> {
  const answer = await fetch(url('/mapred'), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ inputs, query, timeout }),
  })
  const text = await answer.text()
  try {
    return { status: answer.status, body: JSON.parse(text) as unknown }
  } catch {
    return { status: answer.status, body: text }
  }
}

/** What the official client gives: `{phase_N, done}`, or the words of its error. */
function overPb(inputs: unknown, query: readonly Phase[]): Promise<unknown> {
  return new Promise((resolve) => {
    const tell = (error: unknown, answer: unknown): void => {
      resolve(error ?? answer)
    }
    client.mapReduce(JSON.stringify({ inputs, query }), tell, false)
  })
}

const sum = (1 + 50) * 25

describe('a job in JavaScript', () => {
  test.each([
    ['a bucket', 'posts'],
    ['keys', keys],
    ['an index', { bucket: 'posts', index: '$bucket', key: 'posts' }],
    ['a range of keys', { bucket: 'posts', index: '$key', start: 'p', end: 'q' }],
  ])('of %s: built-ins and functions of its own, over both protocols', async (_what, inputs) => {
    const query = [
      map(name('Riak.mapValuesJson')),
      map(source('function (post) { return [post] }')),
      reduce(name('Riak.reduceSum')),
    ]
    const numbers = source('function (v) { return [JSON.parse(v.values[0].data).n] }')
    const sums = [map(numbers), reduce(name('Riak.reduceSum'))]
    expect(await overHttp(inputs, sums)).toEqual({ status: 200, body: [sum] })
    expect(await overPb(inputs, sums)).toEqual({ phase_1: [sum], done: true })
    // An object of JavaScript is a pair of Erlang's: looked up as any pair, and found nowhere.
    expect(await overHttp(inputs, query)).toEqual({ status: 200, body: [0] })
  })

  test('a map emits any number of rows, which a reduce gathers and sorts', async () => {
    const query = [
      map(
        source(
          `function (value, keyData, arg) {
          return JSON.parse(value.values[0].data).tags.map(function (tag) { return tag + arg })
        }`,
          { arg: '!' },
        ),
      ),
      reduce(
        source(`function (values) {
          return values.filter(function (each, at) { return values.indexOf(each) === at })
        }`),
      ),
      reduce(name('Riak.reduceSort')),
    ]
    expect(await overHttp('posts', query)).toEqual({ status: 200, body: ['all!', 'even!', 'odd!'] })
  })

  test('what a map emits as bucket and key is the input of the next', async () => {
    const query = [
      map(
        source(
          'function (v) { return [[v.bucket, "p" + (JSON.parse(v.values[0].data).n + 1), "from " + v.key]] }',
        ),
      ),
      map(source('function (v, keyData) { return [v.key + " " + keyData] }')),
    ]
    expect(await overHttp([['posts', 'p1']], query)).toEqual({ status: 200, body: ['p2 from p1'] })
  })

  test('a value is what Riak handed over: place, clock, metadata, text', async () => {
    const query = [map(source('function (v) { return [v] }'))]
    const { body } = await overHttp([['posts', 'p1']], query)
    expect(body).toMatchObject([
      {
        bucket: 'posts',
        key: 'p1',
        vclock: expect.stringMatching(/^[A-Za-z0-9+/=]+$/) as unknown,
        values: [
          {
            metadata: { 'content-type': 'application/json', Links: [], index: [] },
            data: '{"n":1,"tags":["odd","all"],"title":"Ünïcødé 1 😀"}',
          },
        ],
      },
    ])
  })

  test('stored code is found, compiled and run', async () => {
    const stored = { bucket: 'code', key: 'first' }
    expect(await overHttp([['posts', 'p7']], [map(stored)])).toEqual({ status: 200, body: ['p7'] })
    const missing = await overHttp([['posts', 'p7']], [map({ bucket: 'code', key: 'none' })])
    expect(missing).toMatchObject({ status: 500, body: { error: '[worker_startup_failed]' } })
  })

  test('an object that is not there passes by the map and reaches the reduce as not_found', async () => {
    const inputs = [
      ['posts', 'p1'],
      ['posts', 'gone', 'why'],
    ]
    const values = map(name('Riak.mapValuesJson'))
    const kinds = reduce(
      source(
        'function (v) { return v.map(function (each) { return each.not_found ? each.not_found.keydata : each.n || each }) }',
      ),
    )
    const answer = await overHttp(inputs, [values, kinds])
    expect(answer.status).toBe(200)
    expect(new Set(answer.body as unknown[])).toEqual(new Set([1, 'why']))
    const found = await overHttp(inputs, [values, reduce(name('Riak.filterNotFound'))])
    expect(found.body).toMatchObject([{ n: 1 }])
  })

  test('several phases are kept as they say', async () => {
    const query = [
      map(source('function (v) { return [1] }', { keep: true })),
      reduce(name('Riak.reduceSum', { keep: true })),
    ]
    expect(
      await overPb(
        [
          ['posts', 'p1'],
          ['posts', 'p2'],
        ],
        query,
      ),
    ).toEqual({
      phase_0: [1, 1],
      phase_1: [2],
      done: true,
    })
  })
})

describe('an error in JavaScript is told as Riak told it', () => {
  const failing = (text: string): Promise<Answer> => overHttp([['plain', 'p']], [map(source(text))])

  test.each([
    [
      'function (v) {\n  return [missing]\n}',
      '[{<<"lineno">>,2},\n {<<"message">>,<<"ReferenceError: missing is not defined">>},\n {<<"source">>,<<"unknown">>}]',
    ],
    ['function (v) { return 1 }', 'non_list_result'],
    [
      'function (v) {}',
      '[{<<"error">>,<<"Expression returned undefined">>},\n {<<"lineno">>,0},\n {<<"source">>,<<"unknown">>}]',
    ],
  ])('%j', async (text, error) => {
    expect(await failing(text)).toMatchObject({ status: 500, body: { phase: 0, error } })
  })

  test('an unknown built-in names itself', async () => {
    const { status, body } = await overHttp([['plain', 'p']], [map(name('Riak.nope'))])
    expect(status).toBe(500)
    expect((body as { error: string }).error).toContain('Riak.nope not defined')
  })

  test('over Protocol Buffers too; the connection goes on', async () => {
    const told = await overPb(
      [['plain', 'p']],
      [map(source('function (v) { throw new Error("boom") }'))],
    )
    expect(JSON.stringify(told)).toContain('boom')
    expect(await overPb([['plain', 'p']], [map(source('function (v) { return [2] }'))])).toEqual({
      phase_0: [2],
      done: true,
    })
  })

  test('a value that is no JSON fails the job that takes it for some', async () => {
    const { status, body } = await overHttp([['bad', 'text']], [map(name('Riak.mapValuesJson'))])
    expect(status).toBe(500)
    expect((body as { error: string }).error).toContain('SyntaxError')
  })

  test('a reduce that throws ends the job', async () => {
    const query = [reduce(source('function (v) { throw new Error("no sum") }'))]
    const { status, body } = await overHttp([['plain', 'p']], query)
    expect(status).toBe(500)
    expect((body as { error: string }).error).toContain('no sum')
  })
})

const jobsRunning = (): unknown => served.node.stats()['pipeline_active']

describe('a hostile job', () => {
  const loop = map(source('function () { while (1); }'))

  test('that never ends has the time it asked for', async () => {
    expect(await overHttp([['plain', 'p']], [loop], 500)).toEqual({
      status: 500,
      body: { error: 'timeout' },
    })
  })

  test('that returns a gigabyte fails; that returns megabytes does not', async () => {
    const text = (chars: number): Phase => source(`function () { return ["x".repeat(${chars})] }`)
    const huge = await overHttp([['plain', 'p']], [map(text(1e9))])
    expect(huge).toMatchObject({ status: 500, body: { phase: 0 } })
    const large = await overHttp([['plain', 'p']], [map(text(8e6))])
    expect(large.status).toBe(200)
    expect((large.body as string[])[0]?.length).toBe(8e6)
  })

  test('whose client has left is not run any longer', async () => {
    const leave = new AbortController()
    const body = JSON.stringify({ inputs: [['plain', 'p']], query: [loop], timeout: 60_000 })
    const init = { method: 'POST', body, headers: { 'content-type': 'application/json' } }
    // As many as there are threads, and some that wait.
    const left = Array.from({ length: 6 }, () =>
      fetch(url('/mapred'), { ...init, signal: leave.signal }).catch(() => 'left'),
    )
    await until('the jobs run', 20_000, () => jobsRunning() === 6)
    leave.abort()
    expect(await Promise.all(left)).toEqual(left.map(() => 'left'))
    await until('the jobs are over', 20_000, () => jobsRunning() === 0)
    const answer = await overHttp(
      [['plain', 'p']],
      [map(source('function (v) { return [1] }'))],
      2_000,
    )
    expect(answer).toEqual({ status: 200, body: [1] })
  })

  test('ten at once: others’ jobs, objects and the loop of the process go on', async () => {
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    const progress = { isOver: false }
    const hostile = Promise.all(
      Array.from({ length: 10 }, () => overHttp([['plain', 'p']], [loop], 3_000)),
    ).finally(() => (progress.isOver = true))
    let jobs = 0
    while (!progress.isOver) {
      const job = await overHttp(keys.slice(0, 5), [map(source('function (v) { return [v.key] }'))])
      expect(job.status).toBe(200)
      const object = await fetch(url('/buckets/posts/keys/p1'))
      expect(object.status).toBe(200)
      await object.arrayBuffer()
      jobs += 1
    }
    for (const answer of await hostile) {
      expect(answer).toEqual({ status: 500, body: { error: 'timeout' } })
    }
    delay.disable()
    expect(jobs).toBeGreaterThan(1)
    // A loop on this thread would have held it for seconds.
    expect(delay.percentile(99) / 1e6).toBeLessThan(200)
  })
})
