/** A blog of many posts on the memory backend, and a count of what reading it costs. */

import type { MemoryRiakKv } from '../../src/riak/memory-riak-kv.ts'
import type { Blog } from '../../src/store/blog.ts'
import { blogOn, memoryRiak } from './open-blog.ts'

export interface Filled {
  readonly riak: MemoryRiakKv
  readonly blog: Blog
}

/** `posts` posts, ten hours apart from 2001 on, tagged `all` and `t0` to `t9`. */
export async function fill(posts: number): Promise<Filled> {
  const riak = memoryRiak()
  const blog = await blogOn(riak)
  let next = 0
  const author = async (): Promise<void> => {
    for (let n = next++; n < posts; n = next++) {
      const publishedAt = new Date(Date.parse('2001-01-01') + n * 36_000_000).toISOString()
      await blog.posts.create(
        {
          title: `Post ${n}`,
          body: `Body ${n}`,
          status: 'published',
          publishedAt,
          tags: ['all', `t${n % 10}`],
        },
        { by: 'ann' },
      )
    }
  }
  await Promise.all(Array.from({ length: 400 }, author))
  await blog.settle()
  return { riak, blog }
}

/** Riak requests that `work` sent. */
export async function requests(riak: MemoryRiakKv, work: () => Promise<unknown>): Promise<number> {
  const total = (): number => Object.values(riak.counts()).reduce((sum, n) => sum + n, 0)
  const before = total()
  await work()
  return total() - before
}
