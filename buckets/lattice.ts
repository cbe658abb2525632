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

/** A value that is written whole; the later writer wins. */
export interface Register<T> {
  readonly value: T
  /** Hybrid logical clock of the write, ms. */
  readonly clock: number
  /** Who wrote it. */
  readonly by: string
}
