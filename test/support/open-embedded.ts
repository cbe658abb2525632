/** An embedded node on a memory disk and a clock that a test moves. */

import { openRiakNode } from '../../src/embedded/node.ts'
import type { EmbeddedRiakNode, NodeOptions } from '../../src/embedded/node.ts'
import type { PropValue } from '../../src/embedded/ring/bucket-props.ts'
import type { BucketId } from '../../src/embedded/requests.ts'
import { seededDice } from '../../src/kernel/prng.ts'
import { MemoryDisk } from '../../src/runtime/memory-disk.ts'
import { fakeClock } from './fake-clock.ts'
import type { FakeClock } from './fake-clock.ts'

export interface OpenedNode {
  readonly node: EmbeddedRiakNode
  readonly clock: FakeClock
  readonly disk: NodeOptions['disk']
}

/** @param options - anything to be other than usual. */
export async function openEmbedded(options: Partial<NodeOptions> = {}): Promise<OpenedNode> {
  const clock = fakeClock()
  const disk = options.disk ?? new MemoryDisk()
  const node = await openRiakNode({
    name: 'dev1@127.0.0.1',
    clock,
    dice: seededDice(11),
    log: { write: () => undefined },
    ...options,
    disk,
  })
  return { node, clock, disk }
}

export async function withType(
  node: EmbeddedRiakNode,
  type: string,
  props: Readonly<Record<string, PropValue>> = {},
): Promise<void> {
  await node.bucketTypes.create(type, new Map(Object.entries(props)))
  await node.bucketTypes.activate(type)
}

export function bucketId(type: string, bucket: string): BucketId {
  return { type: Buffer.from(type), bucket: Buffer.from(bucket) }
}

export const bytes = (text: string): Uint8Array => Buffer.from(text)
export const text = (of: Uint8Array): string => Buffer.from(of).toString()
