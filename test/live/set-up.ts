/**
 * Before and after a live run, in vitest's own process:
 *
 *     RIAK_NODES, or a node of our own ─▶ look ─▶ types, module (RIAK_ADMIN) ─▶ probes ─▶ tests
 *     remove every key of this run, and leftovers of interrupted ones ─▶ end our own node
 *
 * What cannot be run here is said once, with the reason, before the first test.
 */

import type { TestProject } from 'vitest/node'
import { readEnvironment } from '../../src/commands/environment.ts'
import type { RiakKv } from '../../src/riak/riak-kv.ts'
import { cryptoDice } from '../../src/runtime/crypto-dice.ts'
import type { LiveCluster } from './cluster.ts'
import { connectTo } from './connection.ts'
import {
  assertJobs,
  assertTypes,
  installModule,
  installTypes,
  loadContractJobs,
  unloadContractJobs,
} from './install.ts'
import {
  assertIndexes,
  hasContractJobs,
  languagesOf,
  lookAtNodes,
  membersOf,
  reapsTombstones,
  wordsOf,
} from './look.ts'
import { freshNames } from './names.ts'
import { startOwnNode } from './own-node.ts'
import { removeAll } from './removal.ts'

const tell = (text: string): void => {
  console.log(`live  ${text}`)
}

interface Target {
  readonly name: string
  readonly nodes: readonly string[]
  readonly riakAdmin: string | undefined
  readonly power: LiveCluster['power']
  end(): Promise<void>
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const target = await chooseTarget()
  let riak: RiakKv | undefined
  let loadedBy: string | undefined
  let isPrepared = false
  const names = freshNames(Date.now(), () => cryptoDice().uint32())
  const reinstall = async (): Promise<void> => {
    // It stays: a node that was restarted meanwhile may have come back without it.
    if (!isPrepared || target.riakAdmin === undefined || typeof target.power === 'string') return
    await installModule(target.riakAdmin, tell)
  }
  const tearDown = (): Promise<void> =>
    allOf([
      async () => riak && clean(riak, names),
      async () => loadedBy !== undefined && unloadContractJobs(loadedBy),
      reinstall,
      async () => riak?.stop(),
      () => target.end(),
    ])
  try {
    tell(`on ${target.name}`)
    for (const line of await lookAtNodes(target.nodes)) tell(line)
    riak = await connectTo(target.nodes)
    const { riakAdmin } = target
    if (riakAdmin !== undefined && (await loadContractJobs(riakAdmin))) loadedBy = riakAdmin
    const live = await prepare(riak, target, names)
    project.provide('live', live)
    isPrepared = true
    tellPlan(live)
    return tearDown
  } catch (error) {
    await tearDown().catch((also: unknown) => {
      tell(`besides: ${wordsOf(also)}`)
    })
    throw error
  }
}

/** One after the other; what fails keeps none of the others from being done. */
async function allOf(steps: readonly (() => Promise<unknown>)[]): Promise<void> {
  const failures: unknown[] = []
  for (const step of steps) {
    try {
      await step()
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
}

async function chooseTarget(): Promise<Target> {
  const { riakNodes, riakAdmin } = readEnvironment()
  if (riakNodes === undefined) {
    const own = await startOwnNode()
    return {
      name: 'an embedded node of its own (RIAK_NODES is not set)',
      nodes: [own.address],
      riakAdmin: own.riakAdmin,
      power: { stop: own.stop, start: own.start },
      end: () => own.end(),
    }
  }
  const stop = process.env['RINGPOST_LIVE_STOP'] ?? ''
  const start = process.env['RINGPOST_LIVE_START'] ?? ''
  const power =
    stop === '' || start === ''
      ? 'RINGPOST_LIVE_STOP and RINGPOST_LIVE_START are not set: no node may be taken down'
      : { stop, start }
  const name = `the Riak nodes ${riakNodes.join(', ')}`
  return { name, nodes: riakNodes, riakAdmin, power, end: () => Promise.resolve() }
}

async function prepare(riak: RiakKv, target: Target, names: string): Promise<LiveCluster> {
  const { nodes, riakAdmin, power, name } = target
  if (riakAdmin !== undefined) await installTypes(riakAdmin, tell)
  const bucket = `${names}probe`
  await assertTypes(riak, bucket, riakAdmin)
  const members = await membersOf(riak, bucket)
  tell(`members: ${members.join(', ')}`)
  await assertIndexes(riak, bucket)
  if (riakAdmin !== undefined) await installModule(riakAdmin, tell)
  const { languages, refusals } = await languagesOf(riak, bucket)
  assertJobs(languages, refusals, riakAdmin)
  tell(`index jobs run in: ${languages.join(', ')}`)
  for (const why of refusals) tell(`  not in ${why.split('\n', 1)[0] ?? ''}`)
  return {
    name,
    nodes,
    members,
    names,
    languages,
    reaping: await reapsTombstones(riak, bucket),
    contractJobs: await hasContractJobs(riak, bucket),
    power,
    isTimed: process.env['RINGPOST_LIVE_SPEED'] === '1',
    returnSeconds: returnSeconds(process.env['RINGPOST_LIVE_RETURN'] ?? ''),
  }
}

function returnSeconds(text: string): number {
  if (text === '') return 150
  if (/^\d{1,5}$/.test(text)) return Number(text)
  throw new Error(`RINGPOST_LIVE_RETURN is "${text}": expected a number of seconds`)
}

function tellPlan({ names, power, members }: LiveCluster): void {
  tell(`will store in buckets that begin with ${names}, and remove every key of them`)
  tell(
    'will run: contract, merges, moderation, MapReduce golden table, the blog by the real program',
  )
  if (typeof power === 'string') {
    tell(`will not run: loss of one node, loss of all nodes: ${power}`)
    return
  }
  tell('will run: loss of all nodes')
  if (members.length > 1) tell('will run: loss of one node')
  else tell('will not run: loss of one node: the cluster has one node only')
}

async function clean(riak: RiakKv, names: string): Promise<void> {
  const began = performance.now()
  const { objects, buckets, types } = await removeAll(riak, names)
  const seconds = ((performance.now() - began) / 1_000).toFixed(1)
  tell(`removed ${objects} objects of ${buckets} buckets in ${types} types (${seconds} s)`)
}
