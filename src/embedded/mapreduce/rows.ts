/**
 * What flows between phases: a batch of values, in the form its phase made them.
 *
 *     built-in functions      terms      ─┐
 *     registered functions    JSON values ├─▶ next phase, or the client's text
 *     JavaScript              JSON texts ─┘
 *
 * They are converted only where a phase of another kind takes them; to a client they go as they are.
 *
 * Pure. Source: basho/riak_kv src/riak_kv_mapred_json.erl `jsonify_not_found/1`.
 */

import {
  atom,
  isAtom,
  isAtomOf,
  isFloat,
  isList,
  isTuple,
  tuple,
} from '../../causality/external-term.ts'
import type { Term } from '../../causality/external-term.ts'
import type { Json } from './functions.ts'
import { structOf, writeJson } from './json-writer.ts'

export type Rows =
  | { readonly kind: 'terms'; readonly list: readonly Term[] }
  | { readonly kind: 'values'; readonly list: readonly Json[] }
  /** Each one value. */
  | { readonly kind: 'texts'; readonly list: readonly string[] }

export function termOfJson(value: Json): Term {
  if (typeof value === 'string') return Buffer.from(value)
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : { float: value }
  if (value === null) return atom('null')
  if (typeof value === 'boolean') return atom(String(value))
  if (isJsonList(value)) return value.map(termOfJson)
  const props = Object.entries(value).map(([name, of]) => tuple(Buffer.from(name), termOfJson(of)))
  return tuple(atom('struct'), props)
}

function isJsonList(
  value: readonly Json[] | { readonly [name: string]: Json },
): value is readonly Json[] {
  return Array.isArray(value)
}

/** Tuples become lists: a key that no phase has touched is `[bucket, key]`. */
export function jsonOfTerm(term: Term): Json {
  if (typeof term === 'number') return term
  if (typeof term === 'bigint') return Number(term)
  if (term instanceof Uint8Array) return Buffer.from(term).toString()
  if (isFloat(term)) return term.float
  if (isAtom(term)) return jsonOfAtom(term.atom)
  if (isList(term)) return term.map(jsonOfTerm)
  const struct = structOf(term)
  if (struct !== undefined) return jsonOfProps(struct)
  if (isTuple(term)) return flatKey(term.tuple).map(jsonOfTerm)
  return null
}

function jsonOfAtom(name: string): Json {
  if (name === 'true' || name === 'false') return name === 'true'
  return name === 'null' || name === 'undefined' ? null : name
}

function jsonOfProps(props: readonly Term[]): Json {
  const pairs = props.flatMap((prop) => {
    const [name, value] = isTuple(prop) ? prop.tuple : []
    if (name === undefined || value === undefined) return []
    return [[nameText(name), jsonOfTerm(value)] as const]
  })
  return Object.fromEntries(pairs)
}

function nameText(name: Term): string {
  const json = jsonOfTerm(name)
  return typeof json === 'string' ? json : JSON.stringify(json)
}

/** `{{{T,B},K},D}` is `[B,K,D,T]`, `{{B,K},D}` is `[B,K,D]`, as jobs write inputs. */
function flatKey(elements: readonly Term[]): readonly Term[] {
  const [first, data] = elements
  const isKeyed = elements.length === 2 && first !== undefined && isTuple(first)
  if (!isKeyed || first.tuple.length !== 2 || data === undefined) return elements
  const [bucket, key] = first.tuple
  if (bucket === undefined || key === undefined) return elements
  if (!isTuple(bucket)) return [bucket, key, data]
  const [type, name] = bucket.tuple
  return type === undefined || name === undefined ? elements : [name, key, data, type]
}

export function asTerms(rows: Rows): readonly Term[] {
  if (rows.kind === 'terms') return rows.list
  if (rows.kind === 'values') return rows.list.map(termOfJson)
  return rows.list.map((text) => fromNotFound(termOfJson(JSON.parse(text) as Json)))
}

export function asValues(rows: Rows): readonly Json[] {
  if (rows.kind === 'values') return rows.list
  if (rows.kind === 'terms') return rows.list.map((term) => jsonOfTerm(toNotFound(term)))
  return rows.list.map((text) => JSON.parse(text) as Json)
}

export function asTexts(rows: Rows): readonly string[] {
  if (rows.kind === 'texts') return rows.list
  if (rows.kind === 'values') return rows.list.map((value) => JSON.stringify(value))
  return rows.list.map((term) => termText(toNotFound(term)))
}

/** A pair that Riak's JSON cannot say is a list here. */
function termText(term: Term): string {
  return isTuple(term) && structOf(term) === undefined
    ? JSON.stringify(jsonOfTerm(term))
    : writeJson(term)
}

/** `{not_found, {Bucket, Key}, KeyData}`, what JavaScript maps answer for a missing key, as an object. */
export function toNotFound(term: Term): Term {
  if (!isTuple(term) || term.tuple.length !== 3) return term
  const [tag, bkey, keyData] = term.tuple
  if (!isAtomOf(tag, 'not_found')) return term
  if (bkey === undefined || !isTuple(bkey) || keyData === undefined) return term
  const [bucket, key] = bkey.tuple
  if (bucket === undefined || key === undefined) return term
  const name = (text: string): Term => Buffer.from(text)
  const [type, typed] = isTuple(bucket) ? bucket.tuple : []
  const members = [
    ...(type === undefined ? [] : [tuple(name('bucket_type'), type)]),
    tuple(name('bucket'), typed ?? bucket),
    tuple(name('key'), key),
    tuple(name('keydata'), keyData),
  ]
  const inner = tuple(atom('struct'), members)
  return tuple(atom('struct'), [tuple(name('not_found'), inner)])
}

/** And back, when a JavaScript reduce has let it through. */
function fromNotFound(term: Term): Term {
  const [member] = structOf(term) ?? []
  const [name, inner] = member !== undefined && isTuple(member) ? member.tuple : []
  const isOurs = name instanceof Uint8Array && Buffer.from(name).toString() === 'not_found'
  const members = isOurs && inner !== undefined ? structOf(inner) : undefined
  if (members === undefined) return term
  const values = new Map<string, Term>()
  for (const each of members) {
    const [key, value] = isTuple(each) ? each.tuple : []
    if (key instanceof Uint8Array && value !== undefined)
      values.set(Buffer.from(key).toString(), value)
  }
  const [bucket, key, data] = ['bucket', 'key', 'keydata'].map((of) => values.get(of))
  if (bucket === undefined || key === undefined || data === undefined) return term
  const type = values.get('bucket_type')
  const bkey = tuple(type === undefined ? bucket : tuple(type, bucket), key)
  return tuple(atom('not_found'), bkey, data)
}

/** Rows whose sizes are added up; of longer batches the rest is taken to be alike. */
const weighedRows = 200

/** Bytes that a batch occupies, about. */
export function weightOf(rows: Rows): number {
  const { list } = rows
  let bytes = 0
  const count = Math.min(list.length, rows.kind === 'texts' ? list.length : weighedRows)
  for (let at = 0; at < count; at++) {
    const row = list[at]
    if (typeof row === 'string') bytes += row.length
    else bytes += rows.kind === 'values' ? weighJson(row as Json) : weighTerm(row as Term)
  }
  return count === 0 ? 0 : Math.round((bytes / count) * list.length)
}

const wordBytes = 16

function weighTerm(term: Term): number {
  if (term instanceof Uint8Array) return wordBytes + term.length
  if (typeof term !== 'object' || isAtom(term) || isFloat(term)) return wordBytes
  const parts = isTuple(term) ? term.tuple : isList(term) ? term : 'head' in term ? term.head : []
  return parts.reduce<number>((sum, part) => sum + weighTerm(part), wordBytes)
}

function weighJson(value: Json): number {
  if (typeof value === 'string') return wordBytes + value.length
  if (value === null || typeof value !== 'object') return wordBytes
  const parts: readonly Json[] = Object.values(value)
  return parts.reduce<number>((sum, part) => sum + weighJson(part), wordBytes)
}
