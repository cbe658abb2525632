/**
 * Whether a cluster has the bucket types, as far as Protocol Buffers shows them.
 *
 * Riak's protocol has no field for `dvv_enabled`: its absence from an answer says nothing, and
 * `riak-admin bucket-type status TYPE` is where it can be seen.
 */

import { roomTypes } from '../../buckets/rooms.ts'
import type { RoomProps, RoomType } from '../../buckets/room.ts'
import { StoreError } from '../kernel/errors.ts'
import type { RiakKv } from '../riak/riak-kv.ts'

export const bucketTypeCount: number = roomTypes.length

type Shown = string | number | boolean | undefined

/** The command that makes and mends all of them. */
export const bucketTypeAdvice = 'ringpost riak bucket-types | cluster/bucket-types.sh'

/**
 * @returns what is missing or differs, a sentence each; empty: all well.
 * @throws StoreError where the cluster does not answer.
 */
export async function wrongBucketTypes(riak: RiakKv): Promise<readonly string[]> {
  const found = await Promise.all(roomTypes.map((room) => wrongIn(riak, room)))
  return found.flat()
}

async function wrongIn(riak: RiakKv, { type, props }: RoomType): Promise<readonly string[]> {
  let there: ReadonlyMap<string, Shown>
  try {
    there = new Map(Object.entries(await riak.typeProps(type)) as [string, Shown][])
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'BLOG_NO_BUCKET_TYPE') throw error
    return [`bucket type ${type} does not exist, or is not active`]
  }
  const entries = Object.entries(props) as [keyof RoomProps, Shown][]
  return entries.flatMap(([name, wanted]) => {
    const value = there.get(name)
    const isShown = there.has(name) || name === 'datatype'
    if (!isShown || value === wanted) return []
    const shown = value === undefined ? 'not set' : String(value)
    return [`bucket type ${type}: ${name} is ${shown}, must be ${String(wanted)}`]
  })
}
