/**
 * Building blocks of merges: each is associative, commutative and idempotent, so what is built of
 * them is too, whatever the order in which siblings arrive.
 *
 * Pure.
 *
 *     union      keyed sets; equal keys are joined by a rule
 *     register   the later clock wins; at one clock the larger canonical JSON
 *     smaller    of two times, the first
 *
 * Invariant: the result depends on the set of inputs only, never on order, locale or machine.
 * Not here: which field uses which block (`<room>/merge.ts`).
 *
 * Source: Shapiro, Preguiça, Baquero, Zawirski 2011, "Conflict-free Replicated Data Types".
 */

import { canonicalJson } from './canonical-json.ts'

/** A value that is written whole; the later writer wins. */
export interface Register<T> {
  readonly value: T
  /** Hybrid logical clock of the write, ms. */
  readonly clock: number
  /** Who wrote it. */
  readonly by: string
}

/** Ascending by UTF-16 code units: the order of `<`, on every machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** The larger of two JSON values by their canonical text: an arbitrary but total choice. */
export function largerJson<T>(a: T, b: T): T {
  if (Object.is(a, b)) return a
  return canonicalJson(a) >= canonicalJson(b) ? a : b
}

/** The longer, else the larger byte by byte. */
export function largerBytes(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length !== b.length) return a.length > b.length ? a : b
  for (const [index, byte] of a.entries()) {
    const other = b[index] ?? 0
    if (byte !== other) return byte > other ? a : b
  }
  return a
}

/**
 * Union of two keyed sets.
 *
 * @param join - of two elements of one key; itself associative, commutative and idempotent.
 * @returns sorted by `compare`, so that equal sets are equal arrays.
 */
export function unionBy<T>(
  a: readonly T[],
  b: readonly T[],
  keyOf: (element: T) => string,
  join: (a: T, b: T) => T,
  compare: (a: T, b: T) => number,
): readonly T[] {
  const byKey = new Map<string, T>()
  for (const element of [...a, ...b]) {
    const key = keyOf(element)
    const other = byKey.get(key)
    byKey.set(key, other === undefined ? element : join(other, element))
  }
  return [...byKey.values()].sort(compare)
}

/** Sorted, unique. */
export function textSet(elements: readonly string[]): readonly string[] {
  return [...new Set(elements)].sort(compareText)
}

/**
 * The later of two registers.
 *
 * @param strictness - decides at equal clocks, before the canonical text: the larger number wins.
 */
export function later<R extends { readonly clock: number }>(
  a: R,
  b: R,
  strictness: (register: R) => number = () => 0,
): R {
  if (a.clock !== b.clock) return a.clock > b.clock ? a : b
  const difference = strictness(a) - strictness(b)
  if (difference !== 0) return difference > 0 ? a : b
  return largerJson(a, b)
}

/** Of two optional times the first that is there. */
export function firstTime(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined) return b
  return b === undefined ? a : Math.min(a, b)
}

/** Of two optional times the last that is there. */
export function lastTime(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined) return b
  return b === undefined ? a : Math.max(a, b)
}

/**
 * Complete a merged value with the fields this program does not know: a newer program wrote them
 * beside ours, and they must survive our merge. Of two different ones the larger JSON stays.
 *
 * @param known - the merged known fields, all of them that either side has.
 */
export function withUnknown<T extends object>(a: T, b: T, known: T): T {
  const merged: Record<string, unknown> = {}
  const sides = [a, b] as readonly Readonly<Record<string, unknown>>[]
  for (const side of sides) {
    for (const [name, value] of Object.entries(side)) {
      if (Object.hasOwn(known, name)) continue
      merged[name] = Object.hasOwn(merged, name) ? largerJson(merged[name], value) : value
    }
  }
  return { ...(merged as Partial<T>), ...known }
}
