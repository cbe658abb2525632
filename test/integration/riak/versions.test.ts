/**
 * What differs between the versions, backends and states of Riak, found out at run time: the facade and
 * the store before nodes that answer as each of them does.
 */

import { describe, expect, test } from 'vitest'
import { jobInputs, jobPhases } from '../../../mapreduce/job.ts'
import { JobRefusedError } from '../../../src/kernel/errors.ts'
import type { RiakKv } from '../../../src/riak/riak-kv.ts'
import type { Blog } from '../../../src/store/blog.ts'
import { hasCaptures, readExchanges } from '../../support/pb-captures.ts'
import { blogOn, recordingLog } from '../../support/open-blog.ts'
import { connect, stub } from '../../support/riak-client.ts'
import type { LogLine } from '../../support/riak-client.ts'
import {
  basho223,
  bitcask,
  endsHalfWay,
  openRiak,
  openRiakLike,
  refusing,
  securityOn,
  storedBut,
  texts,
  unaware,
  without,
} from '../../support/stub-riak-versions.ts'
import type { OpenedPersona, Persona } from '../../support/stub-riak-versions.ts'

const at = { type: 'posts', bucket: 'blog', key: 'k' }
const content = { value: Uint8Array.of(1), contentType: 'text/plain' }
const counter = { type: 'counters', bucket: 'blog', key: 'spam' }
const plain: Persona = () => false

const erlangJob = {
  inputs: jobInputs(at, ['k']),
  query: jobPhases('erlang', 'map_posts', at),
}
const javascriptJob = { ...erlangJob, query: jobPhases('javascript', 'map_posts', at) }
const javascriptReduce = {
  inputs: jobInputs(at, ['k']),
  query: [{ reduce: { language: 'javascript', name: 'Riak.reduceSum' } }],
} as const

async function blogBefore(
  riak: RiakKv,
  log = recordingLog(),
): Promise<{ readonly blog: Blog; readonly log: ReturnType<typeof recordingLog> }> {
  return { blog: await blogOn(riak, { log }), log }
}

async function fill(blog: Blog, count: number): Promise<readonly string[]> {
  const ids: string[] = []
  for (let n = 0; n < count; n++) {
    const post = {
      title: `Post ${n}`,
      body: `Text ${n}`,
      status: 'published',
      tags: ['t'],
    } as const
    ids.push((await blog.posts.create(post, { by: 'ann' })).post.id)
  }
  await blog.settle()
  return ids
}

describe('jobs', () => {
  test('OpenRiak 3.2: JavaScript is refused as such, a map in words, a reduce by a crash that ends the connection', async () => {
    const node = await openRiakLike(openRiak)
    const kv = await connect([node.address])
    for (const job of [javascriptJob, javascriptReduce]) {
      await expect(kv.mapReduce(job)).rejects.toMatchObject({
        code: 'BLOG_REFUSED_BY_RIAK',
        reason: 'no-javascript',
      })
    }
    await expect(kv.mapReduce(erlangJob)).rejects.toMatchObject({ reason: 'unknown-function' })
    expect(await kv.get(at)).toBeUndefined()
    expect(kv.health().up).toBe(1)
  })

  test.skipIf(!hasCaptures)(
    'the texts of these refusals are those of a real 3.2.3 (captures)',
    () => {
      const said = (name: string): string => {
        const exchange = readExchanges('pb-raw.txt').find((one) => one.name === name)
        return exchange?.answers[0]?.body.toString('latin1') ?? ''
      }
      expect(said('mapred js')).toContain(texts.javascriptMap)
      expect(said('mapred reduce js then ping')).toContain(texts.javascriptReduce)
      expect(said('get type nosuch')).toContain('no_type')
      const secured = readExchanges('security/200-pb-plain-security-on.txt')[0]
      expect(secured?.answers[0]?.body.toString('latin1')).toContain(texts.security)
    },
  )

  test.each([
    { what: 'OpenRiak 3.2 with the module', persona: plain, behind: { hasModule: true }, said: [] },
    {
      what: 'Basho 2.2.3 (JavaScript, no module)',
      persona: basho223,
      behind: { runsJavascript: true },
      said: ['javascript'],
    },
    {
      what: 'OpenRiak 3.2 without the module',
      persona: openRiak,
      behind: {},
      said: ['javascript', 'objects are read one by one'],
    },
  ])(
    '$what: the index jobs come to the same, and what was found out is said once',
    async ({ persona, behind, said }) => {
      const node = await openRiakLike(persona, behind)
      const { blog, log } = await blogBefore(await connect([node.address]))
      await fill(blog, 20)
      expect(await blog.jobs.verify()).toEqual([])
      expect(await blog.jobs.verify()).toEqual([])
      const refusals = log.lines.filter(({ event }) =>
        event.includes('does not run the index jobs'),
      )
      expect(refusals.map(({ fields }) => fields['next'])).toEqual(said)
      await blog.stop()
    },
  )

  test('a module that one of two nodes lacks is an answer of that node, named', async () => {
    const without = await openRiakLike(openRiak)
    const kv = await connect([without.address])
    const error: unknown = await kv.mapReduce(erlangJob).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(JobRefusedError)
    expect(error).toMatchObject({ reason: 'unknown-function', node: without.address })
  })
})

describe('a backend without indexes (bitcask)', () => {
  test('posts are stored and read; a query says what is wrong and what would help', async () => {
    const node = await openRiakLike(bitcask)
    const kv = await connect([node.address])
    const { blog } = await blogBefore(kv)
    const [id] = await fill(blog, 1)
    expect((await blog.posts.read(id!))?.title).toBe('Post 0')
    const query = { type: 'posts', bucket: 'blog', field: '$bucket', equals: 'blog' }
    const failed = expect(kv.queryIndex(query)).rejects
    await failed.toMatchObject({ code: 'BLOG_NO_INDEXES', outcome: 'definite', node: node.address })
    await expect(kv.queryIndex(query)).rejects.toThrow(/leveled or leveldb/)
    await expect(blog.jobs.verify()).rejects.toMatchObject({ code: 'BLOG_NO_INDEXES' })
    await blog.stop()
  })
})

describe('a bucket type that is missing', () => {
  test('every call says so, whatever words Riak has for it; the connection that crashed is replaced', async () => {
    const node = await openRiakLike(without('posts'))
    node.be(without('counters'))
    const kv = await connect([node.address])
    const missing = { code: 'BLOG_NO_BUCKET_TYPE', outcome: 'definite', node: node.address }
    await expect(kv.get(at)).rejects.toMatchObject(missing)
    await expect(kv.put(at, content)).rejects.toMatchObject(missing)
    await expect(kv.typeProps('posts')).rejects.toMatchObject(missing)
    await expect(kv.listKeys(at)).rejects.toMatchObject(missing)
    await expect(kv.fetchCounter(counter)).rejects.toMatchObject(missing)
    await expect(kv.updateCounter(counter, 1)).rejects.toMatchObject(missing)
    const query = { type: 'posts', bucket: 'blog', field: '$bucket', equals: 'blog' }
    await expect(kv.queryIndex(query)).rejects.toMatchObject(missing)
    expect(await kv.get({ ...at, type: 'slugs' })).toBeUndefined()
  })
})

describe('security that is on', () => {
  test('connecting fails with words, not as a node that is away; so does every call until it is off', async () => {
    const node = await stub()
    const nodes = [node.address]
    const secure = (isOn: boolean): void => {
      for (const name of ['RpbPingReq', 'RpbGetReq'] as const) {
        node.on(name, isOn ? (request) => void securityOn(request, () => undefined) : undefined)
      }
    }
    secure(true)
    await expect(connect(nodes)).rejects.toMatchObject({ code: 'BLOG_SECURITY_ON' })
    await expect(connect(nodes)).rejects.toThrow(/riak admin security disable/)
    const lines: LogLine[] = []
    const kv = await connect(nodes, { mayStartDown: true, lines })
    expect(lines[0]?.fields?.['reason']).toContain('security is on')
    const [health] = kv.health().nodes ?? []
    expect(health).toMatchObject({ address: node.address, isDown: true })
    expect(health?.reason).toContain('security is on')
    await expect(kv.get(at)).rejects.toMatchObject({ code: 'BLOG_SECURITY_ON' })
    secure(false)
    await expect.poll(() => kv.health().up, { timeout: 10_000 }).toBe(1)
    expect(await kv.get(at)).toBeUndefined()
  })

  test('a connection that wants TLS is not used again: it wants it for as long as it lives', async () => {
    const node = await stub()
    const kv = await connect([node.address])
    node.on('RpbGetReq', (request) => {
      request.error(texts.security)
    })
    await expect(kv.get(at)).rejects.toMatchObject({ code: 'BLOG_SECURITY_ON' })
    const [asked] = node.requests.filter(({ name }) => name === 'RpbGetReq')
    node.on('RpbGetReq', undefined)
    expect(await kv.get(at)).toBeUndefined()
    const last = node.requests.findLast(({ name }) => name === 'RpbGetReq')
    expect(last?.socket).not.toBe(asked?.socket)
  })
})

describe('errors that are half a success', () => {
  test.each(['{node_confirms_val_unsatisfied,3,2}', '{pw_val_unsatisfied,2,1}', 'timeout'])(
    'a put that is stored and answered with %s is one post, whole',
    async (error) => {
      const node = await openRiakLike(plain)
      const kv = await connect([node.address])
      const { blog } = await blogBefore(kv)
      node.be(storedBut(error, 1))
      const written = { title: 'Once', body: 'Text', status: 'published' } as const
      const { post: made } = await blog.posts.create(written, { by: 'ann' })
      await blog.settle()
      expect(made.conflicts).toEqual([])
      expect((await blog.posts.read(made.id))?.body).toBe('Text')
      const { entries } = await blog.listings.page({ kind: 'all' }, { limit: 10 })
      expect(entries.map(({ id }) => id)).toEqual([made.id])
      await blog.stop()
    },
  )

  test('the facade calls such a put uncertain, and names the node', async () => {
    const node = await openRiakLike(storedBut('{node_confirms_val_unsatisfied,3,2}', 1))
    const kv = await connect([node.address])
    await expect(kv.put(at, content)).rejects.toMatchObject({
      code: 'BLOG_QUORUM_UNMET',
      outcome: 'indefinite',
      required: 3,
      answered: 2,
      node: node.address,
    })
    expect((await kv.get(at))?.siblings).toHaveLength(1)
  })

  test('an answer that ends in an error is an error, and no part of it is an answer (keys, index, job)', async () => {
    const node = await openRiakLike(endsHalfWay, { hasModule: true })
    const kv = await connect([node.address])
    const unmet = { code: 'BLOG_QUORUM_UNMET', outcome: 'definite' }
    await expect(kv.listKeys(at)).rejects.toMatchObject(unmet)
    const query = { type: 'posts', bucket: 'blog', field: '$bucket', equals: 'blog' }
    await expect(kv.queryIndex(query)).rejects.toMatchObject(unmet)
    await expect(kv.mapReduce(erlangJob)).rejects.toMatchObject(unmet)
    expect(await kv.get(at)).toBeUndefined()
  })

  test('overload is told as such, is not asked again by the facade, and a write gets past it', async () => {
    const node = await openRiakLike(plain)
    const kv = await connect([node.address])
    node.be(refusing(['RpbGetReq', 'RpbPutReq'], 'overload', 2))
    await expect(kv.get(at)).rejects.toMatchObject({ code: 'BLOG_OVERLOADED' })
    const uncertain = { code: 'BLOG_OVERLOADED', outcome: 'indefinite' }
    await expect(kv.put(at, content)).rejects.toMatchObject(uncertain)
    const { blog } = await blogBefore(kv)
    node.be(refusing(['RpbPutReq'], 'overload', 1))
    const { post } = await blog.posts.create({ title: 'A', body: 'b' }, { by: 'ann' })
    expect((await blog.posts.read(post.id))?.title).toBe('A')
    await blog.stop()
  })

  test('a message that an older node does not know is refused in words, and the connection is kept', async () => {
    const node = await openRiakLike(unaware('RpbGetBucketKeyPreflistReq'))
    const kv = await connect([node.address])
    await expect(kv.preflist(at)).rejects.toMatchObject({ code: 'BLOG_REFUSED_BY_RIAK' })
    await expect(kv.preflist(at)).rejects.toThrow(/Unknown message code: 33/)
    expect(await kv.get(at)).toBeUndefined()
    expect(new Set(node.node.requests.map(({ socket }) => socket)).size).toBe(1)
  })
})

describe('several nodes', () => {
  async function pair(): Promise<readonly [OpenedPersona, OpenedPersona]> {
    return [await openRiakLike(plain), await openRiakLike(plain)]
  }

  test('a write that one node refuses for its vnodes goes past it (w=dw=1, the same bytes)', async () => {
    const [one, two] = await pair()
    const kv = await connect([one.address, two.address])
    one.be(refusing(['RpbPutReq'], '{insufficient_vnodes,1,need,2}'))
    const { blog } = await blogBefore(kv)
    for (let n = 0; n < 6; n++) {
      const { post } = await blog.posts.create({ title: `Post ${n}`, body: 'Text' }, { by: 'ann' })
      expect(post.title).toBe(`Post ${n}`)
    }
    expect(one.node.received('RpbPutReq')).toBeGreaterThan(0)
    await blog.stop()
  })
})
