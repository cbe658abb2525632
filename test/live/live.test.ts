/**
 * Everything on a cluster that someone else started, in this order: what takes nodes down comes last,
 * for afterwards the store believes no absence for five minutes.
 */

import { describe, inject } from 'vitest'
import { riakKvContract } from '../contract/riak-kv.contract.ts'
import { storeStories } from '../integration/store-stories.ts'
import { goldenCases, goldenRows, storedOtherwise } from '../support/golden-rows.ts'
import { allGone } from './all-gone.ts'
import { blogEndToEnd } from './blog.ts'
import { connectTo, thorough } from './connection.ts'
import { oneGone } from './node-loss.ts'

const live = inject('live')
const { name, names, nodes } = live

/** A connection to one node alone: the second speaks to another, where there is one. */
const connectOne = (node: number) => connectTo([nodes[node % nodes.length]!])

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

  storeStories(
    'two connections',
    async () => {
      const [first, second] = await Promise.all([connectOne(0), connectOne(1)])
      const close = async (): Promise<void> => {
        await Promise.all([first.stop(), second.stop()])
      }
      return { first, second, isSingleNode: live.members.length === 1, close }
    },
    `${names}story`,
  )

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
  oneGone(live)
  allGone(live)
})
