/** Jobs and counters over a real socket: what is sent, and what becomes of odd answers. */

import { describe, expect, test } from 'vitest'
import { limits } from '../../../src/kernel/limits.ts'
import type { MapReduceJob } from '../../../src/riak/riak-kv.ts'
import type { StubRequest, StubRiak } from '../../support/stub-riak.ts'
import { connect, stub } from '../../support/riak-client.ts'

const map = { map: { language: 'erlang', module: 'm', function: 'f' } } as const
const reduce = { reduce: { language: 'erlang', module: 'm', function: 'r' } } as const
const job: MapReduceJob = { inputs: [{ type: 'posts', bucket: 'b', key: 'k' }], query: [map] }
const counter = { type: 'counters', bucket: 'b', key: 'k' }

/** A part of a job's answer, as Riak sends it. */
function part(request: StubRequest, json: string, phase = 0): void {
  request.reply('RpbMapRedResp', { phase, response: Buffer.from(json) })
}

function answering(node: StubRiak, answer: (request: StubRequest) => void): void {
  node.on('RpbMapRedReq', answer)
}

function done(request: StubRequest): void {
  request.reply('RpbMapRedResp', { done: true })
}

function sentJob(node: StubRiak): unknown {
  const request = node.requests.find(({ name }) => name === 'RpbMapRedReq')
  const { request: bytes } = request?.message as { readonly request: Uint8Array }
  return JSON.parse(Buffer.from(bytes).toString())
}

describe('a job as it is sent', () => {
  test.each([
    ['keys of a type', job.inputs, [['b', 'k', null, 'posts']]],
    ['keys without a type', [{ type: 'default', bucket: 'b', key: 'k' }], [['b', 'k']]],
    [
      'keys with data',
      [{ type: 'posts', bucket: 'b', key: 'k', keyData: 'd' }],
      [['b', 'k', 'd', 'posts']],
    ],
    [
      'keys with data and without a type',
      [{ type: 'default', bucket: 'b', key: 'k', keyData: 1 }],
      [['b', 'k', 1]],
    ],
    ['a bucket', { type: 'posts', bucket: 'b' }, ['posts', 'b']],
    ['a bucket without a type', { type: 'default', bucket: 'b' }, 'b'],
    [
      'an index',
      { type: 'posts', bucket: 'b', field: 'x_int', equals: '7' },
      { bucket: ['posts', 'b'], index: 'x_int', key: '7' },
    ],
    [
      'a range',
      { type: 'posts', bucket: 'b', field: 'x_int', from: '1', to: '9' },
      { bucket: ['posts', 'b'], index: 'x_int', start: '1', end: '9' },
    ],
  ] as const)('names %s as Riak does, and its own timeout', async (_name, inputs, asSent) => {
    const node = await stub()
    answering(node, done)
    const kv = await connect([node.address])
    expect(await kv.mapReduce({ inputs, query: job.query, timeoutMs: 5_000 })).toEqual([])
    const sent = sentJob(node) as { readonly timeout: number }
    expect(sent).toMatchObject({ inputs: asSent, query: [map] })
    expect(sent.timeout).toBeLessThanOrEqual(5_000)
    expect(sent.timeout).toBeGreaterThan(4_000)
  })

  test.each([
    ['no inputs', { ...job, inputs: [] }],
    ['no phases', { ...job, query: [] }],
    ['an empty key', { ...job, inputs: [{ type: 'posts', bucket: 'b', key: '' }] }],
  ])('%s: refused before anything is sent', async (_name, wrong) => {
    const node = await stub()
    const kv = await connect([node.address])
    await expect(kv.mapReduce(wrong)).rejects.toMatchObject({ code: 'BLOG_BAD_REQUEST' })
    expect(node.received('RpbMapRedReq')).toBe(0)
  })
})

describe('the answer of a job', () => {
  test('rows of every part, of the last kept phase alone, whatever order phases come in', async () => {
    const node = await stub()
    answering(node, (request) => {
      part(request, '[["a",1,2]]', 1)
      part(request, '["of the phase before"]', 0)
      part(request, '[["b",3,4],["c",5,6]]', 1)
      done(request)
    })
    const kv = await connect([node.address])
    const query = [{ map: { ...map.map, keep: true } }, reduce]
    expect(await kv.mapReduce({ ...job, query })).toEqual([
      ['a', 1, 2],
      ['b', 3, 4],
      ['c', 5, 6],
    ])
  })

  test('a last part may hold rows and say that it is the last', async () => {
    const node = await stub()
    answering(node, (request) => {
      request.reply('RpbMapRedResp', { phase: 0, response: Buffer.from('[1]'), done: true })
    })
    const kv = await connect([node.address])
    expect(await kv.mapReduce(job)).toEqual([1])
  })

  test.each([
    ['pairs that Riak made an object of', '{"a":"1","a":"2"}'],
    ['an error term', '{"error":"notfound"}'],
    ['no JSON', '[1,'],
  ])('%s: an error with a code, asked once, and the next call is answered', async (_name, json) => {
    const node = await stub()
    answering(node, (request) => {
      part(request, json)
      done(request)
    })
    const kv = await connect([node.address])
    await expect(kv.mapReduce(job)).rejects.toMatchObject({ code: 'BLOG_UNREADABLE_VALUE' })
    expect(node.received('RpbMapRedReq')).toBe(1)
    expect(await kv.get({ type: 'posts', bucket: 'b', key: 'k' })).toBeUndefined()
  })

  test('more than may be held: the job is given up, its connection closed, and not asked again', async () => {
    const node = await stub()
    const piece = Buffer.from(JSON.stringify(['x'.repeat(8 * 1024 * 1024)]))
    answering(node, (request) => {
      for (let sent = 0; sent <= limits.jobAnswerBytesMax; sent += piece.length) {
        request.reply('RpbMapRedResp', { phase: 0, response: piece })
      }
    })
    const kv = await connect([node.address])
    await expect(kv.mapReduce(job)).rejects.toMatchObject({ code: 'BLOG_TOO_LARGE' })
    expect(node.received('RpbMapRedReq')).toBe(1)
    await kv.ping()
  })

  test('a job whose connection breaks half way is sent again, and its rows come once', async () => {
    const node = await stub()
    answering(node, (request) => {
      part(request, '[["a",1,2]]')
      if (request.serial === 1) request.socket.destroy()
      else done(request)
    })
    const kv = await connect([node.address])
    expect(await kv.mapReduce(job)).toEqual([['a', 1, 2]])
    expect(node.received('RpbMapRedReq')).toBe(2)
  })

  test('a stream that stalls after its first part ends at the deadline', async () => {
    const node = await stub()
    answering(node, (request) => {
      part(request, '[1]')
    })
    const kv = await connect([node.address])
    await expect(kv.mapReduce({ ...job, timeoutMs: 100 })).rejects.toMatchObject({
      code: 'BLOG_TIMEOUT',
    })
  })

  test('JavaScript refused by closing the connection: one refusal, and the next call is answered', async () => {
    const node = await stub()
    answering(node, (request) => {
      request.error(
        'Error processing incoming message: error:function_clause:[{riak_kv_w_reduce,reduce_compat,[{jsanon,<<"x">>}]}]',
      )
      request.socket.end()
    })
    const kv = await connect([node.address])
    await expect(kv.mapReduce(job)).rejects.toMatchObject({ reason: 'no-javascript' })
    await kv.ping()
    expect(node.received('RpbMapRedReq')).toBe(1)
  })
})

describe('counters', () => {
  test('an update whose answer is lost is indefinite, and never sent again', async () => {
    const node = await stub()
    const other = await stub()
    for (const each of [node, other]) {
      each.on('DtUpdateReq', (request) => {
        request.socket.destroy()
      })
    }
    const kv = await connect([node.address, other.address])
    await expect(kv.updateCounter(counter, 1)).rejects.toMatchObject({ outcome: 'indefinite' })
    expect(node.received('DtUpdateReq') + other.received('DtUpdateReq')).toBe(1)
  })

  test.each([
    ['with only a key', { key: Buffer.from('made') }],
    ['with nothing', {}],
  ])('an update answered %s is indefinite, and ends nothing', async (_name, message) => {
    const node = await stub()
    node.on('DtUpdateReq', (request) => {
      request.reply('DtUpdateResp', message)
    })
    const kv = await connect([node.address])
    await expect(kv.updateCounter(counter, 1)).rejects.toMatchObject({
      code: 'BLOG_REFUSED_BY_RIAK',
      outcome: 'indefinite',
    })
    expect(node.received('DtUpdateReq')).toBe(1)
    await kv.ping()
  })

  test.each([1, -1, 0, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER])(
    'an amount of %d arrives as it is',
    async (amount) => {
      const node = await stub()
      node.on('DtUpdateReq', (request) => {
        const { op } = request.message as {
          readonly op: { readonly counter_op: { readonly increment: bigint } }
        }
        request.reply('DtUpdateResp', { counter_value: op.counter_op.increment })
      })
      const kv = await connect([node.address])
      expect(await kv.updateCounter(counter, amount)).toBe(amount)
    },
  )

  test.each([0.5, Number.NaN, 2 ** 53])('an amount of %d is refused unsent', async (amount) => {
    const node = await stub()
    const kv = await connect([node.address])
    await expect(kv.updateCounter(counter, amount)).rejects.toMatchObject({
      code: 'BLOG_BAD_REQUEST',
    })
    expect(node.received('DtUpdateReq')).toBe(0)
  })

  test('a counter nobody has moved is undefined', async () => {
    const node = await stub()
    node.on('DtFetchReq', (request) => {
      request.reply('DtFetchResp', { type: 1 })
    })
    const kv = await connect([node.address])
    expect(await kv.fetchCounter(counter)).toBeUndefined()
  })
})
