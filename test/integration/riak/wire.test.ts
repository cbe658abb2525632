/** What leaves for Riak, and what is read from its answers: byte for byte where it matters. */

import { describe, expect, test } from 'vitest'
import { causalContext } from '../../../src/causality/causal-context.ts'
import type { RpbContent } from '../../../src/wire/message-types.ts'
import type { MessageName } from '../../../src/wire/message-codes.ts'
import type { Messages } from '../../../src/wire/message-types.ts'
import { connect, stub } from '../../support/riak-client.ts'
import type { StubRiak } from '../../support/stub-riak.ts'

const at = { type: 'posts', bucket: 'blog', key: 'ключ/1' }
const b = (text: string): Buffer => Buffer.from(text)

function last<N extends MessageName>(node: StubRiak, name: N): Messages[N] {
  const request = node.requests.filter((other) => other.name === name).at(-1)
  return request!.message as Messages[N]
}

describe('what is sent', () => {
  test('a get always says notfound_ok, basic_quorum, deletedvclock and timeout', async () => {
    const node = await stub()
    const kv = await connect([node.address])
    await kv.get(at)
    expect(last(node, 'RpbGetReq')).toMatchObject({
      type: b('posts'),
      bucket: b('blog'),
      key: b('ключ/1'),
      notfound_ok: true,
      basic_quorum: false,
      deletedvclock: true,
      head: false,
    })
    // Ours is what is left of the call's time when it is sent.
    const isNearly = (timeout: number | undefined, ms: number): void => {
      expect(timeout).toBeLessThanOrEqual(ms)
      expect(timeout).toBeGreaterThan(ms - 500)
    }
    isNearly(last(node, 'RpbGetReq').timeout, 4_000)
    expect(last(node, 'RpbGetReq').r).toBeUndefined()
    const options = { r: 'quorum', pr: 1, notFoundOk: false, head: true, timeoutMs: 700 } as const
    await kv.get(at, { ...options, basicQuorum: true, deletedContext: false })
    expect(last(node, 'RpbGetReq')).toMatchObject({
      r: 4_294_967_293,
      pr: 1,
      notfound_ok: false,
      basic_quorum: true,
      deletedvclock: false,
      head: true,
    })
    isNearly(last(node, 'RpbGetReq').timeout, 700)
  })

  test('a put says what it was told, and nothing else', async () => {
    const node = await stub()
    const kv = await connect([node.address])
    const context = causalContext(Uint8Array.of(9, 8, 7))
    await kv.put(
      at,
      {
        value: Uint8Array.of(0, 255),
        contentType: 'application/json',
        indexes: [
          { field: 'changed_int', value: '9007199254740993' },
          { field: 't_bin', value: 'a' },
          { field: 't_bin', value: 'ü' },
        ],
        userMeta: { m: 'ß' },
      },
      { context, w: 'one', dw: 'all', pw: 0, returnBody: true, ifNotModified: true },
    )
    const sent = last(node, 'RpbPutReq')
    expect(sent).toMatchObject({
      vclock: b('\u0009\u0008\u0007'),
      w: 4_294_967_294,
      dw: 4_294_967_292,
      pw: 0,
      return_body: true,
      if_not_modified: true,
      if_none_match: false,
      timeout: 4_000,
    })
    expect(sent.asis).toBeUndefined()
    const content = sent.content!
    expect(content.value).toEqual(Buffer.from([0, 255]))
    const pairs = (of: RpbContent['indexes']): string[] =>
      (of ?? []).map((pair) => `${String(pair.key)}=${String(pair.value)}`)
    expect(pairs(content.indexes)).toEqual(['changed_int=9007199254740993', 't_bin=a', 't_bin=ü'])
    expect(pairs(content.usermeta)).toEqual(['m=ß'])
  })

  test('a delete sends its context, or none', async () => {
    const node = await stub()
    const kv = await connect([node.address])
    await kv.delete(at)
    expect(last(node, 'RpbDelReq').vclock).toBeUndefined()
    await kv.delete(at, { context: causalContext(Uint8Array.of(5)), rw: 2 })
    expect(last(node, 'RpbDelReq')).toMatchObject({ vclock: b('\u0005'), rw: 2, timeout: 4_000 })
  })

  test('an index query sends terms as text, empty ends and continuation as they are', async () => {
    const node = await stub()
    node.on('RpbIndexReq', (request) => {
      request.reply('RpbIndexResp', { keys: [], results: [], done: true })
    })
    const kv = await connect([node.address])
    const query = { type: 'posts', bucket: 'blog', field: 't_bin' }
    await kv.queryIndex({
      ...query,
      from: '',
      to: 'z',
      returnTerms: true,
      maxResults: 7,
      continuation: Uint8Array.of(1, 2),
    })
    expect(last(node, 'RpbIndexReq')).toMatchObject({
      index: b('t_bin'),
      qtype: 1,
      range_min: b(''),
      range_max: b('z'),
      return_terms: true,
      stream: true,
      max_results: 7,
      continuation: b('\u0001\u0002'),
      timeout: 4_000,
    })
    await kv.queryIndex({ ...query, field: 'n_int', equals: '12345678901234567890' })
    expect(last(node, 'RpbIndexReq')).toMatchObject({ qtype: 0, key: b('12345678901234567890') })
  })

  test('properties leave as numbers; what Protocol Buffers cannot carry is refused', async () => {
    const node = await stub()
    const kv = await connect([node.address])
    const of = { type: 'posts', bucket: 'blog' }
    await kv.setBucketProps(of, { allow_mult: false, r: 'all', pw: 0, notfound_ok: false })
    const { props } = last(node, 'RpbSetBucketReq')
    expect(props).toMatchObject({ allow_mult: false, r: 4_294_967_292, pw: 0, notfound_ok: false })
    expect(props?.n_val).toBeUndefined()
    expect(props?.has_precommit).toBeUndefined()
    await expect(kv.setBucketProps(of, { dvv_enabled: true })).rejects.toMatchObject({
      code: 'BLOG_BAD_REQUEST',
      outcome: 'definite',
    })
  })
})

describe('what is read', () => {
  test('tags, dates, exact integers and tombstones among siblings', async () => {
    const node = await stub()
    node.on('RpbGetReq', (request) => {
      request.reply('RpbGetResp', {
        vclock: b('clock'),
        content: [
          {
            value: b('text'),
            content_type: b('text/plain'),
            vtag: b('4U75iEPre4IcBdgvS0db578'),
            last_mod: 1_795_418_259,
            last_mod_usecs: 279_238,
            indexes: [{ key: b('n_int'), value: b('9007199254740993') }],
            usermeta: [{ key: b('__proto__'), value: b('x') }],
          },
          { value: b(''), vtag: b('t2'), deleted: true },
        ],
      })
    })
    const kv = await connect([node.address])
    const found = await kv.get(at)
    expect(Buffer.from(found!.context).toString()).toBe('clock')
    expect(found!.siblings[0]).toMatchObject({
      contentType: 'text/plain',
      vtag: '4U75iEPre4IcBdgvS0db578',
      lastModifiedMs: 1_795_418_259_279,
      indexes: [{ field: 'n_int', value: '9007199254740993' }],
      isTombstone: false,
    })
    expect(Object.entries(found!.siblings[0]!.userMeta)).toEqual([['__proto__', 'x']])
    expect(found!.siblings[1]).toMatchObject({ isTombstone: true, vtag: 't2' })
    expect(found!.siblings[1]!.value).toEqual(new Uint8Array(0))
  })

  test('a context alone is a tombstone', async () => {
    const node = await stub()
    node.on('RpbGetReq', (request) => {
      request.reply('RpbGetResp', { vclock: b('clock') })
    })
    const kv = await connect([node.address])
    const found = await kv.get(at)
    expect(found!.siblings).toHaveLength(1)
    expect(found!.siblings[0]!.isTombstone).toBe(true)
  })

  test('index pages are gathered over all parts; the continuation is the last one', async () => {
    const node = await stub()
    node.on('RpbIndexReq', (request) => {
      request.reply('RpbIndexResp', { results: [{ key: b('t1'), value: b('k1') }] })
      request.reply('RpbIndexResp', { results: [{ key: b('t2'), value: b('k2') }] })
      request.reply('RpbIndexResp', { continuation: b('next'), done: true })
    })
    const kv = await connect([node.address])
    const query = { type: 'posts', bucket: 'b', field: 't_bin', from: 'a', to: 'z', maxResults: 2 }
    const page = await kv.queryIndex({ ...query, returnTerms: true })
    expect(page.entries).toEqual([
      { key: 'k1', term: 't1' },
      { key: 'k2', term: 't2' },
    ])
    expect(Buffer.from(page.continuation!).toString()).toBe('next')
  })

  test('an answer in a thousand pieces is one answer (1 MiB, and one byte at a time)', async () => {
    const node = await stub()
    const value = Buffer.alloc(1_048_576, 'x')
    node.on('RpbGetReq', (request) => {
      request.reply('RpbGetResp', { vclock: b('c'), content: [{ value }] })
    })
    const kv = await connect([node.address])
    const found = await kv.get(at)
    expect(Buffer.compare(found!.siblings[0]!.value, value)).toBe(0)
    node.on('RpbGetReq', (request) => {
      const frame = Buffer.from('0000000b0a0a030a01611203636c6b', 'hex')
      let sent = 0
      const drip = setInterval(() => {
        request.socket.write(frame.subarray(sent, ++sent))
        if (sent === frame.length) clearInterval(drip)
      }, 2)
    })
    const dripped = await kv.get(at)
    expect(Buffer.from(dripped!.context).toString()).toBe('clk')
  })
})
