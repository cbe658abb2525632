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
  const stored = events.filter(({ event }) => event.kind === 'stored')
  const received = events.filter(({ event }) => event.kind === 'received').length
  const failed = events.filter(({ event }) => event.kind === 'failed').length
  const primaries = stored.filter(({ from }) => from.role === 'primary').length
  const nodes = new Set(stored.map(({ from }) => from.node)).size
  const isStored = stored.length >= dw && primaries >= pw && nodes >= nodeConfirms
  if (isStored && received >= w) return { kind: 'met' }
  const hasEnded = stored.length + failed >= n
  if (failed > n - pw || (hasEnded && primaries < pw)) {
    return unmet(events, `{pw_val_unsatisfied,${pw},${primaries}}`)
  }
  if (failed > n - nodeConfirms || (hasEnded && nodes < nodeConfirms)) {
    return unmet(events, `{node_confirms_val_unsatisfied,${nodeConfirms},${nodes}}`)
  }
  if (failed > n - dw) return unmet(events, `{dw_val_unsatisfied,${dw},${stored.length}}`)
  return { kind: 'pending' }
}

function unmet(events: readonly VnodeEvent[], text: string): WriteVerdict {
  const isOverload = events.some(
    ({ event }) => event.kind === 'failed' && event.reason === 'overload',
  )
  return { kind: 'error', text: isOverload ? 'overload' : text }
}
