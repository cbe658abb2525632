/**
 * A Riak object: a vector clock and its concurrent values, each with the dot of the write it came from.
 *
 * Pure.
 *
 *     coordinated put of P on S        S absent, or P descends S   P's clock + 1, P's value
 *                                      else                        merged clock + 1, P's value
 *                                                                  (dot = the new event) beside S's
 *     replica put, read merge          the side that descends, else both merged value by value:
 *         with dots      a value stays unless the other side has seen its event and holds it no more
 *         without dots   every different value stays
 *     counters                         have no dot and become one (`datatype/counter-values.ts`)
 *
 * Invariants: `values` is never empty, and ascends in one fixed order, so that equal objects have
 * equal bytes; a merge's clock descends both clocks.
 * Not here: bytes (`object-codec.ts`), actor ids (`actor.ts`), what a counter is (`datatype/`).
 *
 * Source: basho/riak_kv src/riak_object.erl `update/5`, `syntactic_merge/2`, `reconcile/2`; RIAK.md §3.
 */

import { compareBytes, equalBytes } from '../../causality/bytes.ts'
import {
  descends,
  descendsDot,
  dominates,
  equalVclocks,
  increment,
  mergeVclocks,
} from '../../causality/vclock.ts'
import type { Dot, Vclock } from '../../causality/vclock.ts'
import { assert } from '../../kernel/assert.ts'
import { mergeCounterValues, raiseCounterValue } from '../datatype/counter-values.ts'
import type { CounterOp } from '../datatype/counter-values.ts'

/** Everything a client stores beside the clock. */
export interface ObjectContent {
  readonly value: Uint8Array
  readonly contentType?: string
  readonly charset?: string
  readonly contentEncoding?: string
  readonly links?: readonly {
    readonly bucket: Uint8Array
    readonly key: Uint8Array
    readonly tag: Uint8Array
  }[]
  /** In the client's order; names are byte strings. */
  readonly userMeta?: readonly { readonly key: Uint8Array; readonly value: Uint8Array }[]
  /** `_int` values as decimal text. */
  readonly indexes?: readonly { readonly field: string; readonly value: Uint8Array }[]
}

export interface ObjectValue extends ObjectContent {
  readonly isTombstone: boolean
  /** Base-62 MD5, made by the node at the put. */
  readonly vtag: string
  readonly lastModified: { readonly seconds: number; readonly micros: number }
  /** The write this value came from (dvv); absent on values of a bucket without dvv. */
  readonly dot: Dot | undefined
}

/** Invariant: `values` is never empty. */
export interface RiakObject {
  readonly vclock: Vclock
  readonly values: readonly ObjectValue[]
}

/** How the bucket wants its objects merged. */
export interface MergeRules {
  readonly allowMult: boolean
  readonly lastWriteWins: boolean
  readonly dvvEnabled: boolean
}

/** Deleted: every value is a tombstone. */
export function isDeleted(object: RiakObject): boolean {
  return object.values.every((value) => value.isTombstone)
}

function compareDates(a: ObjectValue, b: ObjectValue): number {
  const { lastModified: left } = a
  const { lastModified: right } = b
  return left.seconds - right.seconds || left.micros - right.micros
}

/** The one order of siblings: by value, then by what tells equal values apart. */
function compareValues(a: ObjectValue, b: ObjectValue): number {
  const byContent = compareBytes(a.value, b.value) || compareDates(a, b)
  if (byContent !== 0) return byContent
  if (a.vtag !== b.vtag) return a.vtag < b.vtag ? -1 : 1
  return Number(a.isTombstone) - Number(b.isTombstone)
}

/** The server stamps each put with its own tag and date: equal stamps and bytes are one value. */
function isSameValue(a: ObjectValue, b: ObjectValue): boolean {
  return compareValues(a, b) === 0
}

function isSameEvent(a: Dot | undefined, b: Dot | undefined): boolean {
  if (a === undefined || b === undefined) return false
  return a.counter === b.counter && equalBytes(a.actor, b.actor)
}

function distinct(values: readonly ObjectValue[]): readonly ObjectValue[] {
  const kept: ObjectValue[] = []
  for (const value of values.toSorted(compareValues)) {
    const isKnown = kept.some(
      (other) => isSameValue(other, value) || isSameEvent(other.dot, value.dot),
    )
    if (!isKnown) kept.push(value)
  }
  return kept
}

/** A value that the other side has seen and holds no more was overwritten there. */
function survives(value: ObjectValue, other: RiakObject): boolean {
  const { dot } = value
  if (dot === undefined || !descendsDot(other.vclock, dot)) return true
  return other.values.some((theirs) => isSameEvent(theirs.dot, dot))
}

function mergeValues(a: RiakObject, b: RiakObject, dvvEnabled: boolean): readonly ObjectValue[] {
  const all = [...a.values, ...b.values]
  if (!dvvEnabled) return distinct(all)
  const living = [
    ...a.values.filter((value) => survives(value, b)),
    ...b.values.filter((value) => survives(value, a)),
  ]
  // Each side may claim to have overwritten the other's: then nothing may vanish (riak_kv #1707).
  return distinct(mergeCounterValues(living.length > 0 ? living : all))
}

/** Both objects' values and clocks. Commutative, associative and idempotent with dots. */
export function mergeObjects(a: RiakObject, b: RiakObject, dvvEnabled: boolean): RiakObject {
  return {
    vclock: mergeVclocks(a.vclock, b.vclock),
    values: mergeValues(a, b, dvvEnabled),
  }
}

/** What a replica makes of an object that arrives: the newer of the two, or both. */
export function syntacticMerge(
  current: RiakObject,
  incoming: RiakObject,
  dvvEnabled: boolean,
): RiakObject {
  const isNew = descends(incoming.vclock, current.vclock)
  const isOld = descends(current.vclock, incoming.vclock)
  if (isOld && !isNew) return current
  if (isNew && !isOld) return incoming
  if (isNew && isOld && hasSameValues(current, incoming)) return current
  return mergeObjects(current, incoming, dvvEnabled)
}

function hasSameValues(a: RiakObject, b: RiakObject): boolean {
  if (a.values.length !== b.values.length) return false
  return a.values.every((value, at) => {
    const other = b.values[at]
    return other !== undefined && isSameValue(value, other)
  })
}

export function equalObjects(a: RiakObject, b: RiakObject): boolean {
  return a === b || (equalVclocks(a.vclock, b.vclock) && hasSameValues(a, b))
}

/** Newest date first; of one date a live value beats a tombstone, then the fixed order decides. */
function newest(values: readonly ObjectValue[]): ObjectValue {
  const [first, ...rest] = values
  assert(first !== undefined, 'an object has a value')
  return rest.reduce((best, value) => {
    const order =
      compareDates(value, best) ||
      Number(best.isTombstone) - Number(value.isTombstone) ||
      compareValues(value, best)
    return order > 0 ? value : best
  }, first)
}

/** Without `allow_mult` only the newest value is kept; the clock keeps the merged history. */
export function enforceAllowMult(object: RiakObject, allowMult: boolean): RiakObject {
  if (allowMult || object.values.length === 1) return object
  return { vclock: object.vclock, values: [newest(object.values)] }
}

/** What a read or a `returnbody` shows of several replicas' objects. At least one. */
export function reconcile(objects: readonly RiakObject[], rules: MergeRules): RiakObject {
  const [first] = objects
  // Replicas that were read as one are one: most reads end here.
  if (first !== undefined && objects.every((object) => object === first)) {
    return enforceAllowMult(first, rules.allowMult)
  }
  const frontier = objects.filter(
    (object) => !objects.some((other) => dominates(other.vclock, object.vclock)),
  )
  const merged = frontier.reduce((a, b) => syntacticMerge(a, b, rules.dvvEnabled))
  return enforceAllowMult(merged, rules.allowMult)
}

function withDot(value: ObjectValue, dot: Dot, rules: MergeRules): ObjectValue {
  return { ...value, dot: rules.dvvEnabled ? dot : undefined }
}

/**
 * What the coordinating vnode stores for a client's put.
 *
 * @param stored - the vnode's own copy.
 * @param incoming - the client's clock and its one value.
 * @param actor - the event's actor, never used by anyone else (`actor.ts`).
 * @param timestamp - gregorian seconds of the put's start.
 */
export function coordinatedPut(
  stored: RiakObject | undefined,
  incoming: RiakObject,
  actor: Uint8Array,
  timestamp: number,
  rules: MergeRules,
): RiakObject {
  assert(incoming.values.length === 1, 'a client puts one value')
  const isOverwrite =
    stored === undefined || rules.lastWriteWins || descends(incoming.vclock, stored.vclock)
  if (isOverwrite) {
    const { clock, dot } = increment(incoming.vclock, actor, timestamp)
    return {
      vclock: clock,
      values: incoming.values.map((value) => withDot(value, dot, rules)),
    }
  }
  const history = mergeVclocks(incoming.vclock, stored.vclock)
  const { clock, dot } = increment(history, actor, timestamp)
  const dotted = {
    vclock: incoming.vclock,
    values: incoming.values.map((value) => withDot(value, dot, rules)),
  }
  const merged = { vclock: clock, values: mergeValues(dotted, stored, rules.dvvEnabled) }
  return enforceAllowMult(merged, rules.allowMult)
}

/**
 * What the coordinating vnode stores for an increment: the merged object with the one counter in it
 * raised. A counter never overwrites what is there, it counts on from it.
 *
 * @param incoming - no clock, and an empty counter: it begins the counter where there is none.
 */
export function coordinatedCount(
  stored: RiakObject | undefined,
  incoming: RiakObject,
  actor: Uint8Array,
  timestamp: number,
  rules: MergeRules,
  op: CounterOp,
): RiakObject {
  const merged = coordinatedPut(stored, incoming, actor, timestamp, rules)
  return { ...merged, values: distinct(raiseCounterValue(merged.values, actor, op)) }
}

/** What any other vnode stores of an object that arrives: a put's frontier, a repair, a handoff. */
export function replicaPut(
  stored: RiakObject | undefined,
  incoming: RiakObject,
  rules: MergeRules,
): RiakObject {
  if (stored === undefined || rules.lastWriteWins) return incoming
  const merged = syntacticMerge(stored, incoming, rules.dvvEnabled)
  return enforceAllowMult(merged, rules.allowMult)
}
