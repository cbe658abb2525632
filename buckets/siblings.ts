/** What a read found, several siblings perhaps, made one value. */

import { canonicalJson } from './canonical-json.ts'
import type { Room } from './room.ts'

export interface Resolved<T> {
  /** The merge of all readable siblings; undefined where there is none. */
  readonly value: T | undefined
  /** By position among the siblings: to `quarantine` before anything is written over them. */
  readonly unreadable: readonly { readonly index: number; readonly reason: string }[]
  readonly tombstones: number
  /** Every sibling already says what the merge says: nothing to write back. */
  readonly isUniform: boolean
}

export function resolveSiblings<T>(
  room: Room<T>,
  siblings: readonly { readonly value: Uint8Array; readonly isTombstone: boolean }[],
): Resolved<T> {
  const values: T[] = []
  const unreadable: { index: number; reason: string }[] = []
  let tombstones = 0
  for (const [index, sibling] of siblings.entries()) {
    if (sibling.isTombstone) {
      tombstones++
      continue
    }
    const parsed = room.parse(sibling.value)
    if (parsed.kind === 'value') values.push(parsed.value)
    else unreadable.push({ index, reason: parsed.reason })
  }
  const first = values[0]
  if (first === undefined) return { value: undefined, unreadable, tombstones, isUniform: true }
  const value = values.slice(1).reduce((merged, other) => room.merge(merged, other), first)
  const isUniform =
    tombstones === 0 &&
    (values.length === 1 || values.every((other) => canonicalJson(other) === canonicalJson(value)))
  return { value, unreadable, tombstones, isUniform }
}
