/**
 * Whether the addresses are nodes of one cluster, whether they are all of it, and whether a node is
 * away that we do not talk to ourselves.
 *
 *     each node ──preflists of some 50 keys──▶ members as it sees them, fallbacks
 */

import { StoreError } from '../../kernel/errors.ts'
import { limits } from '../../kernel/limits.ts'
import type { Dice } from '../../kernel/ports.ts'
import type { RiakKv } from '../../riak/riak-kv.ts'
import { eachBounded } from '../../store/each.ts'
import { RingView } from '../../store/ring-view.ts'
import type { AnsweringNode } from './ask-nodes.ts'
import { probeBucket, probeKey, withProbe } from './check.ts'
import type { Check } from './check.ts'
import { list, note, ok, wrong } from './finding.ts'
import type { Finding } from './finding.ts'

/** The cluster as one node sees it. */
export interface ClusterFacts {
  readonly address: string
  readonly node: string
  /** Nodes that own partitions; undefined where it could not be asked. */
  readonly members: readonly string[] | undefined
  /** Partitions, of those asked for, that another than their owner answers for. */
  readonly fallbacks: number
}

interface Judged {
  readonly facts: readonly ClusterFacts[]
  /** Addresses of RIAK_NODES that do not answer. */
  readonly silent: readonly string[]
  /** Of two addresses whose nodes have one name: whether what is put by one is found by the other. */
  readonly isOne: (a: string, b: string) => boolean
  readonly admin: string
}

/** Fewer than the replicas of a key. */
const membersMin = 3

export const clusterCheck: Check = {
  name: 'cluster',
  isQuick: true,
  run: async ({ answering, nodes, isEmbedded, admin, dice }) => {
    if (isEmbedded || answering.length === 0) return []
    const facts = await Promise.all(answering.map(lookAt))
    const twins = await askTwins(answering, dice)
    const silent = nodes.flatMap((node) => (node.kind === 'silent' ? [node.address] : []))
    return judgeCluster({ facts, silent, isOne: (a, b) => twins.has(pair(a, b)), admin })
  },
}

async function lookAt({ address, node, riak }: AnsweringNode): Promise<ClusterFacts> {
  const view = new RingView()
  try {
    for (let look = 0; look < limits.checkRingLooks; look++) {
      await eachBounded(
        view.nextKeys(limits.ringFirstKeys),
        limits.storeConcurrency,
        async (key) => {
          view.note(key, await riak.preflist({ type: 'default', bucket: probeBucket, key }))
        },
      )
    }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    return { address, node, members: undefined, fallbacks: 0 }
  }
  return { address, node, members: view.nodes(), fallbacks: view.fallbacks }
}

/** @returns pairs of addresses that answer under one name and store in one place. */
async function askTwins(
  answering: readonly AnsweringNode[],
  dice: Dice,
): Promise<ReadonlySet<string>> {
  const twins = new Set<string>()
  for (const [index, a] of answering.entries()) {
    for (const b of answering.slice(index + 1)) {
      if (a.node === b.node && (await isSeenBy(a.riak, b.riak, dice))) {
        twins.add(pair(a.address, b.address))
      }
    }
  }
  return twins
}

/** In Docker, two nodes that never met may both be called riak@127.0.0.1. */
function isSeenBy(writer: RiakKv, reader: RiakKv, dice: Dice): Promise<boolean> {
  const at = { type: 'default', key: probeKey('twin', dice) }
  return withProbe(writer, at, async () => {
    const place = { ...at, bucket: probeBucket }
    await writer.put(place, { value: new Uint8Array([49]), contentType: 'text/plain' })
    return (await reader.get(place, { r: 1, notFoundOk: false })) !== undefined
  })
}

function pair(a: string, b: string): string {
  return [a, b].sort().join(' ')
}

export function judgeCluster({ facts, silent, isOne, admin }: Judged): readonly Finding[] {
  const findings = [...judgeNames(facts, isOne), ...judgeStrangers(facts, admin)]
  const members = new Set(facts.flatMap((each) => each.members ?? []))
  if (members.size === 0) {
    const what =
      'the cluster does not show where keys lie (before 2.1): nodes away are noticed late'
    return [...findings, note('cluster', what)]
  }
  const named = new Set(facts.map(({ node }) => node))
  // A silent address may be one of them.
  const unnamed = [...members].filter((member) => !named.has(member))
  const unnamedMin = unnamed.length - silent.length
  if (unnamedMin > 0 && findings.length === 0) {
    findings.push(
      note(
        'cluster',
        `the cluster has members that RIAK_NODES does not name: ${list(unnamed)}`,
        'name more of them: those that are named carry all requests, and are all that can be asked when one is lost',
      ),
    )
  }
  if (facts.some(({ fallbacks }) => fallbacks > 0)) findings.push(judgeFallbacks(silent, admin))
  else if (silent.length === 0 && members.size < membersMin) {
    findings.push(
      note(
        'cluster',
        `${members.size === 1 ? 'one node has' : 'two nodes have'} all three replicas of everything: losing a machine loses copies that should be on different ones`,
        'five nodes lose two machines quietly, three lose one (cluster/README.md, growing)',
      ),
    )
  }
  if (findings.length > 0) return findings
  return [ok('cluster', `one cluster of ${members.size}: ${list([...members])}; none is away`)]
}

function judgeNames(
  facts: readonly ClusterFacts[],
  isOne: (a: string, b: string) => boolean,
): Finding[] {
  const findings: Finding[] = []
  for (const [index, a] of facts.entries()) {
    for (const b of facts.slice(index + 1)) {
      if (a.node !== b.node) continue
      findings.push(
        isOne(a.address, b.address)
          ? note(
              'cluster',
              `${a.address} and ${b.address} are one node, ${a.node}`,
              'name each node once in RIAK_NODES: two addresses of one are lost together',
            )
          : wrong(
              'cluster',
              `${a.address} and ${b.address} are two nodes of the same name, ${a.node}, that do not know each other`,
              'nodename in the riak.conf of each must be its own (riak@<its address>), before it has data; then join them: cluster/README.md',
            ),
      )
    }
  }
  return findings
}

/** Two nodes, neither of which owns a partition in the eyes of the other. */
function judgeStrangers(facts: readonly ClusterFacts[], admin: string): Finding[] {
  const findings: Finding[] = []
  for (const [index, a] of facts.entries()) {
    for (const b of facts.slice(index + 1)) {
      if (a.node === b.node || a.members === undefined || b.members === undefined) continue
      const aSeesB = a.members.includes(b.node)
      const bSeesA = b.members.includes(a.node)
      if (aSeesB || bSeesA) continue
      const isShared = a.members.some((member) => b.members?.includes(member) === true)
      findings.push(
        isShared
          ? note(
              'cluster',
              `${a.node} (${a.address}) or ${b.node} (${b.address}) owns no partition yet`,
              `a member that was just joined gets them by: ${admin} cluster plan, then ${admin} cluster commit`,
            )
          : wrong(
              'cluster',
              `${a.node} (${a.address}) and ${b.node} (${b.address}) are of different clusters: what one stores the other never sees`,
              `correct RIAK_NODES, or join them while one is empty: on it, ${admin} cluster join ${a.node}, then ${admin} cluster plan and ${admin} cluster commit`,
            ),
      )
    }
  }
  return findings
}

function judgeFallbacks(silent: readonly string[], admin: string): Finding {
  const look = `${admin} cluster status (down! marks it; member-status says valid even of a dead node)`
  if (silent.length > 0) {
    return note(
      'cluster',
      'other nodes stand in for one that is away; they hand its data over when it is back',
      'until five minutes after its return "not found" proves nothing: pages are 503 rather than 404',
    )
  }
  return wrong(
    'cluster',
    'a node of the cluster is away, although every address of RIAK_NODES answers: others stand in for it',
    look,
  )
}
