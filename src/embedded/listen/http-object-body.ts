/**
 * An object as HTTP shows it: one value as headers and body, several as a list of tags or in parts.
 *
 * Pure; boundaries are handed in.
 *
 * Source: basho/riak_kv src/riak_kv_wm_object.erl `produce_*_body/2`, riak_kv_wm_utils.erl
 * `multipart_encode_body/4`, `format_links/3`.
 */

import { createHash } from 'node:crypto'
import { encodeTerm } from '../../causality/external-term.ts'
import { encodeVclock, vclockToTerm } from '../../causality/vclock.ts'
import type { Vclock } from '../../causality/vclock.ts'
import type { ObjectValue, RiakObject } from '../vnode/riak-object.ts'
import { base62 } from '../vnode/vtag.ts'
import { CrashError } from './crash-text.ts'
import { latin1, toBytes } from './erlang-text.ts'
import { formatDate } from './http-decisions.ts'
import { Reply } from './http-reply.ts'
import { quotePlus } from './http-target.ts'

/** How links are written: as the request's own path was. */
export type LinkForm = 'riak' | 'buckets' | 'types'

export function vclockHeader(vclock: Vclock): string {
  return Buffer.from(encodeVclock(vclock)).toString('base64')
}

/** Siblings have no tag of their own: it is made from their clock. */
export function etagOf(object: RiakObject): string {
  return base62(
    createHash('md5')
      .update(encodeTerm(vclockToTerm(object.vclock)))
      .digest(),
  )
}

/** Seconds since 1970 of the newest value. */
export function lastModifiedOf(values: readonly ObjectValue[]): number {
  return values.reduce((newest, value) => Math.max(newest, value.lastModified.seconds), 0)
}

export function contentTypeOfValue(value: ObjectValue): string {
  return value.contentType ?? 'application/octet-stream'
}

/**
 * In the order in which they leave: as the client named them, then the way up.
 *
 * @throws CrashError for links below a bucket type: Riak has no form for them.
 */
function linksOf(value: ObjectValue, bucket: Uint8Array, form: LinkForm): string {
  const links = (value.links ?? []).map((link) => {
    const [name, key, tag] = [quotePlus(link.bucket), quotePlus(link.key), quotePlus(link.tag)]
    if (form === 'types') throw noForm(name, key)
    const path = form === 'riak' ? `/riak/${name}/${key}` : `/buckets/${name}/keys/${key}`
    return `<${path}>; riaktag="${tag}"`
  })
  const up = form === 'riak' ? `/riak/${quotePlus(bucket)}` : `/buckets/${quotePlus(bucket)}`
  return [...links.reverse(), `<${up}>; rel="up"`].join(', ')
}

function noForm(bucket: string, key: string): CrashError {
  const args = `["${bucket}","${key}","riak",3]`
  return new CrashError(
    ['function_clause'],
    [
      { module: 'riak_kv_wm_utils', function: 'format_uri', args },
      { module: 'riak_kv_wm_utils', function: 'format_links', args: 4 },
      { module: 'riak_kv_wm_object', function: 'produce_doc_body', args: 2 },
    ],
  )
}

/** The headers of one value, beside those of the object. */
export function showValue(
  reply: Reply,
  value: ObjectValue,
  bucket: Uint8Array,
  form: LinkForm,
): Uint8Array {
  reply.merge('Link', linksOf(value, bucket, form))
  for (const { key, value: text } of value.userMeta ?? []) {
    reply.mergeStored(latin1(key), latin1(text))
  }
  for (const { field, value: term } of value.indexes ?? []) {
    reply.mergeStored(`x-riak-index-${field}`, latin1(term))
  }
  return value.value
}

export function siblingsText(object: RiakObject): Uint8Array {
  const tags = object.values.map(({ vtag }) => `${vtag}\n`)
  return toBytes(`Siblings:\n${tags.join('')}`)
}

export function siblingsInParts(
  object: RiakObject,
  bucket: Uint8Array,
  form: LinkForm,
  boundary: string,
): Uint8Array {
  const pieces: Uint8Array[] = []
  for (const value of object.values) {
    pieces.push(toBytes(`\r\n--${boundary}\r\n${partHeaders(value, bucket, form)}\r\n`))
    pieces.push(value.value)
  }
  pieces.push(toBytes(`\r\n--${boundary}--\r\n`))
  return Buffer.concat(pieces)
}

/** In the order in which Riak writes them, one line each. */
function partHeaders(value: ObjectValue, bucket: Uint8Array, form: LinkForm): string {
  const charset = value.charset === undefined ? '' : `; charset=${value.charset}`
  const fields: [string, string][] = [['Content-Type', `${contentTypeOfValue(value)}${charset}`]]
  if (value.contentEncoding !== undefined) fields.push(['Content-Encoding', value.contentEncoding])
  fields.push(['Link', linksOf(value, bucket, form)])
  fields.push(['Etag', value.vtag])
  fields.push(['Last-Modified', formatDate(value.lastModified.seconds)])
  if (value.isTombstone) fields.push(['X-Riak-Deleted', 'true'])
  for (const { key, value: text } of value.userMeta ?? []) fields.push([latin1(key), latin1(text)])
  for (const { field, value: term } of value.indexes ?? []) {
    fields.push([`x-riak-index-${field}`, latin1(term)])
  }
  return fields.map(partLine).join('')
}

/** Through a reply of its own, so that no stored value writes a line of its own. */
function partLine([name, value]: readonly [string, string]): string {
  const line = new Reply()
  line.mergeStored(name, value)
  const [field] = line.finish(200).headers
  return field === undefined ? '' : `${field[0]}: ${field[1]}\r\n`
}
