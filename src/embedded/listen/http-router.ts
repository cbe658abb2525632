/**
 * Which resource a path is. A path that Riak serves and this node does not is an unknown one.
 *
 * Source: basho/riak_kv src/riak_kv_web.erl `raw_dispatch/1`.
 */

import type { Dice } from '../../kernel/ports.ts'
import type { RiakNode } from '../riak-node.ts'
import { toBytes } from './erlang-text.ts'
import type { HttpResource } from './http-decisions.ts'
import { HttpIndex } from './http-index.ts'
import { HttpLinkWalk } from './http-link-walk.ts'
import { HttpBucketList, HttpKeyList } from './http-lists.ts'
import { HttpObject } from './http-object.ts'
import type { ObjectPath } from './http-object.ts'
import { HttpBucketProps, HttpTypeProps } from './http-props.ts'
import type { ParsedRequest } from './http-request.ts'
import { HttpPing, HttpStats } from './http-stats.ts'
import type { StatsText } from './http-stats.ts'

export interface RouteContext {
  readonly node: RiakNode
  readonly dice: Dice
  readonly stats: StatsText
}

const defaultType = toBytes('default')

/** @returns undefined for a path that nothing stands behind. */
export function route(context: RouteContext, request: ParsedRequest): HttpResource | undefined {
  const { segments } = request.target
  const [first] = segments
  if (first === 'ping') return segments.length === 1 ? new HttpPing() : undefined
  if (first === 'stats') {
    return segments.length === 1 ? new HttpStats(context.stats, request) : undefined
  }
  if (first === 'riak') return oldForm(context, request)
  if (first === 'buckets') return inType(context, request, defaultType, 'buckets', 1)
  if (first !== 'types') return undefined
  if (segments.length === 3 && segments[2] === 'props') {
    return new HttpTypeProps(context.node, request.segment(1), request)
  }
  if (segments[2] !== 'buckets') return undefined
  return inType(context, request, request.segment(1), 'types', 3)
}

/** @param at - where a bucket's name stands. */
function inType(
  context: RouteContext,
  request: ParsedRequest,
  type: Uint8Array,
  form: ObjectPath['form'],
  at: number,
): HttpResource | undefined {
  const isAll = request.target.segments.length === at
  if (isAll) return new HttpBucketList(context.node, type, request)
  return inBucket(context, request, type, form, at)
}

/** `/riak/B`, `/riak/B/K`: as before Riak 1.0. */
function oldForm(context: RouteContext, request: ParsedRequest): HttpResource | undefined {
  const { length } = request.target.segments
  if (length < 2) return new HttpBucketList(context.node, defaultType, request)
  const of = { type: defaultType, bucket: request.segment(1) }
  if (length > 3) return new HttpLinkWalk(request, 3)
  if (length === 3) return object(context, request, { of, key: request.segment(2), form: 'riak' })
  if (request.method === 'POST') {
    return object(context, request, { of, key: undefined, form: 'riak' })
  }
  const keys = request.parameter('keys')
  const isProps = request.parameter('props') !== 'false' && keys !== 'true' && keys !== 'stream'
  if (isProps) return new HttpBucketProps(context.node, of, request, true)
  const isList = keys === 'true' || keys === 'stream'
  return isList ? new HttpKeyList(context.node, of, request, true) : undefined
}

function inBucket(
  context: RouteContext,
  request: ParsedRequest,
  type: Uint8Array,
  form: ObjectPath['form'],
  at: number,
): HttpResource | undefined {
  const { segments } = request.target
  const { length } = segments
  if (length < at + 2) return undefined
  const of = { type, bucket: request.segment(at) }
  const what = segments[at + 1]
  if (what === 'props' && length === at + 2) {
    return new HttpBucketProps(context.node, of, request, false)
  }
  if (what === 'index' && length > at + 2) {
    return new HttpIndex(context.node, context.dice, of, request, at + 2)
  }
  if (what !== 'keys') return undefined
  if (length === at + 2) {
    if (request.method !== 'POST') return new HttpKeyList(context.node, of, request, false)
    return object(context, request, { of, key: undefined, form })
  }
  if (length > at + 3) return new HttpLinkWalk(request, at + 3)
  return object(context, request, { of, key: request.segment(at + 2), form })
}

function object(context: RouteContext, request: ParsedRequest, path: ObjectPath): HttpResource {
  return new HttpObject(context.node, context.dice, path, request)
}
