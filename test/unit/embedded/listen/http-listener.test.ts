/** The HTTP door of the node, over real sockets, beside the Protocol Buffers one. */

import { existsSync, readFileSync } from 'node:fs'
import { gzipSync, inflateRawSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeVclock } from '../../../../src/causality/vclock.ts'
import { etagOf } from '../../../../src/embedded/listen/http-object-body.ts'
import type { ObjectValue } from '../../../../src/embedded/vnode/riak-object.ts'
import type { RpbContent } from '../../../../src/wire/message-types.ts'
import { decodeMessage, encodeFrame } from '../../../../src/wire/messages.ts'
import { exchange } from '../../../support/http-exchange.ts'
import type { HttpGot, HttpSent } from '../../../support/http-exchange.ts'
import { openHttpNode } from '../../../support/http-node.ts'
import type { HttpNode } from '../../../support/http-node.ts'
import { bucketId, withType } from '../../../support/open-embedded.ts'
import { pbConnect } from '../../../support/pb-socket.ts'

let embedded: HttpNode

beforeAll(async () => {
  embedded = await openHttpNode()
  await withType(embedded.node, 'sib')
})

afterAll(() => embedded.close())

const plain = ['Content-Type', 'text/plain'] as const

const ask = (
  method: string,
  target: string,
  headers: HttpSent['headers'] = [],
  body?: string | Uint8Array,
): Promise<HttpGot> =>
  exchange(embedded.httpPort, { method, target, headers, ...(body !== undefined && { body }) })

async function pb(frame: Buffer): Promise<Buffer> {
  const socket = await pbConnect(embedded.pbPort)
  socket.send(frame)
  const [answer] = await socket.read(1)
  socket.destroy()
  return answer!.body
}

const getByPb = async (bucket: string, key: string, type = 'default') =>
  decodeMessage(
    'RpbGetResp',
    await pb(
      encodeFrame('RpbGetReq', {
        bucket: Buffer.from(bucket),
        key: Buffer.from(key),
        type: Buffer.from(type),
      }),
    ),
  )

describe('one store behind two protocols', () => {
  test('what is put over HTTP is read over Protocol Buffers: value, clock, links, metadata, indexes', async () => {
    const target = '/buckets/both/keys/h'
    await ask(
      'PUT',
      target,
      [
        ['Content-Type', 'text/plain; charset=utf-8'],
        ['Content-Encoding', 'identity'],
        ['X-Riak-Meta-who', 'me'],
        ['Link', '</buckets/b/keys/one>; riaktag="a", </buckets/b/keys/t%20o>;riaktag="b c"'],
        ['X-Riak-Index-Tag_bin', 'x, y, x'],
        ['x-riak-index-n_int', '10, 9'],
      ],
      'over http',
    )
    const shown = await ask('GET', target)
    const { content, vclock } = await getByPb('both', 'h')
    expect(Buffer.from(vclock!).toString('base64')).toBe(shown.header('X-Riak-Vclock'))
    const [only] = content!
    const texts = (pairs: RpbContent['usermeta']) =>
      pairs?.map(({ key, value }) => `${String(key)}=${String(value)}`)
    expect(String(only!.value)).toBe('over http')
    expect(String(only!.content_type)).toBe('text/plain')
    expect(String(only!.charset)).toBe('utf-8')
    expect(String(only!.content_encoding)).toBe('identity')
    expect(`"${String(only!.vtag)}"`).toBe(shown.header('ETag'))
    expect(texts(only!.usermeta)).toEqual(['X-Riak-Meta-Who=me'])
    expect(texts(only!.indexes)).toEqual(['n_int=9', 'n_int=10', 'tag_bin=x', 'tag_bin=y'])
    // Links are kept in reverse, and shown as they came.
    expect(only!.links?.map(({ key, tag }) => `${String(key)} ${String(tag)}`)).toEqual([
      't o b c',
      'one a',
    ])
    expect(shown.header('Link')).toBe(
      '</buckets/b/keys/one>; riaktag="a", </buckets/b/keys/t+o>; riaktag="b+c", ' +
        '</buckets/both>; rel="up"',
    )
    expect(shown.header('x-riak-index-n_int')).toBe('9, 10')
  })

  test('what is put over Protocol Buffers is shown over HTTP, and resolved there by its clock', async () => {
    const put = (value: string): Promise<Buffer> =>
      pb(
        encodeFrame('RpbPutReq', {
          bucket: Buffer.from('both'),
          key: Buffer.from('p'),
          type: Buffer.from('sib'),
          content: { value: Buffer.from(value), content_type: Buffer.from('text/plain') },
        }),
      )
    await put('one')
    await put('two')
    const target = '/types/sib/buckets/both/keys/p'
    const both = await ask('GET', target)
    expect(both.status).toBe(300)
    const clock = ['X-Riak-Vclock', both.header('X-Riak-Vclock')!] as const
    expect((await ask('PUT', target, [plain, clock], 'merged')).status).toBe(204)
    const { content } = await getByPb('both', 'p', 'sib')
    expect(content!.map(({ value }) => String(value))).toEqual(['merged'])
  })

  test('a delete with a clock covers what that clock has seen, and what was written beside it stays', async () => {
    const target = '/types/sib/buckets/both/keys/d'
    await ask('PUT', target, [plain], 'seen')
    const clock = (await ask('GET', target)).header('X-Riak-Vclock')!
    await ask('PUT', target, [plain], 'beside')
    expect((await ask('DELETE', target, [['X-Riak-Vclock', clock]])).status).toBe(204)
    const parts = await ask('GET', target, [['Accept', 'multipart/mixed']])
    expect(parts.body).toContain('\r\n\r\nbeside\r\n')
    expect(parts.body).toContain('X-Riak-Deleted: true\r\n\r\n\r\n')
    expect(parts.body).not.toContain('seen')
  })
})

describe('no stored value writes a header', () => {
  test('control characters are blanked, names that are none are left out, the frame stays ours', async () => {
    await pb(
      encodeFrame('RpbPutReq', {
        bucket: Buffer.from('evil'),
        key: Buffer.from('k'),
        content: {
          value: Buffer.from('value'),
          content_type: Buffer.from('text/plain\r\nX-Injected: 1'),
          usermeta: [
            { key: Buffer.from('X-Riak-Meta-A'), value: Buffer.from('a\r\nX-Injected: 2\u0000') },
            { key: Buffer.from('X-Bad\r\nX-Injected'), value: Buffer.from('3') },
            { key: Buffer.from('Content-Length'), value: Buffer.from('1') },
            { key: Buffer.from('Transfer-Encoding'), value: Buffer.from('chunked') },
            { key: Buffer.from(''), value: Buffer.from('nameless') },
          ],
          links: [
            {
              bucket: Buffer.from('b\r\nX-Injected: 4'),
              key: Buffer.from('>,"'),
              tag: Buffer.from('"\r\n'),
            },
          ],
          indexes: [{ key: Buffer.from('a\r\nx_bin'), value: Buffer.from('t\r\nX-Injected: 5') }],
        },
      }),
    )
    const shown = await ask('GET', '/buckets/evil/keys/k')
    expect(shown.status).toBe(200)
    expect(shown.body).toBe('value')
    expect(shown.header('X-Injected')).toBeUndefined()
    expect(shown.header('X-Riak-Meta-A')).toBe('a  X-Injected: 2')
    expect(shown.header('Content-Length')).toBe('5')
    await ask('PUT', '/buckets/evil/props', [['Content-Type', 'application/json']], allowMult)
    await ask('PUT', '/buckets/evil/keys/k', [plain], 'beside')
    const parts = await ask('GET', '/buckets/evil/keys/k', [['Accept', 'multipart/mixed']])
    expect(parts.status).toBe(300)
    expect(parts.body).not.toMatch(/^X-Injected/m)
  })

  test('a made address holds the bucket encoded', async () => {
    const made = await ask('POST', '/buckets/a%0d%0aX-Injected:%201/keys', [plain], 'x')
    expect(made.status).toBe(201)
    expect(made.header('Location')).toMatch(/^\/buckets\/a%0D%0AX-Injected%3A\+1\/keys\/\w{25,28}$/)
    expect((await ask('GET', made.header('Location')!)).body).toBe('x')
    const typed = await ask('POST', '/types/sib/buckets/b/keys', [plain], 'y')
    expect(typed.header('Location')).toMatch(/^\/types\/sib\/buckets\/b\/keys\/\w+$/)
    const old = await ask('POST', '/riak/b', [plain], 'z')
    expect(old.header('Location')).toMatch(/^\/riak\/b\/\w+$/)
    expect((await ask('GET', old.header('Location')!)).body).toBe('z')
  })
})

const allowMult = '{"props":{"allow_mult":true}}'

describe('who may ask', () => {
  test.each([
    [[['Host', 'evil.example']], 'text/plain', /^Only localhost is answered here/],
    [[['Origin', 'https://evil.example']], 'text/html', /<h1>Forbidden<\/h1>/],
    [[['Origin', 'null']], 'text/html', /<h1>Forbidden<\/h1>/],
    [[['Referer', 'http://evil.example/page']], 'text/html', /<h1>Forbidden<\/h1>/],
  ] as const)('%j is a 403 on every path, and nothing is done', async (headers, type, words) => {
    for (const [method, target] of [
      ['GET', '/ping'],
      ['GET', '/stats'],
      ['PUT', '/buckets/guard/keys/k'],
      ['DELETE', '/buckets/guard/props'],
      ['POST', '/mapred'],
      ['GET', '/nosuch'],
    ] as const) {
      const refused = await ask(method, target, [...headers, plain], 'x')
      expect(`${refused.status} ${refused.reason}`, target).toBe('403 Forbidden')
      expect(refused.header('Content-Type')).toBe(type)
      expect(refused.body).toMatch(words)
    }
    expect((await ask('GET', '/buckets/guard/keys/k')).status).toBe(404)
  })

  test('a page of our own origin is answered', async () => {
    const own = `http://127.0.0.1:${embedded.httpPort}`
    expect((await ask('GET', '/ping', [['Origin', own]])).body).toBe('OK')
    expect((await ask('GET', '/ping', [['Referer', `${own}/stats`]])).body).toBe('OK')
  })
})

describe('statistics', () => {
  test('are numbers of this node under the names of Riak, none made up', async () => {
    // What deletes before this have put off reads, too.
    embedded.clock.advance(10_000)
    const before = JSON.parse((await ask('GET', '/stats')).body) as Record<string, unknown>
    await ask('GET', '/buckets/stats/keys/none')
    embedded.clock.advance(1_500)
    const after = JSON.parse((await ask('GET', '/stats')).body) as Record<string, unknown>
    expect(Number(after['node_gets_total'])).toBe(Number(before['node_gets_total']) + 1)
    expect(after['nodename']).toBe('single@127.0.0.1')
    expect(after['ring_members']).toEqual(['single@127.0.0.1'])
    expect(Object.keys(after)).toEqual(Object.keys(after).toSorted())
  })

  const keys = new URL('../../../../../shared/captures/stats-keys.txt', import.meta.url)
  test.skipIf(!existsSync(keys))(
    'each of them is one of a real Riak, of its kind (skipped without ../shared/captures)',
    async () => {
      const known = new Map(
        readFileSync(keys, 'utf8')
          .split('\n')
          .map((line) => line.split(': ') as [string, string]),
      )
      const ours = JSON.parse((await ask('GET', '/stats')).body) as Record<string, unknown>
      const kinds = Object.entries(ours).map(([name, value]) => {
        const kind = Array.isArray(value) ? 'list' : typeof value === 'string' ? 'str' : 'int'
        return `${name}: ${kind}`
      })
      expect(kinds).toEqual(Object.keys(ours).map((name) => `${name}: ${known.get(name)}`))
      expect(kinds.length).toBeGreaterThan(40)
    },
  )

  test('are indented for text/plain, as Riak indents', async () => {
    const json = (await ask('GET', '/stats')).body
    const pretty = await ask('GET', '/stats', [['Accept', 'text/plain']])
    expect(pretty.header('Content-Type')).toBe('text/plain')
    expect(JSON.parse(pretty.body)).toEqual(JSON.parse(json))
    expect(pretty.body).toMatch(/^\{\n {4}"connected_nodes": \[\n {8}\n {4}\],\n {4}"/)
    expect(pretty.body).toContain('"ring_members": [\n        "single@127.0.0.1"\n    ],')
  })
})

describe('what an object request may say', () => {
  test('all wrong parameters are named at once', async () => {
    const refused = await ask(
      'GET',
      '/buckets/q/keys/k?r=x&pr=1.5&notfound_ok=maybe&sync_on_write=2',
    )
    expect(refused.status).toBe(400)
    expect(refused.body.replace(/,\n +/g, ',').trimEnd().split('\n')).toEqual([
      "r query parameter must be an integer or one of the following words: 'one', 'quorum' or 'all'",
      "pr query parameter must be an integer or one of the following words: 'one', 'quorum' or 'all'",
      'sync_on_write query parameter must be one of the following words: [default,backend,one,all]',
      'notfound_ok query parameter must be true or false',
    ])
  })

  test('quorums reach the node: words, numbers, and what it says of them', async () => {
    await ask(
      'PUT',
      '/buckets/q/keys/k?w=all&dw=one&pw=quorum&timeout=5000&asis=false',
      [plain],
      'x',
    )
    for (const query of [
      'r=one',
      'r=all&pr=3',
      'r=default',
      'basic_quorum=TRUE',
      'timeout=99999999999',
    ]) {
      expect((await ask('GET', `/buckets/q/keys/k?${query}`)).status, query).toBe(200)
    }
    const apart = await ask('GET', '/buckets/q/keys/k?node_confirms=2')
    expect(`${apart.status} ${apart.body}`).toBe('500 Error:\n{insufficient_nodes,1,need,2}\n')
    const many = await ask('DELETE', '/buckets/q/keys/k?rw=9')
    expect(`${many.status} ${many.body}`).toBe(
      '400 Specified w/dw/pw/node_confirms values invalid for bucket n value of 3\n',
    )
    for (const odd of ['r=-1', 'r=+2', 'w=-9999999', 'pr=0']) {
      const { status } = await ask('GET', `/buckets/q/keys/k?${odd}`)
      expect([200, 400, 500, 503], odd).toContain(status)
    }
  })

  test.each([
    ['/buckets/l/keys/k', 'nonsense', '</buckets/BUCKET/keys/KEY>'],
    ['/buckets/l/keys/k', '</riak/b/k>; riaktag="t"', '</buckets/BUCKET/keys/KEY>'],
    ['/buckets/l/keys/k', '</buckets/other>; rel="up"', '</buckets/BUCKET/keys/KEY>'],
    ['/riak/l/k', '</buckets/b/keys/k>; riaktag="t"', '</riak/BUCKET/KEY>'],
  ])('%s: the link %s is refused, and the right form shown', async (target, link, form) => {
    const refused = await ask('PUT', target, [plain, ['Link', link]], 'x')
    expect(refused.status).toBe(400)
    expect(refused.body).toBe(
      `Invalid Link header. Links must be of the form\n${form}; riaktag="TAG"\n`,
    )
  })

  test('a link to the bucket itself may be given back; the old form has old links', async () => {
    const link = '</riak/l>; rel="up", </riak/b/k>; riaktag="t"'
    expect((await ask('PUT', '/riak/l/k', [plain, ['Link', link]], 'x')).status).toBe(204)
    expect((await ask('GET', '/riak/l/k')).header('Link')).toBe(
      '</riak/b/k>; riaktag="t", </riak/l>; rel="up"',
    )
    expect((await ask('GET', '/buckets/l/keys/k')).header('Link')).toBe(
      '</buckets/b/keys/k>; riaktag="t", </buckets/l>; rel="up"',
    )
  })

  test('wrong indexes are all named, sorted, and nothing is stored', async () => {
    const refused = await ask(
      'PUT',
      '/buckets/i/keys/k',
      [plain, ['x-riak-index-n_int', '1, x'], ['x-riak-index-Odd', 'y']],
      'x',
    )
    expect(refused.body).toBe(
      "Could not parse field 'n_int', value 'x'.\nUnknown field type for field: 'odd'.\n",
    )
    expect((await ask('GET', '/buckets/i/keys/k')).status).toBe(404)
  })

  test('a type without a slash is told in words, another name of a header does not matter', async () => {
    const refused = await ask('PUT', '/buckets/t/keys/k', [['content-TYPE', 'nonsense; x=y']], 'x')
    expect(refused.status).toBe(415)
    expect(refused.body).toBe('"nonsense" is not a valid media type for the Content-type header.\n')
  })

  test('a value stored encoded is given as it is, whatever is accepted', async () => {
    const packed = gzipSync('packed')
    await ask('PUT', '/buckets/e/keys/k', [plain, ['Content-Encoding', 'gzip']], packed)
    for (const headers of [[], [['Accept-Encoding', 'gzip']]] as const) {
      const shown = await ask('GET', '/buckets/e/keys/k', headers)
      expect(shown.header('Content-Encoding')).toBe('gzip')
      expect(shown.header('Vary')).toBeUndefined()
      expect(shown.bytes.equals(packed)).toBe(true)
    }
    const not = await ask('GET', '/buckets/e/keys/k', [['Accept-Encoding', 'identity']])
    expect(not.status).toBe(406)
  })

  test('a name of up to 50 letters is stored with capitals, a longer one as it came', async () => {
    const long = `x-riak-meta-${'l'.repeat(39)}`
    await ask('PUT', '/buckets/m/keys/k', [plain, ['x-riak-meta-some-WORD', '1'], [long, '2']], 'x')
    const names = (await ask('GET', '/buckets/m/keys/k')).headers.map(([name]) => name)
    expect(names).toEqual(expect.arrayContaining(['X-Riak-Meta-Some-Word', long]))
  })
})

describe('conditions', () => {
  const target = '/buckets/c/keys/k'
  const later = 'Mon, 23 Nov 2099 00:00:00 GMT'
  const before = 'Mon, 23 Nov 1998 00:00:00 GMT'

  test.each([
    ['GET', [['If-Match', '*']], 200],
    ['GET', [['If-Match', '"no", "ETAG"']], 200],
    ['GET', [['If-Match', '"no"']], 412],
    ['GET', [['If-None-Match', '"no", "ETAG"']], 304],
    ['HEAD', [['If-None-Match', '*']], 304],
    ['PUT', [['If-None-Match', '"ETAG"']], 412],
    ['GET', [['If-Unmodified-Since', before]], 412],
    ['GET', [['If-Unmodified-Since', later]], 200],
    ['GET', [['If-Unmodified-Since', 'yesterday']], 200],
    ['GET', [['If-Modified-Since', before]], 200],
    // A date to come is no condition.
    ['GET', [['If-Modified-Since', later]], 200],
    ['DELETE', [['If-Match', '"no"']], 412],
    ['DELETE', [['If-Match', '"ETAG"']], 204],
  ] as const)('%s with %j of what is there is %i', async (method, headers, status) => {
    await ask('PUT', target, [plain], 'there')
    const etag = (await ask('GET', target)).header('ETag')!.slice(1, -1)
    const own = headers.map(([name, value]) => [name, value.replace('ETAG', etag)] as const)
    expect((await ask(method, target, [plain, ...own], 'new')).status).toBe(status)
  })

  test.each([
    ['PUT', [['If-Match', '*']], 412],
    ['PUT', [['If-None-Match', '*']], 204],
    ['DELETE', [['If-Match', '*']], 412],
    ['DELETE', [['If-Unmodified-Since', later]], 404],
  ] as const)('%s with %j of what is not there is %i', async (method, headers, status) => {
    const missing = `/buckets/c/keys/missing-${method}-${status}`
    expect((await ask(method, missing, [plain, ...headers], 'new')).status).toBe(status)
  })

  test('a wrong digest of the body is a 400, the right one is stored', async () => {
    const sent = (sum: string) => ask('PUT', target, [plain, ['Content-MD5', sum]], 'abc')
    expect((await sent('AAAAAAAAAAAAAAAAAAAAAA==')).status).toBe(400)
    expect((await sent('kAFQmDzST7DWlj99KOF/cg==')).status).toBe(204)
  })

  test('several values have the tag that Riak makes of their clock (captures/http/102)', () => {
    const bytes = Buffer.from('a85hYGBgzGDKBVI83IdVQvWM2F0ZGNSFM5gSmfJYGYqSKp7wZQEA', 'base64')
    const vclock = decodeVclock(bytes, (deflated) => inflateRawSync(deflated))
    const values = [{} as ObjectValue, {} as ObjectValue]
    expect(etagOf({ vclock, values })).toBe('3pTOw2WXAVlh6UQODSB4Jq')
  })
})

describe('properties', () => {
  const json = ['Content-Type', 'application/json'] as const

  test('are set, shown and reset, and mean what they say', async () => {
    const target = '/buckets/props/props'
    const props = {
      n_val: 1,
      allow_mult: 'true',
      precommit: [{ mod: 'm', fun: 'f' }, { name: 'js' }],
    }
    expect((await ask('PUT', target, [json], JSON.stringify({ props }))).status).toBe(204)
    const shown = JSON.parse((await ask('GET', target)).body) as { props: Record<string, unknown> }
    expect(shown.props).toMatchObject({
      n_val: 1,
      allow_mult: true,
      precommit: [{ mod: 'm', fun: 'f' }, 'js'],
    })
    expect((await ask('GET', '/buckets/props/keys/k?r=2')).body).toContain('n value of 1')
    expect((await ask('DELETE', target)).status).toBe(204)
    expect(embedded.node.bucketProps(bucketId('default', 'props')).get('n_val')).toBe(3)
    expect((await ask('GET', '/riak/props')).body).toBe((await ask('GET', target)).body)
    expect((await ask('DELETE', '/riak/props')).status).toBe(405)
  })

  test.each([
    ['[]', 400],
    ['{"props":[]}', 400],
    ['{"props":{"linkfun":{"jsfun":"x"}}}', 500],
    ['{"props":{"n_val":null}}', 400],
    ['{"props":{"__proto__":1}}', 500],
    ['\u00ff\u00fe', 400],
  ])('%j is a %i', async (body, status) => {
    expect((await ask('PUT', '/buckets/odd/props', [json], body)).status).toBe(status)
  })

  test('of a type that cannot be changed say why', async () => {
    const put = (type: string) => ask('PUT', `/types/${type}/props`, [json], allowMult)
    expect(await put('default')).toMatchObject({ status: 400, body: '"no_default_update"' })
    expect(await put('nosuch')).toMatchObject({ status: 400, body: '"undefined"' })
    const refused = await ask(
      'PUT',
      '/types/sib/props',
      [json],
      '{"props":{"n_val":0,"last_write_wins":true}}',
    )
    expect(JSON.parse(refused.body)).toMatchObject({ n_val: 'not_integer' })
  })

  test('names beyond ASCII are escaped', async () => {
    const shown = await ask('GET', '/buckets/%C3%A9t%C3%A9/props')
    expect(shown.body).toContain('"name":"\\u00e9t\\u00e9"')
  })
})

describe('paths', () => {
  test.each([
    ['GET', '/', 404],
    ['GET', '//ping//', 200],
    ['GET', '/ping/x', 404],
    ['POST', '/ping', 405],
    ['GET', '/buckets', 500],
    ['GET', '/riak?buckets=true', 200],
    ['GET', '/buckets/b', 404],
    ['PUT', '/buckets/b/keys', 405],
    ['GET', '/buckets/b/keys', 200],
    ['GET', '/types/sib', 404],
    ['GET', '/types/sib/buckets/b', 404],
    ['GET', '/buckets/b/keys/k/_,_,_', 404],
    ['GET', '/buckets/b/keys/k/l', 400],
    ['PUT', '/buckets/b/keys/k/l', 405],
    ['GET', '/buckets/b/counters/k', 404],
    ['TRACE', '/ping', 405],
  ])('%s %s is %i', async (method, target, status) => {
    expect((await ask(method, target, [plain])).status).toBe(status)
  })

  test('keys are bytes: slashes, percent signs, zeros and whatever is no UTF-8', async () => {
    for (const key of [
      'a%2Fb',
      'a%252Fb',
      '%00',
      '%ff%fe',
      '%',
      '%zz',
      '+',
      '%20',
      '...',
      '%2e%2e',
    ]) {
      const target = `/buckets/paths/keys/${key}`
      expect((await ask('PUT', target, [plain], key)).status, key).toBe(204)
    }
    expect((await ask('GET', '/buckets/paths/keys/%2b')).status).toBe(404)
    expect((await ask('GET', '/buckets/paths/keys/%20')).body).toBe('%20')
    expect((await ask('GET', '/buckets/paths/keys/%25zz')).body).toBe('%zz')
    const twice = await ask('GET', '/buckets/paths/keys/a%252Fb', [['X-Riak-URL-Encoding', 'on']])
    expect(twice.body).toBe('a%2Fb')
  })
})
