import { describe, expect, test } from 'vitest'
import { postListings } from '../../../buckets/indexes/room.ts'
import type { PostRow } from '../../../buckets/indexes/schema.ts'
import { sortKey } from '../../../buckets/listing.ts'
import type { Directory, Entry } from '../../../buckets/listing-schema.ts'
import { limits } from '../../../src/kernel/limits.ts'
import type { Clock } from '../../../src/kernel/ports.ts'
import type { RiakKv } from '../../../src/riak/riak-kv.ts'
import { ListingReader } from '../../../src/store/listing-reader.ts'
import { ListingWriter } from '../../../src/store/listing-writer.ts'
import { Objects } from '../../../src/store/read-merge-write.ts'
import { Settled } from '../../../src/store/settled.ts'
import { interceptRiak } from '../../support/intercept-riak.ts'
import { memoryRiak, recordingLog } from '../../support/open-blog.ts'
import { realClock } from '../../support/real-clock.ts'

interface Program {
  readonly writer: ListingWriter<PostRow>
  readonly reader: ListingReader<PostRow>
  readonly flushed: Directory<PostRow>[]
  readonly lost: Set<string>
}

function program(riak: RiakKv, clock: Clock = realClock()): Program {
  const log = recordingLog()
  const settled = new Settled({ riak, clock, isSingleNode: true })
  const objects = new Objects({ riak, site: 'blog', clock, log, settled })
  const flushed: Directory<PostRow>[] = []
  const lost = new Set<string>()
  const onFlush = (_name: string, directory: Directory<PostRow>): Promise<void> => {
    flushed.push(directory)
    return Promise.resolve()
  }
  return {
    writer: new ListingWriter({ room: postListings, objects, clock, log, lost, onFlush }),
    reader: new ListingReader({ room: postListings, objects, settled, lost }),
    flushed,
    lost,
  }
}

const start = Date.parse('2020-01-01T00:00:00Z')

function entryOf(n: number, clock = 1_000, present = true): Entry<PostRow> {
  const id = `01HZ${String(n).padStart(22, '0')}`
  const time = new Date(start + n * 3_600_000).toISOString()
  const data: PostRow = {
    slug: `post-${n}`,
    title: `Post number ${n}`,
    summary: 'what it is about '.repeat(10),
    tags: ['a', 'b'],
    kind: 'post',
    author: 'ann',
    publishedAt: time,
    updatedAt: time,
  }
  return {
    id,
    sort: sortKey(start + n * 3_600_000, id),
    clock,
    version: 'v',
    present,
    data: present ? data : null,
  }
}

async function idsIn(one: Program): Promise<readonly string[]> {
  return (await one.reader.all('all', 'edit')).map(({ id }) => id).sort()
}

describe('writing listings', () => {
  test('entries of one turn are one read and one put', async () => {
    const riak = memoryRiak()
    const one = program(riak)
    await Promise.all(
      Array.from({ length: 50 }, (_, n) => one.writer.put('all', entryOf(n), 'surely')),
    )
    expect(riak.counts()['put']).toBe(1)
    expect(await idsIn(one)).toHaveLength(50)
  })

  test('what is stored already is not written again', async () => {
    const riak = memoryRiak()
    const one = program(riak)
    await one.writer.put('all', entryOf(1), 'surely')
    const before = riak.counts()['put']
    for (const look of ['surely', 'trusting'] as const) {
      expect(await one.writer.put('all', entryOf(1), look)).toEqual({ isWritten: false })
      expect(await one.writer.put('all', entryOf(1, 999), look)).toEqual({ isWritten: false })
    }
    expect(riak.counts()['put']).toBe(before)
  })

  test.each([
    [2, 40],
    [30, 90],
    [4_000, 250],
  ])('after a write of %i ms, what came meanwhile waits %i ms', async (tookMs, restMs) => {
    const real = realClock()
    let nowMs = 0
    const rests: number[] = []
    const clock: Clock = {
      ...real,
      monotonicMs: () => nowMs,
      after: (ms, run) => {
        rests.push(ms)
        return real.after(0, run)
      },
    }
    let second: Promise<unknown> | undefined
    const riak = interceptRiak(memoryRiak(), {
      beforePut: () => {
        nowMs += tookMs
        second ??= one.writer.put('all', entryOf(2), 'surely')
      },
    })
    const one = program(riak, clock)
    await one.writer.put('all', entryOf(1), 'surely')
    await second
    expect(rests).toEqual([restMs])
    expect(await idsIn(one)).toHaveLength(2)
  })

  test('two thousand entries in any order are cut into segments, and all are there and counted', async () => {
    const riak = memoryRiak()
    const one = program(riak)
    const order = Array.from({ length: 2_000 }, (_, n) => (n * 769) % 2_000)
    for (let at = 0; at < order.length; at += 250) {
      const batch = order.slice(at, at + 250)
      await Promise.all(batch.map((n) => one.writer.put('all', entryOf(n), 'trusting')))
    }
    expect(new Set(await idsIn(one)).size).toBe(2_000)
    const directory = await one.reader.directory('all', 'edit')
    expect(directory.segments.length).toBeGreaterThan(5)
    const { page } = await one.reader.page('all', { order: 'descending', limit: 20 })
    expect(page.total).toBe(2_000)
    expect(page.entries.map(({ id }) => id)).toEqual(
      Array.from({ length: 20 }, (_, n) => entryOf(1_999 - n).id),
    )
    for (const key of await riak.listKeys({ type: 'indexes', bucket: 'blog' })) {
      const found = await riak.get({ type: 'indexes', bucket: 'blog', key })
      for (const { value } of found?.siblings ?? []) {
        expect(value.length).toBeLessThan(limits.segmentBytesMax * 3)
      }
    }
  })

  test('ten megabytes of entries added in one turn never make an object too large', async () => {
    const riak = memoryRiak()
    const one = program(riak)
    const large = Array.from({ length: 320 }, (_, n) => {
      const entry = entryOf(n)
      return { ...entry, data: { ...entry.data!, summary: `${n}`.padEnd(32_000, 'x') } }
    })
    await Promise.all(large.map((entry) => one.writer.put('all', entry, 'trusting')))
    expect(await idsIn(one)).toHaveLength(320)
    const { page } = await one.reader.page('all', { order: 'descending', limit: 1 })
    expect(page.total).toBe(320)
  })

  test('two programs that write and cut one listing at once lose no entry', async () => {
    const riak = memoryRiak()
    const programs = [program(riak), program(riak)]
    const writing = programs.map(async ({ writer }, side) => {
      for (let at = 0; at < 600; at += 40) {
        await Promise.all(
          Array.from({ length: 40 }, (_, n) =>
            writer.put('all', entryOf((at + n) * 2 + side), 'trusting'),
          ),
        )
      }
    })
    await Promise.all(writing)
    // Whatever strays are left are brought home by the next writes.
    await programs[0]!.writer.put('all', entryOf(5_000), 'surely')
    expect(new Set(await idsIn(programs[1]!)).size).toBe(1_201)
    for (const key of await riak.listKeys({ type: 'indexes', bucket: 'blog' })) {
      const found = await riak.get({ type: 'indexes', bucket: 'blog', key })
      expect(found?.siblings.length).toBeLessThanOrEqual(10)
    }
  })

  test('a write from memory meets what a rival wrote meanwhile, and keeps it', async () => {
    const riak = memoryRiak()
    const [one, two] = [program(riak), program(riak)]
    await one.writer.put('all', entryOf(1), 'trusting')
    await two.writer.put('all', entryOf(2), 'surely')
    await one.writer.put('all', entryOf(3), 'trusting')
    expect(await idsIn(one)).toEqual([1, 2, 3].map((n) => entryOf(n).id))
  })

  test('a directory met as garbage is kept in quarantine, written over, and named as lost', async () => {
    const riak = memoryRiak()
    const one = program(riak)
    const garbage = new TextEncoder().encode('{"schema":99,"kind":"directory"}')
    const at = { type: 'indexes', bucket: 'blog', key: 'all' }
    await riak.put(at, { value: garbage, contentType: 'application/json' })
    await expect(one.reader.directory('all', 'page')).rejects.toMatchObject({
      code: 'BLOG_UNREADABLE_VALUE',
    })
    await one.writer.put('all', entryOf(1), 'surely')
    expect([...one.lost]).toEqual(['all'])
    expect(await idsIn(one)).toHaveLength(1)
    const [kept] = await riak.listKeys({ type: 'quarantine', bucket: 'blog' })
    const copy = await riak.get({ type: 'quarantine', bucket: 'blog', key: kept! })
    expect(new TextDecoder().decode(copy?.siblings[0]?.value)).toContain('"schema":99,"kind"')
  })
})
