/** Contract: secondary indexes, their order and their paging. */

import { describe, expect, test } from 'vitest'
import type { IndexPage, IndexQuery, RiakKv } from '../../src/riak/riak-kv.ts'
import { text } from './suite.ts'
import type { Suite } from './suite.ts'

async function store(
  kv: RiakKv,
  bucket: string,
  entries: Readonly<Record<string, readonly (readonly [field: string, value: string])[]>>,
): Promise<void> {
  for (const [key, indexes] of Object.entries(entries)) {
    await kv.put(
      { type: 'posts', bucket, key },
      text(key, { indexes: indexes.map(([field, value]) => ({ field, value })) }),
    )
  }
}

function keys(page: IndexPage): string[] {
  return page.entries.map((entry) => entry.key)
}

async function allPages(kv: RiakKv, query: IndexQuery): Promise<IndexPage[]> {
  const pages: IndexPage[] = []
  let continuation: Uint8Array | undefined
  do {
    const page = await kv.queryIndex(
      continuation === undefined ? query : { ...query, continuation },
    )
    pages.push(page)
    continuation = page.continuation
  } while (continuation !== undefined && pages.length < 100)
  return pages
}

export function describeIndexes(suite: Suite): void {
  const on = (bucket: string): { type: string; bucket: string } => ({ type: 'posts', bucket })
  describe('indexes', () => {
    test('an exact query finds the keys that have the term, and no others', async () => {
      const kv = suite.kv()
      const bucket = suite.freshBucket()
      await store(kv, bucket, {
        a: [['tag_bin', 'riak']],
        b: [
          ['tag_bin', 'riak'],
          ['tag_bin', 'höhe'],
        ],
        c: [['tag_bin', 'riaks']],
        d: [],
      })
      const found = await kv.queryIndex({ ...on(bucket), field: 'tag_bin', equals: 'riak' })
      expect(keys(found).sort()).toEqual(['a', 'b'])
      expect(found.continuation).toBeUndefined()
      const utf8 = await kv.queryIndex({ ...on(bucket), field: 'tag_bin', equals: 'höhe' })
      expect(keys(utf8)).toEqual(['b'])
      const none = await kv.queryIndex({ ...on(bucket), field: 'tag_bin', equals: 'absent' })
      expect(none).toEqual({ entries: [], continuation: undefined })
    })

    test('integers are compared as integers, exactly (negative, beyond 2^53)', async () => {
      const kv = suite.kv()
      const bucket = suite.freshBucket()
      await store(kv, bucket, {
        minus: [['n_int', '-5']],
        nine: [['n_int', '9']],
        ten: [['n_int', '10']],
        big: [['n_int', '9007199254740993']],
        bigger: [['n_int', '9007199254740994']],
      })
      const query = { ...on(bucket), field: 'n_int', returnTerms: true, maxResults: 100 }
      const all = await kv.queryIndex({ ...query, from: '-10', to: '99999999999999999999' })
      expect(all.entries).toEqual([
        { key: 'minus', term: '-5' },
        { key: 'nine', term: '9' },
        { key: 'ten', term: '10' },
        { key: 'big', term: '9007199254740993' },
        { key: 'bigger', term: '9007199254740994' },
      ])
      const one = await kv.queryIndex({ ...on(bucket), field: 'n_int', equals: '9007199254740993' })
      expect(keys(one)).toEqual(['big'])
    })

    test('a range is inclusive at both ends; terms come only where they are asked for', async () => {
      const kv = suite.kv()
      const bucket = suite.freshBucket()
      await store(kv, bucket, {
        a: [['t_bin', 'a']],
        b: [['t_bin', 'b']],
        c: [['t_bin', 'c']],
        d: [['t_bin', 'd']],
      })
      const range = { ...on(bucket), field: 't_bin', from: 'b', to: 'c' }
      expect(keys(await kv.queryIndex(range)).sort()).toEqual(['b', 'c'])
      expect((await kv.queryIndex(range)).entries.every((entry) => !('term' in entry))).toBe(true)
      const withTerms = await kv.queryIndex({ ...range, returnTerms: true, maxResults: 10 })
      expect(withTerms.entries).toEqual([
        { key: 'b', term: 'b' },
        { key: 'c', term: 'c' },
      ])
      const exact = { ...on(bucket), field: 't_bin', equals: 'b', returnTerms: true }
      expect((await kv.queryIndex(exact)).entries).toEqual([{ key: 'b', term: 'b' }])
      expect(keys(await kv.queryIndex({ ...range, from: '', to: 'a' }))).toEqual(['a'])
    })

    test('an object with two terms in the range appears under both', async () => {
      const kv = suite.kv()
      const bucket = suite.freshBucket()
      await store(kv, bucket, {
        a: [
          ['t_bin', 'x1'],
          ['t_bin', 'x2'],
        ],
      })
      const found = await kv.queryIndex({
        ...on(bucket),
        field: 't_bin',
        from: 'x',
        to: 'y',
        returnTerms: true,
        maxResults: 10,
      })
      expect(found.entries).toEqual([
        { key: 'a', term: 'x1' },
        { key: 'a', term: 'x2' },
      ])
    })

    test('pages are sorted by term, then key; together they are everything, once', async () => {
      const kv = suite.kv()
      const bucket = suite.freshBucket()
      const entries: Record<string, [string, string][]> = {}
      for (let i = 0; i < 23; i++) {
        entries[`k${String(i).padStart(2, '0')}`] = [['m_bin', `m${i % 3}`]]
      }
      await store(kv, bucket, entries)
      const query = { ...on(bucket), field: 'm_bin', from: 'm0', to: 'm2', returnTerms: true }
      const pages = await allPages(kv, { ...query, maxResults: 5 })
      const listed = pages.flatMap((page) => page.entries.map(({ key, term }) => `${term} ${key}`))
      const expected = Object.entries(entries).map(([key, [entry]]) => `${entry![1]} ${key}`)
      expect(listed).toEqual(expected.sort())
      expect(pages.slice(0, 4).map((page) => page.entries.length)).toEqual([5, 5, 5, 5])
      expect(pages.at(-1)!.continuation).toBeUndefined()
    })

    test('pages of one term are sorted by key (exact query, 2 by 2)', async () => {
      const kv = suite.kv()
      const bucket = suite.freshBucket()
      const names = ['e', 'a', 'c', 'b', 'd']
      await store(kv, bucket, Object.fromEntries(names.map((key) => [key, [['t_bin', 't']]])))
      const pages = await allPages(kv, {
        ...on(bucket),
        field: 't_bin',
        equals: 't',
        maxResults: 2,
      })
      expect(pages.flatMap(keys)).toEqual(['a', 'b', 'c', 'd', 'e'])
    })

    test('$bucket pages through every key of the bucket, and of no other', async () => {
      const kv = suite.kv()
      const bucket = suite.freshBucket()
      const names = Array.from({ length: 12 }, (_, i) => `k${String(i).padStart(2, '0')}`)
      await store(kv, bucket, Object.fromEntries(names.map((key) => [key, []])))
      await store(kv, `${bucket}x`, { other: [] })
      const query = { ...on(bucket), field: '$bucket', equals: bucket, maxResults: 5 }
      expect((await allPages(kv, query)).flatMap(keys)).toEqual(names)
    })

    test('$key finds a range of keys, compared as bytes', async () => {
      const kv = suite.kv()
      const bucket = suite.freshBucket()
      await store(kv, bucket, { a1: [], a2: [], b1: [], ä: [], 'p/1': [], 'p/2': [], p0: [] })
      const query = { ...on(bucket), field: '$key', maxResults: 100 }
      expect(keys(await kv.queryIndex({ ...query, from: 'a', to: 'az' }))).toEqual(['a1', 'a2'])
      expect(keys(await kv.queryIndex({ ...query, from: 'p/', to: 'p/\u{10ffff}' }))).toEqual([
        'p/1',
        'p/2',
      ])
      expect(keys(await kv.queryIndex({ ...query, from: 'z', to: 'ü' }))).toEqual(['ä'])
    })

    test('a new value takes its old terms with it', async () => {
      const kv = suite.kv()
      const bucket = suite.freshBucket()
      await store(kv, bucket, { a: [['t_bin', 'old']] })
      const at = { ...on(bucket), key: 'a' }
      const { context } = (await kv.get(at))!
      await kv.put(at, text('a', { indexes: [{ field: 't_bin', value: 'new' }] }), { context })
      const find = async (equals: string): Promise<string[]> =>
        keys(await kv.queryIndex({ ...on(bucket), field: 't_bin', equals }))
      expect(await find('old')).toEqual([])
      expect(await find('new')).toEqual(['a'])
    })

    test('every sibling counts until they are merged', async () => {
      const kv = suite.kv()
      const bucket = suite.freshBucket()
      await store(kv, bucket, { a: [['t_bin', 'one']] })
      await store(kv, bucket, { a: [['t_bin', 'two']] })
      const query = { ...on(bucket), field: 't_bin', from: 'a', to: 'z', returnTerms: true }
      const found = await kv.queryIndex({ ...query, maxResults: 10 })
      expect(found.entries.map((entry) => entry.term)).toEqual(['one', 'two'])
    })

    test('a deleted object is under none of its terms', async () => {
      const kv = suite.kv()
      const bucket = suite.freshBucket()
      await store(kv, bucket, { a: [['t_bin', 't']] })
      await kv.delete({ ...on(bucket), key: 'a' })
      const found = await kv.queryIndex({ ...on(bucket), field: 't_bin', equals: 't' })
      expect(found.entries).toEqual([])
    })

    test('a query or an entry that makes no sense is refused before it is sent', async () => {
      const kv = suite.kv()
      const bad = { code: 'BLOG_BAD_REQUEST', outcome: 'definite' }
      const queries: Partial<IndexQuery>[] = [
        { field: 'tag', equals: 'x' },
        { field: 'n_int', equals: 'x' },
        { field: 'n_int', from: '1' },
        { field: 't_bin' },
        { field: 't_bin', equals: 'a', from: 'a', to: 'b' },
        { field: 't_bin', equals: 'a', maxResults: 0 },
      ]
      for (const query of queries) {
        await expect(kv.queryIndex({ ...on('b'), field: 't_bin', ...query })).rejects.toMatchObject(
          bad,
        )
      }
      for (const [field, value] of [
        ['Tag_bin', 'x'],
        ['tag', 'x'],
        ['n_int', '1.5'],
      ] as const) {
        await expect(
          kv.put({ ...on('b'), key: 'k' }, text('v', { indexes: [{ field, value }] })),
        ).rejects.toMatchObject(bad)
      }
    })

    test('an unknown bucket type has its own error', async () => {
      await expect(
        suite.kv().queryIndex({ type: 'nosuch', bucket: 'b', field: 't_bin', equals: 'x' }),
      ).rejects.toMatchObject({ code: 'BLOG_NO_BUCKET_TYPE' })
    })
  })
}
