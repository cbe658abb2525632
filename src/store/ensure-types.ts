/**
 * Whether the cluster has the bucket types that the program needs, with the properties it relies on.
 *
 * Creating them is riak-admin's: a program that creates types would need rights it should not have.
 */

import { roomTypes } from '../../buckets/rooms.ts'
import type { RoomProps, RoomType } from '../../buckets/room.ts'
import { StoreError } from '../kernel/errors.ts'
import type { BucketProps, RiakKv } from '../riak/riak-kv.ts'

/** Without these a merge would lose writes; the others only change how fast or how safe it is. */
const vital: readonly (keyof RoomProps & keyof BucketProps)[] = [
  'allow_mult',
  'last_write_wins',
  'dvv_enabled',
  'datatype',
]

/** @returns what is missing or differs, each in words with the command that helps; empty: all well. */
export async function checkTypes(riak: RiakKv): Promise<readonly string[]> {
  const found = await Promise.all(roomTypes.map((room) => checkType(riak, room)))
  return found.flat()
}

async function checkType(riak: RiakKv, room: RoomType): Promise<readonly string[]> {
  const { type, props } = room
  const json = JSON.stringify({ props })
  let stored: BucketProps
  try {
    stored = await riak.typeProps(type)
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'BLOG_NO_BUCKET_TYPE') throw error
    return [
      `bucket type ${type} is missing or not active: ` +
        `riak-admin bucket-type create ${type} '${json}' && riak-admin bucket-type activate ${type}`,
    ]
  }
  return vital.flatMap((name) => {
    const wanted = props[name]
    if (wanted === undefined || stored[name] === wanted) return []
    const shown = stored[name] === undefined ? 'not set' : String(stored[name])
    return [
      `bucket type ${type}: ${name} is ${shown}, must be ${String(wanted)}: ` +
        `riak-admin bucket-type update ${type} '${json}'`,
    ]
  })
}
