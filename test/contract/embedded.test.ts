import { startPbListener } from '../../src/embedded/listen/pb-listener.ts'
import { openRiakNode } from '../../src/embedded/node.ts'
import { seededDice } from '../../src/kernel/prng.ts'
import type { Log } from '../../src/kernel/ports.ts'
import { connectRiak } from '../../src/riak/basho-riak-kv.ts'
import { MemoryDisk } from '../../src/runtime/memory-disk.ts'
import { systemClock } from '../../src/runtime/system-clock.ts'
import { tcpNetwork } from '../../src/runtime/tcp-network.ts'
import { riakKvContract } from './riak-kv.contract.ts'
import { contractModule } from './riak-kv.jobs.ts'

const clock = systemClock()
const log: Log = { write: () => undefined }

riakKvContract({
  name: 'embedded node over Protocol Buffers',
  supports: {
    reaping: true,
    settingTypes: true,
    jobs: true,
    javascriptOff: true,
    counters: true,
    readingDvv: 'dvv_enabled is not among the properties that Protocol Buffers carry',
  },
  open: async () => {
    const dice = seededDice(1)
    const disk = new MemoryDisk()
    const modules = new Map([['contract_jobs', contractModule]])
    const node = await openRiakNode({ name: 'dev1@127.0.0.1', disk, clock, dice, log, modules })
    await node.bucketTypes.create('posts', new Map())
    await node.bucketTypes.create('counters', new Map([['datatype', 'counter']]))
    for (const type of ['posts', 'counters']) await node.bucketTypes.activate(type)
    const network = tcpNetwork()
    const at = { host: '127.0.0.1', port: 0 }
    const listener = await startPbListener({ node, network, clock, log, ...at })
    const kv = await connectRiak({ nodes: [`127.0.0.1:${listener.port}`], clock, dice, log })
    return {
      kv,
      close: async () => {
        await kv.stop()
        await listener.close()
        await node.stop()
      },
    }
  },
})
