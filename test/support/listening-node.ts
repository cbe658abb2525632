/** A real embedded node in memory, behind a real Protocol Buffers listener on a free port. */

import { startPbListener } from '../../src/embedded/listen/pb-listener.ts'
import type { PbListener } from '../../src/embedded/listen/pb-listener.ts'
import { openRiakNode } from '../../src/embedded/node.ts'
import type { EmbeddedRiakNode } from '../../src/embedded/node.ts'
import { seededDice } from '../../src/kernel/prng.ts'
import type { Log } from '../../src/kernel/ports.ts'
import { MemoryDisk } from '../../src/runtime/memory-disk.ts'
import { systemClock } from '../../src/runtime/system-clock.ts'
import { tcpNetwork } from '../../src/runtime/tcp-network.ts'

export interface ListeningNode {
  readonly node: EmbeddedRiakNode
  readonly listener: PbListener
  readonly logged: readonly { readonly level: string; readonly event: string }[]
  close(): Promise<void>
}

export async function openListeningNode(name = 'single@127.0.0.1'): Promise<ListeningNode> {
  const logged: { level: string; event: string }[] = []
  const log: Log = { write: (level, event) => logged.push({ level, event }) }
  const clock = systemClock()
  const node = await openRiakNode({
    name,
    disk: new MemoryDisk(),
    clock,
    dice: seededDice(1),
    log,
  })
  const network = tcpNetwork()
  const listener = await startPbListener({ node, network, clock, log, host: '127.0.0.1', port: 0 })
  return {
    node,
    listener,
    logged,
    close: async () => {
      await listener.close()
      await node.stop()
    },
  }
}
