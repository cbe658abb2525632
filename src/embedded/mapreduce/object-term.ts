/**
 * A stored object as the record that Riak's functions are given: it is shown in errors, and by
 * `map_identity`. Pure.
 *
 *     {r_object, Bucket, Key, [{r_content, Metadata, Value}], Clock, {dict, clean}, undefined}
 *
 * Metadata is a `dict` of 16 slots; an entry is `[Name | Value]` in the slot of its name's hash.
 *
 * Source: basho/riak_kv src/riak_object.erl (records); Erlang/OTP stdlib dict.erl; captures/mapred.
 */

import { atom, chars, integer, isList, tuple } from '../../causality/external-term.ts'
import type { Term } from '../../causality/external-term.ts'
import { vclockToTerm } from '../../causality/vclock.ts'
import { parseIntTerm } from '../vnode/index-entries.ts'
import type { ObjectValue, RiakObject } from '../vnode/riak-object.ts'
import type { InputKey } from './job.ts'
import { bucketTerm, undefinedTerm } from './job.ts'

const slotsOfDict = 16
/** `erlang:phash(Name, 16)` of every name that Riak uses. */
const slotOf = {
  Links: 3,
  'content-encoding': 4,
  dot: 5,
  'content-type': 11,
  'X-Riak-VTag': 11,
  index: 12,
  'X-Riak-Deleted': 13,
  'X-Riak-Last-Modified': 14,
  clean: 15,
  'X-Riak-Meta': 16,
  charset: 16,
} as const

type Name = keyof typeof slotOf

/** `[Name | Value]`, which is a list where the value is one. */
function entry(name: Term, value: Term): Term {
  return isList(value) ? [name, ...value] : { head: [name], tail: value }
}

function dict(entries: readonly (readonly [name: Name, key: Term, value: Term])[]): Term {
  const slots: Term[][] = Array.from({ length: slotsOfDict }, () => [])
  for (const [name, key, value] of entries) slots[slotOf[name] - 1]?.push(entry(key, value))
  const empty: Term = { tuple: slots.map(() => []) }
  const sizes = [entries.length, slotsOfDict, slotsOfDict, 8, 80, 48]
  return { tuple: [atom('dict'), ...sizes, empty, tuple({ tuple: slots })] }
}

/** Fields ending in `_int` hold integers. */
function indexTerm(field: string, value: Uint8Array): Term {
  const number = field.endsWith('_int') ? parseIntTerm(value) : undefined
  return tuple(Buffer.from(field), number === undefined ? value : integer(number))
}

export function metadataTerm(value: ObjectValue): Term {
  const entries: [Name, Term, Term][] = []
  const add = (name: Name, of: Term | undefined): void => {
    if (of !== undefined) entries.push([name, Buffer.from(name), of])
  }
  const text = (of: string | undefined): Term | undefined => (of === undefined ? of : chars(of))
  const { isTombstone, dot, links = [], userMeta = [], indexes = [] } = value
  if (!isTombstone) {
    add(
      'Links',
      links.map((link) => tuple(tuple(link.bucket, link.key), link.tag)),
    )
    add('content-encoding', text(value.contentEncoding))
  }
  if (dot !== undefined) add('dot', tuple(dot.actor, tuple(dot.counter, dot.timestamp)))
  if (!isTombstone) add('content-type', text(value.contentType ?? 'application/octet-stream'))
  add('X-Riak-VTag', chars(value.vtag))
  add(
    'index',
    indexes.map(({ field, value: of }) => indexTerm(field, of)),
  )
  if (isTombstone) add('X-Riak-Deleted', chars('true'))
  const { seconds, micros } = value.lastModified
  add('X-Riak-Last-Modified', tuple(Math.floor(seconds / 1e6), seconds % 1e6, micros))
  if (!isTombstone) {
    add('charset', text(value.charset))
    add(
      'X-Riak-Meta',
      userMeta.map((pair) => tuple(pair.key, pair.value)),
    )
  }
  return dict(entries)
}

/** What `riak_object:get_contents/1` gives of each value. */
export function contentTerms(object: RiakObject): readonly Term[] {
  return object.values.map((value) => tuple(metadataTerm(value), value.value))
}

export function objectTerm(at: InputKey, object: RiakObject): Term {
  return tuple(
    atom('r_object'),
    bucketTerm(at),
    at.key,
    object.values.map((value) => tuple(atom('r_content'), metadataTerm(value), value.value)),
    vclockToTerm(object.vclock),
    dict([['clean', atom('clean'), atom('true')]]),
    undefinedTerm,
  )
}
