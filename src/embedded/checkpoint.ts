/**
 * A copy of a node's disk while the node runs on it: one snapshot, into an empty disk.
 *
 *     disk ──scan, one snapshot──▶ batches ──▶ an empty disk
 *             └ all but m:vnode: whoever opens the copy counts as a new actor
 *
 * Invariants: every write that was acknowledged before the copy began is in it, with its index entries; of
 * later ones all or nothing of each batch. A node on the copy never repeats a dot: what the original wrote
 * after the snapshot may be known to a client, and a dot met twice is a write dropped without a word
 * (kv679). So the vnodes' identities stay behind, as after the loss of Riak's vnode status files.
 *
 * Source: basho/riak_kv src/riak_kv_vnode_status_mgr.erl; basho/riak_kv#679; LevelDB's snapshots.
 */

import type { Disk, DiskChange } from '../kernel/ports.ts'
import { limits } from '../kernel/limits.ts'
import { metaKeys } from './vnode/meta-keys.ts'

export interface CheckpointSize {
  readonly records: number
  /** Of keys and values. */
  readonly bytes: number
}

/** Above every key of the disk's: all begin with a letter. */
const beyondAll = Uint8Array.of(0xff)

/**
 * @param into - empty; the caller closes it, and throws it away where this fails.
 * @throws what either disk throws.
 */
export async function copyDisk(from: Disk, into: Disk): Promise<CheckpointSize> {
  const identities = metaKeys.allVnodes()
  let changes: DiskChange[] = []
  let held = 0
  let records = 0
  let bytes = 0
  for await (const [key, value] of from.scan({ gte: new Uint8Array(0), lt: beyondAll })) {
    const isIdentity =
      Buffer.compare(key, identities.gte) >= 0 && Buffer.compare(key, identities.lt) < 0
    if (isIdentity) continue
    changes.push({ kind: 'put', key, value })
    records += 1
    held += key.length + value.length
    if (held < limits.checkpointBatchBytes) continue
    await into.write(changes, { sync: false })
    bytes += held
    changes = []
    held = 0
  }
  await into.write(changes, { sync: true })
  return { records, bytes: bytes + held }
}
