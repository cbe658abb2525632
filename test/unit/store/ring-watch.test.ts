import { afterEach, describe, expect, test } from 'vitest'
import { OperationError, QuorumUnmetError } from '../../../src/kernel/errors.ts'
import { limits } from '../../../src/kernel/limits.ts'
import type { Clock } from '../../../src/kernel/ports.ts'
import type { MemoryRiakKv } from '../../../src/riak/memory-riak-kv.ts'
import type { RiakKv } from '../../../src/riak/riak-kv.ts'
import type { Blog } from '../../../src/store/blog.ts'
import { fakeClock } from '../../support/fake-clock.ts'
import type { FakeClock } from '../../support/fake-clock.ts'
import { fakeRing, onRing } from '../../support/fake-ring.ts'
import type { FakeRing } from '../../support/fake-ring.ts'
import { blogOn, memoryRiak, recordingLog } from '../../support/open-blog.ts'

const stops: (() => void)[] = []
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
})

const minuteMs = 60_000

async function turns(count = 30): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((next) => setImmediate(next))
}

interface Stage {
  readonly clock: FakeClock
  readonly riak: MemoryRiakKv
  readonly ring: FakeRing
  readonly asked: string[]
  /** Another server; its wall clock may be off. */
  readonly open: (options?: { readonly skewMs?: number; readonly riak?: RiakKv }) => Promise<Server>
  readonly pass: (ms: number) => Promise<void>
}

interface Server {
  readonly blog: Blog
  readonly events: () => readonly string[]
  readonly isSettled: () => boolean
}

function stage(nodes: readonly string[] = ['n1', 'n2', 'n3']): Stage {
  const clock = fakeClock()
  const riak = memoryRiak(clock)
  const ring = fakeRing(64, nodes)
  const asked: string[] = []
  const open: Stage['open'] = async (options = {}) => {
    const log = recordingLog()
    const skewed: Clock = { ...clock, nowMs: () => clock.nowMs() + (options.skewMs ?? 0) }
    const blog = await blogOn(options.riak ?? onRing(riak, ring, asked), {
      clock: skewed,
      log,
      isSingleNode: false,
    })
    stops.push(() => {
      blog.ring.stop()
    })
    await blog.ring.start()
    return {
      blog,
      events: () => log.lines.map(({ event }) => event),
      isSettled: () => blog.ring.state().isSettled,
    }
  }
  const pass = async (ms: number): Promise<void> => {
    for (let at = 0; at < ms; at += 2_500) {
      clock.advance(Math.min(2_500, ms - at))
      await turns()
    }
  }
  return { clock, riak, ring, asked, open, pass }
}

const unknownSlug = (blog: Blog) => blog.posts.bySlug('nowhere')
const unsettledError = expect.objectContaining({ code: 'BLOG_UNSETTLED' }) as unknown

describe('a store on a cluster of which one address is known', () => {
  test('is settled once the first look has shown no fallback', async () => {
    const { open } = stage()
    const { blog } = await open()
    expect(blog.ring.state()).toEqual({ isSettled: true, nodes: ['n1', 'n2', 'n3'], fallbacks: 0 })
    await expect(unknownSlug(blog)).resolves.toEqual({ kind: 'none' })
  })

  test('a node away behind a whole connection is seen by the next look, and for five minutes after its return', async () => {
    const { ring, open, pass } = stage()
    const { blog, isSettled, events } = await open()
    await pass(minuteMs)
    ring.down.add('n3')
    await pass(limits.ringLookMs)
    expect(isSettled()).toBe(false)
    expect(blog.ring.state()).toMatchObject({ nodes: ['n1', 'n2', 'n3'] })
    expect(blog.ring.state().fallbacks).toBeGreaterThan(0)
    await expect(unknownSlug(blog)).rejects.toEqual(unsettledError)
    await pass(20 * minuteMs)
    expect(isSettled()).toBe(false)
    ring.down.delete('n3')
    await pass(4.5 * minuteMs)
    expect(blog.ring.state()).toMatchObject({ isSettled: false, fallbacks: 0 })
    await pass(minuteMs)
    expect(isSettled()).toBe(true)
    await expect(unknownSlug(blog)).resolves.toEqual({ kind: 'none' })
    expect(events().filter((event) => /Riak node/.test(event))).toHaveLength(2)
  })

  test('a not-found in the moment of a loss is held against a look that begins after it', async () => {
    const { clock, ring, open, asked } = stage()
    const { blog, isSettled } = await open()
    clock.advance(1)
    await expect(unknownSlug(blog)).resolves.toEqual({ kind: 'none' })
    clock.advance(1)
    ring.down.add('n2')
    expect(isSettled()).toBe(true)
    await expect(unknownSlug(blog)).rejects.toEqual(unsettledError)
    ring.down.clear()
    clock.advance(limits.unsettledMs + 10_000)
    await turns()
    const before = asked.length
    await unknownSlug(blog)
    const once = asked.length - before
    clock.advance(1)
    // A hundred unknown addresses at once share a look, or two.
    await Promise.all(Array.from({ length: 100 }, () => unknownSlug(blog)))
    expect(asked.length - before).toBeLessThanOrEqual(4 * once)
  })

  test('a node that is silent, and not yet missed by the others, leaves the store in doubt while it is', async () => {
    const { ring, open, pass } = stage()
    const { isSettled, blog } = await open()
    ring.silent.add('n2')
    await pass(minuteMs)
    expect(isSettled()).toBe(false)
    await expect(unknownSlug(blog)).rejects.toEqual(unsettledError)
    ring.silent.clear()
    await pass(limits.doubtMs + limits.ringLookMs)
    expect(isSettled()).toBe(true)
  })

  test('where the ring cannot be looked at in time, a not-found proves nothing', async () => {
    const { clock, riak, open } = stage()
    const { blog, isSettled } = await open()
    clock.advance(1)
    riak.faults.inject({ call: 'preflist', times: Infinity }, { kind: 'delay', delayMs: 3_000 })
    const answer = unknownSlug(blog).catch((error: unknown) => error)
    await turns()
    clock.advance(limits.ringWaitMs)
    await expect(answer).resolves.toEqual(unsettledError)
    expect(isSettled()).toBe(true)
  })

  test('a partition that changed hands leaves the store unsettled for five minutes', async () => {
    const { ring, open, pass } = stage()
    const { isSettled } = await open()
    await pass(minuteMs)
    for (let partition = 0; partition < 64; partition += 4) ring.owners[partition] = 'n4'
    await pass(minuteMs)
    expect(isSettled()).toBe(false)
    await pass(9 * minuteMs)
    expect(isSettled()).toBe(true)
  })

  test('one that never answers at the start is unsettled until it does', async () => {
    const { riak, open, pass } = stage()
    const away = new OperationError('BLOG_TIMEOUT', 'no answer')
    const withdraw = riak.faults.inject(
      { call: 'preflist', times: Infinity },
      { kind: 'fail', error: away },
    )
    const { isSettled } = await open()
    expect(isSettled()).toBe(false)
    withdraw()
    await pass(limits.ringLookMs)
    expect(isSettled()).toBe(true)
  })

  test('a look never holds up the start longer than its bound', async () => {
    const { clock, riak, ring } = stage()
    riak.faults.inject({ call: 'preflist', times: Infinity }, { kind: 'delay', delayMs: 60_000 })
    const blog = await blogOn(onRing(riak, ring), { clock, isSingleNode: false })
    const started = blog.ring.start()
    await turns()
    clock.advance(limits.ringFirstWaitMs)
    await started
    expect(blog.ring.state()).toEqual({ isSettled: false })
    blog.ring.stop()
  })
})

describe('other clusters', () => {
  test('one node alone is settled at once after its restart: nobody could return empty', async () => {
    const { riak, clock, open } = stage(['n1'])
    const { isSettled } = await open()
    expect(isSettled()).toBe(true)
    clock.advance(10)
    riak.setHealth(0, 1)
    expect(isSettled()).toBe(false)
    riak.setHealth(1, 1)
    expect(isSettled()).toBe(true)
  })

  test('the one that is left of three is not taken for one alone', async () => {
    const { ring, open } = stage()
    ring.down.add('n2').add('n3')
    const { isSettled } = await open()
    expect(isSettled()).toBe(false)
  })

  test('one that shows no preflists (2.0) is watched without the names of its nodes, and that is said once', async () => {
    const { riak, ring, open, pass } = stage()
    const unknown = new OperationError('BLOG_REFUSED_BY_RIAK', 'Unknown message code: 33')
    riak.faults.inject({ call: 'preflist', times: Infinity }, { kind: 'fail', error: unknown })
    const { blog, isSettled, events } = await open()
    expect(blog.ring.state()).toEqual({ isSettled: true, nodes: [], fallbacks: 0 })
    await expect(unknownSlug(blog)).resolves.toEqual({ kind: 'none' })
    await pass(3 * minuteMs)
    expect(events().filter((event) => /preflists/.test(event))).toHaveLength(1)
    expect(riak.counts()['preflist']).toBeLessThanOrEqual(limits.storeConcurrency)
    ring.down.add('n2')
    await pass(limits.ringLookMs)
    expect(isSettled()).toBe(false)
  })
})

describe('what servers tell one another of trouble', () => {
  const isTold = (riak: MemoryRiakKv) =>
    riak.get({ type: 'indexes', bucket: 'blog', key: 'ring/trouble' })

  test('one that starts a minute after a return is unsettled for the rest of the five', async () => {
    const { ring, open, pass } = stage()
    await open()
    ring.down.add('n3')
    await pass(10 * minuteMs)
    ring.down.clear()
    await pass(minuteMs)
    const late = await open()
    expect(late.isSettled()).toBe(false)
    expect(late.blog.ring.state().troubleAgeMs).toBeGreaterThan(0)
    await pass(3.5 * minuteMs)
    expect(late.isSettled()).toBe(false)
    await pass(1.5 * minuteMs)
    expect(late.isSettled()).toBe(true)
  })

  test('trouble that only one has met reaches the others within two minutes', async () => {
    const { riak, open, pass } = stage()
    const one = await open()
    const other = await open()
    await pass(minuteMs)
    const unmet = new QuorumUnmetError({ operation: 'read', required: 2, answered: 1 })
    riak.faults.inject({ call: 'get', type: 'slugs' }, { kind: 'fail', error: unmet })
    await expect(one.blog.posts.bySlug('x')).rejects.toBe(unmet)
    expect(other.isSettled()).toBe(true)
    await pass(2 * minuteMs)
    expect(other.isSettled()).toBe(false)
    await pass(7 * minuteMs)
    expect([one.isSettled(), other.isSettled()]).toEqual([true, true])
  })

  test('at most one write a minute while it lasts, none while nothing happens, and none of what was told', async () => {
    const { riak, ring, open, pass } = stage()
    await open()
    await pass(10 * minuteMs)
    expect(await isTold(riak)).toBeUndefined()
    expect(riak.counts()['put']).toBe(0)
    ring.down.add('n1')
    await pass(10 * minuteMs)
    ring.down.clear()
    await pass(5 * minuteMs)
    const told = riak.counts()['put']!
    expect(told).toBeGreaterThan(5)
    expect(told).toBeLessThanOrEqual(12)
    const other = await open()
    await pass(30 * minuteMs)
    expect(other.isSettled()).toBe(true)
    expect(riak.counts()['put']).toBe(told)
  })

  test.each([
    ['ahead', 10 * minuteMs],
    ['behind', -10 * minuteMs],
  ])(
    'a server whose clock is ten minutes %s is believed all the same, and holds nobody up for long',
    async (_, skewMs) => {
      const { riak, open, pass } = stage()
      const skewed = await open({ skewMs })
      const right = await open()
      await pass(minuteMs)
      const unmet = new QuorumUnmetError({ operation: 'read', required: 2, answered: 1 })
      riak.faults.inject({ call: 'get', type: 'slugs' }, { kind: 'fail', error: unmet })
      await expect(skewed.blog.posts.bySlug('x')).rejects.toBe(unmet)
      await pass(2 * minuteMs)
      // Its mark has moved: that it says another time does not matter.
      expect(right.isSettled()).toBe(false)
      await pass(7 * minuteMs)
      expect(right.isSettled()).toBe(true)
    },
  )

  test('a mark that cannot be read or written is no error, and tried again', async () => {
    const { riak, ring, open, pass } = stage()
    const away = new OperationError('BLOG_TIMEOUT', 'no answer')
    const withdraw = riak.faults.inject(
      { type: 'indexes', times: Infinity },
      { kind: 'fail', error: away },
    )
    const { isSettled } = await open()
    ring.down.add('n3')
    await pass(3 * minuteMs)
    expect(isSettled()).toBe(false)
    withdraw()
    await pass(2 * minuteMs)
    expect(await isTold(riak)).toBeDefined()
  })
})
