/**
 * A stored object as JavaScript phases are given it, as JSON text.
 *
 *     {"bucket_type","bucket","key","vclock": base64,
 *      "values":[{"metadata":{"content-type","X-Riak-VTag","Links":[[b,k,t]],"index":{…},…},"data"}]}
 *
 * Pure.
 *
 * Source: basho/riak_kv 2.9 src/riak_object_json.erl `encode/1`; RIAK.md §7.2.
 */

import { isUtf8 } from 'node:buffer'

import { encodeVclock } from '../../causality/vclock.ts'
import { parseIntTerm } from '../vnode/index-entries.ts'
import type { ObjectValue, RiakObject } from '../vnode/riak-object.ts'
import type { Json } from './functions.ts'
import type { InputKey } from './job.ts'

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
}

/** Several values of one name become a list. */
function grouped(pairs: readonly (readonly [name: string, value: Json])[]): Json {
  const members = new Map<string, Json[]>()
  for (const [name, value] of pairs) members.set(name, [...(members.get(name) ?? []), value])
  const only = (values: readonly Json[]): Json =>
    values.length === 1 ? (values[0] ?? null) : values
  return Object.fromEntries([...members].map(([name, values]) => [name, only(values)]))
}

function indexValue(field: string, value: Uint8Array): Json {
  const number = field.endsWith('_int') ? parseIntTerm(value) : undefined
  return number === undefined ? textOf(value) : Number(number)
}

function metadataOf(value: ObjectValue): Json {
  const { links = [], userMeta = [], indexes = [], isTombstone } = value
  const optional = {
    'content-type': value.contentType,
    charset: value.charset,
    'content-encoding': value.contentEncoding,
    'X-Riak-Deleted': isTombstone ? 'true' : undefined,
  }
  const given = Object.entries(optional).filter(
    (member): member is [string, string] => member[1] !== undefined,
  )
  const { seconds } = value.lastModified
  return {
    ...Object.fromEntries(given),
    Links: links.map(({ bucket, key, tag }) => [textOf(bucket), textOf(key), textOf(tag)]),
    'X-Riak-VTag': value.vtag,
    index:
      indexes.length === 0
        ? []
        : grouped(indexes.map(({ field, value: of }) => [field, indexValue(field, of)])),
    'X-Riak-Last-Modified': new Date(seconds * 1_000).toUTCString(),
    'X-Riak-Meta': grouped(userMeta.map(({ key, value: of }) => [textOf(key), textOf(of)])),
  }
}

/** @returns undefined where a value, or the key, is not UTF-8: no text can be made of it. */
export function objectJson(at: InputKey, object: RiakObject): string | undefined {
  if (!isUtf8(at.key) || !isUtf8(at.bucket)) return undefined
  const values: string[] = []
  for (const value of object.values) {
    if (!isUtf8(value.value)) return undefined
    const metadata = JSON.stringify(metadataOf(value))
    values.push(`{"metadata":${metadata},"data":${JSON.stringify(textOf(value.value))}}`)
  }
  const vclock = Buffer.from(encodeVclock(object.vclock)).toString('base64')
  const head = JSON.stringify({
    bucket_type: textOf(at.type),
    bucket: textOf(at.bucket),
    key: textOf(at.key),
    vclock,
  })
  return `${head.slice(0, -1)},"values":[${values.join(',')}]}`
}
