/** A page costs a constant number of requests, whatever the number of posts. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Blog } from '../../../src/store/blog.ts'
import { fill, type Filled, requests } from '../../support/filled-blog.ts'

const small = 10
const large = 10_000

describe(`requests a page costs (${small} and ${large} posts)`, () => {
  const filled: Filled[] = []
  beforeAll(async () => {
    filled.push(await fill(small), await fill(large))
  }, 300_000)
  afterAll(async () => {
    for (const { blog } of filled) await blog.stop()
  })

  test.each([
    ['the home page', 4, (blog: Blog) => blog.listings.page({ kind: 'all' }, { limit: 5 })],
    [
      'the second page',
      4,
      (blog: Blog) => blog.listings.page({ kind: 'all' }, { limit: 5, page: 2 }),
    ],
    ['a tag', 4, (blog: Blog) => blog.listings.page({ kind: 'tag', tag: 'all' }, { limit: 30 })],
    [
      'a month',
      4,
      (blog: Blog) => blog.listings.page({ kind: 'month', month: '2001-01' }, { limit: 30 }),
    ],
    ['the tag cloud', 1, (blog: Blog) => blog.listings.tags()],
    ['the address of a post', 2, (blog: Blog) => blog.posts.bySlug('post-7')],
    [
      'the comments of a post that is not there',
      2,
      (blog: Blog) => blog.comments.ofPost('01HZ0000000000000000000000', { limit: 100 }),
    ],
  ])('%s: at most %i, no query, no list', async (_what, atMost, read) => {
    for (const { riak, blog } of filled) {
      const queries = riak.counts()['queryIndex']
      expect(await requests(riak, () => read(blog))).toBeLessThanOrEqual(atMost)
      expect(riak.counts()['queryIndex']).toBe(queries)
      expect(riak.counts()['listKeys']).toBe(0)
    }
  })

  test('the comments of a post, though it has none: 1', async () => {
    for (const { riak, blog } of filled) {
      const found = await blog.posts.bySlug('post-7')
      const id = found.kind === 'post' ? found.post.id : ''
      expect(await requests(riak, () => blog.comments.ofPost(id, { limit: 100 }))).toBe(1)
    }
  })

  test('a page from the middle of ten thousand costs no more, and is the right one', async () => {
    const { riak, blog } = filled[1]!
    const cost = await requests(riak, async () => {
      const page = await blog.listings.page({ kind: 'all' }, { limit: 10, page: 500 })
      expect(page.entries.map(({ title }) => title)).toEqual(
        Array.from({ length: 10 }, (_, n) => `Post ${large - 1 - 4_990 - n}`),
      )
      expect(page.total).toBe(large)
    })
    expect(cost).toBeLessThanOrEqual(4)
  })

  test('all of ten thousand are met once by walking the cursors', async () => {
    const { blog } = filled[1]!
    const seen = new Set<string>()
    let met = 0
    let cursor: string | null = null
    do {
      const page: Awaited<ReturnType<Blog['listings']['page']>> = await blog.listings.page(
        { kind: 'all' },
        { limit: 100, ...(cursor === null ? {} : { cursor }) },
      )
      for (const { id } of page.entries) seen.add(id)
      met += page.entries.length
      cursor = page.next
    } while (cursor !== null)
    expect(met).toBe(large)
    expect(seen.size).toBe(large)
  })

  test('index verify and rebuild of ten thousand read no source and no address one by one', async () => {
    const { riak, blog } = filled[1]!
    const before = riak.counts()
    expect(await blog.jobs.verify()).toEqual([])
    expect(await blog.jobs.rebuild()).toEqual({ posts: large, written: 0 })
    const after = riak.counts()
    const sent = (call: string): number => after[call]! - before[call]!
    // Each twice: ten pages of posts, ten of addresses.
    expect(sent('mapReduce')).toBe(40)
    // `$bucket` of sources and derived objects, a page at a time.
    expect(sent('queryIndex')).toBeLessThanOrEqual(2 * (10 + 1 + 1 + 1) + 8)
    // What is left are the listings themselves: 148 of them, of many segments.
    expect(sent('get')).toBeLessThan(2_000)
    expect(sent('put')).toBe(0)
  }, 120_000)

  test('counts of tags and months are those of the posts', async () => {
    const { blog } = filled[1]!
    const tags = await blog.listings.tags()
    expect(tags.find(({ tag }) => tag === 'all')?.count).toBe(large)
    expect(tags.find(({ tag }) => tag === 't3')?.count).toBe(large / 10)
    const months = await blog.listings.months()
    expect(months.reduce((sum, { count }) => sum + count, 0)).toBe(large)
    expect(months[0]!.month > months.at(-1)!.month).toBe(true)
  })
})
