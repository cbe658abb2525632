import { describe, expect, test } from 'vitest'
import type { NodeFacts } from '../../../../src/commands/checks/ask-nodes.ts'
import { judgeClocks } from '../../../../src/commands/checks/clocks.ts'
import type { ClockFacts } from '../../../../src/commands/checks/clocks.ts'
import { judgeCluster } from '../../../../src/commands/checks/cluster.ts'
import type { ClusterFacts, KeyLook } from '../../../../src/commands/checks/cluster.ts'
import { judgeNodes } from '../../../../src/commands/checks/nodes.ts'
import { judgeVersions } from '../../../../src/commands/checks/versions.ts'
import { OperationError } from '../../../../src/kernel/errors.ts'

const of = { isEmbedded: false, admin: 'riak admin' }
const silent = (reason: string, code: 'BLOG_UNAVAILABLE' | 'BLOG_SECURITY_ON'): NodeFacts => ({
  kind: 'silent',
  address: 'riak3:8087',
  error: new OperationError(code, `no Riak node answers: riak3:8087 (${reason})`),
})

describe('the addresses of RIAK_NODES', () => {
  test('one that answers is told with its name, its version and its round trip', () => {
    const node = {
      address: 'riak1:8087',
      node: 'riak@10.0.0.1',
      version: '3.2.3',
      roundTripMs: 0.4,
    }
    expect(judgeNodes([{ kind: 'answers', ...node }], of)).toEqual([
      {
        check: 'nodes',
        state: 'ok',
        what: 'node riak1:8087: riak@10.0.0.1, Riak 3.2.3, answers in 0.4 ms',
      },
    ])
  })

  test.each([
    ['connect ECONNREFUSED 10.0.0.3:8087', /nothing listens there.*riak start/],
    ['getaddrinfo ENOTFOUND riak3', /correct RIAK_NODES, or the name service/],
    ['connect EHOSTUNREACH 10.0.0.3:8087', /is it up, and is there a route/],
    ['no answer to a ping', /it hangs, or something between drops/],
  ])('one that does not is named, with its reason and what to look at: %s', (reason, advice) => {
    const [finding] = judgeNodes([silent(reason, 'BLOG_UNAVAILABLE')], of)
    expect(finding).toMatchObject({
      check: 'nodes',
      state: 'wrong',
      what: `node riak3:8087 does not answer: ${reason}`,
    })
    expect(finding?.advice).toMatch(advice)
  })

  test('security that is on is told as such, with the command that ends it', () => {
    const why = 'Security is enabled, please STARTTLS first'
    const [finding] = judgeNodes([silent(why, 'BLOG_SECURITY_ON')], of)
    expect(finding).toMatchObject({ check: 'security', state: 'wrong' })
    expect(finding?.advice).toContain('riak admin security disable')
  })
})

const on = (...names: string[]): KeyLook => ({ owners: names, isMet: true })
const lacking = (...names: string[]): KeyLook => ({ owners: names, isMet: false })
const seenBy = (node: string, ...looks: KeyLook[]): ClusterFacts => ({
  address: `${node}:8087`,
  node,
  looks,
})
const cluster = (
  facts: readonly ClusterFacts[],
  more: { silent?: readonly string[]; isOne?: boolean } = {},
) =>
  judgeCluster({
    facts,
    silent: more.silent ?? [],
    isOne: () => more.isOne ?? false,
    admin: 'riak admin',
  })

describe('the cluster', () => {
  const whole = [on('a', 'b', 'c')]

  test('three nodes that know each other, and own every key while they are up, are well', () => {
    const facts = ['a', 'b', 'c'].map((node) => seenBy(node, ...whole))
    expect(cluster(facts)).toEqual([
      { check: 'cluster', state: 'ok', what: 'one cluster of 3: a, b and c; all are up' },
    ])
  })

  test('a member that RIAK_NODES does not name is a note', () => {
    const [only, ...more] = cluster([seenBy('a', ...whole), seenBy('b', ...whole)])
    expect(more).toEqual([])
    expect(only).toMatchObject({
      state: 'note',
      what: expect.stringMatching(/not name: c$/) as string,
    })
  })

  test('a member that is away is found by the keys that lack it, though every address answers', () => {
    const looks = [lacking('a', 'b', 'd'), on('a', 'b', 'c'), lacking('b', 'c', 'd')]
    const findings = cluster(['a', 'b', 'c'].map((node) => seenBy(node, ...looks)))
    expect(findings.at(-1)).toMatchObject({
      state: 'wrong',
      what: 'd is away, although every address of RIAK_NODES answers; others stand in',
    })
    expect(findings.at(-1)?.advice).toContain('riak admin cluster status')
  })

  test('of three nodes, where every key lacks one, it is the one that does not answer', () => {
    const facts = ['a', 'b'].map((node) => seenBy(node, lacking('a', 'b', 'c')))
    const findings = cluster(facts, { silent: ['c:8087'] })
    expect(findings).toMatchObject([
      { state: 'note', what: 'c is away; others stand in, and hand its data over later' },
    ])
  })

  test('a node that answers us, and that another counts as away, is starting or cut off', () => {
    const findings = cluster([
      seenBy('a', on('a', 'c'), lacking('a', 'b', 'c')),
      seenBy('b', lacking('a', 'b', 'c'), on('b')),
      seenBy('c', on('a', 'b', 'c')),
    ])
    expect(findings[0]).toMatchObject({
      state: 'wrong',
      what: expect.stringContaining('a counts b as away, though it answers here') as string,
    })
    expect(findings[0]?.advice).toContain('4369')
  })

  test('nodes of two clusters are wrong; one that was joined and owns nothing yet is a note', () => {
    const two = cluster([seenBy('a', on('a')), seenBy('x', on('x'))])
    expect(two[0]).toMatchObject({
      state: 'wrong',
      what: expect.stringContaining('are of different clusters') as string,
    })
    expect(two[0]?.advice).toContain('riak admin cluster join a')
    const joined = cluster([seenBy('a', on('a', 'b', 'c')), seenBy('d', on('a', 'b', 'c'))])
    expect(joined[0]).toMatchObject({
      state: 'note',
      what: 'd (d:8087) owns no partition yet',
    })
  })

  test('two addresses under one name: one node twice is a note, two strangers are wrong', () => {
    const twice = [seenBy('a', ...whole), { ...seenBy('a', ...whole), address: 'other:8087' }]
    expect(cluster(twice, { isOne: true })[0]).toMatchObject({
      state: 'note',
      what: 'a:8087 and other:8087 are one node, a',
    })
    expect(cluster(twice, { isOne: false })[0]).toMatchObject({
      state: 'wrong',
      advice: expect.stringContaining('nodename') as string,
    })
  })

  test('a single node is a note; a cluster that shows nothing is said to', () => {
    expect(cluster([seenBy('a', on('a'))])).toMatchObject([
      { state: 'note', what: expect.stringContaining('one node has all three replicas') as string },
    ])
    expect(cluster([{ address: 'a:8087', node: 'a', looks: undefined }])).toMatchObject([
      { state: 'note', what: expect.stringContaining('before 2.1') as string },
    ])
  })
})

describe('the versions', () => {
  const nodes = (...versions: string[]) =>
    versions.map((version, at) => ({ address: `riak${at}:8087`, node: `n${at}`, version }))

  test.each(['2.2.3', '3.2.3', '3.4.0', '3.2.3+build.7'])('%s is known', (version) => {
    expect(judgeVersions(nodes(version, version))).toMatchObject([{ state: 'ok' }])
  })

  test('a mixed cluster is a note that names who runs what; an unknown or old one is told', () => {
    expect(judgeVersions(nodes('3.2.3', '3.4.0'))).toMatchObject([
      {
        state: 'note',
        what: 'the nodes run different versions: 3.2.3 on n0; 3.4.0 on n1',
        advice: expect.stringContaining('one node at a time') as string,
      },
    ])
    expect(judgeVersions(nodes('2.0.9'))).toMatchObject([{ state: 'wrong' }])
    expect(judgeVersions(nodes('1.4.12'))).toMatchObject([{ state: 'wrong' }])
    expect(judgeVersions(nodes('4.0.0'))).toMatchObject([{ state: 'note' }])
    expect(judgeVersions(nodes('git-abc'))).toMatchObject([{ state: 'note' }])
  })
})

describe('the clocks', () => {
  const at = (node: string, offsetMs: number, errorMs = 2): ClockFacts => ({
    node,
    address: `${node}:8087`,
    offsetMs,
    errorMs,
  })

  test('within a second of ours they are well', () => {
    expect(judgeClocks([at('a', 3), at('b', -900), at('c', 0)])).toMatchObject([{ state: 'ok' }])
  })

  test('an offset that the round trip alone may explain is none', () => {
    expect(judgeClocks([at('a', 1_500, 700), at('b', 0)])).toMatchObject([{ state: 'ok' }])
  })

  test('one that is two seconds off is a note, ten minutes are wrong; which one and how far is said', () => {
    const [note] = judgeClocks([at('a', 0), at('b', 2_000), at('c', 5)])
    expect(note).toMatchObject({
      state: 'note',
      what: 'the clock of b (b:8087) is 2.0 s ahead of this machine’s',
    })
    const [wrong] = judgeClocks([at('a', 0), at('b', 2), at('c', -600_000)])
    expect(wrong).toMatchObject({
      state: 'wrong',
      what: 'the clock of c (c:8087) is 10 min behind this machine’s',
    })
    expect(wrong?.advice).toContain('timedatectl')
  })

  test('where all are off alike it is our own that is', () => {
    const findings = judgeClocks([at('a', -600_000), at('b', -600_010), at('c', -599_990)])
    expect(findings).toMatchObject([
      {
        state: 'wrong',
        what: 'this machine’s own clock is 10 min ahead of those of all nodes, which agree',
      },
    ])
  })

  test('of a single node nobody can say which of the two is wrong', () => {
    expect(judgeClocks([at('a', 600_000)])).toMatchObject([
      { state: 'wrong', what: expect.stringContaining('one of the two is wrong') as string },
    ])
  })
})
