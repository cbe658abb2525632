/**
 * Inputs from a secondary index: the field and its terms, checked as Riak checks them. Pure.
 *
 * Source: basho/riak_kv src/riak_index.erl `parse_fields/1`; captures/mapred 030–03a.
 */

import { compareBytes } from '../../causality/bytes.ts'
import { atom, isInteger, tuple } from '../../causality/external-term.ts'
import type { Term } from '../../causality/external-term.ts'
import { parseIntTerm } from '../vnode/index-entries.ts'
import type { JobBucket, JobInputs } from './job.ts'

export type IndexInputs =
  | Extract<JobInputs, { readonly kind: 'index' }>
  /** All that is wrong, each once. */
  | { readonly kind: 'refused'; readonly reasons: readonly Term[] }

/** A term as a query has it: text, integers in decimal. @returns undefined where it does not parse. */
function termText(field: string, value: Term): Uint8Array | undefined {
  if (field.endsWith('_int')) {
    if (isInteger(value)) return Buffer.from(String(value))
    const isText = value instanceof Uint8Array && parseIntTerm(value) !== undefined
    return isText ? value : undefined
  }
  return value instanceof Uint8Array ? value : undefined
}

/** @param terms - one: an exact match; two: a range. */
export function indexInputs(of: JobBucket, index: Term, terms: readonly Term[]): IndexInputs {
  const given = index instanceof Uint8Array ? Buffer.from(index).toString('latin1') : ''
  const name = given.toLowerCase()
  const field = Buffer.from(name, 'latin1')
  const isKnown = name === '$bucket' || name === '$key' || /_(?:bin|int)$/.test(name)
  if (!isKnown) {
    return { kind: 'refused', reasons: [tuple(atom('unknown_field_type'), field)] }
  }
  const texts = terms.map((term) => termText(name, term))
  const bad = terms.filter((_term, at) => texts[at] === undefined)
  if (bad.length > 0) {
    const reasons = bad.map((term) => tuple(atom('field_parsing_failed'), tuple(field, term)))
    return { kind: 'refused', reasons }
  }
  return ordered(of, field, texts as readonly Uint8Array[])
}

/** Sorted as Riak sorts them: the ends of a range may come either way round. */
function ordered(of: JobBucket, field: Uint8Array, texts: readonly Uint8Array[]): IndexInputs {
  const isInt = Buffer.from(field).toString('latin1').endsWith('_int')
  const [first = new Uint8Array(0), second = first] = texts
  const order = isInt
    ? (parseIntTerm(first) ?? 0n) <= (parseIntTerm(second) ?? 0n)
    : compareBytes(first, second) <= 0
  const [from, to] = order ? [first, second] : [second, first]
  const isRange = compareBytes(from, to) !== 0
  return { kind: 'index', of, field, from, to, isRange }
}
