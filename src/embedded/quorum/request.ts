/**
 * What every get and put begins with: the bucket's settings, the key's place, and the checks that are
 * answered before any vnode is asked.
 *
 * Pure; the ring and who is up are handed in.
 *
 * Source: basho/riak_kv src/riak_kv_get_fsm.erl `validate_quorum/7`, riak_kv_put_fsm.erl
 * `validate_options/1`; RIAK.md §2.2, §2.4.
 */

import { limits } from '../../kernel/limits.ts'
import type { BucketSettings } from '../ring/bucket-props.ts'
import type { Buckets } from '../ring/buckets.ts'
import { firstPrimary, hashKey } from '../ring/chash.ts'
import { activePreflist, activePrimaries } from '../ring/preflist.ts'
import type { IsUp, PreflistEntry } from '../ring/preflist.ts'
import type { Ring } from '../ring/ring.ts'
import { RiakError } from '../requests.ts'
import type { NodeGetOptions, NodePutOptions } from '../requests.ts'
import type { Bkey } from '../vnode/disk-keys.ts'
import type { WriteQuorum } from './put-core.ts'
import type { ReadQuorum } from './get-core.ts'
import { resolveN, resolveQuorum } from './quorum-values.ts'

/** Riak waits this long where the request does not say. */
export const timeoutMsDefault = 60_000

export interface Cluster {
  readonly ring: Ring
  readonly isUp: IsUp
  readonly buckets: Buckets
}

export interface Placed {
  readonly settings: BucketSettings
  /** Replicas asked for, ≤ the bucket's N. */
  readonly n: number
  readonly preflist: readonly PreflistEntry[]
}

/** @throws RiakError `no_type`, `key_too_large`, or `{n_val_violation,…}`. */
export function place(
  cluster: Cluster,
  at: Bkey,
  options: { readonly nVal?: number; readonly sloppyQuorum?: boolean },
): Placed {
  if (at.key.length > limits.keyBytesMax) throw new RiakError('key_too_large')
  const settings = cluster.buckets.settings(at)
  if (settings === undefined) throw new RiakError('no_type')
  const n = resolveN(options.nVal, settings)
  const { ring, isUp } = cluster
  const first = firstPrimary(hashKey(at, at.key, settings.keyFun), ring.size)
  const list = options.sloppyQuorum === false ? activePrimaries : activePreflist
  return { settings, n, preflist: list(ring, first, n, isUp) }
}

function nodesOf(preflist: readonly PreflistEntry[]): number {
  const nodes: string[] = []
  for (const { node } of preflist) if (!nodes.includes(node)) nodes.push(node)
  return nodes.length
}

function primariesOf(preflist: readonly PreflistEntry[]): number {
  let count = 0
  for (const { role } of preflist) if (role === 'primary') count++
  return count
}

function requireAtMost(n: number, ...values: readonly number[]): void {
  for (const value of values) if (value > n) throw new RiakError(`{n_val_violation,${n}}`)
}

/** @throws RiakError in Riak's order: r, pr, primaries, vnodes, nodes. */
export function checkRead(placed: Placed, options: NodeGetOptions): ReadQuorum {
  const { settings, n, preflist } = placed
  const r = resolveQuorum('r', options.r, settings, n)
  requireAtMost(n, r)
  const pr = resolveQuorum('pr', options.pr, settings, n)
  requireAtMost(n, pr)
  const up = primariesOf(preflist)
  if (pr > up) throw new RiakError(`{pr_val_unsatisfied,${pr},${up}}`)
  if (r > preflist.length) {
    throw new RiakError(`{insufficient_vnodes,${preflist.length},need,${r}}`)
  }
  const nodeConfirms = resolveQuorum('node_confirms', options.nodeConfirms, settings, n)
  const nodes = nodesOf(preflist)
  if (nodeConfirms > nodes) {
    throw new RiakError(`{insufficient_nodes,${nodes},need,${nodeConfirms}}`)
  }
  return {
    n: preflist.length,
    r,
    pr,
    nodeConfirms,
    basicQuorum: options.basicQuorum ?? settings.basicQuorum,
    notFoundOk: options.notFoundOk ?? settings.notFoundOk,
    rules: settings,
  }
}

/** @throws RiakError in Riak's order: words, N, primaries, vnodes. */
export function checkWrite(placed: Placed, options: NodePutOptions): WriteQuorum {
  const { settings, n, preflist } = placed
  const pw = resolveQuorum('pw', options.pw, settings, n)
  const nodeConfirms = resolveQuorum('node_confirms', options.nodeConfirms, settings, n)
  const w = resolveQuorum('w', options.w, settings, n)
  // The coordinator stores before anybody else: nothing less than one is possible.
  const dw = Math.max(1, resolveQuorum('dw', options.dw, settings, n))
  requireAtMost(n, pw, nodeConfirms, w, dw)
  if (preflist.length === 0) throw new RiakError('all_nodes_down')
  const up = primariesOf(preflist)
  if (pw > up) throw new RiakError(`{pw_val_unsatisfied,${pw},${up}}`)
  const needed = Math.max(1, w, dw, pw)
  if (preflist.length < needed) {
    throw new RiakError(`{insufficient_vnodes,${preflist.length},need,${needed}}`)
  }
  return { n: preflist.length, w, dw, pw, nodeConfirms }
}
