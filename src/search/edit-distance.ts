/**
 * How many slips of the finger lie between two words: a letter missing, too many, another, or two
 * neighbours swapped.
 *
 * Source: Damerau 1964, Levenshtein 1966 (optimal string alignment: a swap is one step, and nothing is
 * changed twice).
 */

import { limits } from '../kernel/limits.ts'

const rowLength = limits.searchTermCharsMax + 2
let above2 = new Uint8Array(rowLength)
let above = new Uint8Array(rowLength)
let row = new Uint8Array(rowLength)

/**
 * @param a - at most `searchTermCharsMax` UTF-16 units, as `b`.
 * @returns the distance; any number above `max` where it is more than that.
 */
export function distanceWithin(max: number, a: string, b: string): number {
  let from = 0
  let aEnd = a.length
  let bEnd = b.length
  if (Math.abs(aEnd - bEnd) > max) return max + 1
  while (from < aEnd && from < bEnd && a.charCodeAt(from) === b.charCodeAt(from)) from += 1
  while (aEnd > from && bEnd > from && a.charCodeAt(aEnd - 1) === b.charCodeAt(bEnd - 1)) {
    aEnd -= 1
    bEnd -= 1
  }
  const columns = bEnd - from
  if (aEnd === from || columns === 0) return Math.max(aEnd - from, columns)
  for (let column = 0; column <= columns; column++) above[column] = column
  for (let at = from; at < aEnd; at++) {
    if (fillRow(a, b, at, { from, columns }) > max) return max + 1
    const spare = above2
    above2 = above
    above = row
    row = spare
  }
  return above[columns] ?? max + 1
}

/** @returns the least of the row: no word that goes on so is nearer. */
function fillRow(
  a: string,
  b: string,
  at: number,
  { from, columns }: { readonly from: number; readonly columns: number },
): number {
  const letter = a.charCodeAt(at)
  const before = at > from ? a.charCodeAt(at - 1) : -1
  let left = at - from + 1
  let least = left
  row[0] = left
  for (let column = 1; column <= columns; column++) {
    const other = b.charCodeAt(from + column - 1)
    const diagonal = (above[column - 1] ?? 0) + (letter === other ? 0 : 1)
    let best = Math.min((above[column] ?? 0) + 1, left + 1, diagonal)
    const isSwap = column > 1 && before === other && letter === b.charCodeAt(from + column - 2)
    if (isSwap) best = Math.min(best, (above2[column - 2] ?? 0) + 1)
    row[column] = best
    left = best
    if (best < least) least = best
  }
  return least
}
