/**
 * Whether the addresses are nodes of one cluster, whether they are all of it, and whether a node is
 * away that we do not talk to ourselves.
 *
 *     each node ──preflist of a key──▶ who owns its replicas, up or not: the members
 *               ──get, pr=all──▶ refused at once where one of these owners is away
 *
 * A preflist over Protocol Buffers never shows who is away: Riak takes all members to be up for it.
 *
 * Source: basho/riak_core src/riak_core_apl.erl, `get_apl_ann_with_pnum/1`; basho/riak_kv
 * src/riak_kv_get_fsm.erl (`pr_val_unsatisfied`); seen on a 3.2.3.
 */

import { StoreError } from '../../kernel/errors.ts'
import { limits } from '../../kernel/limits.ts'
import type { Dice } from '../../kernel/ports.ts'
import type { RiakKv } from '../../riak/riak-kv.ts'
import { eachBounded } from '../../store/each.ts'
import type { AnsweringNode } from './ask-nodes.ts'
import { probeBucket, probeKey, withProbe } from './check.ts'
import type { Check } from './check.ts'
import { list, note, ok, wrong } from './finding.ts'
import type { Finding } from './finding.ts'

/** A key: who owns its replicas, and whether all of them are up. */
export interface KeyLook {
  readonly owners: readonly string[]
  readonly isMet: boolean
}

/** The cluster as one node sees it. */
export interface ClusterFacts {
  readonly address: string
  readonly node: string
  /** Undefined where it could not be asked. */
  readonly looks: readonly KeyLook[] | undefined
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

const lookKeys: readonly string[] = Array.from(
  { length: limits.checkRingKeys },
  (_, at) => `ring-${at}`,
)

async function lookAt({ address, node, riak }: AnsweringNode): Promise<ClusterFacts> {
  try {
    const looks = await eachBounded(lookKeys, limits.storeConcurrency, (key) => lookUp(riak, key))
    return { address, node, looks }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    return { address, node, looks: undefined }
  }
}

async function lookUp(riak: RiakKv, key: string): Promise<KeyLook> {
  const at = { type: 'default', bucket: probeBucket, key }
  const preflist = await riak.preflist(at)
  const owners = [...new Set(preflist.map(({ node }) => node))]
  try {
    await riak.get(at, { pr: 'all' })
    return { owners, isMet: true }
  } catch (error) {
    if (error instanceof StoreError && error.code === 'BLOG_QUORUM_UNMET') {
      return { owners, isMet: false }
    }
    throw error
  }
}

/** Members, as far as one node knows. */
function membersOf({ looks }: ClusterFacts): readonly string[] | undefined {
  return looks && [...new Set(looks.flatMap(({ owners }) => owners))].sort()
}

interface Suspects {
  readonly away: readonly string[]
  /** They answer us, but the node that was asked does without them. */
  readonly unseen: readonly string[]
}

/**
 * Suspect is who owns keys that lack an owner, and none that lacks none. A key that lacks one who does not
 * answer us either is explained by that; the others of it are not to blame.
 */
function suspectsOf({ node, looks = [] }: ClusterFacts, answering: ReadonlySet<string>): Suspects {
  const up = new Set(looks.filter(({ isMet }) => isMet).flatMap(({ owners }) => owners))
  const unmet = looks
    .filter(({ isMet }) => !isMet)
    .map(({ owners }) => owners.filter((owner) => !up.has(owner)))
  const away = new Set(unmet.flat().filter((owner) => !answering.has(owner)))
  const unexplained = unmet.filter((owners) => !owners.some((owner) => away.has(owner)))
  const unseen = new Set(unexplained.flat().filter((owner) => owner !== node))
  return { away: [...away].sort(), unseen: [...unseen].sort() }
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
  const members = [...new Set(facts.flatMap((each) => membersOf(each) ?? []))]
  if (members.length === 0) {
    const what =
      'the cluster does not show where keys lie (before 2.1): nodes away are noticed late'
    return [...findings, note('cluster', what)]
  }
  const answering = new Set(facts.map(({ node }) => node))
  const unnamed = members.filter((member) => !answering.has(member))
  // A silent address may be one of them.
  if (unnamed.length > silent.length && findings.length === 0) {
    findings.push(
      note(
        'cluster',
        `the cluster has members that RIAK_NODES does not name: ${list(unnamed)}`,
        'name more of them: those that are named carry all requests, and are all that can be asked when one is lost',
      ),
    )
  }
  findings.push(...judgeAway(facts, { answering, silent, admin }))
  if (silent.length === 0 && members.length < membersMin && findings.length === 0) {
    findings.push(
      note(
        'cluster',
        `${members.length === 1 ? 'one node has' : 'two nodes have'} all three replicas of everything: losing a machine loses copies that should be on different ones`,
        'five nodes lose two machines quietly, three lose one (cluster/README.md, growing)',
      ),
    )
  }
  if (findings.length > 0) return findings
  return [ok('cluster', `one cluster of ${members.length}: ${list(members)}; all are up`)]
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
      const [ofA, ofB] = [membersOf(a), membersOf(b)]
      if (a.node === b.node || ofA === undefined || ofB === undefined) continue
      const [aOwns, bOwns] = [ofB.includes(a.node), ofA.includes(b.node)]
      if (aOwns && bOwns) continue
      const isShared = ofA.some((member) => ofB.includes(member))
      const idle = aOwns ? b : a
      findings.push(
        isShared
          ? note(
              'cluster',
              `${idle.node} (${idle.address}) owns no partition yet`,
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

function judgeAway(
  facts: readonly ClusterFacts[],
  {
    answering,
    silent,
    admin,
  }: {
    readonly answering: ReadonlySet<string>
    readonly silent: readonly string[]
    readonly admin: string
  },
): readonly Finding[] {
  const findings: Finding[] = []
  const away = new Set<string>()
  for (const each of facts) {
    const suspects = suspectsOf(each, answering)
    for (const node of suspects.away) away.add(node)
    for (const node of suspects.unseen) {
      findings.push(
        wrong(
          'cluster',
          `${each.node} counts ${node} as away, though it answers here: it is still starting, or the two do not reach each other`,
          `${admin} cluster status on both machines; between them the ports of Erlang must be open (epmd 4369, and those of erlang.distribution in riak.conf)`,
        ),
      )
    }
  }
  if (away.size === 0) return findings
  const names = list([...away])
  const until =
    'until five minutes after its return "not found" proves nothing: 503 rather than 404'
  findings.push(
    silent.length > 0
      ? note('cluster', `${names} is away; others stand in, and hand its data over later`, until)
      : wrong(
          'cluster',
          `${names} is away, although every address of RIAK_NODES answers; others stand in`,
          `on its machine: riak ping, riak start; ${admin} cluster status marks it down! (member-status calls even a dead node valid); ${until}`,
        ),
  )
  return findings
}
