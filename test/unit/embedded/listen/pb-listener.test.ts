import { describe, expect, test } from 'vitest'
import { RiakError } from '../../../../src/embedded/requests.ts'
import type { NodeGetOptions, NodeIndexQuery } from '../../../../src/embedded/requests.ts'
import type { RiakNode } from '../../../../src/embedded/riak-node.ts'
import { startPbListener } from '../../../../src/embedded/listen/pb-listener.ts'
import type { PbListener } from '../../../../src/embedded/listen/pb-listener.ts'
import { limits } from '../../../../src/kernel/limits.ts'
import type { Clock } from '../../../../src/kernel/ports.ts'
import type { MessageName } from '../../../../src/wire/message-codes.ts'
import type { Messages } from '../../../../src/wire/message-types.ts'
import { decodeMessage, encodeFrame } from '../../../../src/wire/messages.ts'
import { fakeNetwork } from '../../../support/fake-network.ts'
import type { FakeNetwork, Peer } from '../../../support/fake-network.ts'
import { fakeRiakNode } from '../../../support/fake-riak-node.ts'

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')

/** Timers that run when the test says so. */
function handClock(): Clock & { readonly runAll: () => void } {
  const tasks = new Set<() => void>()
  return {
    nowMs: () => 0,
    monotonicMs: () => 0,
    afterTurn: (task) => void setImmediate(task),
    after: (_delayMs, task) => {
      tasks.add(task)
      return { cancel: () => tasks.delete(task) }
    },
    runAll: () => {
      for (const task of tasks) task()
      tasks.clear()
    },
  }
}

interface Rig {
  readonly network: FakeNetwork
  readonly listener: PbListener
  readonly logged: string[]
  readonly runTimers: () => void
}

async function rig(node: Partial<RiakNode> = {}): Promise<Rig> {
  const network = fakeNetwork()
  const clock = handClock()
  const logged: string[] = []
  const listener = await startPbListener({
    node: fakeRiakNode(node),
    network,
    clock,
    log: { write: (_level, event) => logged.push(event) },
    host: '127.0.0.1',
    port: 8087,
  })
  return { network, listener, logged, runTimers: clock.runAll }
}

/** Let everything that is ready run. */
async function settle(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve()
}

async function ask<Q extends MessageName, A extends MessageName>(
  peer: Peer,
  question: Q,
  message: Messages[Q],
  answer: A,
): Promise<Messages[A]> {
  const before = peer.frames.length
  peer.send(encodeFrame(question, message))
  await settle()
  const frame = peer.frames[before]
  expect(frame?.code === 0 ? errorText(frame) : frame?.code).not.toBeUndefined()
  return decodeMessage(answer, frame?.body ?? new Uint8Array(0))
}

function errorText(frame: { readonly body: Uint8Array } | undefined): string {
  return Buffer.from(
    decodeMessage('RpbErrorResp', frame?.body ?? new Uint8Array(0)).errmsg ?? [],
  ).toString('latin1')
}

async function errorOf<Q extends MessageName>(
  peer: Peer,
  question: Q,
  message: Messages[Q],
): Promise<string> {
  const before = peer.frames.length
  peer.send(encodeFrame(question, message))
  await settle()
  expect(peer.frames[before]?.code).toBe(0)
  return errorText(peer.frames[before])
}

const text = (value: Uint8Array | undefined): string => Buffer.from(value ?? []).toString('latin1')

describe('requests and answers', () => {
  test('three pings in one piece get three pongs', async () => {
    const { network } = await rig()
    const peer = network.connect()
    peer.send(Buffer.from('000000010100000001010000000101', 'hex'))
    expect(peer.received.toString('hex')).toBe('000000010200000001020000000102')
  })

  test('the server names its node and version', async () => {
    const { network } = await rig()
    const peer = network.connect()
    const info = await ask(peer, 'RpbGetServerInfoReq', {}, 'RpbGetServerInfoResp')
    expect([text(info.node), text(info.server_version)]).toEqual(['fake@127.0.0.1', '3.2.3'])
  })

  test('the client id starts as four zero bytes and is what was set, a connection its own', async () => {
    const { network } = await rig()
    const peer = network.connect()
    const first = await ask(peer, 'RpbGetClientIdReq', {}, 'RpbGetClientIdResp')
    expect(text(first.client_id)).toBe('\0\0\0\0')
    await ask(peer, 'RpbSetClientIdReq', { client_id: bytes('abcd') }, 'RpbSetClientIdResp')
    const second = await ask(peer, 'RpbGetClientIdReq', {}, 'RpbGetClientIdResp')
    expect(text(second.client_id)).toBe('abcd')
    const other = await ask(network.connect(), 'RpbGetClientIdReq', {}, 'RpbGetClientIdResp')
    expect(text(other.client_id)).toBe('\0\0\0\0')
  })

  test('pipelined get, put and get are answered in their order (the first is the slowest)', async () => {
    let release = (): void => undefined
    const gate = new Promise<void>((resolve) => (release = resolve))
    let calls = 0
    const plain = fakeRiakNode()
    const { network } = await rig({
      put: (of, key, content, options) => plain.put(of, key, content, options),
      get: async (of, key, options) => {
        if (calls++ === 0) await gate
        return plain.get(of, key, options)
      },
    })
    const peer = network.connect()
    const get = encodeFrame('RpbGetReq', { bucket: bytes('raw'), key: bytes('k') })
    const put = encodeFrame('RpbPutReq', {
      bucket: bytes('raw'),
      key: bytes('k'),
      content: { value: bytes('v2') },
    })
    peer.send(Buffer.concat([get, put, get]))
    await settle()
    expect(peer.frames).toEqual([])
    release()
    await settle()
    expect(peer.frames.map(({ code, body }) => [code, body.length > 0])).toEqual([
      [10, false],
      [12, false],
      [10, true],
    ])
  })

  test('a put gives its options to the node as Riak reads them', async () => {
    const seen: unknown[] = []
    const plain = fakeRiakNode()
    const { network } = await rig({
      put: (of, key, content, options) => {
        seen.push(of, key, content, options)
        return plain.put(of, key, content, options)
      },
    })
    const answer = await ask(
      network.connect(),
      'RpbPutReq',
      {
        bucket: bytes('b'),
        type: bytes('posts'),
        content: {
          value: bytes('v'),
          content_type: bytes('text/plain'),
          usermeta: [{ key: bytes('a'), value: bytes('b') }],
          indexes: [{ key: bytes('n_int'), value: bytes('17') }],
        },
        vclock: bytes(''),
        w: 4_294_967_293,
        dw: 1,
        pw: 4_294_967_291,
        if_none_match: true,
        timeout: 0,
      },
      'RpbPutResp',
    )
    expect(text(answer.key)).toMatch(/^made/)
    const [of, key, content, options] = seen as [
      { type: Uint8Array },
      undefined,
      { contentType: string; indexes: readonly { field: string }[]; userMeta: readonly unknown[] },
      object,
    ]
    expect(text(of.type)).toBe('posts')
    expect(key).toBeUndefined()
    expect(content).toMatchObject({ contentType: 'text/plain' })
    expect(content.indexes[0]?.field).toBe('n_int')
    expect(content.userMeta).toHaveLength(1)
    expect(options).toEqual({ w: 'quorum', dw: 1, ifNoneMatch: true })
  })

  test('returned content carries vtag, date and clock; return_head leaves the value out', async () => {
    const { network } = await rig()
    const put = {
      bucket: bytes('b'),
      key: bytes('k'),
      content: { value: bytes('v'), charset: bytes('utf-8') },
    }
    const peer = network.connect()
    const body = await ask(peer, 'RpbPutReq', { ...put, return_body: true }, 'RpbPutResp')
    expect(body.key).toBeUndefined()
    expect(body.vclock?.length).toBeGreaterThan(0)
    expect(body.content?.map((c) => [text(c.value), text(c.charset), c.last_mod])).toEqual([
      ['v', 'utf-8', 1_795_419_343],
    ])
    const head = await ask(peer, 'RpbPutReq', { ...put, return_head: true }, 'RpbPutResp')
    expect(head.content?.map((c) => [text(c.value), text(c.vtag)])).toEqual([
      ['', '1KI89UurrjIXiRCxnOtPVj'],
    ])
  })

  test('get with the clock one has answers unchanged, with another the object', async () => {
    const { network } = await rig()
    const peer = network.connect()
    const at = { bucket: bytes('b'), key: bytes('k') }
    const put = { ...at, content: { value: bytes('v') }, return_body: true }
    const { vclock } = await ask(peer, 'RpbPutReq', put, 'RpbPutResp')
    const same = await ask(peer, 'RpbGetReq', { ...at, if_modified: vclock }, 'RpbGetResp')
    expect([same.unchanged, same.content]).toEqual([true, []])
    await ask(peer, 'RpbPutReq', put, 'RpbPutResp')
    const newer = await ask(peer, 'RpbGetReq', { ...at, if_modified: vclock }, 'RpbGetResp')
    expect([newer.unchanged, newer.content?.length]).toEqual([undefined, 1])
  })

  test('a tombstone reads as not found, with deletedvclock as its clock alone; in siblings as deleted', async () => {
    const value = {
      value: bytes(''),
      vtag: 'x',
      lastModified: { seconds: 1, micros: 2 },
      dot: undefined,
    }
    const vclock = [{ actor: bytes('12345678'), counter: 1, timestamp: 1 }]
    const { network } = await rig({
      get: async (_of, key) =>
        text(key) === 'siblings'
          ? {
              kind: 'found',
              object: {
                vclock,
                values: [
                  { ...value, isTombstone: true },
                  { ...value, isTombstone: false },
                ],
              },
            }
          : { kind: 'deleted', object: { vclock, values: [{ ...value, isTombstone: true }] } },
    })
    const peer = network.connect()
    const at = { bucket: bytes('b'), key: bytes('k') }
    const plain = await ask(peer, 'RpbGetReq', at, 'RpbGetResp')
    expect([plain.vclock, plain.content]).toEqual([undefined, []])
    const asked = await ask(peer, 'RpbGetReq', { ...at, deletedvclock: true }, 'RpbGetResp')
    expect([asked.vclock?.length, asked.content]).toEqual([expect.any(Number), []])
    const both = await ask(peer, 'RpbGetReq', { ...at, key: bytes('siblings') }, 'RpbGetResp')
    expect(both.content?.map((c) => c.deleted)).toEqual([true, undefined])
  })

  test('get options reach the node; a default quorum is no quorum', async () => {
    const seen: NodeGetOptions[] = []
    const { network } = await rig({
      get: async (_of, _key, options) => {
        seen.push(options)
        return { kind: 'notfound' }
      },
    })
    const request = {
      bucket: bytes('b'),
      key: bytes('k'),
      r: 4_294_967_292,
      pr: 4_294_967_291,
      notfound_ok: false,
      basic_quorum: true,
      n_val: 2,
      sloppy_quorum: false,
      node_confirms: 2,
    }
    await ask(network.connect(), 'RpbGetReq', request, 'RpbGetResp')
    expect(seen).toEqual([
      {
        r: 'all',
        notFoundOk: false,
        basicQuorum: true,
        nVal: 2,
        sloppyQuorum: false,
        nodeConfirms: 2,
      },
    ])
  })
})

describe('errors of Riak, connection kept', () => {
  test.each([
    ['RpbGetReq', 'Bucket cannot be zero-length', { bucket: bytes(''), key: bytes('k') }],
    ['RpbGetReq', 'Key cannot be zero-length', { bucket: bytes('b'), key: bytes('') }],
    ['RpbPutReq', 'Type cannot be zero-length', { bucket: bytes('b'), type: bytes('') }],
    ['RpbGetBucketTypeReq', 'Invalid bucket type: <<"nosuch">>', { type: bytes('nosuch') }],
    ['RpbSetBucketReq', 'Invalid bucket properties: [{n_val,not_integer}]', { bucket: bytes('b') }],
    ['RpbIndexReq', 'Invalid equality query undefined', { bucket: bytes('b'), qtype: 0 }],
    [
      'RpbIndexReq',
      'Invalid range query: <<"a">> -> undefined',
      { bucket: bytes('b'), qtype: 1, range_min: bytes('a') },
    ],
    ['DtFetchReq', 'Error no bucket type `undefined`', {}],
    ['RpbAuthReq', 'Unknown message code: 253', { user: bytes('u') }],
    ['RpbStartTls', 'Security not enabled; STARTTLS not allowed.', {}],
  ] as const)('%s: %s', async (name, words, message) => {
    const { network } = await rig()
    const peer = network.connect()
    expect(await errorOf(peer, name, message)).toBe(words)
    await ask(peer, 'RpbPingReq', {}, 'RpbPingResp')
    expect(peer.frames.at(-1)?.code).toBe(2)
  })

  test.each(['no_type', '{r_val_unsatisfied,2,1}', 'timeout', 'overload'])(
    'a node that answers %s has it passed on word for word',
    async (words) => {
      const { network } = await rig({ get: () => Promise.reject(new RiakError(words)) })
      const peer = network.connect()
      const at = { bucket: bytes('b'), key: bytes('k') }
      expect(await errorOf(peer, 'RpbGetReq', at)).toBe(words)
      expect(peer.isEnded).toBe(false)
    },
  )

  test('an unknown type is worded as each request words it', async () => {
    const noType = (): never => {
      throw new RiakError('no_type')
    }
    const { network } = await rig({ listKeys: noType, listBuckets: noType, bucketProps: noType })
    const peer = network.connect()
    const of = { bucket: bytes('b'), type: bytes('X') }
    for (const name of ['RpbListKeysReq', 'RpbGetBucketReq'] as const) {
      expect(await errorOf(peer, name, of)).toBe("No bucket-type named 'X'")
    }
    const words = await errorOf(peer, 'RpbListBucketsReq', { type: bytes('X') })
    expect(words).toBe("No bucket-type named 'X'")
  })

  test('a get or delete without a key finds nothing, as in Riak', async () => {
    const { network } = await rig()
    const peer = network.connect()
    peer.send(Buffer.from('00000006090a03726177' + '000000060d0a03726177', 'hex'))
    await settle()
    expect(peer.received.toString('hex')).toBe('000000010a' + '000000010e')
  })
})

describe('crashes, answered and closed', () => {
  const column = (count: number): string => ' '.repeat(count)

  test('a body that is no message (garbage): Riak begins the text the same way', async () => {
    const { network } = await rig()
    const peer = network.connect()
    peer.send(Buffer.from('0000000509ffffffff' + '0000000101', 'hex'))
    await settle()
    expect(peer.frames).toHaveLength(1)
    expect(errorText(peer.frames[0])).toMatch(
      new RegExp(
        '^Error processing incoming message: error:\\{gpb_error,\n' +
          `${column(42)}\\{decoding_failure,\n` +
          `${column(43)}\\{<<"ÿÿÿÿ">>,rpbgetreq,\n` +
          `${column(44)}\\{error,function_clause,\n` +
          `${column(45)}\\[\\{ri`,
      ),
    )
    expect(peer.isEnded).toBe(true)
  })

  test('an answer sent as a request', async () => {
    const { network } = await rig()
    const peer = network.connect()
    peer.send(Buffer.from('0000000102', 'hex'))
    expect(errorText(peer.frames[0])).toMatch(
      new RegExp(
        '^Error processing incoming message: error:function_clause:' +
          '\\[\\{riak_api_basic_pb_service,\n' +
          `${column(59)}decode,\n${column(59)}\\[2,<<>>\\],\n`,
      ),
    )
    expect(peer.isEnded).toBe(true)
  })

  test('a field that is neither _bin nor _int', async () => {
    const { network } = await rig({
      index: async function* () {
        yield []
        throw new RiakError('{unknown_field_type,<<"foo">>}')
      },
    })
    const peer = network.connect()
    const query = { bucket: bytes('b'), index: bytes('foo'), qtype: 0, key: bytes('all') }
    const words = await errorOf(peer, 'RpbIndexReq', query)
    expect(words).toMatch(
      new RegExp(
        '^Error processing incoming message: error:function_clause:\\[\\{riak_api_pb_server,\n' +
          `${column(59)}send_error,\n${column(59)}\\[\\{unknown_field_type,\n${column(61)}<<"foo">>\\},\n`,
      ),
    )
    expect(peer.isEnded).toBe(true)
  })

  test('an index number that is none', async () => {
    const { network } = await rig({
      index: async function* () {
        yield []
        throw new RiakError('{field_parsing_failed,{<<"n_int">>,<<"abc">>}}')
      },
    })
    const query = { bucket: bytes('b'), index: bytes('n_int'), qtype: 0, key: bytes('abc') }
    const words = await errorOf(network.connect(), 'RpbIndexReq', query)
    expect(words).toContain(
      `\n${column(59)}[{field_parsing_failed,\n${column(61)}{<<"n_int">>,\n${column(62)}<<"abc">>}},\n` +
        `${column(60)}{state,\n${column(61)}{gen_tcp,inet}`,
    )
  })

  test('a failure inside the node tells nothing of the machine', async () => {
    const { network, logged } = await rig({
      get: () => Promise.reject(new TypeError('secret at /home/someone/file.ts')),
    })
    const peer = network.connect()
    const words = await errorOf(peer, 'RpbGetReq', { bucket: bytes('b'), key: bytes('k') })
    expect(words).toMatch(/^Error processing incoming message: error:badarg:\[/)
    expect(words).not.toMatch(/home|secret|TypeError|\.ts/)
    expect(peer.isEnded).toBe(true)
    expect(logged).toEqual(['a Protocol Buffers request crashed'])
  })

  test('a zero-length frame closes without a word', async () => {
    const { network } = await rig()
    const peer = network.connect()
    peer.send(Buffer.from('00000000', 'hex'))
    expect([peer.received.length, peer.isEnded]).toEqual([0, true])
  })

  test.each(['7fffffff', 'ffffffff', '474554202f20485454502f312e310d0a0d0a'])(
    'a length that cannot be right is answered, and the rest is dropped unread (%s)',
    async (hex) => {
      const { network, listener } = await rig()
      const peer = network.connect()
      peer.send(Buffer.from(hex, 'hex'))
      peer.send(Buffer.from('0000000101', 'hex'))
      expect(peer.frames.map(errorText)).toEqual(['Invalid message packet, reason: invalid'])
      expect(peer.isEnded).toBe(false)
      for (let i = 0; i < 100; i++) peer.send(Buffer.alloc(65_536))
      expect(listener.heldBytes).toBe(0)
    },
  )
})

describe('streams', () => {
  const keys = (count: number): RiakNode['listKeys'] =>
    async function* () {
      for (let i = 0; i < count; i++) yield [Buffer.from(`key${i}`.padEnd(100, '.'))]
    }

  test('list keys: batches, none empty, and the last says done', async () => {
    const { network } = await rig({
      listKeys: async function* () {
        yield []
        yield [Buffer.from('kd')]
      },
    })
    const peer = network.connect()
    peer.send(encodeFrame('RpbListKeysReq', { bucket: bytes('raw') }))
    await settle()
    expect(peer.received.toString('hex')).toBe('00000005120a026b6400000003121001')
  })

  test('list buckets: one answer, or a stream when asked', async () => {
    const { network } = await rig()
    const peer = network.connect()
    peer.send(encodeFrame('RpbListBucketsReq', {}))
    await settle()
    peer.send(encodeFrame('RpbListBucketsReq', { stream: true }))
    await settle()
    expect(peer.frames.map(({ body }) => body.toString('hex'))).toEqual([
      '0a05706f737473',
      '0a05706f737473',
      '1001',
    ])
  })

  test('a list of buckets too large for one message is refused, and its source given back', async () => {
    let isGivenBack = false
    const { network } = await rig({
      listBuckets: async function* () {
        try {
          for (;;) yield [Buffer.alloc(limits.pbFrameBytesMax / 4)]
        } finally {
          isGivenBack = true
        }
      },
    })
    const peer = network.connect()
    expect(await errorOf(peer, 'RpbListBucketsReq', {})).toMatch(/^\{too_large,\d+\}$/)
    expect([isGivenBack, peer.isEnded]).toEqual([true, false])
  })

  test('a slow reader stops the source, and a fast one gets everything (1,000 batches)', async () => {
    let produced = 0
    const { network } = await rig({
      listKeys: async function* () {
        for (; produced < 1_000; produced++) yield [Buffer.alloc(100)]
      },
    })
    const peer = network.connect(1_000)
    peer.send(encodeFrame('RpbListKeysReq', { bucket: bytes('raw') }))
    await settle()
    expect(produced).toBeLessThan(20)
    expect(peer.waitingBytes).toBeLessThan(2_000)
    while (peer.waitingBytes > 0) {
      peer.take()
      await settle()
    }
    expect(peer.frames).toHaveLength(1_001)
  })

  test('a request in the middle of a stream is an error and the end, and the source is given back', async () => {
    let isGivenBack = false
    const { network } = await rig({
      listKeys: async function* () {
        try {
          for (;;) yield [Buffer.alloc(100)]
        } finally {
          isGivenBack = true
        }
      },
    })
    const peer = network.connect(1_000)
    peer.send(encodeFrame('RpbListKeysReq', { bucket: bytes('raw') }))
    await settle()
    peer.send(encodeFrame('RpbPingReq', {}))
    await settle()
    peer.take()
    const words = 'Cannot send another request while one is in progress'
    expect(errorText(peer.frames.at(-1))).toBe(words)
    expect([peer.isEnded, isGivenBack]).toEqual([true, true])
  })

  test('a request that arrived together with the stream request is answered after it', async () => {
    const { network } = await rig({ listKeys: keys(3) })
    const peer = network.connect()
    const list = encodeFrame('RpbListKeysReq', { bucket: bytes('raw') })
    peer.send(Buffer.concat([list, encodeFrame('RpbPingReq', {})]))
    await settle()
    expect(peer.frames.map(({ code }) => code)).toEqual([18, 18, 18, 18, 2])
  })

  test('an error in the middle of a stream is its last frame, and the connection goes on', async () => {
    const { network } = await rig({
      listKeys: async function* () {
        yield [Buffer.from('a')]
        throw new RiakError('timeout')
      },
    })
    const peer = network.connect()
    peer.send(encodeFrame('RpbListKeysReq', { bucket: bytes('raw') }))
    await settle()
    expect(peer.frames.map(({ code }) => code)).toEqual([18, 0])
    expect(errorText(peer.frames[1])).toBe('timeout')
    await ask(peer, 'RpbPingReq', {}, 'RpbPingResp')
  })

  test('a peer that goes away gives the source back', async () => {
    let isGivenBack = false
    const { network, listener } = await rig({
      listKeys: async function* () {
        try {
          for (;;) yield [Buffer.alloc(100)]
        } finally {
          isGivenBack = true
        }
      },
    })
    const peer = network.connect(1_000)
    peer.send(encodeFrame('RpbListKeysReq', { bucket: bytes('raw') }))
    await settle()
    peer.close()
    await settle()
    expect([isGivenBack, listener.connections]).toEqual([true, 0])
  })

  test('a reader that takes nothing for too long is given up', async () => {
    const { network, listener, runTimers } = await rig({ listKeys: keys(1_000) })
    const peer = network.connect(1_000)
    peer.send(encodeFrame('RpbListKeysReq', { bucket: bytes('raw') }))
    await settle()
    runTimers()
    await settle()
    expect([peer.isDestroyed, listener.connections]).toEqual([true, 0])
  })
})

describe('secondary indexes', () => {
  function recording(
    found: readonly (readonly [string, string])[],
    continuation?: string,
  ): {
    readonly node: Partial<RiakNode>
    readonly seen: NodeIndexQuery[]
  } {
    const seen: NodeIndexQuery[] = []
    return {
      seen,
      node: {
        index: async function* (query) {
          seen.push(query)
          yield found.map(([term, key]) => ({ term: bytes(term), key: bytes(key) }))
          return continuation === undefined ? undefined : bytes(continuation)
        },
      },
    }
  }

  test('an exact query answers keys, whatever is asked of terms', async () => {
    const { node, seen } = recording([['all', 'k5']])
    const { network } = await rig(node)
    const answer = await ask(
      network.connect(),
      'RpbIndexReq',
      {
        bucket: bytes('idx'),
        index: bytes('tag_bin'),
        qtype: 0,
        key: bytes('all'),
        return_terms: true,
      },
      'RpbIndexResp',
    )
    expect(answer.keys?.map(text)).toEqual(['k5'])
    expect([answer.results, answer.done, answer.continuation]).toEqual([[], undefined, undefined])
    expect(seen[0]?.returnTerms).toBe(false)
    expect(seen[0]?.match.kind).toBe('equals')
  })

  test('a range with terms, streamed: results, then done (bytes as captured)', async () => {
    const { node } = recording([['2', 'k2']])
    const { network } = await rig(node)
    const peer = network.connect()
    peer.send(Buffer.from('00000019190a0369647812056e5f696e7418012a013132013338014001', 'hex'))
    await settle()
    expect(peer.frames.map(({ body }) => body.toString('hex'))).toEqual([
      '12070a013212026b32',
      '2001',
    ])
  })

  test('a page carries its continuation: in the answer, or in the last frame of a stream', async () => {
    const { node, seen } = recording([['1', 'k1']], 'g2gCYQJtAAAAAmsy')
    const { network } = await rig(node)
    const peer = network.connect()
    const query = {
      bucket: bytes('idx'),
      index: bytes('n_int'),
      qtype: 1,
      range_min: bytes('1'),
      range_max: bytes('5'),
      max_results: 2,
    }
    const page = await ask(peer, 'RpbIndexReq', query, 'RpbIndexResp')
    expect(text(page.continuation)).toBe('g2gCYQJtAAAAAmsy')
    const next = { ...query, stream: true, continuation: page.continuation }
    peer.send(encodeFrame('RpbIndexReq', next))
    await settle()
    const last = decodeMessage('RpbIndexResp', peer.frames.at(-1)!.body)
    expect([last.done, text(last.continuation)]).toEqual([true, 'g2gCYQJtAAAAAmsy'])
    expect(seen[1]).toMatchObject({ maxResults: 2, paginationSort: true })
  })

  test('$bucket and $key have no terms to return', async () => {
    const { node, seen } = recording([['x', 'k1']])
    const { network } = await rig(node)
    const query = {
      bucket: bytes('idx'),
      index: bytes('$key'),
      qtype: 1,
      range_min: bytes('a'),
      range_max: bytes('z'),
      return_terms: true,
    }
    const answer = await ask(network.connect(), 'RpbIndexReq', query, 'RpbIndexResp')
    expect([answer.keys?.map(text), seen[0]?.returnTerms]).toEqual([['k1'], false])
  })

  test('an answer too large for one message is refused, and its source given back', async () => {
    let isGivenBack = false
    const { network } = await rig({
      index: async function* () {
        try {
          for (;;) yield Array.from({ length: 1_000 }, () => ({ term: undefined, key: big }))
        } finally {
          isGivenBack = true
        }
      },
    })
    const big = Buffer.alloc(limits.pbFrameBytesMax / 4_000)
    const peer = network.connect()
    const query = { bucket: bytes('b'), index: bytes('$bucket'), qtype: 0, key: bytes('b') }
    peer.send(encodeFrame('RpbIndexReq', query))
    await settle()
    expect(errorText(peer.frames[0])).toMatch(/^\{too_large,\d+\}$/)
    expect(isGivenBack).toBe(true)
  })
})

describe('bounds', () => {
  test('reading stops while a request is answered, and goes on after it', async () => {
    let release = (): void => undefined
    const gate = new Promise<void>((resolve) => (release = resolve))
    const { network, listener } = await rig({
      get: async () => {
        await gate
        return { kind: 'notfound' }
      },
    })
    const peer = network.connect()
    const get = encodeFrame('RpbGetReq', { bucket: bytes('b'), key: bytes('k') })
    peer.send(get)
    for (let i = 0; i < 1_000; i++) peer.send(get)
    expect(peer.isPaused).toBe(true)
    expect(listener.heldBytes).toBeLessThan(100)
    release()
    await settle()
    while (peer.frames.length < 1_001) await settle()
    expect(peer.frames).toHaveLength(1_001)
    expect(listener.heldBytes).toBe(0)
  })

  test('one connection more than allowed is closed at once, and one less lets the next in', async () => {
    const { network, listener, logged } = await rig()
    const peers = Array.from({ length: limits.pbConnectionsMax }, () => network.connect())
    expect(listener.connections).toBe(limits.pbConnectionsMax)
    expect(network.connect().isDestroyed).toBe(true)
    expect(network.connect().isDestroyed).toBe(true)
    expect(logged).toEqual(['connections are refused: there are too many'])
    peers[0]?.close()
    const next = network.connect()
    await ask(next, 'RpbPingReq', {}, 'RpbPingResp')
    expect(next.isDestroyed).toBe(false)
  })

  test('half-sent requests that fill the memory are refused, the largest first; small ones live on', async () => {
    const { network, listener } = await rig()
    const small = network.connect()
    small.send(Buffer.from('00000009090a', 'hex'))
    const half = Buffer.alloc(limits.pbFrameBytesMax)
    half.writeUInt32BE(limits.pbFrameBytesMax, 0)
    const hogs = [1, 2, 3, 4, 5].map(() => {
      const hog = network.connect()
      hog.send(half.subarray(0, half.length - 100))
      return hog
    })
    expect(hogs.filter((hog) => hog.isEnded)).toHaveLength(1)
    expect(listener.heldBytes).toBeLessThanOrEqual(limits.pbHeldBytesMax)
    small.send(Buffer.from('0372617712016b', 'hex'))
    await settle()
    expect(small.received.toString('hex')).toBe('000000010a')
  })

  test('close answers the request under way, closes idle connections, and refuses new ones', async () => {
    let release = (): void => undefined
    const gate = new Promise<void>((resolve) => (release = resolve))
    const { network, listener } = await rig({
      get: async () => {
        await gate
        return { kind: 'notfound' }
      },
    })
    const idle = network.connect()
    const busy = network.connect()
    busy.send(encodeFrame('RpbGetReq', { bucket: bytes('b'), key: bytes('k') }))
    let isClosed = false
    const closed = listener.close().then(() => (isClosed = true))
    await settle()
    expect([idle.isDestroyed, busy.isEnded, isClosed]).toEqual([true, false, false])
    expect(network.connect().isDestroyed).toBe(true)
    release()
    await settle()
    expect([busy.frames.length, busy.isEnded]).toEqual([1, true])
    busy.close()
    await closed
    expect(() => network.connect()).toThrow('nobody listens')
  })
})
