/**
 * Removes what a run stored, and what an earlier one left behind when it was interrupted: every key of
 * every bucket of such a name, in every type. Nothing else on the cluster is touched.
 *
 * A node that was away may bring keys back, by hinted handoff, after they were removed: what is listed
 * is removed again, until nothing is listed for good.
 */

import { roomTypes } from '../../buckets/rooms.ts'
import { StoreError } from '../../src/kernel/errors.ts'
import type { StoreErrorCode } from '../../src/kernel/errors.ts'
import type { RiakKv } from '../../src/riak/riak-kv.ts'
import { isRemovable } from './names.ts'

/** Ours, and the type in which the contract shows that untyped buckets keep one value. */
const types: readonly string[] = [...roomTypes.map(({ type }) => type), 'default']
const atOnce = 64
const pageKeys = 1_000
/** Of one request: a list of all buckets reads every key of a type. */
const timeoutMs = 60_000
/** Two minutes and a half: the longest return of a node in the captures, and a little. */
const passesMax = 38
/** Riak's `delete_mode` is 3 s: until then what was deleted is listed. */
const restMs = 4_000

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
    if (pass > 0) await new Promise((over) => setTimeout(over, restMs))
    try {
      let isAny = false
      for (const bucket of await bucketsOf(riak, (name) => isRemovable(name, own, nowMs))) {
        seen.set(`${bucket.type}/${bucket.bucket}`, bucket)
        for (const key of await removeFrom(riak, bucket, pass > 0)) {
          isAny = true
          keys.add(`${bucket.type}/${bucket.bucket}/${key}`)
        }
      }
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
    const names = await unless('BLOG_NO_BUCKET_TYPE', riak.listBuckets(type, { timeoutMs }))
    listed.push(...(names ?? []).filter(isWanted).map((bucket) => ({ type, bucket })))
  }
  return listed
}

/**
 * @param isAgain - what is listed may be a tombstone, which would live longer if it were deleted again.
 * @returns the keys that were there. @throws StoreError where some of them may still be.
 */
async function removeFrom(riak: RiakKv, of: Bucket, isAgain: boolean): Promise<readonly string[]> {
  const removed: string[] = []
  const query = { ...of, field: '$bucket', equals: of.bucket, maxResults: pageKeys, timeoutMs }
  for (let continuation: Uint8Array | undefined; ;) {
    const more = continuation !== undefined && { continuation }
    const page = await unless('BLOG_NO_INDEXES', riak.queryIndex({ ...query, ...more }))
    const keys = page?.entries.map(({ key }) => key) ?? (await riak.listKeys(of, { timeoutMs }))
    await each(keys, async (key) => {
      const at = { ...of, key }
      if (isAgain && !(await isAlive(riak, at))) return
      // Without a context Riak reads first what is there: siblings go with it.
      await riak.delete(at, { timeoutMs })
      removed.push(key)
    })
    continuation = page?.continuation
    if (continuation === undefined) return removed
  }
}

/** Whether any replica has a value of it, or cannot say. */
async function isAlive(riak: RiakKv, at: Bucket & { readonly key: string }): Promise<boolean> {
  try {
    const found = await riak.get(at, { head: true, r: 1, notFoundOk: false, deletedContext: false })
    return found !== undefined
  } catch (error) {
    if (error instanceof StoreError) return true
    throw error
  }
}

/** @returns undefined where the cluster refused with this code: it cannot, or there is nothing. */
async function unless<T>(code: StoreErrorCode, call: Promise<T>): Promise<T | undefined> {
  try {
    return await call
  } catch (error) {
    if (error instanceof StoreError && error.code === code) return undefined
    throw error
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
