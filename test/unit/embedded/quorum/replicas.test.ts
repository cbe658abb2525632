/**
 * Reads and writes over replicas that are away, lost or stale: three nodes' vnodes under one ring.
 * The numbers are those of RIAK.md §13.2.
 */

import { beforeEach, describe, expect, test } from 'vitest'
import { descends } from '../../../../src/causality/vclock.ts'
import { SmallCluster, found, textsOf } from '../../../support/small-cluster.ts'

let cluster: SmallCluster
beforeEach(async () => {
  cluster = await SmallCluster.open()
})
const replicas = async (key: string): Promise<string[]> => {
  const list = cluster.preflist(key)
  const all = await Promise.all(list.map((vnode) => cluster.stored(vnode, key)))
  return all.map((object) => textsOf(object).join('|'))
}

describe('a put', () => {
  test("reaches all N vnodes with the coordinator's clock, byte for byte equal", async () => {
    const stored = await cluster.put('k', 'v', undefined, { dw: 3 })
    const list = cluster.preflist('k')
    const bytes = await Promise.all(list.map((vnode) => cluster.bytes(vnode, 'k')))
    expect(bytes[0]?.length).toBeGreaterThan(0)
    expect(bytes[1]).toEqual(bytes[0])
    expect(bytes[2]).toEqual(bytes[0])
    expect(stored.vclock.length).toBe(1)
  })

  test('through any node of the list is counted by a vnode of that node', async () => {
    const by = cluster.preflist('k').map(({ node }) => node)
    const actors = new Set<string>()
    for (const node of by) {
      const stored = await cluster.put('k', node, undefined, { by: node, dw: 3 })
      for (const { actor } of stored.vclock) actors.add(Buffer.from(actor).toString('hex'))
    }
    expect(actors.size).toBe(new Set(by).size)
  })

  test('with a node of the list down goes to a fallback, and PW tells', async () => {
    const away = cluster.preflist('k')[2]?.node ?? ''
    cluster.stop(away)
    const stored = await cluster.put('k', 'v', undefined, { dw: 3 })
    expect(textsOf(stored)).toEqual(['v'])
    expect(cluster.preflist('k').some(({ role }) => role === 'fallback')).toBe(true)
    await expect(cluster.put('k', 'w', stored, { pw: 3 })).rejects.toThrow(
      /^\{pw_val_unsatisfied,3,[12]\}$/,
    )
    // Refused before anybody was asked: nothing was stored.
    expect(textsOf(found(await cluster.get('k')))).toEqual(['v'])
  })

  test('that misses node_confirms is stored nevertheless (captures/quorum, putfail)', async () => {
    const one = await SmallCluster.open({ nodes: ['a'] })
    await expect(one.put('k', 'v', undefined, { nodeConfirms: 2 })).rejects.toThrow(
      '{node_confirms_val_unsatisfied,2,1}',
    )
    expect(textsOf(found(await one.get('k')))).toEqual(['v'])
  })

  test('times out where a vnode never answers, and may be stored all the same', async () => {
    const put = cluster.put('k', 'v', undefined, { dw: 3, timeoutMs: 500 })
    cluster.stop(cluster.preflist('k')[2]?.node ?? '')
    await cluster.settle()
    cluster.clock.advance(500)
    await expect(put).rejects.toThrow('timeout')
    expect(textsOf(found(await cluster.get('k', { r: 1 })))).toEqual(['v'])
  })
})

describe('asis (31)', () => {
  test('stores the clock as it comes, without a coordinator', async () => {
    const first = await cluster.put('k', 'v', undefined, { dw: 3 })
    const second = await cluster.put('k', 'w', first, { dw: 3 })
    const again = await cluster.put('k2', 'x', second, { dw: 3, asis: true })
    expect(again.vclock.filter((entry) => entry.counter > 0)).toEqual(second.vclock)
  })
})

describe('read repair (19)', () => {
  test('one read makes all replicas equal, the next writes nothing', async () => {
    await cluster.put('k', 'v', undefined, { dw: 3 })
    const [first] = cluster.preflist('k')
    await cluster.wipe(first?.node ?? '')
    expect((await replicas('k')).filter((text) => text === '').length).toBeGreaterThan(0)
    expect(textsOf(found(await cluster.get('k', { r: 3 })))).toEqual(['v'])
    await cluster.settle()
    expect(await replicas('k')).toEqual(['v', 'v', 'v'])
    // The repaired vnode remembers that it had forgotten (kv679): the others learn its new epoch.
    for (let round = 0; round < 3; round++) {
      await cluster.get('k', { r: 3 })
      await cluster.settle()
    }
    const done = cluster.repaired
    await cluster.get('k', { r: 3 })
    await cluster.settle()
    expect(cluster.repaired).toBe(done)
  })

  test('a stale replica is brought up to date after the answer', async () => {
    const first = await cluster.put('k', 'v', undefined, { dw: 3 })
    const late = cluster.preflist('k')[2]
    cluster.stop(late?.node ?? '')
    await cluster.put('k', 'w', first, { dw: 2 })
    await cluster.settle()
    cluster.up(late?.node ?? '')
    expect((await replicas('k'))[2]).toBe('v')
    expect(textsOf(found(await cluster.get('k')))).toEqual(['w'])
    await cluster.settle()
    expect(await replicas('k')).toEqual(['w', 'w', 'w'])
  })

  test('notfound_ok=true may answer "not found" for a key that exists, and repairs it', async () => {
    const list = cluster.preflist('k')
    const stored = await cluster.put('k', 'v', undefined, { dw: 3 })
    for (const { node } of list.slice(0, 2)) await cluster.wipe(node)
    const before = await replicas('k')
    expect(before.filter((text) => text === 'v').length).toBe(1)
    expect((await cluster.get('k', { r: 2 })).kind).toBe('notfound')
    await cluster.settle()
    expect(await replicas('k')).toEqual(['v', 'v', 'v'])
    expect(textsOf(stored)).toEqual(['v'])
  })

  test('notfound_ok=false with R=1 finds the value that one replica still has', async () => {
    await cluster.put('k', 'v', undefined, { dw: 3 })
    for (const { node } of cluster.preflist('k').slice(0, 2)) await cluster.wipe(node)
    expect((await cluster.get('k', { r: 1, notFoundOk: false })).kind).toBe('found')
  })

  test('a read that failed repairs nothing (RIAK.md §14)', async () => {
    await cluster.put('k', 'v', undefined, { dw: 3 })
    for (const { node } of cluster.preflist('k').slice(1)) await cluster.wipe(node)
    await expect(cluster.get('k', { r: 2, notFoundOk: false })).rejects.toThrow(
      '{r_val_unsatisfied,2,1}',
    )
    await cluster.settle()
    expect(cluster.repaired).toBe(0)
  })

  test('a read whose vnode never answers ends at its timeout', async () => {
    await cluster.put('k', 'v', undefined, { dw: 3 })
    const get = cluster.get('k', { r: 3, timeoutMs: 200 })
    const [first] = cluster.preflist('k')
    const other = cluster.get('k', { r: 3, timeoutMs: 200 })
    await Promise.all([get, other])
    cluster.stop(first?.node ?? '')
    expect(cluster.clock.pending).toBe(0)
  })
})

describe('lost replicas and new epochs (20–24, kv679)', () => {
  test('a coordinator that lost its copy: later contextless writes stay siblings, none is lost', async () => {
    const [coordinator] = cluster.preflist('k')
    const by = coordinator?.node ?? ''
    for (const text of ['a', 'b', 'c']) await cluster.put('k', text, undefined, { by, dw: 3 })
    await cluster.wipe(by)
    await cluster.put('k', 'after', undefined, { by, dw: 3 })
    expect(textsOf(found(await cluster.get('k', { r: 3 })))).toEqual(['a', 'after', 'b', 'c'])
  })

  test("the same with the vnode's own identity lost", async () => {
    const [coordinator] = cluster.preflist('k')
    const by = coordinator?.node ?? ''
    await cluster.put('k', 'a', undefined, { by, dw: 3 })
    await cluster.wipe(by, true)
    await cluster.put('k', 'b', undefined, { by, dw: 3 })
    expect(textsOf(found(await cluster.get('k', { r: 3 })))).toEqual(['a', 'b'])
  })

  test("a write whose context is ahead of the coordinator's own memory gets a new epoch", async () => {
    const [coordinator] = cluster.preflist('k')
    const by = coordinator?.node ?? ''
    const first = await cluster.put('k', 'a', undefined, { by, dw: 3 })
    const second = await cluster.put('k', 'b', first, { by, dw: 3 })
    await cluster.wipe(by)
    await cluster.hand(coordinator ?? { partition: 0, node: by }, 'k', first)
    const third = await cluster.put('k', 'c', second, { by, dw: 3 })
    expect(third.vclock.length).toBeGreaterThan(second.vclock.length)
    expect(descends(third.vclock, second.vclock)).toBe(true)
    expect(textsOf(found(await cluster.get('k', { r: 3 })))).toEqual(['c'])
  })

  test('a vnode repaired with an older copy of its own does not count again what it forgot', async () => {
    const [coordinator] = cluster.preflist('k')
    const vnode = coordinator ?? { partition: 0, node: 'a' }
    const by = vnode.node
    const first = await cluster.put('k', 'a', undefined, { by, dw: 3 })
    // Acknowledged by the coordinator, which then loses all it has; the others know the first alone.
    const lost = await cluster.put('k', 'lost', first, { by, w: 1, dw: 1 })
    await cluster.wipe(by)
    await cluster.hand(vnode, 'k', first)
    const repaired = await cluster.stored(vnode, 'k')
    expect(repaired?.vclock.map((entry) => entry.counter)).toEqual([1, 0])
    const next = await cluster.put('k', 'next', repaired, { by, dw: 1 })
    const [dot] = next.values.map((value) => value.dot)
    expect(dot).toBeDefined()
    expect(dot && descends(lost.vclock, [dot])).toBe(false)
    expect(descends(lost.vclock, next.vclock)).toBe(false)
  })

  test('writes on fallbacks that die are not in the way of writes after recovery (kv679_dataloss_fb)', async () => {
    const list = cluster.preflist('k')
    const [primary] = list
    const stored = await cluster.put('k', 'base', undefined, { dw: 3 })
    cluster.stop(primary?.node ?? '')
    const onFallback = await cluster.put('k', 'on fallback', stored, { dw: 3 })
    const fallback = cluster.preflist('k').find(({ role }) => role === 'fallback')
    await cluster.wipe(fallback?.node ?? '')
    cluster.up(primary?.node ?? '')
    const late = await cluster.put('k', 'late', undefined, { by: primary?.node ?? '', dw: 3 })
    expect(descends(onFallback.vclock, late.vclock)).toBe(false)
    expect(textsOf(found(await cluster.get('k', { r: 3 })))).toContain('late')
  })

  test('delete, reap, rewrite: a stale tombstone that returns does not beat the new value (23)', async () => {
    const stored = await cluster.put('k', 'old', undefined, { dw: 3 })
    const tombstone = await cluster.put('k', undefined, stored, { dw: 3 })
    const list = cluster.preflist('k')
    for (const vnode of ['a', 'b', 'c']) await cluster.wipe(vnode)
    await cluster.put('k', 'new', undefined, { dw: 3 })
    const [first] = list
    await cluster.hand(first ?? { partition: 0, node: 'a' }, 'k', tombstone)
    const result = await cluster.get('k', { r: 3 })
    expect(result.kind).toBe('found')
    expect(textsOf(found(result))).toContain('new')
  })

  test('no actor and counter is ever used for two values, whatever is lost and restarted', async () => {
    const dots = new Map<string, string>()
    let context: Awaited<ReturnType<typeof cluster.put>> | undefined
    for (let round = 0; round < 24; round++) {
      const list = cluster.preflist('k')
      const by = list[round % list.length]?.node ?? 'a'
      const stored = await cluster.put('k', `v${round}`, round % 3 === 0 ? undefined : context, {
        by,
        dw: 3,
      })
      for (const { dot, vtag } of stored.values) {
        const id = `${Buffer.from(dot?.actor ?? []).toString('hex')}:${dot?.counter}`
        expect(dots.get(id) ?? vtag).toBe(vtag)
        dots.set(id, vtag)
      }
      context = stored
      if (round % 5 === 4) await cluster.wipe(by, round % 10 === 9)
      if (round % 4 === 3) await cluster.restart(by)
    }
    expect(dots.size).toBe(24)
  })
})

describe('tombstones (25, 57)', () => {
  test('a tombstone on all primaries goes after the delay, and only then', async () => {
    const stored = await cluster.put('k', 'v', undefined, { dw: 3 })
    await cluster.put('k', undefined, stored, { dw: 3 })
    expect((await cluster.get('k', { r: 3 })).kind).toBe('deleted')
    await cluster.settle()
    cluster.clock.advance(2_999)
    await cluster.settle()
    expect(await replicas('k')).toEqual(['(deleted)', '(deleted)', '(deleted)'])
    cluster.clock.advance(1)
    await cluster.settle()
    expect(await replicas('k')).toEqual(['', '', ''])
  })

  test('a key written again before the delay is over is not reaped', async () => {
    const stored = await cluster.put('k', 'v', undefined, { dw: 3 })
    const tombstone = await cluster.put('k', undefined, stored, { dw: 3 })
    await cluster.get('k', { r: 3 })
    await cluster.settle()
    await cluster.put('k', 'again', tombstone, { dw: 3 })
    cluster.clock.advance(10_000)
    await cluster.settle()
    expect(await replicas('k')).toEqual(['again', 'again', 'again'])
  })

  test('deleted again before the delay is over: the first reap spares the second tombstone', async () => {
    const stored = await cluster.put('k', 'v', undefined, { dw: 3 })
    const tombstone = await cluster.put('k', undefined, stored, { dw: 3 })
    await cluster.get('k', { r: 3 })
    await cluster.settle()
    const again = await cluster.put('k', 'again', tombstone, { dw: 3 })
    await cluster.put('k', undefined, again, { dw: 3 })
    cluster.clock.advance(10_000)
    await cluster.settle()
    expect(await replicas('k')).toEqual(['(deleted)', '(deleted)', '(deleted)'])
  })

  test('a primary that is down keeps the tombstone until a read with all of them up', async () => {
    const stored = await cluster.put('k', 'v', undefined, { dw: 3 })
    const away = cluster.preflist('k')[1]?.node ?? ''
    cluster.stop(away)
    await cluster.put('k', undefined, stored, { dw: 2 })
    await cluster.get('k', { r: 1 })
    await cluster.settle()
    cluster.clock.advance(10_000)
    await cluster.settle()
    cluster.up(away)
    expect((await replicas('k')).filter((text) => text === '(deleted)').length).toBeGreaterThan(0)
    for (let round = 0; round < 3; round++) {
      await cluster.get('k', { r: 3 })
      await cluster.settle()
      cluster.clock.advance(3_000)
      await cluster.settle()
    }
    expect(await replicas('k')).toEqual(['', '', ''])
  })

  test('delete_mode keep never reaps, immediate does at once', async () => {
    for (const [deleteMode, left] of [
      ['keep', '(deleted)'],
      ['immediate', ''],
    ] as const) {
      cluster = await SmallCluster.open({ deleteMode })
      const stored = await cluster.put('k', 'v', undefined, { dw: 3 })
      await cluster.put('k', undefined, stored, { dw: 3 })
      await cluster.get('k', { r: 3 })
      await cluster.settle()
      expect(await replicas('k')).toEqual([left, left, left])
    }
  })

  test('a request with an n_val of its own reaps nothing', async () => {
    const stored = await cluster.put('k', 'v', undefined, { dw: 3 })
    await cluster.put('k', undefined, stored, { dw: 3 })
    await cluster.get('k', { nVal: 2, r: 2 })
    await cluster.settle()
    cluster.clock.advance(10_000)
    await cluster.settle()
    expect(await replicas('k')).toEqual(['(deleted)', '(deleted)', '(deleted)'])
  })

  test('a write beside a delete: both stay as siblings', async () => {
    const stored = await cluster.put('k', 'v', undefined, { dw: 3 })
    await cluster.put('k', undefined, stored, { dw: 3 })
    await cluster.put('k', 'zombie', stored, { dw: 3 })
    const result = await cluster.get('k')
    expect(result.kind).toBe('found')
    expect(textsOf(found(result))).toEqual(['(deleted)', 'zombie'])
  })
})

describe('limits (30)', () => {
  test('the 101st sibling is refused by name; repair brings more in all the same', async () => {
    for (let n = 0; n < 100; n++) await cluster.put('k', `v${n}`, undefined, { dw: 3 })
    await expect(cluster.put('k', 'one more', undefined)).rejects.toThrow('{too_many_siblings,101}')
    expect(found(await cluster.get('k')).values.length).toBe(100)
    const [first] = cluster.preflist('k')
    const foreign = await cluster.put('other', 'foreign', undefined)
    await cluster.hand(first ?? { partition: 0, node: 'a' }, 'k', foreign)
    const stored = await cluster.stored(first ?? { partition: 0, node: 'a' }, 'k')
    expect(stored?.values.length).toBe(101)
  })

  test('an object above 50 MB is refused with its size', async () => {
    const huge = 'x'.repeat(52_428_800)
    await expect(cluster.put('k', huge, undefined)).rejects.toThrow(/^\{too_large,5242\d{4}\}$/)
    expect((await cluster.get('k')).kind).toBe('notfound')
  })

  test('a clock is pruned at its limits, and no value is lost (27)', async () => {
    const small = await SmallCluster.open({
      props: { small_vclock: 3, big_vclock: 3, young_vclock: 0, old_vclock: 1 },
    })
    const [first] = small.preflist('k')
    const by = first?.node ?? 'a'
    let context = await small.put('k', 'v0', undefined, { dw: 3, by })
    for (let round = 1; round < 10; round++) {
      await small.wipe(by)
      small.clock.advance(10_000)
      context = await small.put('k', `v${round}`, context, { dw: 3, by })
      expect(context.vclock.length).toBeLessThanOrEqual(3)
    }
    expect(textsOf(found(await small.get('k', { r: 3 })))).toContain('v9')
  })
})
