/**
 * How many characters must be put in, taken out or changed to make one text of another. Pure; bounded, since
 * the work grows with the product of the lengths.
 *
 * Source: V. Levenshtein, "Binary codes capable of correcting deletions, insertions and reversals", 1966.
 */

import { atom } from '../../causality/external-term.ts'
import { FunctionError } from './job-errors.ts'

/** Steps that one comparison may take: some milliseconds. */
const stepsMax = 1_000_000

type Characters = Uint8Array | readonly (number | string)[]

/** @throws FunctionError `system_limit` where the texts are too long to be compared. */
export function levenshtein(a: Characters, b: Characters): number {
  if (a.length * b.length > stepsMax) throw new FunctionError(atom('system_limit'))
  let above = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (const [row, char] of a.entries()) {
    const line = [row + 1]
    for (const [at, other] of b.entries()) {
      const changed = (above[at] ?? 0) + (char === other ? 0 : 1)
      line.push(Math.min(changed, (above[at + 1] ?? 0) + 1, (line[at] ?? 0) + 1))
    }
    above = line
  }
  return above[b.length] ?? 0
}
