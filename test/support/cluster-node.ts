/** A node of a "cluster" for tests: an embedded one in memory, behind Protocol Buffers, named and set as a test says. */

import { onTestFinished } from 'vitest'
import { roomTypes } from '../../buckets/rooms.ts'
import { ringpostModule, ringpostModuleName } from '../../mapreduce/ringpost-mapreduce.ts'
import type { PropValue } from '../../src/embedded/ring/bucket-props.ts'
import { startPbListener } from '../../src/embedded/listen/pb-listener.ts'
import { openRiakNode } from '../../src/embedded/node.ts'
import type { Clock } from '../../src/kernel/ports.ts'
import { seededDice } from '../../src/kernel/prng.ts'
import { MemoryDisk } from '../../src/runtime/memory-disk.ts'
import { systemClock } from '../../src/runtime/system-clock.ts'
import { tcpNetwork } from '../../src/runtime/tcp-network.ts'
import { withType } from './open-embedded.ts'

export interface ClusterNodeOptions {
  readonly name?: string
  /** The node's clock is so far ahead, ms. */
  readonly aheadMs?: number
  /** Types that are not there. */
  readonly without?: readonly string[]
  /** Properties of a type that are other than ours. */
  readonly props?: Readonly<Record<string, Readonly<Record<string, PropValue>>>>
  readonly hasModule?: boolean
}

/** @returns its address; closed when the test ends. */
export async function openClusterNode(options: ClusterNodeOptions = {}): Promise<string> {
  const system = systemClock()
  const aheadMs = options.aheadMs ?? 0
  const clock: Clock = { ...system, nowMs: () => system.nowMs() + aheadMs }
  const log = { write: () => undefined }
  const node = await openRiakNode({
    name: options.name ?? 'riak@10.0.0.1',
    disk: new MemoryDisk(),
    clock,
    dice: seededDice(5),
    log,
    ...(options.hasModule !== false && {
      modules: new Map([[ringpostModuleName, ringpostModule]]),
    }),
  })
  onTestFinished(() => node.stop())
  for (const { type, props } of roomTypes) {
    if (options.without?.includes(type) === true) continue
    await withType(node, type, { ...props, ...options.props?.[type] })
  }
  const network = tcpNetwork()
  const at = { host: '127.0.0.1', port: 0 }
  const listener = await startPbListener({ node, network, clock, log, ...at })
  onTestFinished(() => listener.close())
  return `127.0.0.1:${listener.port}`
}
