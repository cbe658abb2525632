/**
 * Riak's message codes: the byte after the length of every Protocol Buffers frame.
 *
 * Source: basho/riak_pb src/riak_pb_messages.csv.
 */

export const messageCodes = {
  RpbErrorResp: 0,
  RpbPingReq: 1,
  RpbPingResp: 2,
  RpbGetClientIdReq: 3,
  RpbGetClientIdResp: 4,
  RpbSetClientIdReq: 5,
  RpbSetClientIdResp: 6,
  RpbGetServerInfoReq: 7,
  RpbGetServerInfoResp: 8,
  RpbGetReq: 9,
  RpbGetResp: 10,
  RpbPutReq: 11,
  RpbPutResp: 12,
  RpbDelReq: 13,
  RpbDelResp: 14,
  RpbListBucketsReq: 15,
  RpbListBucketsResp: 16,
  RpbListKeysReq: 17,
  RpbListKeysResp: 18,
  RpbGetBucketReq: 19,
  RpbGetBucketResp: 20,
  RpbSetBucketReq: 21,
  RpbSetBucketResp: 22,
  RpbMapRedReq: 23,
  RpbMapRedResp: 24,
  RpbIndexReq: 25,
  RpbIndexResp: 26,
  RpbResetBucketReq: 29,
  RpbResetBucketResp: 30,
  RpbGetBucketTypeReq: 31,
  RpbSetBucketTypeReq: 32,
  RpbGetBucketKeyPreflistReq: 33,
  RpbGetBucketKeyPreflistResp: 34,
  RpbCounterUpdateReq: 50,
  RpbCounterUpdateResp: 51,
  RpbCounterGetReq: 52,
  RpbCounterGetResp: 53,
  DtFetchReq: 80,
  DtFetchResp: 81,
  DtUpdateReq: 82,
  DtUpdateResp: 83,
  RpbAuthReq: 253,
  RpbAuthResp: 254,
  RpbStartTls: 255,
} as const

/** A message that travels on its own, in a frame. */
export type MessageName = keyof typeof messageCodes

const namesByCode: ReadonlyMap<number, MessageName> = new Map(
  (Object.entries(messageCodes) as [MessageName, number][]).map(([name, code]) => [code, name]),
)

/** @returns undefined for a code that Riak KV 3.2 does not have, or that belongs to search and TS. */
export function messageNameOf(code: number): MessageName | undefined {
  return namesByCode.get(code)
}
