/**
 * Object contents: the wire's `RpbContent` ↔ the node's `ObjectContent` and `ObjectValue`.
 *
 * Source: basho/riak_pb src/riak_pb_kv_codec.erl `encode_content/1`, `decode_content/1`.
 */

import type { RpbContent, RpbLink, RpbPair } from '../../wire/message-types.ts'
import type { ObjectContent, ObjectValue, RiakObject } from '../vnode/riak-object.ts'
import { functionClause } from './crash-text.ts'
import { latin1, toBytes } from './erlang-text.ts'

const nothing = new Uint8Array(0)

/**
 * What a client puts. Its own vtag, dates and `deleted` are ignored: the node sets them.
 *
 * @throws CrashError for a put without content, as in Riak.
 */
export function decodeContent(content: RpbContent | undefined): ObjectContent {
  if (content === undefined) {
    throw functionClause('riak_pb_kv_codec', 'decode_content', '[undefined]')
  }
  const { content_type, charset, content_encoding, links, usermeta, indexes } = content
  return {
    value: content.value ?? nothing,
    ...(content_type !== undefined && { contentType: latin1(content_type) }),
    ...(charset !== undefined && { charset: latin1(charset) }),
    ...(content_encoding !== undefined && { contentEncoding: latin1(content_encoding) }),
    ...(links !== undefined && links.length > 0 && { links: links.map(decodeLink) }),
    ...(usermeta !== undefined && usermeta.length > 0 && { userMeta: usermeta.map(decodePair) }),
    ...(indexes !== undefined &&
      indexes.length > 0 && {
        indexes: indexes.map((pair) => ({
          field: latin1(pair.key ?? nothing),
          value: pair.value ?? nothing,
        })),
      }),
  }
}

/** @param isHead - metadata only: values are sent empty. */
export function encodeContents(object: RiakObject, isHead: boolean): readonly RpbContent[] {
  return object.values.map((value) => encodeValue(value, isHead))
}

function encodeValue(value: ObjectValue, isHead: boolean): RpbContent {
  return {
    value: isHead ? nothing : value.value,
    content_type: optionalBytes(value.contentType),
    charset: optionalBytes(value.charset),
    content_encoding: optionalBytes(value.contentEncoding),
    vtag: toBytes(value.vtag),
    links: value.links,
    last_mod: value.lastModified.seconds,
    last_mod_usecs: value.lastModified.micros,
    usermeta: value.userMeta,
    indexes: value.indexes?.map(({ field, value: term }) => ({ key: toBytes(field), value: term })),
    deleted: value.isTombstone ? true : undefined,
  }
}

function optionalBytes(text: string | undefined): Uint8Array | undefined {
  return text === undefined ? undefined : toBytes(text)
}

function decodePair(pair: RpbPair): { readonly key: Uint8Array; readonly value: Uint8Array } {
  return { key: pair.key ?? nothing, value: pair.value ?? nothing }
}

function decodeLink(link: RpbLink): {
  readonly bucket: Uint8Array
  readonly key: Uint8Array
  readonly tag: Uint8Array
} {
  return { bucket: link.bucket ?? nothing, key: link.key ?? nothing, tag: link.tag ?? nothing }
}
