/**
 * Whether a cluster has the bucket types, as far as Protocol Buffers shows them.
 *
 * Riak's protocol has no field for `dvv_enabled`: its absence from an answer says nothing. How it
 * behaves does (`checks/dotted-versions.ts`), and `riak admin bucket-type status TYPE`.
 */

import { roomTypes } from '../../buckets/rooms.ts'
import type { RoomProps, RoomType } from '../../buckets/room.ts'
import { StoreError } from '../kernel/errors.ts'
import type { BucketProps, RiakKv } from '../riak/riak-kv.ts'

export const bucketTypeCount: number = roomTypes.length

type Shown = string | number | boolean | undefined

interface Difference {
  readonly property: keyof RoomProps
  /** As it is; `not set` where there is none. */
  readonly shown: string
  readonly wanted: Shown
}

export type BucketTypeFault =
  | { readonly kind: 'missing'; readonly type: string }
  | ({ readonly kind: 'type'; readonly type: string } & Difference)
  /** The type is right, but this bucket of it has a property of its own. */
  | ({ readonly kind: 'bucket'; readonly type: string; readonly bucket: string } & Difference)

/** The command that makes all of them, and tells what differs. */
export const bucketTypeAdvice = 'npx ringpost riak bucket-types | cluster/bucket-types.sh'

/**
 * @param site - the bucket that the blog has in each type.
 * @returns what is missing or differs; empty: all well.
 * @throws StoreError where the cluster does not answer.
 */
export async function bucketTypeFaults(
  riak: RiakKv,
  site: string,
): Promise<readonly BucketTypeFault[]> {
  const found = await Promise.all(roomTypes.map((room) => faultsOf(riak, room, site)))
  return found.flat()
}

async function faultsOf(
  riak: RiakKv,
  { type, props: wanted }: RoomType,
  bucket: string,
): Promise<readonly BucketTypeFault[]> {
  try {
    const ofType = differences(await riak.typeProps(type), wanted)
    if (ofType.length > 0) return ofType.map((each) => ({ kind: 'type', type, ...each }))
    const ofBucket = differences(await riak.bucketProps({ type, bucket }), wanted)
    return ofBucket.map((each) => ({ kind: 'bucket', type, bucket, ...each }))
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'BLOG_NO_BUCKET_TYPE') throw error
    return [{ kind: 'missing', type }]
  }
}

function differences(props: BucketProps, wanted: RoomProps): readonly Difference[] {
  const there = new Map(Object.entries(props) as [string, Shown][])
  const entries = Object.entries(wanted) as [keyof RoomProps, Shown][]
  return entries.flatMap(([property, value]) => {
    const isShown = there.has(property) || property === 'datatype'
    const found = there.get(property)
    if (!isShown || found === value) return []
    return [{ property, shown: found === undefined ? 'not set' : String(found), wanted: value }]
  })
}
