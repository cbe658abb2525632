/**
 * Counters among an object's values: merged by the vnode, so that no client ever sees two.
 *
 * Pure.
 *
 *     merge    values without a dot that are counters ──▶ one of each form; other values stay
 *     update   all counters, with or without a dot ──▶ one of each form, one of them raised
 *
 * A client's value has the dot of its write; a counter has none, for it comes from many writes. So a
 * value with a dot is never looked into by a merge, and whatever a client stores stays as it is.
 *
 * Not here: what a counter is (`pn-counter.ts`), when values meet (`vnode/riak-object.ts`).
 *
 * Source: basho/riak_kv src/riak_kv_crdt.erl `update/3`, `merge_value/2`; riak_object.erl
 * `fold_contents/3`.
 */

import { counterContentType, datatypeTag, decodeCounter, encodeCounter } from './counter-codec.ts'
import type { CounterForm } from './counter-codec.ts'
import { counterValue, emptyCounter, incrementCounter, mergeCounters } from './pn-counter.ts'
import type { PnCounter } from './pn-counter.ts'

/** What a merge has to know of an object's value. */
export interface CounterCarrier {
  readonly value: Uint8Array
  readonly contentType?: string
  readonly dot: unknown
  readonly vtag: string
  readonly lastModified: { readonly seconds: number; readonly micros: number }
}

/** An increment of a counter of one form; negative: a decrement. */
export interface CounterOp {
  readonly form: CounterForm
  readonly by: bigint
}

interface Found<V> {
  readonly form: CounterForm
  readonly counter: PnCounter
  /** The newest of the values merged: its tag and date are shown. */
  readonly newest: V
}

/** @returns the values themselves where there is nothing to merge. */
export function mergeCounterValues<V extends CounterCarrier>(values: readonly V[]): readonly V[] {
  const mayBe = (value: V): boolean => value.dot === undefined && value.value[0] === datatypeTag
  if (values.filter(mayBe).length < 2) return values
  const { found, others } = gather(values, mayBe)
  return [...others, ...found.map(toValue)]
}

/**
 * Raise the counter of `op`'s form, which begins at 0 where there is none yet.
 *
 * @param actor - whose increments these are: nobody else counts under this name.
 * @param values - at least one counter of that form among them (an empty one for a new counter).
 */
export function raiseCounterValue<V extends CounterCarrier>(
  values: readonly V[],
  actor: Uint8Array,
  op: CounterOp,
): readonly V[] {
  const { found, others } = gather(values, (value) => value.value[0] === datatypeTag)
  const raised = found.map((one) =>
    one.form === op.form ? { ...one, counter: incrementCounter(one.counter, actor, op.by) } : one,
  )
  return [...others, ...raised.map(toValue)]
}

/** @returns 0 where no value is a counter of this form, as Riak reads it. */
export function counterIn(values: readonly CounterCarrier[], form: CounterForm): bigint {
  const { found } = gather(values, (value) => value.value[0] === datatypeTag)
  return counterValue(found.find((one) => one.form === form)?.counter ?? emptyCounter)
}

function gather<V extends CounterCarrier>(
  values: readonly V[],
  isAsked: (value: V) => boolean,
): { readonly found: readonly Found<V>[]; readonly others: readonly V[] } {
  const found = new Map<CounterForm, Found<V>>()
  const others: V[] = []
  for (const value of values) {
    const decoded = isAsked(value) ? decodeCounter(value.value) : undefined
    if (decoded === undefined) {
      others.push(value)
      continue
    }
    const before = found.get(decoded.form)
    const { form, counter } = decoded
    if (before === undefined) found.set(form, { form, counter, newest: value })
    else {
      const newest = isNewer(value, before.newest) ? value : before.newest
      found.set(form, { form, counter: mergeCounters(before.counter, counter), newest })
    }
  }
  return { found: [...found.values()], others }
}

/** By date; of one date by the tag, so that it matters not in which order values are met. */
function isNewer(a: CounterCarrier, b: CounterCarrier): boolean {
  const order =
    a.lastModified.seconds - b.lastModified.seconds || a.lastModified.micros - b.lastModified.micros
  return order === 0 ? a.vtag > b.vtag : order > 0
}

function toValue<V extends CounterCarrier>({ form, counter, newest }: Found<V>): V {
  return {
    ...newest,
    value: encodeCounter(form, counter),
    contentType: counterContentType,
    dot: undefined,
  }
}
