/** Counters over replicas that are away, lost or stale: three nodes' vnodes under one ring. */

import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { encodeCounter } from '../../../../src/embedded/datatype/counter-codec.ts'
import {
  counterIn,
  mergeCounterValues,
  raiseCounterValue,
} from '../../../../src/embedded/datatype/counter-values.ts'
import type { CounterCarrier } from '../../../../src/embedded/datatype/counter-values.ts'
import { counterFrom } from '../../../../src/embedded/datatype/pn-counter.ts'
import { SmallCluster, found } from '../../../support/small-cluster.ts'

let cluster: SmallCluster
beforeEach(async () => {
  cluster = await SmallCluster.open({ props: { datatype: 'counter' } })
})

const read = async (r?: number): Promise<bigint> =>
  counterIn(found(await cluster.get('k', r === undefined ? {} : { r })).values, 'typed')
const held = (): Promise<(bigint | undefined)[]> =>
  Promise.all(
    cluster.preflist('k').map(async (vnode) => {
      const object = await cluster.stored(vnode, 'k')
      return object && counterIn(object.values, 'typed')
    }),
  )
const names = (): string[] => cluster.preflist('k').map(({ node }) => node)

describe('a counter on three replicas', () => {
  test('all hold the same bytes after an increment', async () => {
    await cluster.count('k', 5, { dw: 3 })
    const bytes = await Promise.all(cluster.preflist('k').map((vnode) => cluster.bytes(vnode, 'k')))
    expect(bytes[0]?.length).toBeGreaterThan(0)
    expect(bytes[1]).toEqual(bytes[0])
    expect(bytes[2]).toEqual(bytes[0])
  })

  test('increments through each of its nodes add up, as one value', async () => {
    for (const [n, by] of names().entries()) await cluster.count('k', 10 ** n, { by, dw: 3 })
    expect(await held()).toEqual([111n, 111n, 111n])
    expect(found(await cluster.get('k')).values.length).toBe(1)
  })

  test('increments at once through each of its nodes add up once all have stored them', async () => {
    const work = names().flatMap((by) =>
      Array.from({ length: 20 }, () => cluster.count('k', 1, { by, dw: 3 })),
    )
    await Promise.all(work)
    expect(await read(3)).toBe(60n)
    expect(found(await cluster.get('k', { r: 3 })).values.length).toBe(1)
  })

  test('counts on while a replica is away; a read brings the replica up to date', async () => {
    await cluster.count('k', 5, { dw: 3 })
    const away = names()[2]!
    cluster.stop(away)
    await cluster.count('k', 2, { dw: 2 })
    await cluster.settle()
    cluster.up(away)
    expect(await held()).toEqual([7n, 7n, 5n])
    expect(await read(3)).toBe(7n)
    await cluster.settle()
    expect(await read(3)).toBe(7n)
    expect(await held()).toEqual([7n, 7n, 7n])
  })

  test('split in two, both sides count; healed, a read shows the sum and no sibling', async () => {
    await cluster.count('k', 100, { dw: 3 })
    const [one, two, three] = names() as [string, string, string]
    cluster.stop(one)
    await cluster.count('k', 1, { by: two })
    cluster.up(one)
    cluster.stop(two)
    cluster.stop(three)
    await cluster.count('k', 10, { by: one })
    cluster.up(two)
    cluster.up(three)
    expect(await read(3)).toBe(111n)
    expect(found(await cluster.get('k', { r: 3 })).values.length).toBe(1)
  })

  test('a coordinator that lost its copy counts under a new name: nothing is lost or doubled', async () => {
    const [first] = names()
    await cluster.count('k', 5, { by: first!, dw: 3 })
    await cluster.wipe(first!)
    await cluster.count('k', 2, { by: first!, dw: 3 })
    expect(await read(3)).toBe(7n)
    await cluster.settle()
    expect(await read(3)).toBe(7n)
    expect(await held()).toEqual([7n, 7n, 7n])
  })

  test('an increment is on the disk when it is answered', async () => {
    await cluster.count('k', 5, { dw: 3 })
    for (const node of names()) await cluster.restart(node)
    expect(await read(3)).toBe(5n)
  })
})

describe('counters among the values of an object', () => {
  const actor = (n: number): Uint8Array => Buffer.of(1, 1, 1, 1, 0, 0, 0, n)
  const dot = { actor: actor(9), counter: 1, timestamp: 1 }
  const carrier = (value: Uint8Array, micros: number, more: object = {}): CounterCarrier => ({
    value,
    dot: undefined,
    vtag: `tag${micros}`,
    lastModified: { seconds: 1, micros },
    ...more,
  })
  const counter = (form: 'typed' | 'old', who: number, up: number, micros = up): CounterCarrier =>
    carrier(encodeCounter(form, [{ actor: actor(who), up: BigInt(up), down: 0n }]), micros)

  test('become one, with the tag and date of the newest', () => {
    const merged = mergeCounterValues([counter('typed', 1, 5), counter('typed', 2, 7)])
    expect(merged.length).toBe(1)
    expect(counterIn(merged, 'typed')).toBe(12n)
    expect(merged[0]).toMatchObject({ vtag: 'tag7', contentType: 'application/riak_counter' })
  })

  test('a client value that looks like a counter is left alone by a merge: it has a dot', () => {
    const client = { ...counter('typed', 2, 7), dot }
    const values = [counter('typed', 1, 5), client]
    expect(mergeCounterValues(values)).toEqual(values)
  })

  test('an increment takes in all counters of the object, and leaves other values where they are', () => {
    const other = carrier(Buffer.from('E, a text'), 3)
    const raised = raiseCounterValue(
      [other, counter('typed', 1, 5), { ...counter('typed', 2, 7), dot }],
      actor(1),
      { form: 'typed', by: -20n },
    )
    expect(raised.length).toBe(2)
    expect(raised).toContain(other)
    expect(counterIn(raised, 'typed')).toBe(-8n)
  })

  test('old and typed counters are two counters', () => {
    const values = [counter('typed', 1, 5), counter('old', 1, 7)]
    expect(mergeCounterValues(values).length).toBe(2)
    expect(counterIn(values, 'old')).toBe(7n)
    expect(counterIn([], 'old')).toBe(0n)
  })

  test('merge to the same bytes in whatever order they are met', () => {
    const entries = fc.array(fc.record({ who: fc.nat(3), up: fc.nat(50), micros: fc.nat(3) }), {
      minLength: 2,
      maxLength: 6,
    })
    fc.assert(
      fc.property(entries, (made) => {
        const values = made.map(({ who, up, micros }) =>
          carrier(
            encodeCounter('typed', counterFrom([{ actor: actor(who), up: BigInt(up), down: 1n }])),
            micros,
          ),
        )
        expect(mergeCounterValues(values.toReversed())).toEqual(mergeCounterValues(values))
      }),
    )
  })
})
