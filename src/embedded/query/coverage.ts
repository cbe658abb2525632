/**
 * Reading a whole bucket: each vnode of a coverage plan in its own order, each key from one vnode only.
 *
 * Depends on the world for the clock (deadline) and the vnodes' folds.
 *
 *     plan ──▶ fold of vnode ──▶ is the key's first primary this vnode's? ──▶ batch ──▶ client
 *
 * Invariants: every key once, also after the bucket's N was changed on live data; nothing is read ahead
 * of the consumer beyond one batch.
 *
 * Source: basho/riak_kv src/riak_kv_keys_fsm.erl, riak_kv_buckets_fsm.erl, riak_kv_coverage_filter.erl.
 */

import type { Clock } from '../../kernel/ports.ts'
import type { BucketSettings } from '../ring/bucket-props.ts'
import { firstPrimary, hashKey } from '../ring/chash.ts'
import { noSuchType } from '../ring/buckets.ts'
import { RiakError } from '../requests.ts'
import type { BucketId } from '../requests.ts'
import type { Cluster } from '../quorum/request.ts'
import type { VnodeFolds } from '../vnode/vnode-transport.ts'
import { planCoverage } from './coverage-plan.ts'
import type { CoveredVnode } from './coverage-plan.ts'

export interface QueryMachinery {
  readonly cluster: Cluster
  readonly folds: VnodeFolds
  readonly clock: Clock
}

/** Keys a batch holds: a frame or a chunk of some kilobytes. */
export const batchSize = 100

/** Riak's default for listings, 5 minutes. */
const listTimeoutMsDefault = 300_000

/** Ends a query that takes too long: asked between any two steps of it. */
export class Deadline {
  private readonly clock: Clock
  private readonly endsAtMs: number

  /** @param timeoutMs - 0 or absent: never. */
  constructor(clock: Clock, timeoutMs: number | undefined) {
    this.clock = clock
    this.endsAtMs =
      timeoutMs === undefined || timeoutMs === 0 ? Infinity : clock.monotonicMs() + timeoutMs
  }

  /** @throws RiakError `timeout`. */
  check(): void {
    if (this.clock.monotonicMs() >= this.endsAtMs) throw new RiakError('timeout')
  }
}

/** @throws RiakError where the type is unknown. */
export function settingsFor(machinery: QueryMachinery, of: BucketId): BucketSettings {
  const settings = machinery.cluster.buckets.settings(of)
  if (settings === undefined) throw noSuchType(of.type)
  return settings
}

/** @throws RiakError where some partition cannot be read at all. */
export function coverageFor(machinery: QueryMachinery, n: number): readonly CoveredVnode[] {
  const { ring, isUp } = machinery.cluster
  const plan = planCoverage(ring, n, isUp)
  if (plan === undefined) throw new RiakError('insufficient_vnodes_available')
  return plan
}

/** The keys of `of` that this vnode answers for in the plan. */
export function isCovered(
  machinery: QueryMachinery,
  of: BucketId,
  settings: BucketSettings,
  covered: CoveredVnode,
): (key: Uint8Array) => boolean {
  const { size } = machinery.cluster.ring
  return (key) => covered.firsts.has(firstPrimary(hashKey(of, key, settings.keyFun), size))
}

/** Every key of a bucket, once, in no order. Tombstones that are not reaped yet are among them. */
export async function* listKeys(
  machinery: QueryMachinery,
  of: BucketId,
  options: { readonly timeoutMs?: number },
): AsyncGenerator<readonly Uint8Array[], undefined, undefined> {
  const settings = settingsFor(machinery, of)
  const deadline = new Deadline(machinery.clock, options.timeoutMs ?? listTimeoutMsDefault)
  for (const covered of coverageFor(machinery, settings.nVal)) {
    const isOurs = isCovered(machinery, of, settings, covered)
    let batch: Uint8Array[] = []
    for await (const key of machinery.folds.keys(covered.vnode, { of })) {
      if (!isOurs(key)) continue
      batch.push(key)
      if (batch.length < batchSize) continue
      yield batch
      batch = []
      deadline.check()
    }
    if (batch.length > 0) yield batch
    deadline.check()
  }
}

/**
 * Every bucket of a type that holds a key, once. All vnodes are asked, so that no bucket is missed
 * whatever its N.
 */
export async function* listBuckets(
  machinery: QueryMachinery,
  type: Uint8Array,
  options: { readonly timeoutMs?: number },
): AsyncGenerator<readonly Uint8Array[], undefined, undefined> {
  settingsFor(machinery, { type, bucket: new Uint8Array(0) })
  const deadline = new Deadline(machinery.clock, options.timeoutMs ?? listTimeoutMsDefault)
  const seen = new Set<string>()
  for (const { vnode } of coverageFor(machinery, 1)) {
    const fresh: Uint8Array[] = []
    for await (const bucket of machinery.folds.buckets(vnode, type)) {
      const id = Buffer.from(bucket).toString('latin1')
      if (seen.has(id)) continue
      seen.add(id)
      fresh.push(bucket)
    }
    if (fresh.length > 0) yield fresh
    deadline.check()
  }
}
