/**
 * A delete: a put of a tombstone over what is there, then a read of all replicas, which reaps the
 * tombstone if every primary holds it.
 *
 * Depends on the world for the clock alone.
 *
 *     clock given? ─no─▶ get (r, pr) ─▶ clock ─▶ put tombstone (w, pw, dw) ─▶ reply ─2 ms▶ get R=all
 *
 * Invariant: a delete covers only what its clock has seen; what was written beside it survives.
 *
 * Source: basho/riak_kv src/riak_kv_delete.erl; RIAK.md §2.6.
 */

import type { Vclock } from '../../causality/vclock.ts'
import type { BucketSettings } from '../ring/bucket-props.ts'
import type {
  NodeDeleteOptions,
  NodeGetOptions,
  NodeGetResult,
  NodePutOptions,
} from '../requests.ts'
import { resolveN, resolveQuorum } from './quorum-values.ts'

/** Riak waits this long between the tombstone and the read that may reap it. */
export const tombstonePauseMs = 2

export interface DeleteSteps {
  get(options: NodeGetOptions): Promise<NodeGetResult>
  putTombstone(vclock: Vclock, options: NodePutOptions): Promise<void>
  /** Later, and without anybody waiting for it. */
  reapSoon(options: NodeGetOptions): void
}

type Shared = Pick<NodeDeleteOptions, 'timeoutMs' | 'sloppyQuorum' | 'nVal'>

/** A timeout of none is no timeout to a delete. */
function sharedOptions(options: NodeDeleteOptions): Shared {
  const { timeoutMs = 0 } = options
  return {
    ...(timeoutMs <= 0 ? {} : { timeoutMs }),
    ...(options.sloppyQuorum === undefined ? {} : { sloppyQuorum: options.sloppyQuorum }),
    ...(options.nVal === undefined ? {} : { nVal: options.nVal }),
  }
}

/**
 * `rw` stands for `r` and `w` where the request does not name them, but not for `r` beside a
 * `w`. What asks too much is refused where it is needed: not where nothing is found to delete.
 */
function quorums(options: NodeDeleteOptions, settings: BucketSettings) {
  const n = resolveN(options.nVal, settings)
  const rw = resolveQuorum('rw', options.rw, settings, n)
  const { r, w, dw } = options
  const read: NodeGetOptions = {
    ...(r !== undefined ? { r } : w === undefined ? { r: rw } : {}),
    ...(options.pr === undefined ? {} : { pr: options.pr }),
  }
  const write: NodePutOptions = {
    w: w ?? rw,
    ...(dw === undefined ? {} : { dw }),
    ...(options.pw === undefined ? {} : { pw: options.pw }),
  }
  return { read, write }
}

/**
 * @param vclock - the client's clock, decoded; absent: the clock of what a read finds.
 * @returns `notfound` where there was nothing to delete: no tombstone is written then.
 * @throws RiakError in Riak's words.
 */
export async function runDelete(
  steps: DeleteSteps,
  settings: BucketSettings,
  vclock: Vclock | undefined,
  options: NodeDeleteOptions,
): Promise<'deleted' | 'notfound'> {
  const { read, write } = quorums(options, settings)
  const shared = sharedOptions(options)
  let clock = vclock
  if (clock === undefined) {
    const found = await steps.get({ ...shared, ...read })
    if (found.kind !== 'found') return 'notfound'
    clock = found.object.vclock
  }
  await steps.putTombstone(clock, { ...shared, ...write })
  steps.reapSoon({ ...shared, r: 'all' })
  return 'deleted'
}
