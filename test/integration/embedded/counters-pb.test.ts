/** Counters over the Protocol Buffers port of a real embedded node: texts and values as a real Riak's. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { MessageName } from '../../../src/wire/message-codes.ts'
import type { DtOp, Messages } from '../../../src/wire/message-types.ts'
import { decodeMessage, encodeFrame } from '../../../src/wire/messages.ts'
import { openListeningNode } from '../../support/listening-node.ts'
import type { ListeningNode } from '../../support/listening-node.ts'
import { pbConnect } from '../../support/pb-socket.ts'
import type { Frame, PbSocket } from '../../support/pb-socket.ts'

const text = (value: string): Buffer => Buffer.from(value)

let embedded: ListeningNode
let socket: PbSocket

beforeAll(async () => {
  embedded = await openListeningNode()
  const { node } = embedded
  const make = async (type: string, props: Record<string, string | boolean>): Promise<void> => {
    await node.bucketTypes.create(type, new Map(Object.entries(props)))
    await node.bucketTypes.activate(type)
  }
  await make('counters', { datatype: 'counter' })
  await make('sets', { datatype: 'set' })
  await make('plain', {})
  await make('single', { allow_mult: false })
  await node.setBucketProps(
    { type: text('default'), bucket: text('many') },
    new Map([['allow_mult', true]]),
  )
  socket = await pbConnect(embedded.listener.port)
})

afterAll(async () => {
  socket.destroy()
  await embedded.close()
})

async function ask<Q extends MessageName>(
  name: Q,
  message: Messages[Q],
  by: PbSocket = socket,
): Promise<Frame> {
  by.send(encodeFrame(name, message))
  const [frame] = await by.read(1)
  return frame!
}

/** What was answered instead, where it is an error. */
function answerOf<A extends MessageName>(name: A, frame: Frame): Messages[A] {
  expect(frame.code === 0 ? errorOf(frame) : '').toBe('')
  return decodeMessage(name, frame.body)
}

function errorOf(frame: Frame): string {
  expect(frame.code).toBe(0)
  const { errmsg } = decodeMessage('RpbErrorResp', frame.body)
  return Buffer.from(errmsg ?? []).toString('latin1')
}

const counted = { bucket: text('b'), type: text('counters') }
const increment = (by?: bigint): DtOp => ({ counter_op: by === undefined ? {} : { increment: by } })

async function update(key: string, by?: bigint, more: Partial<Messages['DtUpdateReq']> = {}) {
  const request = { ...counted, key: text(key), op: increment(by), return_body: true, ...more }
  return answerOf('DtUpdateResp', await ask('DtUpdateReq', request))
}

async function fetched(key: string): Promise<bigint | undefined> {
  const answer = answerOf('DtFetchResp', await ask('DtFetchReq', { ...counted, key: text(key) }))
  expect(answer.type).toBe(1)
  expect(answer.context).toBeUndefined()
  return answer.value?.counter_value
}

describe('a counter (80–83)', () => {
  test('that nobody has raised is absent: its type and no value', async () => {
    expect(await fetched('absent')).toBeUndefined()
  })

  test('counts up and down, by one where nothing is said', async () => {
    expect((await update('k', 5n)).counter_value).toBe(5n)
    expect((await update('k')).counter_value).toBe(6n)
    expect((await update('k', -10n)).counter_value).toBe(-4n)
    expect(await fetched('k')).toBe(-4n)
  })

  test('raised by 0 is there, and 0', async () => {
    expect((await update('zero', 0n)).counter_value).toBe(0n)
    expect(await fetched('zero')).toBe(0n)
  })

  test('without return_body is answered without value, without key with a new key', async () => {
    const quiet = await update('quiet', 1n, { return_body: false })
    expect(quiet.counter_value).toBeUndefined()
    expect(quiet.key).toBeUndefined()
    const made = await update('', 7n, { key: undefined })
    expect(Buffer.from(made.key ?? []).toString()).toMatch(/^[0-9A-Za-z]{20,27}$/)
    expect(await fetched(Buffer.from(made.key ?? []).toString())).toBe(7n)
  })

  test('is exact beyond 2^53, and takes the largest steps in both directions', async () => {
    await update('large', 2n ** 62n)
    expect((await update('large', 2n ** 62n - 1n)).counter_value).toBe(2n ** 63n - 1n)
    await update('large', -(2n ** 63n))
    expect(await fetched('large')).toBe(-1n)
    // Beyond 64 bits on the way, and back: nothing was cut off inside.
    for (const by of [2n ** 62n, 2n ** 62n, 2n ** 62n, -(2n ** 62n), -(2n ** 63n)]) {
      await update('large', by)
    }
    expect(await fetched('large')).toBe(-1n)
  })

  test('64 clients that add 100 times each add up exactly (three hot keys)', async () => {
    const clients = await Promise.all(
      Array.from({ length: 64 }, () => pbConnect(embedded.listener.port)),
    )
    const keys = ['hot0', 'hot1', 'hot2']
    await Promise.all(
      clients.map(async (client, who) => {
        for (let n = 0; n < 100; n++) {
          const key = text(keys[(who + n) % 3]!)
          const request = { ...counted, key, op: increment(BigInt(who)), return_body: false }
          answerOf('DtUpdateResp', await ask('DtUpdateReq', request, client))
        }
        client.destroy()
      }),
    )
    const sums = await Promise.all(keys.map(fetchedAlone))
    expect(sums.reduce((sum, value) => sum + value, 0n)).toBe(100n * ((63n * 64n) / 2n))
  })

  test('is one value to a plain get, with its own content type; a deleted one is absent', async () => {
    await update('seen', 3n)
    await update('seen', 4n)
    const place = { ...counted, key: text('seen') }
    const read = answerOf('RpbGetResp', await ask('RpbGetReq', place))
    expect(read.content?.length).toBe(1)
    expect(String(read.content?.[0]?.content_type)).toBe('application/riak_counter')
    expect(Buffer.from(read.content?.[0]?.value ?? []).subarray(0, 2)).toEqual(Buffer.of(69, 2))
    answerOf('RpbDelResp', await ask('RpbDelReq', { ...place, vclock: read.vclock }))
    expect(await fetched('seen')).toBeUndefined()
    expect((await update('seen', 1n)).counter_value).toBe(1n)
  })

  test('beside a plain value that a client put there still counts; that value stays', async () => {
    await update('mixed', 3n)
    const place = { ...counted, key: text('mixed') }
    const content = { value: text('raw'), content_type: text('text/plain') }
    answerOf('RpbPutResp', await ask('RpbPutReq', { ...place, content }))
    expect((await update('mixed', 2n)).counter_value).toBe(5n)
    const read = answerOf('RpbGetResp', await ask('RpbGetReq', place))
    expect(read.content?.map((value) => String(value.content_type)).toSorted()).toEqual([
      'application/riak_counter',
      'text/plain',
    ])
  })

  test('where only a plain value is reads as 0, as in Riak', async () => {
    const place = { ...counted, key: text('raw-only') }
    answerOf('RpbPutResp', await ask('RpbPutReq', { ...place, content: { value: text('E') } }))
    expect(await fetched('raw-only')).toBe(0n)
  })
})

async function fetchedAlone(key: string): Promise<bigint> {
  const client = await pbConnect(embedded.listener.port)
  const frame = await ask('DtFetchReq', { ...counted, key: text(key) }, client)
  client.destroy()
  return answerOf('DtFetchResp', frame).value?.counter_value ?? 0n
}

describe('errors of data types, the connection kept', () => {
  const adds = { adds: [text('x')] }
  test.each<[string, MessageName, Messages['DtUpdateReq'], string]>([
    [
      'a set operation on counters',
      'DtUpdateReq',
      { ...counted, key: text('k'), op: { set_op: adds } },
      'Operation type is `set` but  bucket type is `counter`.',
    ],
    [
      'a map operation on counters',
      'DtUpdateReq',
      { ...counted, key: text('k'), op: { map_op: {} } },
      'Operation type is `map` but  bucket type is `counter`.',
    ],
    [
      'an increment in a set',
      'DtUpdateReq',
      { bucket: text('b'), key: text('k'), type: text('sets'), op: increment() },
      'Operation type is `counter` but  bucket type is `set`.',
    ],
    [
      'an element for a set, which this node does not serve',
      'DtUpdateReq',
      { bucket: text('b'), key: text('k'), type: text('sets'), op: { set_op: adds } },
      'Bucket datatype `set` is not a supported type',
    ],
    [
      'a fetch of a set',
      'DtFetchReq',
      { bucket: text('b'), key: text('k'), type: text('sets') },
      '`set` is not a supported type',
    ],
    [
      'an increment where there is no data type',
      'DtUpdateReq',
      { bucket: text('b'), key: text('k'), type: text('plain'), op: increment() },
      'Bucket datatype `undefined` is not a supported type',
    ],
    [
      'a fetch where there is no data type',
      'DtFetchReq',
      { bucket: text('b'), key: text('k'), type: text('plain') },
      '`undefined` is not a supported type',
    ],
    [
      'an increment where siblings are not allowed',
      'DtUpdateReq',
      { bucket: text('b'), key: text('k'), type: text('single'), op: increment() },
      '"Bucket must be allow_mult=true"',
    ],
    [
      'an unknown bucket type',
      'DtUpdateReq',
      { bucket: text('b'), key: text('k'), type: text('nosuch'), op: increment() },
      'Error no bucket type `<<"nosuch">>`',
    ],
    [
      'a set operation in the default type',
      'DtUpdateReq',
      { bucket: text('many'), key: text('k'), type: text('default'), op: { set_op: adds } },
      '"non-counter operation on default bucket"',
    ],
    [
      'more writes asked for than there are replicas',
      'DtUpdateReq',
      { ...counted, key: text('k'), op: increment(), w: 4 },
      '{n_val_violation,3}',
    ],
    [
      'more reads asked for than there are replicas',
      'DtFetchReq',
      { ...counted, key: text('k'), r: 5 } as Messages['DtFetchReq'],
      '{n_val_violation,3}',
    ],
  ])('%s', async (_, name, message, words) => {
    expect(errorOf(await ask(name, message))).toBe(words)
    expect((await ask('RpbPingReq', {})).code).toBe(2)
  })

  test('an update without an operation crashes its own connection, as in Riak', async () => {
    const own = await pbConnect(embedded.listener.port)
    own.send(encodeFrame('DtUpdateReq', { ...counted, key: text('k') }))
    const [answer] = await own.closed
    expect(errorOf(answer!)).toMatch(/^Error processing incoming message: error:function_clause/)
  })
})

test.each(['RpbCounterUpdateResp', 'RpbCounterGetResp', 'DtFetchResp', 'DtUpdateResp'] as const)(
  '%s sent as a request crashes its own connection, in the words of its service',
  async (name) => {
    const own = await pbConnect(embedded.listener.port)
    own.send(encodeFrame(name, {}))
    const [answer] = await own.closed
    expect(errorOf(answer!)).toMatch(/function_clause:\[\{riak_kv_pb_(counter|crdt),/)
  },
)

describe('counters of Riak 1.4 (50–53)', () => {
  const place = (key: string, bucket = 'many') => ({ bucket: text(bucket), key: text(key) })
  const raise = async (key: string, amount: bigint): Promise<bigint | undefined> => {
    const request = { ...place(key), amount, returnvalue: true }
    return answerOf('RpbCounterUpdateResp', await ask('RpbCounterUpdateReq', request)).value
  }
  const valueOf = async (key: string): Promise<bigint | undefined> =>
    answerOf('RpbCounterGetResp', await ask('RpbCounterGetReq', place(key))).value

  test('count in a bucket of the default type with siblings; absent ones have no value', async () => {
    expect(await valueOf('old')).toBeUndefined()
    expect(await raise('old', 3n)).toBe(3n)
    expect(await raise('old', -5n)).toBe(-2n)
    expect(await valueOf('old')).toBe(-2n)
    const quiet = await ask('RpbCounterUpdateReq', { ...place('old'), amount: 1n })
    expect(quiet).toEqual({ code: 51, body: Buffer.alloc(0) })
    expect(await valueOf('old')).toBe(-1n)
  })

  test('are the same counters through the new messages with type `default`', async () => {
    await raise('both', 3n)
    const at = { ...place('both'), type: text('default') }
    const request = { ...at, op: increment(4n), return_body: true }
    const updated = answerOf('DtUpdateResp', await ask('DtUpdateReq', request))
    expect(updated).toMatchObject({ counter_value: 7n, key: undefined })
    const read = answerOf('DtFetchResp', await ask('DtFetchReq', at))
    expect(read.value?.counter_value).toBe(7n)
    const plain = answerOf('RpbGetResp', await ask('RpbGetReq', place('both')))
    expect(plain.content?.map(({ value }) => value?.[1])).toEqual([1])
  })

  test('are refused where the bucket keeps one value', async () => {
    const request = { ...place('k', 'one'), amount: 1n }
    expect(errorOf(await ask('RpbCounterUpdateReq', request))).toBe(
      `"Counters require bucket property 'allow_mult=true'"`,
    )
  })
})
