/** Contract: what is put, read, found as siblings, and deleted. */

import { describe, expect, test } from 'vitest'
import { causalContext } from '../../src/causality/causal-context.ts'
import type { Location } from '../../src/kernel/ids.ts'
import { limits } from '../../src/kernel/limits.ts'
import type { Fetched, RiakKv } from '../../src/riak/riak-kv.ts'
import { text, values } from './suite.ts'
import type { Suite } from './suite.ts'

/** @returns the context of what is there. */
async function contextOf(kv: RiakKv, at: Location): Promise<Fetched['context']> {
  const found = await kv.get(at)
  expect(found).toBeDefined()
  return found!.context
}

export function describeObjects(suite: Suite): void {
  const fresh = (key = 'k', type = 'posts'): Location => ({
    type,
    bucket: suite.freshBucket(),
    key,
  })
  describe('objects', () => {
    test('what was never put is undefined', async () => {
      expect(await suite.kv().get(fresh())).toBeUndefined()
    })

    test('a value comes back as it was put: bytes, type, indexes, metadata, tag and date', async () => {
      const kv = suite.kv()
      const at = fresh()
      const content = text('hello', {
        contentType: 'text/markdown; charset=utf-8',
        indexes: [
          { field: 'tag_bin', value: 'größe' },
          { field: 'tag_bin', value: 'zwei' },
          { field: 'changed_int', value: '1790000000000' },
        ],
        userMeta: { author: 'Zoë', empty: '' },
      })
      await kv.put(at, content)
      const found = await kv.get(at)
      expect(found!.siblings).toHaveLength(1)
      const sibling = found!.siblings[0]!
      expect(sibling.value).toEqual(content.value)
      expect(sibling.contentType).toBe(content.contentType)
      const byField = [...sibling.indexes].map(({ field, value }) => `${field}=${value}`).sort()
      expect(byField).toEqual(['changed_int=1790000000000', 'tag_bin=größe', 'tag_bin=zwei'])
      expect(sibling.userMeta).toEqual(content.userMeta)
      expect(sibling.isTombstone).toBe(false)
      expect(sibling.vtag).not.toBe('')
      expect(Math.abs(sibling.lastModifiedMs - Date.now())).toBeLessThan(60_000)
    })

    test('without returnBody a put answers nothing; with it, what is stored now', async () => {
      const kv = suite.kv()
      const at = fresh()
      expect(await kv.put(at, text('a'))).toBeUndefined()
      const stored = await kv.put(at, text('b'), { returnBody: true })
      expect(values(stored)).toEqual(['a', 'b'])
      await kv.put(at, text('ab'), { context: stored!.context })
      expect(values(await kv.get(at))).toEqual(['ab'])
    })

    test('puts without a context are siblings, each with a tag of its own', async () => {
      const kv = suite.kv()
      const at = fresh()
      for (const value of ['a', 'b', 'c']) await kv.put(at, text(value))
      const found = await kv.get(at)
      expect(values(found)).toEqual(['a', 'b', 'c'])
      expect(new Set(found!.siblings.map((sibling) => sibling.vtag)).size).toBe(3)
    })

    test('a put replaces exactly what its context has seen', async () => {
      const kv = suite.kv()
      const at = fresh()
      await kv.put(at, text('a'))
      const seenA = await contextOf(kv, at)
      await kv.put(at, text('b'), { context: seenA })
      expect(values(await kv.get(at))).toEqual(['b'])
      await kv.put(at, text('late'), { context: seenA })
      expect(values(await kv.get(at))).toEqual(['b', 'late'])
      await kv.put(at, text('merged'), { context: await contextOf(kv, at) })
      expect(values(await kv.get(at))).toEqual(['merged'])
    })

    test('writers who take turns with old contexts make no more siblings than writers', async () => {
      const kv = suite.kv()
      const at = fresh()
      await kv.put(at, text('0'))
      let mine = await contextOf(kv, at)
      let yours = mine
      for (let i = 1; i <= 10; i++) {
        mine = (await kv.put(at, text(`m${i}`), { context: mine, returnBody: true }))!.context
        yours = (await kv.put(at, text(`y${i}`), { context: yours, returnBody: true }))!.context
      }
      expect((await kv.get(at))!.siblings.length).toBeLessThanOrEqual(2)
    })

    test('20 concurrent read-merge-writes lose nothing', async () => {
      const kv = suite.kv()
      const at = fresh()
      const names = Array.from({ length: 20 }, (_, i) => `w${i}`)
      const add = async (name: string): Promise<void> => {
        const found = await kv.get(at)
        const union = new Set([...values(found).flatMap((value) => value.split(' ')), name])
        const context = found === undefined ? {} : { context: found.context }
        await kv.put(at, text([...union].sort().join(' ')), context)
      }
      await Promise.all(names.map(add))
      const union = new Set(values(await kv.get(at)).flatMap((value) => value.split(' ')))
      expect([...union].sort()).toEqual([...names].sort())
    })

    test('the default type keeps one value: the last one written', async () => {
      const kv = suite.kv()
      const at = fresh('k', 'default')
      await kv.put(at, text('first'))
      await kv.put(at, text('second'))
      expect(values(await kv.get(at))).toEqual(['second'])
    })

    test('an empty value is a value', async () => {
      const kv = suite.kv()
      const at = fresh()
      await kv.put(at, text(''))
      const found = await kv.get(at)
      expect(found!.siblings[0]!.value).toEqual(new Uint8Array(0))
      expect(found!.siblings[0]!.isTombstone).toBe(false)
    })

    test('every byte survives (256 values; 1 MiB)', async () => {
      const kv = suite.kv()
      for (const length of [256, limits.objectBytesMax]) {
        const at = fresh()
        const value = Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8)) & 0xff)
        await kv.put(at, { value, contentType: 'application/octet-stream' })
        const found = await kv.get(at)
        expect(Buffer.compare(found!.siblings[0]!.value, value)).toBe(0)
      }
    })

    test('a value over 1 MiB is refused before it is sent', async () => {
      const kv = suite.kv()
      const at = fresh()
      const value = new Uint8Array(limits.objectBytesMax + 1)
      await expect(
        kv.put(at, { value, contentType: 'application/octet-stream' }),
      ).rejects.toMatchObject({ code: 'BLOG_TOO_LARGE', outcome: 'definite' })
      expect(await kv.get(at)).toBeUndefined()
    })

    test('a key is its bytes: slashes, spaces, percent signs, UTF-8, 1,000 characters', async () => {
      const kv = suite.kv()
      const bucket = suite.freshBucket()
      const keys = [
        'a/b',
        'a//b',
        'a b',
        'a%2Fb',
        'é',
        'e\u0301',
        '日本/語',
        '😀',
        '"',
        '\\',
        'K',
        'k',
      ]
      keys.push('x'.repeat(1_000))
      for (const key of keys) await kv.put({ type: 'posts', bucket, key }, text(`value of ${key}`))
      for (const key of keys) {
        expect(values(await kv.get({ type: 'posts', bucket, key }))).toEqual([`value of ${key}`])
      }
      expect([...(await kv.listKeys({ type: 'posts', bucket }))].sort()).toEqual([...keys].sort())
    })

    test('buckets of one name in two types are two buckets', async () => {
      const kv = suite.kv()
      const bucket = `${suite.freshBucket()}/ß`
      await kv.put({ type: 'posts', bucket, key: 'k' }, text('typed'))
      await kv.put({ type: 'default', bucket, key: 'k' }, text('untyped'))
      expect(values(await kv.get({ type: 'posts', bucket, key: 'k' }))).toEqual(['typed'])
      expect(values(await kv.get({ type: 'default', bucket, key: 'k' }))).toEqual(['untyped'])
    })

    test('an empty name, and half a character, are refused before anything is sent', async () => {
      const kv = suite.kv()
      for (const at of [
        { type: 'posts', bucket: 'b', key: '' },
        { type: 'posts', bucket: '', key: 'k' },
        { type: '', bucket: 'b', key: 'k' },
        { type: 'posts', bucket: 'b', key: '\ud83d' },
      ]) {
        await expect(kv.get(at)).rejects.toMatchObject({ code: 'BLOG_BAD_REQUEST' })
        await expect(kv.put(at, text('v'))).rejects.toMatchObject({ code: 'BLOG_BAD_REQUEST' })
      }
    })

    test('head answers everything but the values', async () => {
      const kv = suite.kv()
      const at = fresh()
      await kv.put(at, text('long text', { userMeta: { a: 'b' } }))
      await kv.put(at, text('other text'))
      const head = await kv.get(at, { head: true })
      const whole = await kv.get(at)
      expect(head!.siblings.map((sibling) => sibling.value.length)).toEqual([0, 0])
      const tags = (found: Fetched | undefined): string[] =>
        found!.siblings.map((sibling) => sibling.vtag).sort()
      expect(tags(head)).toEqual(tags(whole))
    })

    test('quorums are taken as words and as numbers', async () => {
      const kv = suite.kv()
      const at = fresh()
      await kv.put(at, text('a'), { w: 'all', dw: 'one', pw: 0 })
      for (const r of ['one', 'quorum', 'all', 'default', 1, 3] as const) {
        expect(values(await kv.get(at, { r, notFoundOk: false }))).toEqual(['a'])
      }
      expect(values(await kv.get(at, { r: 2, pr: 1, basicQuorum: true }))).toEqual(['a'])
    })

    test('more vnodes than hold the key is a bad request (r, w = 5 of 3)', async () => {
      const kv = suite.kv()
      const at = fresh()
      const bad = { code: 'BLOG_BAD_REQUEST', outcome: 'definite' }
      await expect(kv.get(at, { r: 5 })).rejects.toMatchObject(bad)
      await expect(kv.put(at, text('v'), { w: 5 })).rejects.toMatchObject(bad)
      await expect(kv.get(at, { r: 1.5 })).rejects.toMatchObject(bad)
    })

    test('a context that is garbage is refused, and the next call is not affected', async () => {
      const kv = suite.kv()
      const at = fresh()
      const context = causalContext(Uint8Array.of(1, 2, 3, 4, 5))
      await expect(kv.put(at, text('v'), { context })).rejects.toMatchObject({
        code: 'BLOG_REFUSED_BY_RIAK',
      })
      await kv.put(at, text('v'))
      expect(values(await kv.get(at))).toEqual(['v'])
    })

    test('an unknown bucket type has its own error', async () => {
      const kv = suite.kv()
      const at = fresh('k', 'nosuch')
      const missing = { code: 'BLOG_NO_BUCKET_TYPE', outcome: 'definite' }
      await expect(kv.get(at)).rejects.toMatchObject(missing)
      await expect(kv.put(at, text('v'))).rejects.toMatchObject(missing)
      await expect(kv.delete(at)).rejects.toMatchObject(missing)
    })
  })

  describeConditions(suite, fresh)
  describeDeletion(suite, fresh)
}

type Fresh = (key?: string, type?: string) => Location

function describeConditions(suite: Suite, fresh: Fresh): void {
  describe('conditional puts', () => {
    const refused = { code: 'BLOG_REFUSED_BY_RIAK', outcome: 'definite' }

    test('ifNoneMatch stores where nothing is, and refuses where something is', async () => {
      const kv = suite.kv()
      const at = fresh()
      await kv.put(at, text('a'), { ifNoneMatch: true })
      await expect(kv.put(at, text('b'), { ifNoneMatch: true })).rejects.toMatchObject(refused)
      expect(values(await kv.get(at))).toEqual(['a'])
    })

    test('ifNotModified stores on the current context, and refuses on an old one or on nothing', async () => {
      const kv = suite.kv()
      const at = fresh()
      await kv.put(at, text('a'))
      const context = await contextOf(kv, at)
      await kv.put(at, text('b'), { context, ifNotModified: true })
      await expect(kv.put(at, text('c'), { context, ifNotModified: true })).rejects.toMatchObject(
        refused,
      )
      expect(values(await kv.get(at))).toEqual(['b'])
      await expect(
        kv.put(fresh(), text('c'), { context, ifNotModified: true }),
      ).rejects.toMatchObject(refused)
    })
  })
}

function describeDeletion(suite: Suite, fresh: Fresh): void {
  describe('deletion', () => {
    test('what was deleted reads as a tombstone with a context, or as undefined on request', async () => {
      const kv = suite.kv()
      const at = fresh()
      await kv.put(at, text('a'))
      await kv.delete(at)
      const found = await kv.get(at)
      expect(found!.siblings.map((sibling) => sibling.isTombstone)).toEqual([true])
      expect(found!.siblings[0]!.value).toHaveLength(0)
      expect(found!.context.length).toBeGreaterThan(0)
      expect(await kv.get(at, { deletedContext: false })).toBeUndefined()
    })

    test('a put on the context of the tombstone is one live value', async () => {
      const kv = suite.kv()
      const at = fresh()
      await kv.put(at, text('a'))
      await kv.delete(at)
      await kv.put(at, text('b'), { context: await contextOf(kv, at) })
      const found = await kv.get(at)
      expect(found!.siblings).toHaveLength(1)
      expect(values(found)).toEqual(['b'])
    })

    test('a value written beside a deletion survives it', async () => {
      const kv = suite.kv()
      const at = fresh()
      await kv.put(at, text('a'))
      const seen = await contextOf(kv, at)
      await kv.put(at, text('b'), { context: seen })
      await kv.delete(at, { context: seen })
      const found = await kv.get(at)
      expect(values(found)).toEqual(['b'])
      expect(found!.siblings.filter((sibling) => sibling.isTombstone)).toHaveLength(1)
    })

    test('a deletion without a context covers what is there, siblings included', async () => {
      const kv = suite.kv()
      const at = fresh()
      await kv.put(at, text('a'))
      await kv.put(at, text('b'))
      await kv.delete(at)
      expect(values(await kv.get(at))).toEqual([])
    })

    test('to delete what is not there succeeds', async () => {
      await suite.kv().delete(fresh())
    })

    suite.promiseIf(
      'reaping',
      'a tombstone goes by itself (delete_mode 3 s), and a new value is the only one',
      async () => {
        const kv = suite.kv()
        const at = fresh()
        await kv.put(at, text('a'))
        await kv.delete(at)
        await expect.poll(() => kv.get(at), { timeout: 40_000, interval: 200 }).toBeUndefined()
        await kv.put(at, text('b'))
        const found = await kv.get(at)
        expect(found!.siblings).toHaveLength(1)
        expect(values(found)).toEqual(['b'])
      },
      50_000,
    )
  })
}
