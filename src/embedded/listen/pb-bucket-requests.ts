/**
 * Listings, bucket properties, bucket types, preference lists, and what the server says of itself.
 *
 * Source: basho/riak_kv src/riak_kv_pb_bucket.erl, riak_kv_pb_bucket_key_apl.erl; basho/riak_api
 * src/riak_core_pb_bucket.erl, riak_core_pb_bucket_type.erl, riak_api_basic_pb_service.erl.
 */

import { limits } from '../../kernel/limits.ts'
import { encodeFrame } from '../../wire/messages.ts'
import { RiakError } from '../requests.ts'
import { functionClause } from './crash-text.ts'
import { printBinary, toBytes } from './erlang-text.ts'
import { decodeProps, encodeProps } from './pb-props.ts'
import {
  bucketId,
  given,
  noTypeNamed,
  read,
  refuseEmpty,
  rewordNoType,
  typeOr,
} from './pb-session.ts'
import type { FrameStream, Handler } from './pb-session.ts'

export const ping: Handler = () => encodeFrame('RpbPingResp', {})

export const serverInfo: Handler = ({ node }) =>
  encodeFrame('RpbGetServerInfoResp', {
    node: toBytes(node.name),
    server_version: toBytes(node.version),
  })

export const listBuckets: Handler = ({ node }, body) => {
  const { type, timeout, stream } = read('RpbListBucketsReq', body)
  const words = noTypeNamed(type)
  const found = reworded(() => node.listBuckets(typeOr(type), given({ timeoutMs: timeout })), words)
  if (stream === true) {
    return streamed(found, (buckets) =>
      encodeFrame('RpbListBucketsResp', buckets === undefined ? { done: true } : { buckets }),
    )
  }
  return collect(found).then((buckets) => encodeFrame('RpbListBucketsResp', { buckets }))
}

export const listKeys: Handler = ({ node }, body) => {
  const { bucket, type, timeout } = read('RpbListKeysReq', body)
  const of = bucketId(type, bucket ?? new Uint8Array(0))
  const found = reworded(() => node.listKeys(of, given({ timeoutMs: timeout })), noTypeNamed(type))
  return streamed(found, (keys) =>
    encodeFrame('RpbListKeysResp', keys === undefined ? { done: true } : { keys }),
  )
}

type Batches = AsyncIterable<readonly Uint8Array[]>

async function* reworded(
  list: () => Batches,
  words: string,
): AsyncGenerator<readonly Uint8Array[], void, undefined> {
  try {
    yield* list()
  } catch (error) {
    throw rewordNoType(error, words)
  }
}

/** @throws RiakError where the names fill more than one message; a stream has no such limit. */
async function collect(batches: Batches): Promise<readonly Uint8Array[]> {
  const all: Uint8Array[] = []
  let bytes = 0
  for await (const batch of batches) {
    for (const item of batch) {
      all.push(item)
      bytes += item.length
    }
    if (bytes > limits.pbFrameBytesMax) throw new RiakError(`{too_large,${bytes}}`)
  }
  return all
}

/** A frame a batch that is not empty, and one more (`encode(undefined)`) at the end. */
function streamed(
  batches: Batches,
  encode: (batch: readonly Uint8Array[] | undefined) => Buffer,
): FrameStream {
  async function* frames(): AsyncGenerator<Buffer, void, undefined> {
    for await (const batch of batches) if (batch.length > 0) yield encode(batch)
    yield encode(undefined)
  }
  return { frames: frames() }
}

export const getBucket: Handler = ({ node }, body) => {
  const { bucket, type } = read('RpbGetBucketReq', body)
  if (bucket === undefined) throw noBucket('get_bucket')
  try {
    const props = encodeProps(node.bucketProps(bucketId(type, bucket)))
    return encodeFrame('RpbGetBucketResp', { props })
  } catch (error) {
    throw rewordNoType(error, noTypeNamed(type))
  }
}

export const setBucket: Handler = async ({ node }, body) => {
  const { bucket, type, props } = read('RpbSetBucketReq', body)
  if (bucket === undefined) throw noBucket('set_bucket')
  try {
    await node.setBucketProps(bucketId(type, bucket), decodeProps(props))
  } catch (error) {
    throw invalidProps(rewordNoType(error, noTypeNamed(type)))
  }
  return encodeFrame('RpbSetBucketResp', {})
}

export const resetBucket: Handler = async ({ node }, body) => {
  const { bucket, type } = read('RpbResetBucketReq', body)
  if (bucket === undefined) throw noBucket('reset_bucket')
  try {
    await node.resetBucketProps(bucketId(type, bucket))
  } catch (error) {
    // Riak ignores what became of a reset.
    if (!(error instanceof RiakError)) throw error
  }
  return encodeFrame('RpbResetBucketResp', {})
}

export const getBucketType: Handler = ({ node }, body) => {
  const { type } = read('RpbGetBucketTypeReq', body)
  const words = `Invalid bucket type: ${printBinary(type)}`
  if (type === undefined) throw new RiakError(words)
  try {
    return encodeFrame('RpbGetBucketResp', { props: encodeProps(node.typeProps(type)) })
  } catch (error) {
    throw rewordNoType(error, words)
  }
}

export const setBucketType: Handler = async ({ node }, body) => {
  const { type, props } = read('RpbSetBucketTypeReq', body)
  if (type === undefined) throw invalidProps(new RiakError('undefined'))
  try {
    await node.setTypeProps(type, decodeProps(props))
  } catch (error) {
    throw invalidProps(error)
  }
  return encodeFrame('RpbSetBucketResp', {})
}

export const preflist: Handler = ({ node }, body) => {
  const request = read('RpbGetBucketKeyPreflistReq', body)
  refuseEmpty(request)
  const { bucket, key, type } = request
  if (bucket === undefined || key === undefined) throw noBucket('get_apl_ann_with_pnum')
  const entries = node.preflist(bucketId(type, bucket), key)
  return encodeFrame('RpbGetBucketKeyPreflistResp', {
    preflist: entries.map(({ partition, node: name, isPrimary }) => ({
      partition,
      node: toBytes(name),
      primary: isPrimary,
    })),
  })
}

const noBucket = (name: string): Error => functionClause('riak_core_bucket', name, '[undefined]')

const invalidPrefix = 'Invalid bucket properties: '

/** The node names the reasons; the sentence around them is the protocol's. */
function invalidProps(error: unknown): unknown {
  if (!(error instanceof RiakError)) return error
  const isSentence = error.text.startsWith(invalidPrefix) || error.text.startsWith('No bucket-type')
  return isSentence ? error : new RiakError(`${invalidPrefix}${error.text}`)
}
