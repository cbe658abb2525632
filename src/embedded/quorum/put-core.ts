/**
 * Write quorum arithmetic: counts vnode answers and says when the client can be answered.
 *
 * Pure: no clock, no socket. `put-fsm.ts` feeds answers in and acts on the verdict.
 *
 *     put-fsm ──event──▶ put-core ──verdict──▶ put-fsm ──reply──▶ client
 *
 * Invariant: a verdict that has left `pending` never changes by later events.
 * A missed quorum takes nothing back: whoever stored the write keeps it.
 * Not here: merging returned objects (`riak-object.ts`), timeouts (`put-fsm.ts`).
 *
 * Source: basho/riak_kv src/riak_kv_put_core.erl `enough/1`, `response/1`; RIAK.md §2.4.
 */

import type { PreflistEntry } from '../ring/preflist.ts'
import type { PutEvent } from '../vnode/vnode-transport.ts'

/** Requirements of one write; numbers only, dw ≥ 1. */
export interface WriteQuorum {
  readonly n: number
  readonly w: number
  readonly dw: number
  readonly pw: number
  readonly nodeConfirms: number
}

export interface VnodeEvent {
  readonly from: PreflistEntry
  readonly event: PutEvent
}

export type WriteVerdict =
  | { readonly kind: 'pending' }
  | { readonly kind: 'met' }
  /** Riak's printed term. */
  | { readonly kind: 'error'; readonly text: string }

/** @param events - in order of arrival, at most one `received` and one end a vnode. */
export function judgeWrite(quorum: WriteQuorum, events: readonly VnodeEvent[]): WriteVerdict {
  const { n, w, dw, pw, nodeConfirms } = quorum
  const { stored, received, failed, primaries, nodes } = count(events)
  const isStored = stored >= dw && primaries >= pw && nodes >= nodeConfirms
  if (isStored && received >= w) return { kind: 'met' }
  const hasEnded = stored + failed >= n
  if (failed > n - pw || (hasEnded && primaries < pw)) {
    return unmet(events, `{pw_val_unsatisfied,${pw},${primaries}}`)
  }
  if (failed > n - nodeConfirms || (hasEnded && nodes < nodeConfirms)) {
    return unmet(events, `{node_confirms_val_unsatisfied,${nodeConfirms},${nodes}}`)
  }
  if (failed > n - dw) return unmet(events, `{dw_val_unsatisfied,${dw},${stored}}`)
  return { kind: 'pending' }
}

interface Counts {
  readonly stored: number
  readonly received: number
  readonly failed: number
  /** Of those that stored. */
  readonly primaries: number
  readonly nodes: number
}

function count(events: readonly VnodeEvent[]): Counts {
  const counts = { stored: 0, received: 0, failed: 0, primaries: 0, nodes: 0 }
  const nodes: string[] = []
  for (const { event, from } of events) {
    counts[event.kind]++
    if (event.kind !== 'stored') continue
    if (from.role === 'primary') counts.primaries++
    if (!nodes.includes(from.node)) nodes.push(from.node)
  }
  counts.nodes = nodes.length
  return counts
}

function unmet(events: readonly VnodeEvent[], text: string): WriteVerdict {
  const isOverload = events.some(
    ({ event }) => event.kind === 'failed' && event.reason === 'overload',
  )
  return { kind: 'error', text: isOverload ? 'overload' : text }
}
