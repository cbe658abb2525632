/**
 * The order of terms, as Erlang sorts them. Pure.
 *
 *     number < atom < tuple < map < [] < list < binary
 *
 * Tuples and maps by size first; lists and binaries element by element, a shorter one first.
 *
 * Source: Erlang/OTP reference manual, "Term Comparisons".
 */

import { compareBytes } from '../../causality/bytes.ts'
import {
  encodeTerm,
  isAtom,
  isFloat,
  isImproper,
  isInteger,
  isList,
  isTermMap,
  isTuple,
} from '../../causality/external-term.ts'
import type { Term } from '../../causality/external-term.ts'

function rank(term: Term): number {
  if (term instanceof Uint8Array) return 6
  if (typeof term !== 'object' || isFloat(term)) return 0
  if (isAtom(term)) return 1
  if (isTuple(term)) return 2
  if (isTermMap(term)) return 3
  return isList(term) && term.length === 0 ? 4 : 5
}

function numberOf(term: Term): number | bigint {
  if (isInteger(term)) return term
  return isFloat(term) ? term.float : 0
}

function compareLists(a: readonly Term[], b: readonly Term[]): number {
  const shared = Math.min(a.length, b.length)
  for (let at = 0; at < shared; at++) {
    const order = compareTerms(a[at] ?? [], b[at] ?? [])
    if (order !== 0) return order
  }
  return a.length - b.length
}

function elementsOf(term: Term): readonly Term[] {
  if (isTuple(term)) return term.tuple
  if (isTermMap(term)) return term.map.flat()
  if (isImproper(term)) return [...term.head, term.tail]
  return isList(term) ? term : []
}

/** @returns negative, 0 or positive, as a sort wants it. `1` and `1.0` are equal. */
export function compareTerms(a: Term, b: Term): number {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return compareBytes(a, b)
  const byKind = rank(a) - rank(b)
  if (byKind !== 0) return byKind
  switch (rank(a)) {
    case 0: {
      const [left, right] = [numberOf(a), numberOf(b)]
      return left < right ? -1 : left > right ? 1 : 0
    }
    case 1: {
      const [left, right] = [isAtom(a) ? a.atom : '', isAtom(b) ? b.atom : '']
      return left < right ? -1 : left > right ? 1 : 0
    }
    case 2:
    case 3: {
      const [left, right] = [elementsOf(a), elementsOf(b)]
      return left.length - right.length || compareLists(left, right)
    }
    default:
      return compareLists(elementsOf(a), elementsOf(b))
  }
}

/** Equal exactly: `1` is not `1.0`. */
export function termId(term: Term): string {
  if (term instanceof Uint8Array) return `b${Buffer.from(term).toString('latin1')}`
  if (typeof term === 'number') return `n${term}`
  return Buffer.from(encodeTerm(term)).toString('latin1')
}
