import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { OperationError } from '../../../src/kernel/errors.ts'
import { seededDice } from '../../../src/kernel/prng.ts'
import { MemoryRiakKv } from '../../../src/riak/memory-riak-kv.ts'
import type { MemoryRiakOptions } from '../../../src/riak/memory-riak-kv.ts'
import type { Content, Fetched } from '../../../src/riak/riak-kv.ts'
import { fakeClock } from '../../support/fake-clock.ts'
import type { FakeClock } from '../../support/fake-clock.ts'

const at = { type: 'posts', bucket: 'blog', key: 'k' }

function open(options: Partial<MemoryRiakOptions> = {}): { kv: MemoryRiakKv; clock: FakeClock } {
  const clock = fakeClock()
  return { kv: new MemoryRiakKv({ clock, dice: seededDice(1), ...options }), clock }
}

function text(value: string): Content {
  return { value: new TextEncoder().encode(value), contentType: 'text/plain' }
}

function values(found: Fetched | undefined): string[] {
  return (found?.siblings ?? []).map((s) => new TextDecoder().decode(s.value)).sort()
}

describe('memory backend: causality', () => {
  test('siblings are the writes that no later write had seen (any order of readers and writers)', async () => {
    const step = fc.record({ writer: fc.nat(2), isRead: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const { kv } = open()
        const contexts = new Map<number, Fetched['context']>()
        const known = new Map<number, Set<string>>()
        let model = new Set<string>()
        let serial = 0
        for (const { writer, isRead } of steps) {
          if (isRead) {
            const found = await kv.get(at)
            if (found === undefined) continue
            contexts.set(writer, found.context)
            known.set(writer, new Set(values(found)))
            continue
          }
          const context = contexts.get(writer)
          const value = `v${serial++}`
          await kv.put(at, text(value), context === undefined ? {} : { context })
          const seen = known.get(writer) ?? new Set()
          model = new Set([...[...model].filter((v) => !seen.has(v)), value])
        }
        expect(values(await kv.get(at))).toEqual([...model].sort())
      }),
    )
  })

  test('a context of a former life covers nothing that was written after the tombstone went', async () => {
    const { kv, clock } = open()
    await kv.put(at, text('old'))
    const old = await kv.get(at)
    await kv.delete(at)
    clock.advance(3_000)
    expect(await kv.get(at)).toBeUndefined()
    await kv.put(at, text('new'))
    await kv.put(at, text('late'), { context: old!.context })
    expect(values(await kv.get(at))).toEqual(['late', 'new'])
  })

  test('the 101st sibling is refused', async () => {
    const { kv } = open()
    for (let i = 0; i < 100; i++) await kv.put(at, text(`v${i}`))
    await expect(kv.put(at, text('one more'))).rejects.toMatchObject({
      code: 'BLOG_REFUSED_BY_RIAK',
    })
    expect((await kv.get(at))!.siblings).toHaveLength(100)
  })
})

describe('memory backend: faults', () => {
  const boom = new OperationError('BLOG_UNAVAILABLE', 'gone')

  test('a failed put stores nothing, and only the asked-for call fails', async () => {
    const { kv } = open()
    kv.faults.failNext('put', boom)
    await expect(kv.put(at, text('a'))).rejects.toBe(boom)
    expect(await kv.get(at)).toBeUndefined()
    await kv.put(at, text('b'))
    expect(values(await kv.get(at))).toEqual(['b'])
  })

  test('a lost answer is an indefinite timeout, and the value is stored', async () => {
    const { kv } = open()
    kv.faults.inject({ call: 'put', type: 'posts' }, { kind: 'lose-answer' })
    await expect(kv.put(at, text('a'))).rejects.toMatchObject({
      code: 'BLOG_TIMEOUT',
      outcome: 'indefinite',
    })
    expect(values(await kv.get(at))).toEqual(['a'])
  })

  test('a put delayed past its deadline fails first, and arrives all the same', async () => {
    const { kv, clock } = open()
    kv.faults.inject({ call: 'put' }, { kind: 'delay', delayMs: 500 })
    const put = kv.put(at, text('a'), { timeoutMs: 100 })
    const refused = expect(put).rejects.toMatchObject({ code: 'BLOG_TIMEOUT' })
    clock.advance(100)
    await refused
    expect(await kv.get(at)).toBeUndefined()
    clock.advance(400)
    expect(values(await kv.get(at))).toEqual(['a'])
  })

  test('a read can answer not-found although the object is there, until it is withdrawn', async () => {
    const { kv } = open()
    await kv.put(at, text('a'))
    const withdraw = kv.faults.inject(
      { call: 'get', key: (key) => key === 'k', times: Infinity },
      { kind: 'not-found' },
    )
    expect(await kv.get(at)).toBeUndefined()
    expect(await kv.get(at)).toBeUndefined()
    withdraw()
    expect(values(await kv.get(at))).toEqual(['a'])
  })

  test('`skip` lets the first puts pass: a crash between two puts', async () => {
    const { kv } = open()
    kv.faults.inject({ call: 'put', skip: 1, times: Infinity }, { kind: 'fail', error: boom })
    await kv.put(at, text('first'))
    await expect(kv.put({ ...at, key: 'l' }, text('second'))).rejects.toBe(boom)
  })

  test('with no node up every call fails as unavailable, and health says since when', async () => {
    const { kv, clock } = open()
    clock.advance(7)
    kv.setHealth(0, 3)
    await expect(kv.get(at)).rejects.toMatchObject({ code: 'BLOG_UNAVAILABLE' })
    expect(kv.health()).toEqual({ up: 0, of: 3, changedAtMs: 7 })
    kv.setHealth(3, 3)
    expect(await kv.get(at)).toBeUndefined()
  })
})

describe('memory backend: determinism', () => {
  test('the same seed overtakes the same calls (latency 1–50 ms)', async () => {
    const run = async (seed: number): Promise<string[]> => {
      const { kv, clock } = open({ latency: { minMs: 1, maxMs: 50 }, dice: seededDice(seed) })
      const order: string[] = []
      const puts = ['a', 'b', 'c', 'd'].map(async (name) => {
        await kv.put({ ...at, key: name }, text(name))
        order.push(name)
      })
      for (let i = 0; i < 200; i++) {
        clock.advance(1)
        await Promise.resolve()
      }
      await Promise.all(puts)
      return order
    }
    expect(await run(3)).toEqual(await run(3))
    const orders = await Promise.all([1, 2, 3, 4, 5].map(run))
    expect(new Set(orders.map(String)).size).toBeGreaterThan(1)
  })

  test('what was handed in or out is not shared with the store', async () => {
    const { kv } = open()
    const content = text('abc')
    await kv.put(at, content)
    content.value.fill(0)
    const first = await kv.get(at)
    first!.siblings[0]!.value.fill(0)
    expect(values(await kv.get(at))).toEqual(['abc'])
  })
})
