/** An embedded node on a memory disk behind real Protocol Buffers, with our bucket types. */

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
import { recordingLog } from './open-blog.ts'

export interface PbCluster {
  /** Of this many programs, each with connections of its own. */
  readonly clients: readonly RiakKv[]
  readonly close: () => Promise<void>
}

export async function openPbCluster(count: number): Promise<PbCluster> {
  const clock = systemClock()
  const log = recordingLog()
  const name = 'dev1@127.0.0.1'
  const disk = new MemoryDisk()
  const modules = new Map([[ringpostModuleName, ringpostModule]])
  const node = await openRiakNode({ name, disk, clock, dice: seededDice(7), log, modules })
  await ensureBucketTypes(node.bucketTypes)
  const host = '127.0.0.1'
  const network = tcpNetwork()
  const listener = await startPbListener({ node, network, clock, log, host, port: 0 })
  const connect = (seed: number): Promise<RiakKv> =>
    connectRiak({ nodes: [`${host}:${listener.port}`], clock, dice: seededDice(seed), log })
  const clients = await Promise.all(Array.from({ length: count }, (_, n) => connect(n + 1)))
  return {
    clients,
    close: async () => {
      await Promise.all(clients.map((client) => client.stop()))
      await listener.close()
      await node.stop()
    },
  }
}
