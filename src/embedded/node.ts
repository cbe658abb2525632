/**
 * One Riak node: wires the ring, the vnodes, the request machines and the queries together.
 *
 * Depends on the world through its ports only: disk, clock, dice, log.
 *
 * Source: basho/riak_kv src/riak_kv_app.erl, riak_client.erl.
 */

import { AssertionError } from '../kernel/assert.ts'
import type { Clock, Dice, Disk, Log } from '../kernel/ports.ts'
import type { RiakNode } from './riak-node.ts'
import type { BucketTypes } from './ring/bucket-types.ts'

export interface NodeOptions {
  /** Erlang's form, e.g. `dev1@127.0.0.1`; must be the name this disk was first opened with. */
  readonly name: string
  /** The node closes it in `stop()`. */
  readonly disk: Disk
  readonly clock: Clock
  readonly dice: Dice
  readonly log: Log
  /** Partitions, a power of two; fixed when a disk is first opened. Default 64. */
  readonly ringSize?: number
  /** `storage.sync`: an acknowledged write survives a power cut. Default false. */
  readonly sync?: boolean
  /** What becomes of a tombstone that all replicas hold; a number is ms. Default 3,000. */
  readonly deleteMode?: 'keep' | 'immediate' | number
  /** Requests under way at once; beyond it `overload`. Default 50,000, as Riak's `fsm_limit`. */
  readonly fsmLimit?: number
}

/** What the console shows of the ring. */
export interface RingView {
  readonly size: number
  /** Partition id → owner's name. */
  readonly owners: readonly string[]
  readonly members: readonly string[]
  readonly claimant: string
}

export interface EmbeddedRiakNode extends RiakNode {
  readonly bucketTypes: BucketTypes
  ring(): RingView
}

/**
 * @throws OperationError `BLOG_BAD_REQUEST` where the disk belongs to another node name or ring size,
 * or was written by a newer version of the program.
 */
export function openRiakNode(options: NodeOptions): Promise<EmbeddedRiakNode> {
  return Promise.reject(new AssertionError(`${options.name} has no vnodes`))
}
