/**
 * Hybrid logical clocks: milliseconds that never run behind what they follow.
 *
 * Pure: the caller reads the wall clock.
 * Invariant: the clock of a save is greater than that of everything it was based on, even where the
 * server's wall clock stands behind another's.
 *
 * Source: Kulkarni, Demirbas, Madappa, Avva, Leone 2014, "Logical Physical Clocks".
 */

/** Largest time that a Date can hold, ms: no parsed clock is beyond it, so `+ 1` stays exact. */
export const timeMsMax = 8_640_000_000_000_000

/**
 * @param nowMs - wall time.
 * @param seen - clocks of what the write is based on.
 * @returns max(now, seen) + 1.
 */
export function nextClock(nowMs: number, seen: readonly number[]): number {
  return Math.min(seen.reduce((most, clock) => Math.max(most, clock), nowMs) + 1, timeMsMax)
}
