/** What `ringpost doctor` and a starting server say of a store: on each that is well, and each that is not. */
import { describe, expect, onTestFinished, test } from 'vitest'
import { startChecks } from '../../src/commands/checks/at-start.ts'
import { examineStore } from '../../src/commands/checks/examine-store.ts'
import type { StoreToExamine } from '../../src/commands/checks/examine-store.ts'
import type { CheckName, Finding } from '../../src/commands/checks/finding.ts'
import { seededDice } from '../../src/kernel/prng.ts'
import type { RiakHealth, RiakKv } from '../../src/riak/riak-kv.ts'
import { systemClock } from '../../src/runtime/system-clock.ts'
import type { Blog } from '../../src/store/blog.ts'
import { openClusterNode } from '../support/cluster-node.ts'
import { blogOn, recordingLog } from '../support/open-blog.ts'
import { freePort, until } from '../support/program.ts'
import { connect, timed } from '../support/riak-client.ts'
import { bitcask, openRiak, openRiakLike, securityOn } from '../support/stub-riak-versions.ts'

interface Opened extends StoreToExamine {
  readonly riak: RiakKv
  readonly blog: Blog
}

async function open(addresses: readonly string[]): Promise<Opened> {
  const riak = await connect(addresses, { mayStartDown: true })
  const blog = await blogOn(riak, { isSingleNode: false })
  onTestFinished(() => blog.stop())
  return {
    site: 'blog',
    clock: systemClock(),
    dice: seededDice(9),
    addresses,
    riak,
    blog,
    isEmbedded: false,
    riakAdmin: undefined,
  }
}

async function examined(
  store: StoreToExamine,
  depth = { isQuick: false, isWhole: false },
): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  await examineStore(store, depth, (finding) => findings.push(finding))
  return findings
}

/** What a node that hangs still answers. */
const heard: ReadonlySet<string> = new Set(['RpbPingReq', 'RpbGetServerInfoReq'])

const wrongOnes = (findings: readonly Finding[]): readonly Finding[] =>
  findings.filter(({ state }) => state === 'wrong')
const of = (findings: readonly Finding[], check: CheckName): readonly Finding[] =>
  findings.filter((finding) => finding.check === check)

const post = (title: string) => ({
  title,
  body: 'Text.',
  status: 'published' as const,
  publishedAt: '2026-01-02T03:04:05Z',
  tags: ['release'],
})

describe('doctor', () => {
  test('on a healthy store every check says so, and nothing is left behind', async () => {
    const store = await open([await openClusterNode()])
    await store.blog.posts.create(post('One'), { by: 'ana' })
    const ana = { name: 'ana', role: 'admin' as const, password: 'a few good words' }
    await store.blog.authors.add(ana, 'operator')
    await store.blog.settle()
    const findings = await examined(store)
    expect(wrongOnes(findings)).toEqual([])
    const checks: readonly CheckName[] = [
      'nodes',
      'versions',
      'clocks',
      'bucket-types',
      'dotted-versions',
      'secondary-indexes',
      'jobs',
      'settled',
      'accounts',
      'comments',
      'siblings',
      'listings',
    ]
    for (const check of checks) expect(of(findings, check)[0], check).toMatchObject({ state: 'ok' })
    expect(of(findings, 'listings')[0]?.what).toBe('listings: 1 post, all verified, no differences')
    for (const type of ['default', 'posts', 'comments', 'indexes']) {
      const left = await store.riak.listKeys({ type, bucket: '~doctor' })
      for (const key of left) {
        const found = await store.riak.get({ type, bucket: '~doctor', key })
        expect(found?.siblings.every(({ isTombstone }) => isTombstone) ?? true, key).toBe(true)
      }
    }
  })

  test('an address at which nothing listens is named, and the rest is looked at nevertheless', async () => {
    const gone = `127.0.0.1:${await freePort()}`
    const findings = await examined(await open([await openClusterNode(), gone]))
    expect(of(findings, 'nodes')).toMatchObject([
      { state: 'ok' },
      {
        state: 'wrong',
        what: expect.stringContaining(
          `node ${gone} does not answer: connect ECONNREFUSED`,
        ) as string,
        advice: expect.stringContaining('riak start') as string,
      },
    ])
    expect(of(findings, 'bucket-types')).toMatchObject([{ state: 'ok' }])
  })

  test('with no node at all it says so of each, and ends', async () => {
    const [a, b] = [await freePort(), await freePort()]
    const findings = await examined(await open([`127.0.0.1:${a}`, `127.0.0.1:${b}`]))
    expect(findings.map(({ check, state }) => [check, state])).toEqual([
      ['nodes', 'wrong'],
      ['nodes', 'wrong'],
    ])
  })

  test('a node that answers pings and nothing else is looked at for half a minute at most', async () => {
    const like = await openRiakLike((request) => !heard.has(request.name))
    const store = await open([like.address])
    const { value: findings, ms } = await timed(() => examined(store))
    expect(ms).toBeLessThan(30_000)
    expect(of(findings, 'nodes')).toMatchObject([{ state: 'ok' }])
    expect(of(findings, 'bucket-types')).toMatchObject([{ state: 'wrong' }])
    for (const check of ['clocks', 'jobs', 'listings'] as const) {
      for (const { state } of of(findings, check)) expect(state, check).not.toBe('ok')
    }
  })

  test('a missing type is told once, with the command; other checks do not repeat it', async () => {
    const findings = await examined(await open([await openClusterNode({ without: ['slugs'] })]))
    expect(wrongOnes(findings)).toMatchObject([
      {
        check: 'bucket-types',
        what: 'bucket type slugs does not exist, or is not active',
        advice: expect.stringContaining('cluster/bucket-types.sh') as string,
      },
    ])
  })

  test('a cluster with none of the types is one finding', async () => {
    const like = await openRiakLike(() => false)
    like.be((request) => {
      const named = (request.message as { readonly type?: Uint8Array }).type
      if (named === undefined || Buffer.from(named).toString() === 'default') return false
      request.error('no_type')
      return true
    })
    expect(wrongOnes(await examined(await open([like.address])))).toMatchObject([
      { check: 'bucket-types', what: 'none of the bucket types exists yet, or is active' },
    ])
  })

  test('other properties are told one by one; dvv_enabled, which nobody shows, by what it does', async () => {
    const props = {
      posts: { dvv_enabled: false },
      comments: { allow_mult: false },
      threads: { n_val: 2 },
    }
    const findings = await examined(await open([await openClusterNode({ props })]))
    const told = wrongOnes(findings).map(({ what, advice }) => `${what} > ${advice ?? ''}`)
    expect(told).toContain(
      `bucket type comments: allow_mult is false, must be true > riak admin bucket-type update comments '{"props":{"allow_mult":true}}'`,
    )
    expect(told).toContainEqual(
      expect.stringMatching(/threads: n_val is 2, must be 3 > n_val cannot be changed/),
    )
    expect(told).toContainEqual(
      expect.stringMatching(
        /posts: dvv_enabled is off.*update posts '\{"props":\{"dvv_enabled":true/,
      ),
    )
    expect(of(findings, 'dotted-versions')).toHaveLength(1)
  })

  test('a property that the blog’s own bucket has of its own is found', async () => {
    const store = await open([await openClusterNode()])
    await store.riak.setBucketProps({ type: 'posts', bucket: 'blog' }, { allow_mult: false })
    expect(of(await examined(store), 'bucket-types')).toMatchObject([
      {
        state: 'wrong',
        what: expect.stringContaining('bucket blog of type posts') as string,
        advice: expect.stringContaining('/types/posts/buckets/blog/props') as string,
      },
    ])
  })

  test('a backend without indexes (bitcask) is wrong once; what needs them says why it is silent', async () => {
    const like = await openRiakLike(bitcask, { hasModule: true })
    const findings = await examined(await open([like.address]))
    expect(wrongOnes(findings)).toMatchObject([
      {
        check: 'secondary-indexes',
        what: expect.stringContaining('no secondary indexes') as string,
        advice: expect.stringContaining('storage_backend = leveled') as string,
      },
    ])
    expect(of(findings, 'listings')).toMatchObject([{ state: 'note' }])
  })

  test('security that is on: what it means, and the command that ends it', async () => {
    const like = await openRiakLike(securityOn)
    expect(await examined(await open([like.address]))).toMatchObject([
      {
        check: 'security',
        state: 'wrong',
        advice: expect.stringContaining('riak admin security disable') as string,
      },
    ])
  })

  test('a cluster without the module (3.x) is a note; one node of two without it is wrong', async () => {
    const lacks = await openRiakLike(openRiak)
    expect(of(await examined(await open([lacks.address])), 'jobs')).toMatchObject([
      { state: 'note', advice: expect.stringContaining('cluster/install-module.sh') as string },
    ])
    const has = await openClusterNode({ name: 'riak@10.0.0.2' })
    const quick = { isQuick: true, isWhole: false }
    expect(of(await examined(await open([has, lacks.address]), quick), 'jobs')).toMatchObject([
      {
        state: 'wrong',
        what: expect.stringMatching(
          /does not run on riak@127.0.0.1, but on riak@10.0.0.2/,
        ) as string,
      },
    ])
  })

  test('a node whose clock is ten minutes ahead is named; two alike mean ours', async () => {
    const ahead = await openClusterNode({ name: 'late@10.0.0.3', aheadMs: 600_000 })
    const right = await openClusterNode({ name: 'riak@10.0.0.1' })
    expect(of(await examined(await open([right, ahead])), 'clocks')).toMatchObject([
      {
        state: 'wrong',
        what: `the clock of late@10.0.0.3 (${ahead}) is 10 min ahead of this machine’s`,
        advice: expect.stringContaining('timedatectl') as string,
      },
    ])
    const other = await openClusterNode({ name: 'also@10.0.0.4', aheadMs: 600_100 })
    expect(of(await examined(await open([ahead, other])), 'clocks')).toMatchObject([
      {
        state: 'wrong',
        what: 'this machine’s own clock is 10 min behind those of all nodes, which agree',
      },
    ])
  })

  test('two nodes that were never joined are two clusters, also under one name', async () => {
    const one = await openClusterNode({ name: 'riak@10.0.0.1' })
    const two = await openClusterNode({ name: 'riak@10.0.0.2' })
    const namesake = await openClusterNode({ name: 'riak@10.0.0.1' })
    const told = async (...addresses: string[]): Promise<readonly string[]> =>
      of(await examined(await open(addresses)), 'cluster').map(({ what }) => what)
    expect((await told(one, two))[0]).toContain('are of different clusters')
    expect((await told(one, namesake))[0]).toContain('two nodes of the same name')
    const again = one.replace('127.0.0.1', 'localhost')
    expect((await told(one, again))[0]).toContain('are one node, riak@10.0.0.1')
  })

  test('a listing that misses a post is named, and healed by what is advised', async () => {
    const store = await open([await openClusterNode()])
    const { blog, riak } = store
    await blog.posts.create(post('One'), { by: 'ana' })
    await blog.settle()
    const at = { type: 'indexes', bucket: 'blog', key: 'tag/release' }
    const before = await riak.get(at)
    const second = await blog.posts.create(post('Two'), { by: 'ana' })
    await blog.settle()
    const now = await riak.get(at)
    await riak.put(
      at,
      { value: before!.siblings[0]!.value, contentType: 'application/json' },
      { context: now!.context },
    )
    const [finding] = wrongOnes(await examined(store))
    expect(finding).toMatchObject({
      check: 'listings',
      what: expect.stringContaining(
        `indexes/blog/tag/release is missing for ${second.post.id}`,
      ) as string,
      advice: expect.stringContaining('ringpost index rebuild') as string,
    })
    await blog.jobs.rebuild()
    expect(wrongOnes(await examined(store))).toEqual([])
  })

  test('50 equal siblings of a post, an address and a listing are named, and made one by a rebuild', async () => {
    const store = await open([await openClusterNode()])
    const { blog, riak } = store
    const { post: made } = await blog.posts.create(post('Crowded'), { by: 'ana' })
    await blog.settle()
    const crowded = [
      ['posts', made.id],
      ['slugs', made.slug],
      ['indexes', 'all'],
    ] as const
    for (const [type, key] of crowded) {
      const at = { type, bucket: 'blog', key }
      const found = await riak.get(at)
      const { value, contentType, indexes } = found!.siblings[0]!
      for (let more = 1; more < 50; more++) await riak.put(at, { value, contentType, indexes })
    }
    const told = wrongOnes(await examined(store))
    expect(told.map(({ what }) => what).sort()).toEqual(
      crowded.map(([type, key]) => `${type}/blog/${key} has 50 siblings`).sort(),
    )
    for (const { advice } of told) expect(advice).toContain('ringpost index rebuild makes them one')
    await blog.jobs.rebuild()
    expect(wrongOnes(await examined(store))).toEqual([])
  })

  test('a damaged post and one of a newer program are named; quarantine is counted', async () => {
    const store = await open([await openClusterNode()])
    const { riak, blog } = store
    const json = (text: string) => ({
      value: Buffer.from(text),
      contentType: 'application/json',
    })
    const key = '01ARZ3NDEKTSV4RRFFQ69G5FAV'
    await riak.put({ type: 'drafts', bucket: 'blog', key: 'a/b' }, json('{"schema":9}'))
    await riak.put({ type: 'posts', bucket: 'blog', key }, json('not JSON'))
    await riak.put({ type: 'quarantine', bucket: 'blog', key: 'q' }, json('{}\n'))
    const findings = await examined(store)
    expect(of(findings, 'values')).toMatchObject(
      expect.arrayContaining([
        expect.objectContaining({
          what: expect.stringContaining(`posts/blog/${key} cannot be read`) as string,
        }),
        expect.objectContaining({ advice: expect.stringContaining('run that version') as string }),
      ]),
    )
    expect(of(findings, 'quarantine')).toMatchObject([
      { state: 'note', what: 'quarantine keeps 1 value that could not be read' },
    ])
    await blog.settle()
  })
})

describe('a server on a cluster', () => {
  test('tells what needs a hand once its nodes answer, once more after they were away, and nothing twice', async () => {
    const store = await open([await openClusterNode({ without: ['slugs'] })])
    let up = 0
    let looks = 0
    const health = (): RiakHealth => {
      looks++
      return { up, of: 1, changedAtMs: 0 }
    }
    const riak = new Proxy(store.riak, {
      get: (target, name) => {
        if (name === 'health') return health
        const member: unknown = Reflect.get(target, name, target)
        return typeof member === 'function' ? (member.bind(target) as unknown) : member
      },
    })
    const told: string[] = []
    const log = recordingLog()
    const checks = startChecks({ store: { ...store, riak }, log, tell: (text) => told.push(text) })
    onTestFinished(() => {
      checks.stop()
    })
    expect(told).toEqual([
      'the store does not answer yet (its node is away): pages say so until it does',
    ])
    up = 1
    await until('the types are told', 60_000, () => told.some((text) => text.includes('slugs')))
    const count = told.length
    up = 0
    await store.riak.setBucketProps({ type: 'posts', bucket: 'blog' }, { allow_mult: false })
    const before = looks
    await until('it has looked while they were away', 60_000, () => looks > before + 1)
    expect(told).toHaveLength(count)
    up = 1
    await until('the new fault is told', 60_000, () => told.some((text) => /allow_mult/.test(text)))
    expect(told.filter((text) => text.includes('type slugs'))).toHaveLength(1)
    expect(told.length).toBe(count + 1)
    expect(
      log.lines.filter(({ event }) => event === 'a check of the cluster').length,
    ).toBeGreaterThan(0)
  })
})
