/**
 * Removes what a run stored, and what an earlier one left behind when it was interrupted: every key of
 * every bucket of such a name, in every type. Nothing else on the cluster is touched.
 *
 * A node that was away may bring keys back, by hinted handoff, after they were removed: what is listed
 * is removed again, until nothing is listed for good.
 */

import { roomTypes } from '../../buckets/rooms.ts'
import type { RiakKv } from '../../src/riak/riak-kv.ts'
import { isRemovable } from './names.ts'

/** Ours, and the type in which the contract shows that untyped buckets keep one value. */
const types: readonly string[] = [...roomTypes.map(({ type }) => type), 'default']
const atOnce = 64
const pageKeys = 1_000
/** Two minutes and a half: the longest return of a node in the captures, and a little. */
const passesMax = 30
const restMs = 5_000

export interface Removed {
  readonly objects: number
  readonly buckets: number
  readonly types: number
}

interface Bucket {
  readonly type: string
  readonly bucket: string
}

/** @throws Error that names the buckets where something is left. */
export async function removeAll(riak: RiakKv, own: string): Promise<Removed> {
  const nowMs = Date.now()
  let objects = 0
  const seen = new Map<string, Bucket>()
  for (let pass = 0; pass < passesMax; pass++) {
    const found = await bucketsOf(riak, (bucket) => isRemovable(bucket, own, nowMs))
    let removed = 0
    for (const bucket of found) {
      seen.set(`${bucket.type}/${bucket.bucket}`, bucket)
      removed += await removeFrom(riak, bucket)
    }
    objects += removed
    // Tombstones are listed as buckets until they are reaped; keys of an index query are live.
    if (removed === 0) {
      for (const bucket of seen.values()) await resetProps(riak, bucket)
      const inTypes = new Set([...seen.values()].map(({ type }) => type))
      return { objects, buckets: seen.size, types: inTypes.size }
    }
    if (pass > 0) await new Promise((over) => setTimeout(over, restMs))
  }
  throw new Error(`not all could be removed, from: ${[...seen.keys()].join(', ')}`)
}

async function bucketsOf(
  riak: RiakKv,
  isWanted: (bucket: string) => boolean,
): Promise<readonly Bucket[]> {
  const listed: Bucket[] = []
  for (const type of types) {
    const names = await riak.listBuckets(type, { timeoutMs: 60_000 })
    listed.push(...names.filter(isWanted).map((bucket) => ({ type, bucket })))
  }
  return listed
}

/** @returns how many. */
async function removeFrom(riak: RiakKv, of: Bucket): Promise<number> {
  let count = 0
  const query = { ...of, field: '$bucket', equals: of.bucket, maxResults: pageKeys }
  for (let continuation: Uint8Array | undefined; ;) {
    const page = await riak.queryIndex({
      ...query,
      timeoutMs: 60_000,
      ...(continuation !== undefined && { continuation }),
    })
    const keys = page.entries.map(({ key }) => key)
    await each(keys, (key) => remove(riak, { ...of, key }))
    count += keys.length
    continuation = page.continuation
    if (continuation === undefined) return count
  }
}

/** With the context of what is there: its siblings go with it. */
async function remove(riak: RiakKv, at: Bucket & { readonly key: string }): Promise<void> {
  const found = await riak.get(at, { head: true, notFoundOk: false }).catch(() => undefined)
  await riak.delete(at, found === undefined ? {} : { context: found.context })
}

/** A test that failed half way may have left properties of its own on a bucket. */
async function resetProps(riak: RiakKv, of: Bucket): Promise<void> {
  const [props, typeProps] = await Promise.all([riak.bucketProps(of), riak.typeProps(of.type)])
  const isOwn = Object.entries(props).some(
    ([name, value]) => value !== (typeProps as Readonly<Record<string, unknown>>)[name],
  )
  if (isOwn) await riak.resetBucketProps(of)
}

async function each<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0
  const worker = async (): Promise<void> => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await work(item)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}
