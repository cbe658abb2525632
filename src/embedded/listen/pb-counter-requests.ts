/**
 * The counters of Riak 1.4: in any bucket of the default type that lets siblings be.
 *
 * Source: basho/riak_kv src/riak_kv_pb_counter.erl.
 */

import type { RpbCounterGetReq } from '../../wire/message-types.ts'
import { encodeFrame } from '../../wire/messages.ts'
import { counterIn } from '../datatype/counter-values.ts'
import { RiakError } from '../requests.ts'
import type { BucketId, NodeGetOptions, NodePutOptions } from '../requests.ts'
import type { RiakNode } from '../riak-node.ts'
import { functionClause } from './crash-text.ts'
import { printBinary } from './erlang-text.ts'
import { bucketId, given, quorum, read } from './pb-session.ts'
import type { Handler, Session } from './pb-session.ts'

/** Where a counter is; either may be missing on the wire. */
interface CounterPlace {
  readonly bucket?: Uint8Array | undefined
  readonly key?: Uint8Array | undefined
}

export const counterGet: Handler = async (session, body) => {
  const request = read('RpbCounterGetReq', body)
  const value = await fetchOld(session, request, getOptions(request))
  return encodeFrame('RpbCounterGetResp', value === undefined ? {} : { value })
}

function getOptions(request: RpbCounterGetReq): NodeGetOptions {
  return given({
    r: quorum(request.r),
    pr: quorum(request.pr),
    basicQuorum: request.basic_quorum,
    notFoundOk: request.notfound_ok,
    nodeConfirms: quorum(request.node_confirms),
  })
}

export const counterUpdate: Handler = async (session, body) => {
  const request = read('RpbCounterUpdateReq', body)
  const options = given({
    w: quorum(request.w),
    dw: quorum(request.dw),
    pw: quorum(request.pw),
    nodeConfirms: quorum(request.node_confirms),
  })
  const value = await countOld(session, request, request.amount ?? 0n, options)
  return encodeFrame('RpbCounterUpdateResp', request.returnvalue === true ? { value } : {})
}

/** @returns undefined where nothing is stored. */
export async function fetchOld(
  { node }: Session,
  { bucket, key }: CounterPlace,
  options: NodeGetOptions,
): Promise<bigint | undefined> {
  if (bucket === undefined || key === undefined) return undefined
  const found = await node.get(bucketId(undefined, bucket), key, options)
  return found.kind === 'found' ? counterIn(found.object.values, 'old') : undefined
}

export async function countOld(
  { node }: Session,
  { bucket, key }: CounterPlace,
  by: bigint,
  options: NodePutOptions,
): Promise<bigint> {
  if (bucket === undefined) throw functionClause('riak_core_bucket', 'get_bucket', '[undefined]')
  const of = bucketId(undefined, bucket)
  if (datatypeProps(node, of)?.allowMult !== true) {
    // Printed as a term: that is where its quotes are from.
    throw new RiakError(`"Counters require bucket property 'allow_mult=true'"`)
  }
  if (key === undefined) {
    const args = `[${printBinary(bucket)},undefined,<<>>,"application/riak_counter"]`
    throw functionClause('riak_object', 'new', args)
  }
  const { value } = await node.count(of, key, { form: 'old', by }, options)
  return value
}

/** What decides whether a bucket may hold data types; undefined for an unknown bucket type. */
export function datatypeProps(
  node: RiakNode,
  of: BucketId,
): { readonly allowMult: boolean; readonly datatype: string | undefined } | undefined {
  try {
    const props = node.bucketProps(of)
    const datatype = props.get('datatype')
    return {
      allowMult: props.get('allow_mult') === true,
      datatype: typeof datatype === 'string' ? datatype : undefined,
    }
  } catch (error) {
    if (error instanceof RiakError) return undefined
    throw error
  }
}
