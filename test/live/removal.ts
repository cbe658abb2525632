/**
 * Removes what a run stored, and what an earlier one left behind when it was interrupted: every key of
 * every bucket of such a name, in every type. Nothing else on the cluster is touched.
 *
 * A node that was away may bring keys back, by hinted handoff, after they were removed: what is listed
 * is removed again, until nothing is listed for good.
 */

import { roomTypes } from '../../buckets/rooms.ts'
import { StoreError } from '../../src/kernel/errors.ts'
import type { RiakKv } from '../../src/riak/riak-kv.ts'
import { isRemovable } from './names.ts'

/** Ours, and the type in which the contract shows that untyped buckets keep one value. */
const types: readonly string[] = [...roomTypes.map(({ type }) => type), 'default']
const atOnce = 64
const pageKeys = 1_000
/** Of one request: a list of all buckets reads every key of a type. */
const timeoutMs = 60_000
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

/** @throws Error that names the buckets where something is left, with the last error of Riak as its cause. */
export async function removeAll(riak: RiakKv, own: string): Promise<Removed> {
  const nowMs = Date.now()
  const seen = new Map<string, Bucket>()
  const keys = new Set<string>()
  let failure: StoreError | undefined
  for (let pass = 0; pass < passesMax; pass++) {
    if (pass > 1) await new Promise((over) => setTimeout(over, restMs))
    try {
      let isAny = false
      for (const bucket of await bucketsOf(riak, (name) => isRemovable(name, own, nowMs))) {
        seen.set(`${bucket.type}/${bucket.bucket}`, bucket)
        for (const key of await removeFrom(riak, bucket)) {
          isAny = true
          keys.add(`${bucket.type}/${bucket.bucket}/${key}`)
        }
      }
      // A bucket of tombstones alone is listed until they are reaped; an index query knows only the living.
      if (isAny) continue
      for (const bucket of seen.values()) await resetProps(riak, bucket)
      const inTypes = new Set([...seen.values()].map(({ type }) => type))
      return { objects: keys.size, buckets: seen.size, types: inTypes.size }
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      failure = error
    }
  }
  const places = [...seen.keys()].join(', ')
  throw new Error(`not everything could be removed from ${places}`, { cause: failure })
}

async function bucketsOf(
  riak: RiakKv,
  isWanted: (bucket: string) => boolean,
): Promise<readonly Bucket[]> {
  const listed: Bucket[] = []
  for (const type of types) {
    const names = await riak.listBuckets(type, { timeoutMs })
    listed.push(...names.filter(isWanted).map((bucket) => ({ type, bucket })))
  }
  return listed
}

/** @returns the keys that were there. @throws StoreError where some of them may still be. */
async function removeFrom(riak: RiakKv, of: Bucket): Promise<readonly string[]> {
  const removed: string[] = []
  const query = { ...of, field: '$bucket', equals: of.bucket, maxResults: pageKeys, timeoutMs }
  for (let continuation: Uint8Array | undefined; ;) {
    const page = await riak.queryIndex({
      ...query,
      ...(continuation !== undefined && { continuation }),
    })
    const keys = page.entries.map(({ key }) => key)
    // Without a context Riak reads first what is there: siblings go with it.
    await each(keys, (key) => riak.delete({ ...of, key }, { timeoutMs }))
    removed.push(...keys)
    continuation = page.continuation
    if (continuation === undefined) return removed
  }
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
