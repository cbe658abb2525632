/**
 * Message code → handler, and what Riak says to codes that have none.
 *
 * A code that a real Riak knows and this node does not is answered as any unknown one; a response
 * sent as a request crashes the server process, as in Riak.
 *
 * Source: basho/riak_kv src/riak_kv_app.erl (the services and their codes); captures/pb-raw.txt.
 */

import { messageCodes } from '../../wire/message-codes.ts'
import { RiakError } from '../requests.ts'
import { functionClause } from './crash-text.ts'
import { printBinary } from './erlang-text.ts'
import * as buckets from './pb-bucket-requests.ts'
import { counterGet, counterUpdate } from './pb-counter-requests.ts'
import { dtFetch, dtUpdate } from './pb-dt-requests.ts'
import { index } from './pb-index-requests.ts'
import { mapReduce } from './pb-mapred-requests.ts'
import * as objects from './pb-object-requests.ts'
import type { Handler } from './pb-session.ts'

const handlers: ReadonlyMap<number, Handler> = new Map([
  [messageCodes.RpbPingReq, buckets.ping],
  [messageCodes.RpbGetClientIdReq, objects.getClientId],
  [messageCodes.RpbSetClientIdReq, objects.setClientId],
  [messageCodes.RpbGetServerInfoReq, buckets.serverInfo],
  [messageCodes.RpbGetReq, objects.get],
  [messageCodes.RpbPutReq, objects.put],
  [messageCodes.RpbDelReq, objects.del],
  [messageCodes.RpbListBucketsReq, buckets.listBuckets],
  [messageCodes.RpbListKeysReq, buckets.listKeys],
  [messageCodes.RpbGetBucketReq, buckets.getBucket],
  [messageCodes.RpbSetBucketReq, buckets.setBucket],
  [messageCodes.RpbMapRedReq, mapReduce],
  [messageCodes.RpbIndexReq, index],
  [messageCodes.RpbResetBucketReq, buckets.resetBucket],
  [messageCodes.RpbGetBucketTypeReq, buckets.getBucketType],
  [messageCodes.RpbSetBucketTypeReq, buckets.setBucketType],
  [messageCodes.RpbGetBucketKeyPreflistReq, buckets.preflist],
  [messageCodes.RpbCounterUpdateReq, counterUpdate],
  [messageCodes.RpbCounterGetReq, counterGet],
  [messageCodes.DtFetchReq, dtFetch],
  [messageCodes.DtUpdateReq, dtUpdate],
])

/** Codes of answers, by the service that is asked to decode them and has no clause for it. */
const answerServices: ReadonlyMap<number, string> = new Map([
  [messageCodes.RpbPingResp, 'riak_api_basic_pb_service'],
  [messageCodes.RpbGetClientIdResp, 'riak_kv_pb_object'],
  [messageCodes.RpbSetClientIdResp, 'riak_kv_pb_object'],
  [messageCodes.RpbGetServerInfoResp, 'riak_api_basic_pb_service'],
  [messageCodes.RpbGetResp, 'riak_kv_pb_object'],
  [messageCodes.RpbPutResp, 'riak_kv_pb_object'],
  [messageCodes.RpbDelResp, 'riak_kv_pb_object'],
  [messageCodes.RpbListBucketsResp, 'riak_kv_pb_bucket'],
  [messageCodes.RpbListKeysResp, 'riak_kv_pb_bucket'],
  [messageCodes.RpbGetBucketResp, 'riak_core_pb_bucket'],
  [messageCodes.RpbSetBucketResp, 'riak_core_pb_bucket'],
  [messageCodes.RpbMapRedResp, 'riak_kv_pb_mapred'],
  [messageCodes.RpbIndexResp, 'riak_kv_pb_index'],
  [messageCodes.RpbResetBucketResp, 'riak_core_pb_bucket'],
  [messageCodes.RpbGetBucketKeyPreflistResp, 'riak_kv_pb_bucket_key_apl'],
  [messageCodes.RpbCounterUpdateResp, 'riak_kv_pb_counter'],
  [messageCodes.RpbCounterGetResp, 'riak_kv_pb_counter'],
  [messageCodes.DtFetchResp, 'riak_kv_pb_crdt'],
  [messageCodes.DtUpdateResp, 'riak_kv_pb_crdt'],
])

/** @returns a handler for any code from 0 to 255. */
export function handlerOf(code: number): Handler {
  const handler = handlers.get(code)
  if (handler !== undefined) return handler
  const service = answerServices.get(code)
  if (service !== undefined) {
    return (_session, body) => {
      throw functionClause(service, 'decode', `[${code},${printBinary(body)}]`)
    }
  }
  return () => {
    if (code === messageCodes.RpbStartTls) {
      throw new RiakError('Security not enabled; STARTTLS not allowed.')
    }
    throw new RiakError(`Unknown message code: ${code}`)
  }
}
