import { afterEach, describe, expect, test } from 'vitest'

import { limits } from '../../../src/kernel/limits.ts'
import { OperationError } from '../../../src/kernel/errors.ts'
import type { MemoryRiakKv } from '../../../src/riak/memory-riak-kv.ts'
import type { Search } from '../../../src/search/search.ts'
import type { Blog } from '../../../src/store/blog.ts'
import { interceptRiak } from '../../support/intercept-riak.ts'
import { blogOn, memoryRiak, recordingLog } from '../../support/open-blog.ts'
import type { LogLine } from '../../support/open-blog.ts'
import { memoryFile, searchOn, searchThreads } from '../../support/open-search.ts'
import type { MemoryFile, SearchThreads } from '../../support/open-search.ts'
import { until } from '../../support/program.ts'
import { realClock } from '../../support/real-clock.ts'

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

interface Server {
  readonly blog: Blog
  readonly search: Search
  readonly threads: SearchThreads
  readonly lines: readonly LogLine[]
  /** Ids of posts that were read from Riak since the start. */
  readonly reads: string[]
  readonly stop: () => Promise<void>
  find(query: string): Promise<readonly string[]>
}

/** A server on the cluster `riak`, with its index in `file`. */
async function server(
  riak: MemoryRiakKv,
  options: { file?: MemoryFile; beforeGet?: (type: string) => void; bytesMax?: number } = {},
): Promise<Server> {
  const log = recordingLog()
  const reads: string[] = []
  const counted = interceptRiak(riak, {
    beforeGet: ({ type, key }) => {
      options.beforeGet?.(type)
      if (type === 'posts') reads.push(key)
    },
  })
  const blog = await blogOn(counted, { log })
  const threads = searchThreads(realClock())
  const search = searchOn(blog, { ...options, log, threads })
  let isStopped = false
  const stop = async (): Promise<void> => {
    if (isStopped) return
    isStopped = true
    await search.stop()
    await blog.stop()
  }
  stops.push(stop)
  search.start()
  return {
    blog,
    search,
    threads,
    lines: log.lines,
    reads,
    stop,
    async find(query) {
      const { results } = await search.find(query, { offset: 0, limit: 100 })
      return results.map(({ post }) => post.title)
    },
  }
}

const whole = ({ search }: Server): Promise<boolean> =>
  until('the archive is read', 10_000, () => search.state().isWhole)

const finds = (on: Server, query: string, titles: readonly string[]): Promise<boolean> =>
  until(`"${query}" finds ${titles.join()}`, 10_000, async () => {
    expect(await on.find(query)).toEqual(titles)
    return true
  })

async function write(blog: Blog, title: string, body: string, more = {}): Promise<string> {
  const { post } = await blog.posts.create(
    { title, body, status: 'published', publishedAt: '2020-01-01T00:00:00Z', ...more },
    { by: 'ann' },
  )
  return post.id
}

async function writeSome(riak: MemoryRiakKv, count: number): Promise<string[]> {
  const blog = await blogOn(riak)
  const ids: string[] = []
  for (let n = 0; n < count; n++) ids.push(await write(blog, `Post ${n}`, `heron x${n}`))
  await blog.stop()
  return ids
}

describe('a fresh index', () => {
  test('is made of everything that is there, and then says so', async () => {
    const riak = memoryRiak()
    await writeSome(riak, 40)
    const on = await server(riak)
    await whole(on)
    expect(on.search.state()).toMatchObject({ posts: 40, known: 40, isWhole: true, archive: 40 })
    expect(await on.find('x17')).toEqual(['Post 17'])
  })

  test('shows no draft, no deleted post and none of the future', async () => {
    const riak = memoryRiak()
    const blog = await blogOn(riak)
    await write(blog, 'Draft', 'otter', { status: 'draft' })
    await write(blog, 'Future', 'otter', { publishedAt: '2999-01-01T00:00:00Z' })
    const gone = await write(blog, 'Deleted', 'otter')
    await blog.posts.save(gone, { status: 'deleted' }, { ifMatch: '*', mode: 'change', by: 'ann' })
    await write(blog, 'Shown', 'otter')
    await blog.stop()
    const on = await server(riak)
    await whole(on)
    expect(await on.find('otter')).toEqual(['Shown'])
  })

  test('asks again while the store is away, and is whole in the end', async () => {
    const riak = memoryRiak()
    await writeSome(riak, 5)
    let failures = 2
    const on = await server(riak, {
      beforeGet: (type) => {
        if (type === 'posts' && failures-- > 0) throw new OperationError('BLOG_UNAVAILABLE', 'away')
      },
    })
    await whole(on)
    expect(on.search.state().posts).toBe(5)
    expect(on.lines.map(({ event }) => event)).toContain(
      'the search could not follow the store and tries again',
    )
  })

  test('holds no more than its bound; texts beyond it are not taken, and the log says so once', async () => {
    const riak = memoryRiak()
    await writeSome(riak, 20)
    const on = await server(riak, { bytesMax: 1 })
    await whole(on)
    expect(await on.find('Post 3')).toEqual(['Post 3'])
    expect((await on.search.find('x3', { offset: 0, limit: 5 })).total).toBe(0)
    expect(on.lines.filter(({ event }) => event.includes('index is full'))).toHaveLength(1)
  })
})

describe('a write', () => {
  test('is found at once on the server that took it, edited and taken back', async () => {
    const on = await server(memoryRiak())
    await whole(on)
    const id = await write(on.blog, 'New', 'otter')
    await finds(on, 'otter', ['New'])
    const change = { ifMatch: '*', mode: 'change', by: 'ann' } as const
    await on.blog.posts.save(id, { body: 'badger' }, change)
    await finds(on, 'badger', ['New'])
    await finds(on, 'otter', [])
    await on.blog.posts.save(id, { status: 'deleted' }, change)
    await finds(on, 'badger', [])
  })

  test('of another server is found after the sweep, without a second read', async () => {
    const riak = memoryRiak()
    const here = await server(riak)
    await whole(here)
    const there = await blogOn(riak)
    const id = await write(there, 'Elsewhere', 'otter')
    expect(await here.find('otter')).toEqual([])
    here.reads.length = 0
    await here.blog.sweeper.sweepOnce(0)
    const swept = here.reads.filter((key) => key === id).length
    await until('it is in the index', 10_000, () => here.search.state().posts === 1)
    expect(here.reads.filter((key) => key === id)).toHaveLength(swept)
    expect(await here.find('otter')).toEqual(['Elsewhere'])
    await there.stop()
  })

  test('that took a post back elsewhere is heeded before the sweep: what is shown is read', async () => {
    const riak = memoryRiak()
    const [id = ''] = await writeSome(riak, 3)
    const here = await server(riak)
    await whole(here)
    const there = await blogOn(riak)
    await there.posts.save(id, { status: 'draft' }, { ifMatch: '*', mode: 'change', by: 'ann' })
    expect(new Set(await here.find('heron'))).toEqual(new Set(['Post 1', 'Post 2']))
    await there.stop()
  })
})

describe('after a restart', () => {
  test('only what changed meanwhile is read (200 posts, 2 changed)', async () => {
    const riak = memoryRiak()
    const ids = await writeSome(riak, 200)
    const file = memoryFile()
    const first = await server(riak, { file })
    await whole(first)
    await first.stop()

    const meanwhile = await blogOn(riak)
    const change = { ifMatch: '*', mode: 'change', by: 'ann' } as const
    await meanwhile.posts.save(ids[7] ?? '', { body: 'marten' }, change)
    const fresh = await write(meanwhile, 'Fresh', 'marten')
    await meanwhile.stop()

    const second = await server(riak, { file })
    await until('it has caught up', 10_000, async () => (await second.find('marten')).length === 2)
    const read = new Set(second.reads)
    expect(read).toEqual(new Set([ids[7], fresh]))
    expect(second.search.state()).toMatchObject({ posts: 201, isWhole: true })
  })

  test('it is whole at once where it was saved whole', async () => {
    const riak = memoryRiak()
    await writeSome(riak, 10)
    const file = memoryFile()
    const first = await server(riak, { file })
    await whole(first)
    await first.stop()
    let isAway = false
    const second = await server(riak, {
      file,
      beforeGet: () => {
        if (isAway) throw new OperationError('BLOG_UNAVAILABLE', 'away')
      },
    })
    isAway = true
    await whole(second)
    expect(second.search.state().posts).toBe(10)
  })

  test('an interrupted first reading goes on where it was', async () => {
    const riak = memoryRiak()
    await writeSome(riak, 100)
    const file = memoryFile()
    let left = 40
    const first = await server(riak, {
      file,
      beforeGet: (type) => {
        if (type === 'posts' && left-- <= 0) throw new OperationError('BLOG_UNAVAILABLE', 'away')
      },
    })
    await until('some are read', 10_000, () => first.search.state().known >= 16)
    await first.stop()
    const known = first.search.state().known
    expect(first.search.state().isWhole).toBe(false)
    const second = await server(riak, { file })
    await whole(second)
    expect(second.search.state().posts).toBe(100)
    expect(second.reads.length).toBeLessThanOrEqual(100 - known)
  })

  test('a damaged file is said, and the index made again', async () => {
    const riak = memoryRiak()
    await writeSome(riak, 10)
    const file = memoryFile()
    file.bytes = new Uint8Array(5_000).fill(7)
    const on = await server(riak, { file })
    await whole(on)
    expect(on.search.state().posts).toBe(10)
    expect(on.lines.map(({ event }) => event)).toContain(
      'the saved search index is not used and is made again',
    )
    expect(file.replacements).toBeGreaterThan(0)
  })

  test('a disk that takes no file is said, and takes no search away', async () => {
    const riak = memoryRiak()
    await writeSome(riak, 3)
    const file = memoryFile()
    file.failure = new Error('no space left on the device')
    const on = await server(riak, { file })
    await whole(on)
    expect(await on.find('heron')).toHaveLength(3)
    await until('it is said', 10_000, () =>
      on.lines.some(({ event }) => event === 'the search index could not be saved'),
    )
  })
})

describe('when the thread of the index dies', () => {
  test('another takes its place, from the file, with what came meanwhile', async () => {
    const riak = memoryRiak()
    await writeSome(riak, 20)
    const file = memoryFile()
    const on = await server(riak, { file })
    await whole(on)
    await until('it is saved', 10_000, () => file.bytes !== undefined)
    on.reads.length = 0
    on.threads.crash('out of memory')
    await write(on.blog, 'Meanwhile', 'marten')
    await until('it answers again', 20_000, async () => (await on.find('marten')).length === 1)
    expect(await on.find('x17')).toEqual(['Post 17'])
    expect(on.threads.count).toBe(2)
    expect(new Set(on.reads.filter((key) => key !== '')).size).toBeLessThan(20)
  })

  test('questions are refused until then, as the search being away', async () => {
    const on = await server(memoryRiak())
    await whole(on)
    on.threads.crash('out of memory')
    await expect(on.find('otter')).rejects.toMatchObject({ code: 'BLOG_UNAVAILABLE' })
  })
})

test('more news than are remembered are read again later (a burst of writes)', async () => {
  const riak = memoryRiak()
  const on = await server(riak)
  await whole(on)
  const count = limits.searchNewsMax + 200
  for (let n = 0; n < count; n += 100) {
    await Promise.all(
      Array.from({ length: 100 }, (_, at) => write(on.blog, `Post ${n + at}`, 'otter')),
    )
  }
  await until('all are found', 15_000, () => on.search.state().posts === count)
})
