/** Contract: listings, bucket and type properties, preference lists. */

import { describe, expect, test } from 'vitest'
import type { BucketProps, RiakKv } from '../../src/riak/riak-kv.ts'
import { text, values } from './suite.ts'
import type { Suite } from './suite.ts'

export function describeBuckets(suite: Suite): void {
  describeListings(suite)
  describeProperties(suite)

  describe('preference list', () => {
    test('names n_val different partitions, the same for the same key', async () => {
      const kv = suite.kv()
      const at = { type: 'posts', bucket: suite.freshBucket(), key: 'some/key' }
      const list = await kv.preflist(at)
      expect(list).toHaveLength(3)
      expect(new Set(list.map((entry) => entry.partition)).size).toBe(3)
      for (const entry of list) {
        expect(entry.node).toMatch(/.@./)
        expect(entry.partition).toBeGreaterThanOrEqual(0)
        expect(entry.isPrimary).toBe(true)
      }
      expect(await kv.preflist(at)).toEqual(list)
    })
  })
}

function describeListings(suite: Suite): void {
  describe('listings', () => {
    test('each key once, in whatever order (250 keys, one of them with siblings)', async () => {
      const kv = suite.kv()
      const of = { type: 'posts', bucket: suite.freshBucket() }
      expect(await kv.listKeys(of)).toEqual([])
      const keys = Array.from({ length: 250 }, (_, i) => `k/${i}`)
      await Promise.all(keys.map((key) => kv.put({ ...of, key }, text(key))))
      await kv.put({ ...of, key: 'k/7' }, text('sibling'))
      expect([...(await kv.listKeys(of))].sort()).toEqual([...keys].sort())
    })

    test('a bucket is listed in its type once something is in it', async () => {
      const kv = suite.kv()
      const bucket = suite.freshBucket()
      expect(await kv.listBuckets('posts')).not.toContain(bucket)
      await kv.put({ type: 'posts', bucket, key: 'a' }, text('a'))
      await kv.put({ type: 'posts', bucket, key: 'b' }, text('b'))
      const listed = await kv.listBuckets('posts')
      expect(listed.filter((name) => name === bucket)).toHaveLength(1)
      expect(await kv.listBuckets('default')).not.toContain(bucket)
    })

    test('an unknown bucket type has its own error', async () => {
      const missing = { code: 'BLOG_NO_BUCKET_TYPE' }
      const kv = suite.kv()
      await expect(kv.listKeys({ type: 'nosuch', bucket: 'b' })).rejects.toMatchObject(missing)
      await expect(kv.listBuckets('nosuch')).rejects.toMatchObject(missing)
    })
  })
}

/** Nodes of a cluster tell one another of new properties, and each call may reach another of them. */
async function allShow(
  kv: RiakKv,
  of: { readonly type: string; readonly bucket: string },
  wanted: BucketProps,
): Promise<void> {
  const asked = Array.from({ length: 6 }, () => of)
  const shown = () => Promise.all(asked.map((bucket) => kv.bucketProps(bucket)))
  await expect.poll(shown, { timeout: 15_000 }).toMatchObject(asked.map(() => wanted))
}

function describeProperties(suite: Suite): void {
  describe('properties', () => {
    test('a typed bucket keeps siblings, an untyped one does not', async () => {
      const kv = suite.kv()
      const bucket = suite.freshBucket()
      const typed = await kv.bucketProps({ type: 'posts', bucket })
      expect(typed).toMatchObject({ n_val: 3, allow_mult: true, last_write_wins: false })
      expect(typed).toMatchObject({ r: 'quorum', w: 'quorum', dw: 'quorum', pr: 0, pw: 0 })
      expect(typed).toMatchObject({ notfound_ok: true, basic_quorum: false })
      const untyped = await kv.bucketProps({ type: 'default', bucket })
      expect(untyped.allow_mult).toBe(false)
      expect((await kv.typeProps('posts')).allow_mult).toBe(true)
    })

    suite.promiseIf('readingDvv', 'typed buckets track siblings by dotted versions', async () => {
      expect((await suite.kv().typeProps('posts')).dvv_enabled).toBe(true)
    })

    test('what is set on a bucket is read back, alone, and takes effect; reset undoes it', async () => {
      const kv = suite.kv()
      const of = { type: 'posts', bucket: suite.freshBucket() }
      const wanted = { allow_mult: false, r: 'all', w: 1, notfound_ok: false, n_val: 3 } as const
      await kv.setBucketProps(of, { allow_mult: false, r: 'all', w: 1, notfound_ok: false })
      await allShow(kv, of, wanted)
      const other = { ...of, bucket: suite.freshBucket() }
      expect((await kv.bucketProps(other)).allow_mult).toBe(true)
      await kv.put({ ...of, key: 'k' }, text('a'))
      await kv.put({ ...of, key: 'k' }, text('b'))
      expect(values(await kv.get({ ...of, key: 'k' }))).toHaveLength(1)
      await kv.resetBucketProps(of)
      await allShow(kv, of, { allow_mult: true, r: 'quorum' })
    })

    suite.promiseIf('settingTypes', 'what is set on a type holds for its buckets', async () => {
      const kv = suite.kv()
      const of = { type: 'posts', bucket: suite.freshBucket() }
      await kv.setTypeProps('posts', { rw: 'all' })
      expect((await kv.typeProps('posts')).rw).toBe('all')
      expect((await kv.bucketProps(of)).rw).toBe('all')
      await kv.setTypeProps('posts', { rw: 'quorum' })
      expect((await kv.bucketProps(of)).rw).toBe('quorum')
    })

    test('an unknown bucket type has its own error', async () => {
      const kv = suite.kv()
      const missing = { code: 'BLOG_NO_BUCKET_TYPE' }
      const of = { type: 'nosuch', bucket: 'b' }
      await expect(kv.typeProps('nosuch')).rejects.toMatchObject(missing)
      await expect(kv.bucketProps(of)).rejects.toMatchObject(missing)
      await expect(kv.setBucketProps(of, { allow_mult: true })).rejects.toMatchObject(missing)
    })
  })
}
