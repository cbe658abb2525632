/** A real embedded node in memory, behind real HTTP and Protocol Buffers listeners on free ports. */

import { startHttpListener } from '../../src/embedded/listen/http-listener.ts'
import { startPbListener } from '../../src/embedded/listen/pb-listener.ts'
import { openRiakNode } from '../../src/embedded/node.ts'
import type { EmbeddedRiakNode, NodeOptions } from '../../src/embedded/node.ts'
import { seededDice } from '../../src/kernel/prng.ts'
import type { Log } from '../../src/kernel/ports.ts'
import { httpNetwork } from '../../src/runtime/http-network.ts'
import { MemoryDisk } from '../../src/runtime/memory-disk.ts'
import { tcpNetwork } from '../../src/runtime/tcp-network.ts'
import { fakeClock } from './fake-clock.ts'
import type { FakeClock } from './fake-clock.ts'

export interface HttpNode {
  readonly node: EmbeddedRiakNode
  readonly clock: FakeClock
  readonly httpPort: number
  readonly pbPort: number
  readonly logged: readonly { readonly level: string; readonly event: string }[]
  close(): Promise<void>
}

export async function openHttpNode(options: Partial<NodeOptions> = {}): Promise<HttpNode> {
  const logged: { level: string; event: string }[] = []
  const log: Log = { write: (level, event) => logged.push({ level, event }) }
  const clock = fakeClock()
  const dice = seededDice(3)
  const node = await openRiakNode({
    name: 'single@127.0.0.1',
    disk: new MemoryDisk(),
    clock,
    dice,
    log,
    ...options,
  })
  const host = '127.0.0.1'
  const network = httpNetwork({ log })
  const http = await startHttpListener({ node, network, clock, dice, log, host, port: 0 })
  const pb = await startPbListener({ node, network: tcpNetwork(), clock, log, host, port: 0 })
  return {
    node,
    clock,
    httpPort: http.port,
    pbPort: pb.port,
    logged,
    close: async () => {
      await http.close()
      await pb.close()
      await node.stop()
    },
  }
}
