/**
 * What a node is, as its disk remembers it: format, name, ring.
 *
 * Depends on the world for the disk alone.
 *
 * Source: basho/riak_core src/riak_core_ring_manager.erl (ring files); RIAK.md §1.2.
 */

import { OperationError } from '../kernel/errors.ts'
import type { Disk } from '../kernel/ports.ts'
import { claimFresh } from './ring/claim.ts'
import { isRingSize, makeRing } from './ring/ring.ts'
import type { Ring } from './ring/ring.ts'
import { diskFormat, metaKeys, parseRecord } from './vnode/meta-keys.ts'

const ringSizeDefault = 64

interface NodeRecord {
  readonly format: number
  readonly name: string
  readonly owners: readonly string[]
  readonly claimant: string
}

function parseNodeRecord(value: Uint8Array): NodeRecord {
  const record = parseRecord(value, 'node record')
  const hasFormat = typeof record === 'object' && record !== null && 'format' in record
  if (!hasFormat || typeof record.format !== 'number') throw refuse('the node record is damaged')
  if (record.format > diskFormat) {
    throw refuse(
      `the data was written by a newer version (format ${record.format}, this one reads ${diskFormat})`,
    )
  }
  // Format 1 is written by this file alone, in one piece.
  return record as NodeRecord
}

function refuse(message: string): OperationError {
  return new OperationError('BLOG_BAD_REQUEST', message)
}

/**
 * Read the ring from the disk; on a fresh disk, make one of which this node owns all.
 *
 * @throws OperationError `BLOG_BAD_REQUEST` where name, size or format do not fit.
 */
export async function loadRing(
  disk: Disk,
  name: string,
  ringSize: number | undefined,
): Promise<Ring> {
  if (ringSize !== undefined && !isRingSize(ringSize)) {
    throw refuse(`ring size ${ringSize} is not a power of two from 8 to 1024`)
  }
  const stored = await disk.get(metaKeys.node())
  if (stored === undefined) return createRing(disk, name, ringSize ?? ringSizeDefault)
  const record = parseNodeRecord(stored)
  if (record.name !== name) throw refuse(`the data belongs to node ${record.name}, not ${name}`)
  const size = record.owners.length
  if (ringSize !== undefined && ringSize !== size) {
    throw refuse(
      `the data has a ring of ${size} partitions, not ${ringSize}: that is fixed for good`,
    )
  }
  return makeRing(record.owners, record.claimant)
}

async function createRing(disk: Disk, name: string, size: number): Promise<Ring> {
  const ring = claimFresh(size, [name])
  const record: NodeRecord = {
    format: diskFormat,
    name,
    owners: ring.owners,
    claimant: ring.claimant,
  }
  const value = Buffer.from(JSON.stringify(record))
  await disk.write([{ kind: 'put', key: metaKeys.node(), value }], { sync: true })
  return ring
}
