/** The stories over real Protocol Buffers: an embedded node, two connections, two programs. */

import { ringpostModule, ringpostModuleName } from '../../mapreduce/ringpost-mapreduce.ts'
import { ensureBucketTypes } from '../../src/commands/embedded-node.ts'
import { startPbListener } from '../../src/embedded/listen/pb-listener.ts'
import { openRiakNode } from '../../src/embedded/node.ts'
import { seededDice } from '../../src/kernel/prng.ts'
import { connectRiak } from '../../src/riak/basho-riak-kv.ts'
import type { RiakKv } from '../../src/riak/riak-kv.ts'
import { MemoryDisk } from '../../src/runtime/memory-disk.ts'
import { systemClock } from '../../src/runtime/system-clock.ts'
import { tcpNetwork } from '../../src/runtime/tcp-network.ts'
import { recordingLog } from '../support/open-blog.ts'
import { storeStories } from './store-stories.ts'

storeStories('embedded node over Protocol Buffers', async () => {
  const clock = systemClock()
  const log = recordingLog()
  const name = 'dev1@127.0.0.1'
  const disk = new MemoryDisk()
  const modules = new Map([[ringpostModuleName, ringpostModule]])
  const node = await openRiakNode({ name, disk, clock, dice: seededDice(7), log, modules })
  await ensureBucketTypes(node.bucketTypes)
  const network = tcpNetwork()
  const host = '127.0.0.1'
  const listener = await startPbListener({ node, network, clock, log, host, port: 0 })
  const connect = (seed: number): Promise<RiakKv> =>
    connectRiak({ nodes: [`${host}:${listener.port}`], clock, dice: seededDice(seed), log })
  const [first, second] = await Promise.all([connect(1), connect(2)])
  return {
    first,
    second,
    close: async () => {
      await Promise.all([first.stop(), second.stop()])
      await listener.close()
      await node.stop()
    },
  }
})
