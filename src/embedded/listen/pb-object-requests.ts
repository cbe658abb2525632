/**
 * Get, put, delete and the client id.
 *
 * Source: basho/riak_kv src/riak_kv_pb_object.erl.
 */

import { inflateRawSync } from 'node:zlib'
import { decodeVclock, encodeVclock, equalVclocks } from '../../causality/vclock.ts'
import type { Vclock } from '../../causality/vclock.ts'
import { limits } from '../../kernel/limits.ts'
import type { RpbGetReq, RpbPutReq } from '../../wire/message-types.ts'
import { encodeFrame } from '../../wire/messages.ts'
import type { NodeGetOptions, NodePutOptions } from '../requests.ts'
import { functionClause } from './crash-text.ts'
import { printBinary } from './erlang-text.ts'
import { decodeContent, encodeContents } from './pb-content.ts'
import { bucketId, given, quorum, read, refuseEmpty } from './pb-session.ts'
import type { Handler } from './pb-session.ts'

export const getClientId: Handler = (session) =>
  encodeFrame('RpbGetClientIdResp', { client_id: session.clientId })

export const setClientId: Handler = (session, body) => {
  const { client_id } = read('RpbSetClientIdReq', body)
  // A copy: a view would keep the whole piece of the stream alive.
  session.clientId = Uint8Array.from(client_id ?? [])
  return encodeFrame('RpbSetClientIdResp', {})
}

export const get: Handler = async (session, body) => {
  const request = read('RpbGetReq', body)
  refuseEmpty(request)
  const { bucket, key, type, if_modified } = request
  // Riak looks for a key that is no binary, and finds none.
  if (bucket === undefined || key === undefined) return encodeFrame('RpbGetResp', {})
  const found = await session.node.get(bucketId(type, bucket), key, getOptions(request))
  if (found.kind === 'notfound') return encodeFrame('RpbGetResp', {})
  if (found.kind === 'deleted') {
    const answer =
      request.deletedvclock === true ? { vclock: encodeVclock(found.object.vclock) } : {}
    return encodeFrame('RpbGetResp', answer)
  }
  if (if_modified !== undefined && equalVclocks(readVclock(if_modified), found.object.vclock)) {
    return encodeFrame('RpbGetResp', { unchanged: true })
  }
  return encodeFrame('RpbGetResp', {
    content: encodeContents(found.object, request.head === true),
    vclock: encodeVclock(found.object.vclock),
  })
}

function getOptions(request: RpbGetReq): NodeGetOptions {
  return given({
    r: quorum(request.r),
    pr: quorum(request.pr),
    basicQuorum: request.basic_quorum,
    notFoundOk: request.notfound_ok,
    timeoutMs: givenTimeout(request.timeout),
    sloppyQuorum: request.sloppy_quorum,
    nVal: request.n_val,
    nodeConfirms: quorum(request.node_confirms),
  })
}

export const put: Handler = async (session, body) => {
  const request = read('RpbPutReq', body)
  refuseEmpty(request)
  const { bucket, key, type } = request
  if (bucket === undefined) {
    throw functionClause('riak_object', 'new', `[undefined,${printBinary(key)},<<>>]`)
  }
  const content = decodeContent(request.content)
  const stored = await session.node.put(bucketId(type, bucket), key, content, putOptions(request))
  const generated = key === undefined ? { key: stored.key } : {}
  if (stored.object === undefined) return encodeFrame('RpbPutResp', generated)
  return encodeFrame('RpbPutResp', {
    content: encodeContents(stored.object, request.return_head === true),
    vclock: encodeVclock(stored.object.vclock),
    ...generated,
  })
}

function putOptions(request: RpbPutReq): NodePutOptions {
  return given({
    vclock: givenVclock(request.vclock),
    w: quorum(request.w),
    dw: quorum(request.dw),
    pw: quorum(request.pw),
    nodeConfirms: quorum(request.node_confirms),
    returnBody: request.return_body,
    returnHead: request.return_head,
    ifNotModified: request.if_not_modified,
    ifNoneMatch: request.if_none_match,
    isDeleted: request.content?.deleted === true ? true : undefined,
    asis: request.asis,
    timeoutMs: givenTimeout(request.timeout),
    sloppyQuorum: request.sloppy_quorum,
    nVal: request.n_val,
  })
}

export const del: Handler = async (session, body) => {
  const request = read('RpbDelReq', body)
  const { bucket, key, type } = request
  if (bucket === undefined || key === undefined) return encodeFrame('RpbDelResp', {})
  const options = given({
    vclock: givenVclock(request.vclock),
    rw: quorum(request.rw),
    r: quorum(request.r),
    w: quorum(request.w),
    pr: quorum(request.pr),
    pw: quorum(request.pw),
    dw: quorum(request.dw),
    timeoutMs: givenTimeout(request.timeout),
    sloppyQuorum: request.sloppy_quorum,
    nVal: request.n_val,
  })
  await session.node.delete(bucketId(type, bucket), key, options)
  return encodeFrame('RpbDelResp', {})
}

/** 0 is none, unlike over HTTP. */
function givenTimeout(ms: number | undefined): number | undefined {
  return ms === 0 ? undefined : ms
}

/** An empty clock is no clock. */
function givenVclock(bytes: Uint8Array | undefined): Uint8Array | undefined {
  return bytes === undefined || bytes.length === 0 ? undefined : bytes
}

function readVclock(bytes: Uint8Array): Vclock {
  if (bytes.length === 0) return []
  return decodeVclock(bytes, (deflated) =>
    inflateRawSync(deflated, { maxOutputLength: limits.objectBytesMax }),
  )
}
