/**
 * A counter that replicas can count on apart: each actor's increments and decrements, summed.
 *
 * Pure.
 *
 *     [ actor │ up │ down ]…      value = Σ up − Σ down
 *
 * Only the vnode that owns an actor raises its two numbers, so of two copies the larger is the newer,
 * and a merge is the larger of each.
 *
 * Invariants: one entry an actor, ascending by actor, so that equal counters have equal bytes; numbers
 * never fall. They are bigint: an Erlang integer has no end.
 * Not here: bytes (`counter-codec.ts`), objects and their siblings (`counter-values.ts`).
 *
 * Source: basho/riak_dt src/riak_dt_pncounter.erl; Shapiro et al., INRIA RR-7506 (2011), §3.1.3.
 */

import { compareBytes } from '../../causality/bytes.ts'

export interface CounterEntry {
  /** The vnode's actor id, as in the object's clock. */
  readonly actor: Uint8Array
  /** Sum of what was added, ≥ 0. */
  readonly up: bigint
  /** Sum of what was taken away, ≥ 0. */
  readonly down: bigint
}

/** At most one entry an actor, ascending by actor. */
export type PnCounter = readonly CounterEntry[]

export const emptyCounter: PnCounter = []

export function counterValue(counter: PnCounter): bigint {
  return counter.reduce((sum, { up, down }) => sum + up - down, 0n)
}

/** @param by - negative: a decrement; 0 changes nothing and adds no entry. */
export function incrementCounter(counter: PnCounter, actor: Uint8Array, by: bigint): PnCounter {
  if (by === 0n) return counter
  const at = counter.findIndex((entry) => compareBytes(entry.actor, actor) >= 0)
  const place = at === -1 ? counter.length : at
  const entry = counter[place]
  const isOwn = entry !== undefined && compareBytes(entry.actor, actor) === 0
  const { up, down } = isOwn ? entry : { up: 0n, down: 0n }
  const raised = by > 0n ? { actor, up: up + by, down } : { actor, up, down: down - by }
  return counter.toSpliced(place, isOwn ? 1 : 0, raised)
}

/** Commutative, associative, idempotent. */
export function mergeCounters(a: PnCounter, b: PnCounter): PnCounter {
  const merged: CounterEntry[] = []
  let atA = 0
  let atB = 0
  for (;;) {
    const left = a[atA]
    const right = b[atB]
    if (left === undefined || right === undefined) break
    const order = compareBytes(left.actor, right.actor)
    merged.push(order === 0 ? larger(left, right) : order < 0 ? left : right)
    if (order <= 0) atA++
    if (order >= 0) atB++
  }
  return [...merged, ...a.slice(atA), ...b.slice(atB)]
}

/** Entries in any order; of one actor's the larger numbers. */
export function counterFrom(entries: readonly CounterEntry[]): PnCounter {
  const counter: CounterEntry[] = []
  for (const entry of entries.toSorted((a, b) => compareBytes(a.actor, b.actor))) {
    const last = counter.at(-1)
    const isTwin = last !== undefined && compareBytes(last.actor, entry.actor) === 0
    if (isTwin) counter[counter.length - 1] = larger(last, entry)
    else counter.push(entry)
  }
  return counter
}

function larger(a: CounterEntry, b: CounterEntry): CounterEntry {
  return {
    actor: a.actor,
    up: a.up > b.up ? a.up : b.up,
    down: a.down > b.down ? a.down : b.down,
  }
}
