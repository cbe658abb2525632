/**
 * The index entries of an object: what its values say, as the disk's keys want them.
 *
 * Pure.
 *
 * Invariant: the entries of an object are the union of its siblings' entries; a tombstone has none.
 * Integers are kept in canonical decimal text, so that +7 and 007 are the entry 7.
 *
 * Source: basho/riak_kv src/riak_index.erl `parse_object_hook/1`, `diff_specs/2`; RIAK.md §5.3.
 */

import { atom, tuple } from '../../causality/external-term.ts'
import type { Term } from '../../causality/external-term.ts'
import { encodeIntTerm, intTermBytesMax } from './disk-keys.ts'
import type { IndexTerm } from './disk-keys.ts'
import type { ObjectContent, RiakObject } from './riak-object.ts'

type Indexes = NonNullable<ObjectContent['indexes']>

const intTermMax = 2n ** BigInt(8 * intTermBytesMax)

/** Decimal text as Erlang's `list_to_integer` takes it. */
export function parseIntTerm(value: Uint8Array): bigint | undefined {
  const text = Buffer.from(value).toString('latin1')
  // 2^1008 has 304 digits: a longer text is not worth parsing.
  if (text.length > 320 || !/^[+-]?[0-9]+$/.test(text)) return undefined
  const number = BigInt(text.startsWith('+') ? text.slice(1) : text)
  return number > -intTermMax && number < intTermMax ? number : undefined
}

/**
 * Bring a client's index entries into their stored form.
 *
 * @returns the entries, or the terms of all that cannot be: what the precommit hook answers.
 */
export function normaliseIndexes(
  indexes: Indexes,
):
  | { readonly kind: 'ok'; readonly indexes: Indexes }
  | { readonly kind: 'bad'; readonly reasons: readonly Term[] } {
  const reasons: Term[] = []
  const normal = indexes.flatMap(({ field, value }) => {
    const name = field.toLowerCase()
    if (name.endsWith('_bin')) return [{ field: name, value }]
    if (!name.endsWith('_int')) {
      reasons.push(tuple(atom('unknown_field_type'), Buffer.from(field)))
      return []
    }
    const number = parseIntTerm(value)
    if (number === undefined) {
      reasons.push(tuple(atom('field_parsing_failed'), tuple(Buffer.from(field), value)))
      return []
    }
    return [{ field: name, value: Buffer.from(String(number)) }]
  })
  return reasons.length > 0 ? { kind: 'bad', reasons } : { kind: 'ok', indexes: normal }
}

function hasIndexes(object: RiakObject | undefined): boolean {
  if (object === undefined) return false
  return object.values.some(({ indexes }) => indexes !== undefined && indexes.length > 0)
}

/** Distinct entries of all siblings, by an id that tells them apart. */
export function indexTermsOf(object: RiakObject | undefined): ReadonlyMap<string, IndexTerm> {
  const terms = new Map<string, IndexTerm>()
  for (const sibling of object?.values ?? []) {
    for (const { field, value } of sibling.indexes ?? []) {
      const number = field.endsWith('_int') ? parseIntTerm(value) : undefined
      const term = number === undefined ? value : encodeIntTerm(number)
      const id = `${field}\0${Buffer.from(term).toString('latin1')}`
      terms.set(id, { field: Buffer.from(field), term })
    }
  }
  return terms
}

/** Entries that the disk must gain and lose. */
export interface IndexChanges {
  readonly added: readonly IndexTerm[]
  readonly removed: readonly IndexTerm[]
}

const noChanges: IndexChanges = { added: [], removed: [] }

/** What changes when `after` replaces `before`. */
export function indexChanges(
  before: RiakObject | undefined,
  after: RiakObject | undefined,
): IndexChanges {
  if (!hasIndexes(before) && !hasIndexes(after)) return noChanges
  const old = indexTermsOf(before)
  const now = indexTermsOf(after)
  return {
    added: [...now].filter(([id]) => !old.has(id)).map(([, term]) => term),
    removed: [...old].filter(([id]) => !now.has(id)).map(([, term]) => term),
  }
}
