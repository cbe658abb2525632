/**
 * The golden table of the jobs through the embedded node: objects put by the official client, jobs over
 * Protocol Buffers, by the module's name and as JavaScript in a thread.
 */

import { ringpostModule, ringpostModuleName } from '../../../mapreduce/ringpost-mapreduce.ts'
import { ensureBucketTypes } from '../../../src/commands/embedded-node.ts'
import { openJavascriptEngine } from '../../../src/embedded/javascript/open-javascript-engine.ts'
import { startPbListener } from '../../../src/embedded/listen/pb-listener.ts'
import { openRiakNode } from '../../../src/embedded/node.ts'
import { seededDice } from '../../../src/kernel/prng.ts'
import { connectRiak } from '../../../src/riak/basho-riak-kv.ts'
import { MemoryDisk } from '../../../src/runtime/memory-disk.ts'
import { systemClock } from '../../../src/runtime/system-clock.ts'
import { tcpNetwork } from '../../../src/runtime/tcp-network.ts'
import { workerThreads } from '../../../src/runtime/worker-threads.ts'
import { goldenRows } from '../../support/golden-rows.ts'
import type { GoldenCluster } from '../../support/golden-rows.ts'
import { recordingLog } from '../../support/open-blog.ts'

async function open(): Promise<GoldenCluster> {
  const clock = systemClock()
  const log = recordingLog()
  const javascript = openJavascriptEngine({ clock, log, threads: workerThreads() })
  const node = await openRiakNode({
    name: 'dev1@127.0.0.1',
    disk: new MemoryDisk(),
    clock,
    dice: seededDice(5),
    log,
    modules: new Map([[ringpostModuleName, ringpostModule]]),
    javascript,
  })
  await ensureBucketTypes(node.bucketTypes)
  const at = { host: '127.0.0.1', port: 0 }
  const listener = await startPbListener({ node, network: tcpNetwork(), clock, log, ...at })
  const nodes = [`127.0.0.1:${listener.port}`]
  const riak = await connectRiak({ nodes, clock, dice: seededDice(6), log })
  const close = async (): Promise<void> => {
    await riak.stop()
    await listener.close()
    await node.stop()
    await javascript.close()
  }
  return { riak, close }
}

goldenRows('the embedded node', open, ['erlang', 'javascript'])
