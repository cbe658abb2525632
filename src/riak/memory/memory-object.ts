/**
 * An object of the memory backend: a version vector, and its concurrent values with the dot (the
 * write event) each came from.
 *
 *     clock  { a: 3 }            what a read hands out as the context, and what is overwritten by it
 *     values ("x", a·2) ("y", a·3)   two siblings: neither write had seen the other
 *
 * A put drops exactly the values whose dots its context covers, so that the number of siblings is
 * at most the number of truly concurrent writes. A key that comes back after its tombstone was
 * removed gets a new actor: a context of its former life cannot cover what was written since.
 *
 * Pure. Invariant: `values` is never empty; every dot is covered by `clock`; one value a dot.
 *
 * Source: Almeida, Baquero, Gonçalves, Preguiça, Fonte, "Scalable and Accurate Causality Tracking
 * for Eventually Consistent Stores" (2014); basho/riak_kv src/riak_kv_vnode.erl (key epochs).
 */

import { causalContext } from '../../causality/causal-context.ts'
import type { CausalContext } from '../../causality/causal-context.ts'
import { OperationError } from '../../kernel/errors.ts'
import type { Sibling } from '../riak-kv.ts'

/** Writes seen, by actor. */
export type VersionVector = ReadonlyMap<string, number>

export interface DottedValue {
  readonly actor: string
  readonly counter: number
  readonly sibling: Sibling
}

export interface MemoryObject {
  readonly clock: VersionVector
  readonly values: readonly DottedValue[]
}

const utf8 = new TextEncoder()
const fromUtf8 = new TextDecoder()

/** Equal clocks give equal bytes. */
export function encodeContext(clock: VersionVector): CausalContext {
  const entries = [...clock].sort(([a], [b]) => (a < b ? -1 : 1))
  return causalContext(utf8.encode(JSON.stringify(entries)))
}

function isClockEntry(entry: unknown): entry is [string, number] {
  if (!Array.isArray(entry) || entry.length !== 2) return false
  const [actor, counter] = entry as [unknown, unknown]
  return typeof actor === 'string' && Number.isSafeInteger(counter)
}

/** @throws OperationError `BLOG_REFUSED_BY_RIAK` on bytes that no read has returned, as Riak does. */
export function decodeContext(context: CausalContext | undefined): VersionVector {
  if (context === undefined) return new Map()
  let parsed: unknown
  try {
    parsed = JSON.parse(fromUtf8.decode(context))
  } catch {
    parsed = undefined
  }
  if (!Array.isArray(parsed) || !parsed.every(isClockEntry)) {
    throw new OperationError('BLOG_REFUSED_BY_RIAK', 'the causal context cannot be decoded')
  }
  return new Map(parsed)
}

function covers(clock: VersionVector, dot: DottedValue): boolean {
  return (clock.get(dot.actor) ?? 0) >= dot.counter
}

/** Whether both have seen the same writes. */
export function isSameClock(a: VersionVector, b: VersionVector): boolean {
  return a.size === b.size && [...a].every(([actor, counter]) => b.get(actor) === counter)
}

/** The newest by wall clock; at the same instant a live value beats a tombstone. */
function newest(values: readonly DottedValue[]): readonly DottedValue[] {
  const byAge = [...values].sort(
    (a, b) =>
      b.sibling.lastModifiedMs - a.sibling.lastModifiedMs ||
      Number(a.sibling.isTombstone) - Number(b.sibling.isTombstone) ||
      b.counter - a.counter,
  )
  return byAge.slice(0, 1)
}

/**
 * Apply one write.
 *
 * @param stored - what is there; `undefined`: nothing.
 * @param write.context - what the writer had read (empty: nothing).
 * @param write.actor - of this life of the key; used only where nothing is stored.
 * @param write.keep - `siblings` (allow_mult), `newest` (allow_mult=false: a contest of dates) or
 *   `last` (last_write_wins: what was stored is not looked at).
 */
export function applyWrite(
  stored: MemoryObject | undefined,
  write: {
    readonly context: VersionVector
    readonly actor: string
    readonly sibling: Sibling
    readonly keep: 'siblings' | 'newest' | 'last'
  },
): MemoryObject {
  const lastDot = stored?.values.at(-1)
  const actor = lastDot?.actor ?? write.actor
  const clock = new Map(stored?.clock)
  for (const [seen, counter] of write.context) {
    clock.set(seen, Math.max(counter, clock.get(seen) ?? 0))
  }
  const counter = (clock.get(actor) ?? 0) + 1
  clock.set(actor, counter)
  const written: DottedValue = { actor, counter, sibling: write.sibling }
  if (write.keep === 'last') return { clock, values: [written] }
  const concurrent = (stored?.values ?? []).filter((value) => !covers(write.context, value))
  const values = [...concurrent, written]
  return { clock, values: write.keep === 'newest' ? newest(values) : values }
}
