/**
 * Claim: the first division of a ring among its members.
 *
 * Pure. Members take turns around the ring, so that neighbours differ; where the turn does not come out
 * even, the last partitions may repeat an owner that also begins the ring (as `claim_v2` may).
 *
 * Not here: moving partitions when members join or leave.
 *
 * Source: basho/riak_core src/riak_core_claim.erl; RIAK.md §1.3.
 */

import { assert } from '../../kernel/assert.ts'
import { makeRing } from './ring.ts'
import type { Ring } from './ring.ts'

export function claimFresh(size: number, members: readonly string[]): Ring {
  const [claimant] = members
  assert(claimant !== undefined, 'a ring has a member')
  const owners = Array.from({ length: size }, (_, id) => members[id % members.length] ?? claimant)
  return makeRing(owners, claimant)
}
