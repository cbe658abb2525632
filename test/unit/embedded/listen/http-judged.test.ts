/** What Riak 3.2 answers to requests that are slightly wrong, over real sockets. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exchange } from '../../../support/http-exchange.ts'
import type { HttpGot, HttpSent } from '../../../support/http-exchange.ts'
import { openHttpNode } from '../../../support/http-node.ts'
import type { HttpNode } from '../../../support/http-node.ts'
import { withType } from '../../../support/open-embedded.ts'

let embedded: HttpNode

beforeAll(async () => {
  embedded = await openHttpNode()
  await withType(embedded.node, 'typed')
})

afterAll(() => embedded.close())

type Headers = HttpSent['headers']

const ask = (
  method: string,
  target: string,
  headers: Headers = [],
  body?: string,
): Promise<HttpGot> =>
  exchange(embedded.httpPort, { method, target, headers, ...(body !== undefined && { body }) })

const plain = ['Content-Type', 'text/plain'] as const
const put = (target: string, headers: Headers = [plain]): Promise<HttpGot> =>
  ask('PUT', target, headers, 'x')

describe('a content type', () => {
  test.each(['TEXT/HTML', 'image/png ; x=y', 'text/plain ;charset=utf-8'])(
    'that reads otherwise than it was sent is not taken (%s)',
    async (type) => {
      expect((await put('/buckets/judged/keys/type', [['Content-Type', type]])).status).toBe(415)
      expect((await ask('GET', '/buckets/judged/keys/type')).status).toBe(404)
    },
  )

  test('that is empty is a crash, one that is absent a sentence', async () => {
    const empty = await put('/buckets/judged/keys/type', [['Content-Type', '']])
    expect(empty.status).toBe(500)
    expect(empty.body).toContain('{badmatch,[]}')
    const absent = await put('/buckets/judged/keys/type', [])
    expect([absent.status, absent.body]).toEqual([400, 'Missing Content-Type request header'])
  })
})

describe('a POST', () => {
  test('to a key takes any content type', async () => {
    for (const type of ['text', '/', 'TEXT/PLAIN']) {
      const target = '/buckets/judged/keys/post'
      expect((await ask('POST', target, [['Content-Type', type]], 'x')).status).toBe(204)
      expect((await ask('GET', target)).header('Content-Type')).toBe(type)
    }
  })

  test('without a key takes none that reads otherwise, and tells where it would be', async () => {
    const got = await ask('POST', '/buckets/judged/keys', [['Content-Type', 'TEXT/PLAIN']], 'x')
    expect(got.status).toBe(415)
    expect(got.header('Location')).toMatch(/^\/buckets\/judged\/keys\/\w+$/)
  })
})

describe('an object', () => {
  test('with links crashes where it is shown below a bucket type, stored all the same', async () => {
    const target = '/types/typed/buckets/judged/keys/linked'
    const link = ['Link', '</buckets/b/keys/k%201>; riaktag="t"'] as const
    expect((await put(target, [plain, link])).status).toBe(204)
    const got = await ask('GET', target)
    expect(got.status).toBe(500)
    expect(got.header('X-Riak-Vclock')).toBeUndefined()
    expect(got.body).toContain('{riak_kv_wm_utils,format_uri,["b","k+1","riak",3],[')
    expect((await put(`${target}2?returnbody=true`, [plain, link])).status).toBe(500)
  })

  test('without a byte that is returned after a put is a 204', async () => {
    const target = '/buckets/judged/keys/empty?returnbody=true'
    const got = await ask('PUT', target, [plain], '')
    expect([got.status, got.header('X-Riak-Vclock') === undefined]).toEqual([204, false])
  })

  test('whose type is not of two parts crashes a read that wishes for one', async () => {
    const target = '/buckets/judged/keys/parts'
    await ask('POST', target, [['Content-Type', 'a/b/c']], 'x')
    expect((await ask('GET', target)).status).toBe(200)
    const got = await ask('GET', target, [['Accept', 'text/plain']])
    expect(got.status).toBe(500)
    expect(got.body).toContain('<pre>[{webmachine_util,media_type_match,')
  })

  test('of another tag than the one named is not there, to a write under a condition as well', async () => {
    const target = '/buckets/judged/keys/tag'
    await put(target)
    const match = ['If-Match', '*'] as const
    expect((await put(`${target}?vtag=other`, [plain, match])).status).toBe(412)
    expect((await put(target, [plain, match])).status).toBe(204)
    const since = ['If-Unmodified-Since', 'Fri, 01 Jan 2038 00:00:00 GMT'] as const
    expect((await ask('DELETE', `${target}?vtag=other`, [since])).status).toBe(404)
    expect((await ask('GET', target)).status).toBe(200)
  })
})

describe('a clock', () => {
  test('that is empty is a crash, as any that does not inflate', async () => {
    const target = '/buckets/judged/keys/clock'
    await put(target)
    for (const method of ['PUT', 'DELETE']) {
      const got = await ask(method, target, [plain, ['X-Riak-Vclock', '']], 'y')
      expect(got.status).toBe(500)
      expect(got.body).toContain('data_error')
    }
    expect((await ask('GET', target)).body).toBe('x')
  })
})

test('a digest that is no base64 is a page of the bare stack', async () => {
  const headers: Headers = [plain, ['Content-MD5', 'xxx']]
  const got = await put('/buckets/judged/keys/digest', headers)
  expect(got.status).toBe(500)
  expect(got.body).toContain('<pre>[{base64,decode_list,')
})

test('two digits of a year are of this century', async () => {
  const target = '/buckets/judged/keys/year'
  await put(target)
  const got = await ask('GET', target, [['If-Unmodified-Since', 'Sunday, 06-Nov-94 08:49:37 GMT']])
  expect(got.status).toBe(200)
  const before = await ask('GET', target, [['If-Unmodified-Since', 'Sun Nov  6 08:49:37 1994']])
  expect(before.status).toBe(412)
})

describe('links that are none', () => {
  test('crash below a bucket type, and are told elsewhere', async () => {
    const headers: Headers = [plain, ['Link', 'garbage']]
    const term = '{invalid_link_header,"garbage"}'
    const typed = await put('/types/typed/buckets/judged/keys/link', headers)
    expect(typed.status).toBe(500)
    expect(typed.body).toContain(`{case_clause,${term}}`)
    for (const target of ['/buckets/judged/keys/link', '/riak/judged/link']) {
      const told = await put(target, headers)
      expect(told.status).toBe(400)
      expect(told.body).toMatch(/^Invalid Link header/)
    }
  })
})

describe('a timeout', () => {
  test.each([0, -5])('of %i is over at once: nothing is read', async (ms) => {
    const target = `/buckets/judged/keys/time${ms}`
    await put(target)
    const late = await ask('GET', `${target}?timeout=${ms}`)
    expect([late.status, late.body]).toEqual([503, 'request timed out\n'])
    expect((await ask('DELETE', `${target}?timeout=${ms}`)).status).toBe(204)
  })

  test('of 0 comes too late for a put, of less before it', async () => {
    expect((await put('/buckets/judged/keys/late?timeout=0')).status).toBe(503)
    await expect.poll(async () => (await ask('GET', '/buckets/judged/keys/late')).body).toBe('x')
    expect((await put('/buckets/judged/keys/never?timeout=-1')).status).toBe(503)
    expect((await ask('GET', '/buckets/judged/keys/never')).status).toBe(404)
  })

  test('of 0 ends a list before it begins: of keys in words, of buckets in a crash', async () => {
    await put('/buckets/judged/keys/listed')
    for (const how of ['true', 'stream']) {
      const keys = await ask('GET', `/buckets/judged/keys?keys=${how}&timeout=0`)
      expect([keys.status, keys.body]).toEqual([200, '{"error":"timeout"}'])
    }
    const buckets = await ask('GET', '/buckets?buckets=true&timeout=0')
    expect(buckets.status).toBe(500)
    expect(buckets.body).toContain('{badmatch,{error,timeout}}')
  })

  test('that is empty is printed as the empty list that it is', async () => {
    const got = await ask('GET', '/buckets/judged/keys/none?timeout=')
    expect([got.status, got.body]).toEqual([400, 'Bad timeout value []\n'])
  })
})

test('how soon to write names its words one a line', async () => {
  const got = await put('/buckets/judged/keys/sync?sync_on_write=x')
  expect(got.status).toBe(400)
  expect(got.body).toMatch(/: \[default,\n {67}backend,\n {67}one,all\]\n$/)
})

test('a weight that is no number is a page of the bare stack', async () => {
  await put('/buckets/judged/keys/weight')
  const got = await ask('GET', '/buckets/judged/keys/weight', [['Accept-Encoding', 'x;q=y']])
  expect(got.status).toBe(500)
  expect(got.body).toContain('<pre>[{erlang,list_to_float,["y"],[')
})

test('a delete with a date to be newer than crashes before it deletes', async () => {
  const target = '/buckets/judged/keys/dated'
  await put(target)
  const since = ['If-Modified-Since', 'Sun, 06 Nov 1994 08:49:37 GMT'] as const
  const got = await ask('DELETE', target, [since])
  expect(got.status).toBe(500)
  expect(got.body).toContain('<pre>[{webmachine_util,escape_quotes,')
  expect((await ask('GET', target)).status).toBe(200)
})
