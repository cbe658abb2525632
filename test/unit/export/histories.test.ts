/** Whatever several servers have made of a post: out and in, it is the same. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'

import { posts } from '../../../buckets/posts/room.ts'
import { revisions } from '../../../buckets/revisions/room.ts'
import { histories } from '../../support/histories.ts'
import { brought, exported, exportsFolder, newBlog } from '../../support/round-trip.ts'

const folder = exportsFolder()
const id = '01ARZ3NDEKTSV4RRFFQ69G5FAV'
const contentType = 'application/json'
afterAll(() => {
  folder.remove()
})

test('an export of any history, brought into an empty store and exported again, is equal byte by byte', async () => {
  let n = 0
  await fc.assert(
    fc.asyncProperty(histories(), async ({ servers, saved }) => {
      const { blog, riak } = await newBlog()
      for (const revision of saved.values()) {
        const at = { type: 'revisions', bucket: 'blog', key: `${id}/${revision.id}` }
        await riak.put(at, { value: revisions.encode(revision), contentType })
      }
      // Siblings: no server has seen what another wrote.
      for (const value of servers) {
        const at = { type: 'posts', bucket: 'blog', key: id }
        const indexes = posts.indexes(value)
        await riak.put(at, { value: posts.encode({ ...value, id }), contentType, indexes })
      }
      await blog.sweeper.sweepOnce(0)
      await blog.settle()
      const place = folder.at(`h${++n}`)
      const first = await exported(blog, place)
      expect(first.missing).toEqual([])
      const { blog: other } = await newBlog()
      const { failed } = await brought(other, place)
      expect(failed).toEqual([])
      await exported(other, `${place}-again`)
      const records = (at: string): string => readFileSync(join(at, 'blog.ndjson'), 'utf8')
      expect(records(`${place}-again`)).toBe(records(place))
      expect(await other.posts.read(id)).toEqual(await blog.posts.read(id))
    }),
    { numRuns: 25 },
  )
})

test('while posts are written, what is exported is whole: every revision has its parents, every comment its post', async () => {
  const { blog } = await newBlog()
  const input = (n: number) => ({ title: `Post ${n}`, body: `${n}`, status: 'published' as const })
  const first = await Promise.all(
    Array.from({ length: 30 }, (_, n) => blog.posts.create(input(n), { by: 'ann' })),
  )
  let isOver = false
  const write = async (): Promise<void> => {
    for (let n = 100; !isOver && n < 500; n++) {
      // The export reads and writes files: it wants its turn.
      await new Promise(setImmediate)
      const { post } = await blog.posts.create(input(n), { by: 'ann' })
      const old = first[n % first.length]!.post.id
      for (const to of [post.id, old]) {
        const change = { body: `${n} again` }
        await blog.posts.save(to, change, { ifMatch: '*', mode: 'change', by: 'bob' })
        await blog.comments.add(to, { author: 'R', body: `${n}` }, { verdict: 'approved' })
      }
    }
  }
  const writing = write()
  const place = folder.at('while')
  const { missing } = await exported(blog, place)
  isOver = true
  await writing
  expect(missing).toEqual([])
  const records = readFileSync(join(place, 'blog.ndjson'), 'utf8').trim().split('\n')
  const parsed = records.map(
    (line) =>
      JSON.parse(line) as {
        key: string
        type: string
        value: { parents?: string[]; heads?: { id: string; parents: string[] }[] }
      },
  )
  const keys = new Set(parsed.map(({ type, key }) => `${type}/${key}`))
  for (const { type, key, value } of parsed) {
    const [post] = key.split('/')
    const heads = new Set(
      parsed
        .find((each) => each.type === 'posts' && each.key === post)
        ?.value.heads?.map(({ id: head }) => head),
    )
    if (type === 'comments') expect(keys).toContain(`posts/${post}`)
    const parents =
      type === 'posts' ? (value.heads ?? []).flatMap((head) => head.parents) : (value.parents ?? [])
    if (type === 'revisions' || type === 'posts') {
      for (const parent of parents) {
        expect(
          heads.has(parent) || keys.has(`revisions/${post}/${parent}`),
          `${key}: ${parent}`,
        ).toBe(true)
      }
    }
  }
  expect((await brought((await newBlog()).blog, place)).failed).toEqual([])
})
