/**
 * Vector clocks as Riak has them on the wire and on disk. Pure: time and the inflater are handed in.
 *
 *     [ {actor, {counter, timestamp}}, … ]     as an external term, deflated for clients
 *
 * Invariants: a `Vclock` is sorted by actor, one entry an actor; counters never go back in a merge.
 * Timestamps take no part in causality, they only steer pruning.
 * Not here: where actor ids come from (`embedded/vnode/actor.ts`).
 *
 * Source: basho/riak_core src/vclock.erl; Lamport 1978, Fidge 1988, Mattern 1989; RIAK.md §3.1, §3.4.
 */

import { compareBytes, equalBytes } from './bytes.ts'
import { deflateLiterals } from './deflate-literals.ts'
import { TermError, decodeTerm, encodeTerm, isAtomOf, isList, isTuple } from './external-term.ts'
import type { Term } from './external-term.ts'

/** One event: the vnode's actor id (8 or 12 bytes), its counter, and when (gregorian seconds). */
export interface Dot {
  readonly actor: Uint8Array
  readonly counter: number
  readonly timestamp: number
}

/** At most one entry an actor, ascending by actor. */
export type Vclock = readonly Dot[]

/** Seconds from the year 0 to 1970: Erlang's calendar counts from there. */
export const gregorianEpochSeconds = 62_167_219_200

/** Bytes that are no clock: `data_error` from zlib in Riak, `badarg` from the term reader. */
export class VclockError extends Error {
  override readonly name = 'VclockError'
}

export function entryOf(clock: Vclock, actor: Uint8Array): Dot | undefined {
  return clock.find((entry) => equalBytes(entry.actor, actor))
}

/** The clock has seen this event. */
export function descendsDot(clock: Vclock, dot: Dot): boolean {
  const entry = entryOf(clock, dot.actor)
  return entry !== undefined && entry.counter >= dot.counter
}

/** `a` has seen everything that `b` has; every clock descends itself and the empty clock. */
export function descends(a: Vclock, b: Vclock): boolean {
  if (a === b) return true
  return b.every((entry) => descendsDot(a, entry))
}

/** `a` has seen everything that `b` has, and more. */
export function dominates(a: Vclock, b: Vclock): boolean {
  return descends(a, b) && !descends(b, a)
}

/** Equal in every entry, timestamps included: Riak's `equal/2`. */
export function equalVclocks(a: Vclock, b: Vclock): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  return a.every((entry, at) => {
    const other = b[at]
    if (other === undefined) return false
    if (entry.counter !== other.counter || entry.timestamp !== other.timestamp) return false
    return equalBytes(entry.actor, other.actor)
  })
}

function later(a: Dot, b: Dot): Dot {
  if (a.counter !== b.counter) return a.counter > b.counter ? a : b
  return a.timestamp >= b.timestamp ? a : b
}

/** The least clock that descends both. */
export function mergeVclocks(a: Vclock, b: Vclock): Vclock {
  if (a === b || b.length === 0) return a
  if (a.length === 0) return b
  const merged: Dot[] = []
  let atA = 0
  let atB = 0
  for (;;) {
    const left = a[atA]
    const right = b[atB]
    if (left === undefined || right === undefined) break
    const order = compareBytes(left.actor, right.actor)
    if (order < 0) merged.push(left)
    else if (order > 0) merged.push(right)
    else merged.push(later(left, right))
    if (order <= 0) atA++
    if (order >= 0) atB++
  }
  return [...merged, ...a.slice(atA), ...b.slice(atB)]
}

function withEntry(clock: Vclock, entry: Dot): Vclock {
  const others = clock.filter((other) => !equalBytes(other.actor, entry.actor))
  const at = others.findIndex((other) => compareBytes(other.actor, entry.actor) > 0)
  return others.toSpliced(at === -1 ? others.length : at, 0, entry)
}

/** One more event of `actor`. @param timestamp - gregorian seconds. */
export function increment(
  clock: Vclock,
  actor: Uint8Array,
  timestamp: number,
): { readonly clock: Vclock; readonly dot: Dot } {
  const counter = (entryOf(clock, actor)?.counter ?? 0) + 1
  const dot = { actor, counter, timestamp }
  return { clock: withEntry(clock, dot), dot }
}

/** An entry without an event yet: a vnode that lost its memory announces its new epoch (kv679). */
export function startEpoch(clock: Vclock, actor: Uint8Array, timestamp: number): Vclock {
  return entryOf(clock, actor) === undefined
    ? withEntry(clock, { actor, counter: 0, timestamp })
    : clock
}

/** Bucket properties that bound a clock; ages in seconds. */
export interface PruneLimits {
  readonly small: number
  readonly big: number
  readonly young: number
  readonly old: number
}

/**
 * Drop the oldest entries: while there are more than `small` and the oldest is not `young`, one goes
 * if there are more than `big` or it is `old`. Loses no value; may make two clocks look concurrent.
 *
 * @param now - gregorian seconds, the start of the put.
 */
export function prune(clock: Vclock, now: number, limits: PruneLimits): Vclock {
  if (clock.length <= limits.small) return clock
  const byAge = clock.toSorted(
    (a, b) => a.timestamp - b.timestamp || compareBytes(a.actor, b.actor),
  )
  const dropped = new Set<Dot>()
  for (const oldest of byAge) {
    const left = clock.length - dropped.size
    const age = now - oldest.timestamp
    if (left <= limits.small || age < limits.young) break
    if (left <= limits.big && age <= limits.old) break
    dropped.add(oldest)
  }
  return clock.filter((entry) => !dropped.has(entry))
}

export function vclockToTerm(clock: Vclock): Term {
  return clock.map((entry) => ({
    tuple: [entry.actor, { tuple: [entry.counter, entry.timestamp] }],
  }))
}

/** @throws {VclockError} where the term is no clock. */
export function vclockFromTerm(term: Term): Vclock {
  if (!isList(term)) throw new VclockError('badarg')
  const entries = term.map(dotFromTerm)
  entries.sort((a, b) => compareBytes(a.actor, b.actor))
  if (!hasTwins(entries)) return entries
  return entries.reduce<Vclock>((clock, entry) => mergeVclocks(clock, [entry]), [])
}

function hasTwins(entries: Vclock): boolean {
  return entries.some((entry, at) => {
    const before = entries[at - 1]
    return before !== undefined && equalBytes(before.actor, entry.actor)
  })
}

function dotFromTerm(term: Term): Dot {
  if (!isTuple(term)) throw new VclockError('badarg')
  const [actor, event] = term.tuple
  if (!(actor instanceof Uint8Array) || event === undefined || !isTuple(event)) {
    throw new VclockError('badarg')
  }
  const [counter, timestamp] = event.tuple
  if (typeof counter !== 'number' || typeof timestamp !== 'number' || counter < 0) {
    throw new VclockError('badarg')
  }
  return { actor, counter, timestamp }
}

/** @returns what clients see and give back unread: raw deflate of the term. */
export function encodeVclock(clock: Vclock): Uint8Array {
  return deflateLiterals(encodeTerm(vclockToTerm(clock)))
}

/**
 * Read a client's clock: deflated, or the plain term `{encode_raw, Clock}`.
 *
 * @param inflate - raw inflate with a bound on what comes out; may throw.
 * @throws {VclockError} on anything else.
 */
export function decodeVclock(
  bytes: Uint8Array,
  inflate: (bytes: Uint8Array) => Uint8Array,
): Vclock {
  const raw = rawClock(bytes)
  if (raw !== undefined) return vclockFromTerm(raw)
  let inflated: Uint8Array
  try {
    inflated = inflate(bytes)
  } catch {
    throw new VclockError('data_error')
  }
  try {
    return vclockFromTerm(decodeTerm(inflated))
  } catch (error) {
    if (error instanceof TermError) throw new VclockError('badarg', { cause: error })
    throw error
  }
}

function rawClock(bytes: Uint8Array): Term | undefined {
  if (bytes[0] !== 131) return undefined
  try {
    const term = decodeTerm(bytes)
    if (!isTuple(term)) return undefined
    const [method, clock] = term.tuple
    const isRaw = isAtomOf(method, 'encode_raw')
    return isRaw ? clock : undefined
  } catch {
    // 131 also begins some deflate streams.
    return undefined
  }
}
