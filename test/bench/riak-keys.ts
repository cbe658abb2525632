/** What the reads and writes of `riak.*` and of their floor have in common. */

/** Bytes of a value. */
export const valueBytes = 1_024

/** 33 MB in three copies: more than LevelDB keeps in memory, less than the system does. */
export const keyCount = 10_000

export function keyOf(n: number): string {
  return `key-${String(n).padStart(6, '0')}`
}
