/** Lists of keys and buckets, and queries of secondary indexes, over HTTP. */

import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exchange } from '../../../support/http-exchange.ts'
import type { HttpGot } from '../../../support/http-exchange.ts'
import { openHttpNode } from '../../../support/http-node.ts'
import type { HttpNode } from '../../../support/http-node.ts'
import { withType } from '../../../support/open-embedded.ts'
import { until } from '../../../support/program.ts'

const plain = ['Content-Type', 'text/plain'] as const
const keysCount = 450

let embedded: HttpNode

beforeAll(async () => {
  embedded = await openHttpNode()
  await withType(embedded.node, 'sib')
  await Promise.all(
    Array.from({ length: keysCount }, (_, n) =>
      put(`/buckets/list/keys/k${n}`, [
        ['x-riak-index-n_int', String(n)],
        ['x-riak-index-t_bin', 'all'],
      ]),
    ),
  )
})

afterAll(() => embedded.close())

function put(target: string, headers: readonly (readonly [string, string])[] = []) {
  const all = [plain, ...headers]
  return exchange(embedded.httpPort, { method: 'PUT', target, headers: all, body: 'x' })
}

const get = (target: string, headers: readonly (readonly [string, string])[] = []) =>
  exchange(embedded.httpPort, { target, headers })

const json = ({ body }: HttpGot): unknown => JSON.parse(body)
const allKeys = Array.from({ length: keysCount }, (_, n) => `k${n}`).toSorted()

/** Concatenated objects, or parts, in one list. */
function pieces(body: string, name: string): readonly string[] {
  return [...body.matchAll(new RegExp(`\\{"${name}":(\\[[^\\]]*\\])\\}`, 'g'))].flatMap(
    ([, list = '']) => JSON.parse(list) as string[],
  )
}

const stat = (name: string): number => Number(embedded.node.stats()[name])

describe('lists', () => {
  test('of keys hold each key once: whole, streamed, and in the old form after the properties', async () => {
    const whole = json(await get('/buckets/list/keys?keys=true')) as { keys: string[] }
    expect(whole.keys.toSorted()).toEqual(allKeys)
    const stream = await get('/buckets/list/keys?keys=stream')
    expect(stream.header('Transfer-Encoding')).toBe('chunked')
    expect(pieces(stream.body, 'keys').toSorted()).toEqual(allKeys)
    expect(stream.body.endsWith('{"keys":[]}')).toBe(true)
    const old = json(await get('/riak/list?keys=true')) as { keys: string[]; props: object }
    expect(old.keys.toSorted()).toEqual(allKeys)
    expect(old.props).toMatchObject({ name: 'list', n_val: 3 })
    expect(Object.keys(json(await get('/riak/list?keys=true&props=false')) as object)).toEqual([
      'keys',
    ])
    const oldStream = await get('/riak/list?keys=stream')
    expect(oldStream.body).toMatch(/^\{"props":\{[^]*\}\}\{"keys":\[/)
  })

  test('of buckets are those of a type', async () => {
    await put('/types/sib/buckets/typed/keys/k')
    expect(json(await get('/types/sib/buckets?buckets=true'))).toEqual({ buckets: ['typed'] })
    expect(json(await get('/riak?buckets=true'))).toEqual({ buckets: ['list'] })
  })

  test('a stream is not packed, whatever is accepted; a whole list is', async () => {
    const packed = [['Accept-Encoding', 'gzip']] as const
    const stream = await get('/buckets/list/keys?keys=stream', packed)
    expect(stream.header('Content-Encoding')).toBeUndefined()
    expect(pieces(stream.body, 'keys')).toHaveLength(keysCount)
    expect((await get('/buckets/list/keys?keys=true', packed)).header('Content-Encoding')).toBe(
      'gzip',
    )
  })

  test('a wrong timeout is told; a HEAD lists nothing', async () => {
    const refused = await get('/buckets/list/keys?keys=true&timeout=soon')
    expect(`${refused.status} ${refused.body}`).toBe('400 Bad timeout value "soon"\n')
    const before = stat('list_fsm_create_total')
    const head = await exchange(embedded.httpPort, {
      method: 'HEAD',
      target: '/buckets/list/keys?keys=stream',
    })
    expect(head.status).toBe(200)
    expect(stat('list_fsm_create_total')).toBe(before)
  })

  test('a key that is no UTF-8 cannot be told in JSON: a crash page, as in Riak', async () => {
    await put('/buckets/odd/keys/%ff')
    expect((await get('/buckets/odd/keys?keys=true')).status).toBe(500)
    const crashes = () =>
      embedded.logged.filter(({ event }) => event === 'an HTTP request crashed').length
    const before = crashes()
    await expect(get('/buckets/odd/keys?keys=stream')).rejects.toThrow()
    expect(crashes()).toBe(before + 1)
    expect(embedded.logged.filter(({ level }) => level === 'error')).toEqual([])
    expect((await get('/ping')).status).toBe(200)
  })
})

describe('index queries', () => {
  const index = '/buckets/list/index'

  test('an exact one, a range, its terms, and the special fields', async () => {
    expect((json(await get(`${index}/t_bin/all`)) as { keys: string[] }).keys).toHaveLength(
      keysCount,
    )
    expect(json(await get(`${index}/n_int/7`))).toEqual({ keys: ['k7'] })
    const terms = await get(`${index}/n_int/9/11?return_terms=true&pagination_sort=true`)
    expect(json(terms)).toEqual({ results: [{ '9': 'k9' }, { '10': 'k10' }, { '11': 'k11' }] })
    // Of one term, and of the special fields, only keys are returned.
    expect(json(await get(`${index}/n_int/7?return_terms=true`))).toEqual({ keys: ['k7'] })
    const byKey = await get(`${index}/$key/k40/k42?return_terms=true&pagination_sort=true`)
    expect((json(byKey) as { keys: string[] }).keys.slice(0, 3)).toEqual(['k40', 'k400', 'k401'])
    const byBucket = json(await get(`${index}/$bucket/_`)) as { keys: string[] }
    expect(byBucket.keys.toSorted()).toEqual(allKeys)
  })

  test('pages laid together are the whole sorted answer; the last one has no continuation', async () => {
    const found: string[] = []
    let continuation: string | undefined = ''
    while (continuation !== undefined) {
      const more: string =
        continuation === '' ? '' : `&continuation=${encodeURIComponent(continuation)}`
      const page = json(await get(`${index}/n_int/0/${keysCount}?max_results=200${more}`)) as {
        keys: string[]
        continuation?: string
      }
      found.push(...page.keys)
      continuation = page.continuation
    }
    expect(found).toEqual(Array.from({ length: keysCount }, (_, n) => `k${n}`))
  })

  test('in parts: each key once, the boundary that the head names, a continuation in the last part', async () => {
    const all = await get(`${index}/t_bin/all?stream=true`)
    const boundary = /^multipart\/mixed;boundary=(\w+)$/.exec(all.header('Content-Type')!)![1]!
    expect(all.body.endsWith(`\r\n--${boundary}--\r\n`)).toBe(true)
    expect(pieces(all.body, 'keys').toSorted()).toEqual(allKeys)
    const page = await get(`${index}/t_bin/all?stream=true&max_results=3`)
    expect(pieces(page.body, 'keys')).toEqual(['k0', 'k1', 'k10'])
    expect(page.body).toMatch(/\{"continuation":"[A-Za-z0-9+/=]+"\}\r\n--\w+--\r\n$/)
  })

  test.each([
    ['t/all', 'Invalid query: {unknown_field_type,<<"t">>}\n'],
    ['n_int/x', 'Invalid query: {field_parsing_failed,{<<"n_int">>,<<"x">>}}\n'],
    ['t_bin/all?max_results=-1', 'Invalid "max_results". -1 is not a positive integer'],
    ['t_bin/all?max_results=x', 'Invalid "max_results". "x" is not a positive integer'],
    ['t_bin/all?return_terms=1', 'Invalid "return_terms". "1" is not a boolean'],
    ['t_bin/all?pagination_sort=', 'Invalid "pagination_sort". "" is not a boolean'],
    ['t_bin/all?timeout=-2', 'Bad timeout value -2. Must be a non-negative integer\n'],
    ['t_bin/all?timeout=x', 'Bad timeout value "x". Must be a non-negative integer\n'],
    ['n_int/1/2?term_regex=1', 'Can not use term regular expressions on integer queries'],
  ])('%s is a 400 that says why', async (query, words) => {
    const refused = await get(`${index}/${query}`)
    expect(`${refused.status} ${refused.body}`).toBe(`400 ${words}`)
    expect(refused.header('Content-Type')).toBe('text/plain')
  })

  test('of an unknown type are a 404, without a value or with three a crash page', async () => {
    expect((await get('/types/nosuch/buckets/b/index/t_bin/x')).status).toBe(404)
    expect((await get(`${index}/t_bin`)).status).toBe(500)
    expect((await get(`${index}/t_bin/a/b/c`)).status).toBe(500)
  })

  test('one that is begun and never read is given back: refused form, HEAD, a client that leaves', async () => {
    const target = `${index}/t_bin/all?stream=true`
    expect((await get(target, [['Accept', 'image/png']])).status).toBe(406)
    await exchange(embedded.httpPort, { method: 'HEAD', target })
    const socket = connect({ host: '127.0.0.1', port: embedded.httpPort })
    socket.write(`GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
    await new Promise((first) => socket.once('data', first))
    socket.destroy()
    await until('none is active', 20_000, () => stat('index_fsm_active') === 0)
    expect(stat('list_fsm_active')).toBe(0)
  })
})
