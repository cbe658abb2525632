import { afterEach, describe, expect, test } from 'vitest'
import { limits } from '../../../src/kernel/limits.ts'
import type { MemoryRiakKv } from '../../../src/riak/memory-riak-kv.ts'
import { OperationError } from '../../../src/kernel/errors.ts'
import type { RiakKv } from '../../../src/riak/riak-kv.ts'
import type { Blog } from '../../../src/store/blog.ts'
import { interceptRiak } from '../../support/intercept-riak.ts'
import { blogOn, memoryRiak, recordingLog } from '../../support/open-blog.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'
import type { VirtualClock } from '../../support/virtual-clock.ts'

const hourMs = 3_600_000
const verified = 'the listings were verified'

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((next) => setImmediate(next))
}

/** Time in steps of half a minute, each with what it sets off. */
async function pass(clock: VirtualClock, ms: number): Promise<void> {
  for (let at = 0; at < ms; at += 30_000) {
    clock.advance(Math.min(30_000, ms - at))
    await turns(3)
  }
  await turns(20)
}

/** Lets what runs come to its end: its rests are short. */
async function finish(clock: VirtualClock, isDone: () => boolean): Promise<void> {
  for (let step = 0; step < 2_000 && !isDone(); step++) {
    clock.advance(1_000)
    await turns(5)
  }
  expect(isDone()).toBe(true)
}

interface Server {
  readonly blog: Blog
  /** How often it verified. */
  readonly count: () => number
  readonly events: () => readonly string[]
}

interface Stage {
  readonly clock: VirtualClock
  readonly riak: MemoryRiakKv
  readonly open: (options?: {
    readonly riak?: RiakKv
    readonly isSingleNode?: boolean
  }) => Promise<Server>
}

/** A blog of three posts, at noon; its listings were verified an hour ago unless told otherwise. */
async function stage(isVerified = true): Promise<Stage> {
  const clock = createVirtualClock(Date.parse('2026-11-23T11:00:00Z'))
  const riak = memoryRiak(clock)
  const open: Stage['open'] = async (options = {}) => {
    const log = recordingLog()
    const isSingleNode = options.isSingleNode ?? true
    const blog = await blogOn(options.riak ?? riak, { clock, log, isSingleNode })
    stops.push(() => blog.keeper.stop())
    const events = (): readonly string[] => log.lines.map(({ event }) => event)
    const count = (): number => events().filter((event) => event === verified).length
    return { blog, count, events }
  }
  const { blog, count } = await open()
  for (let n = 0; n < 3; n++) {
    await blog.posts.create({ title: `Post ${n}`, status: 'published', tags: ['x'] }, { by: 'ann' })
  }
  const settling = blog.settle()
  await pass(clock, 30_000)
  await settling
  if (isVerified) {
    blog.keeper.start()
    await pass(clock, limits.keeperFirstMs)
    await finish(clock, () => count() === 1)
    await blog.keeper.stop()
  }
  clock.advance(Date.parse('2026-11-23T12:00:00Z') - clock.nowMs())
  return { clock, riak, open }
}

const tagAt = { type: 'indexes', bucket: 'blog', key: 'tag/x' }

async function breakTag(riak: MemoryRiakKv): Promise<void> {
  await riak.delete(tagAt, { context: (await riak.get(tagAt))!.context })
}

async function tagged(blog: Blog): Promise<number> {
  return (await blog.listings.page({ kind: 'tag', tag: 'x' }, { limit: 9 })).entries.length
}

/** A server that never finds the lease. */
function blind(riak: MemoryRiakKv): RiakKv {
  return new Proxy(riak, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member !== 'function') return member
      if (name !== 'get') return member.bind(target) as unknown
      const get: MemoryRiakKv['get'] = (at, options) =>
        at.key === 'keeper/lease' ? Promise.resolve(undefined) : target.get(at, options)
      return get
    },
  })
}

/** Until 04:30 of the next night. */
const throughNightMs = 16.5 * hourMs

describe('the keeper of the listings', () => {
  test('verifies once a night, between two and four, and says when, how long and what', async () => {
    const { clock, open } = await stage()
    const { blog, count } = await open()
    blog.keeper.start()
    await pass(clock, 13.9 * hourMs)
    expect(count()).toBe(0)
    await pass(clock, 2.6 * hourMs)
    expect(count()).toBe(1)
    const state = blog.keeper.state()
    expect(state).toMatchObject({ isRunning: false, differences: 0, healed: 0 })
    const at = new Date(state.verifiedAtMs!).toISOString()
    expect(at > '2026-11-24T02:00' && at < '2026-11-24T04:30').toBe(true)
    await pass(clock, 20 * hourMs)
    expect(count()).toBe(1)
    await pass(clock, 4 * hourMs)
    expect(count()).toBe(2)
  })

  test('a listing that differs is healed at night, without a command or a restart', async () => {
    const { clock, riak, open } = await stage()
    const { blog, events } = await open()
    blog.keeper.start()
    await breakTag(riak)
    expect(await tagged(blog)).toBe(0)
    await pass(clock, throughNightMs)
    expect(await tagged(blog)).toBe(3)
    expect(blog.keeper.state()).toMatchObject({ differences: 4 })
    expect(blog.keeper.state().healed).toBeGreaterThan(0)
    expect(events()).toContain('listings differ from what they are made from, and are healed')
  })

  test('once after nodes were away and the unsettled time is over, not before', async () => {
    const { clock, riak, open } = await stage()
    const { blog, count } = await open({ isSingleNode: false })
    blog.keeper.start()
    await pass(clock, 2 * 60_000)
    riak.setHealth(2, 3)
    await pass(clock, 10 * 60_000)
    riak.setHealth(3, 3)
    await pass(clock, limits.unsettledMs - 60_000)
    expect(count()).toBe(0)
    await pass(clock, 4 * 60_000)
    expect(count()).toBe(1)
    await pass(clock, 3 * hourMs)
    expect(count()).toBe(1)
  })

  test('where nobody did it for two nights: by day, ten minutes after the start', async () => {
    const { clock, open } = await stage(false)
    const { blog, count } = await open()
    blog.keeper.start()
    await pass(clock, limits.keeperFirstMs - 60_000)
    expect(count()).toBe(0)
    await pass(clock, 4 * 60_000)
    expect(count()).toBe(1)
  })

  test('of several servers one does it each night; the others know when', async () => {
    const { clock, open } = await stage()
    const servers = await Promise.all([open(), open(), open()])
    for (const { blog } of servers) blog.keeper.start()
    await pass(clock, throughNightMs)
    expect(servers.reduce((sum, { count }) => sum + count(), 0)).toBe(1)
    const times = new Set(servers.map(({ blog }) => blog.keeper.state().verifiedAtMs))
    expect(times.size).toBe(1)
  })

  test('a server that died while it verified is followed by another when its lease has run out', async () => {
    const { clock, riak, open } = await stage(false)
    // It takes the lease, begins, and is never heard of again.
    const dying = interceptRiak(riak, {
      beforeGet: ({ key }) => (key === 'all' ? new Promise(() => undefined) : undefined),
    })
    const first = await open({ riak: dying })
    const second = await open()
    first.blog.keeper.start()
    await pass(clock, limits.keeperFirstMs)
    await finish(clock, () => first.blog.keeper.state().isRunning)
    second.blog.keeper.start()
    await pass(clock, limits.keeperLeaseMs - 120_000)
    expect([first.count(), second.count()]).toEqual([0, 0])
    await pass(clock, 6 * 60_000)
    expect([first.count(), second.count()]).toEqual([0, 1])
  })

  test('two at once, neither of which sees the lease of the other, do no harm', async () => {
    const { clock, riak, open } = await stage(false)
    const servers = await Promise.all([open({ riak: blind(riak) }), open({ riak: blind(riak) })])
    await breakTag(riak)
    for (const { blog } of servers) blog.keeper.start()
    await pass(clock, limits.keeperFirstMs)
    await finish(clock, () => servers.every(({ count }) => count() === 1))
    const [{ blog }] = servers
    expect(await tagged(blog)).toBe(3)
    expect(await blog.jobs.verify()).toEqual([])
  })

  test('a store that does not answer: tried again later, then done', async () => {
    const { clock, riak, open } = await stage()
    const { blog, count, events } = await open()
    blog.keeper.start()
    const answer = riak.faults.inject(
      { call: 'queryIndex', times: Infinity },
      { kind: 'fail', error: new OperationError('BLOG_TIMEOUT', 'no answer') },
    )
    await pass(clock, throughNightMs)
    expect(count()).toBe(0)
    expect(events()).toContain('the listings could not be verified and are tried again')
    answer()
    await pass(clock, limits.keeperRetryMs + 5 * 60_000)
    expect(count()).toBe(1)
  })

  test('stop ends it at once, though a read hangs; nothing is reported as verified', async () => {
    const { clock, riak, open } = await stage(false)
    const hung = interceptRiak(riak, {
      beforeGet: ({ key }) => (key === 'all' ? new Promise(() => undefined) : undefined),
    })
    const { blog, count } = await open({ riak: hung })
    blog.keeper.start()
    await pass(clock, limits.keeperFirstMs + 3 * 60_000)
    expect(blog.keeper.state().isRunning).toBe(true)
    await blog.keeper.stop()
    expect(blog.keeper.state().isRunning).toBe(false)
    expect(blog.keeper.state().verifiedAtMs).toBeUndefined()
    expect(count()).toBe(0)
  })

  test('an idle day costs no request', async () => {
    const { clock, riak, open } = await stage()
    const { blog } = await open()
    blog.keeper.start()
    const total = (): number => Object.values(riak.counts()).reduce((sum, n) => sum + n, 0)
    await pass(clock, limits.keeperFirstMs + 60_000)
    const before = total()
    await pass(clock, 10 * hourMs)
    expect(total() - before).toBeLessThanOrEqual(2)
  })
})
