/**
 * Everything on a cluster that someone else started, in this order: what takes nodes down comes last,
 * for afterwards the store believes no absence for five minutes.
 */

import { describe, inject } from 'vitest'
import { riakKvContract } from '../contract/riak-kv.contract.ts'
import { moderatorStories } from '../integration/moderator-stories.ts'
import { queueStories } from '../integration/queue-stories.ts'
import { storeStories } from '../integration/store-stories.ts'
import type { StoryCluster } from '../integration/store-stories.ts'
import { goldenCases, goldenRows, storedOtherwise } from '../support/golden-rows.ts'
import type { RiakKv } from '../../src/riak/riak-kv.ts'
import { allGone } from './all-gone.ts'
import { blogEndToEnd } from './blog.ts'
import { connectTo, insistent, thorough } from './connection.ts'
import { moderation } from './moderation.ts'
import { oneGone } from './node-loss.ts'

const live = inject('live')
const { name, names, nodes } = live

/** A connection to one node alone: the second speaks to another, where there is one. */
const connectOne = (node: number) => connectTo([nodes[node % nodes.length]!])

/** Two programs, each on another node. @param as - what becomes of their connections. */
async function twoConnections(
  as: (riak: RiakKv) => RiakKv = (riak) => riak,
): Promise<StoryCluster> {
  const [first, second] = (await Promise.all([connectOne(0), connectOne(1)])).map(as)
  const close = async (): Promise<void> => {
    await Promise.all([first!.stop(), second!.stop()])
  }
  return { first: first!, second: second!, isSingleNode: live.members.length === 1, close }
}

describe(`on ${name}`, () => {
  riakKvContract({
    name: 'the cluster',
    buckets: `${names}contract`,
    supports: {
      reaping: live.reaping,
      settingTypes: 'the types are those of the cluster, and stay as they are',
      readingDvv: 'dvv_enabled is not among the properties that Protocol Buffers carry',
      jobs: live.contractJobs,
      javascriptOff: live.languages.includes('javascript') ? 'this cluster runs JavaScript' : true,
      counters: true,
    },
    open: async () => {
      const kv = thorough(await connectTo(nodes))
      return { kv, close: () => kv.stop() }
    },
  })

  storeStories('two connections', () => twoConnections(), `${names}story`)
  // What is in no index yet is in no list: an index query asks one replica of each key.
  const openIndexed = (): Promise<StoryCluster> => twoConnections(insistent)
  queueStories('two connections', openIndexed, `${names}queue`)
  moderatorStories('two connections', openIndexed, `${names}moderators`)

  console.log(`live  golden table: ${[`${goldenCases} objects`, ...storedOtherwise()].join('; ')}`)
  goldenRows(
    'the cluster',
    async () => {
      const riak = await connectTo(nodes)
      return { riak, close: () => riak.stop() }
    },
    live.languages,
    `${names}golden`,
  )

  blogEndToEnd(live)
  moderation(live)
  oneGone(live)
  allGone(live)
})
