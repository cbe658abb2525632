import { describe, expect, test } from 'vitest'
import { walkStore } from '../../../../src/commands/checks/walk.ts'
import type { TypeFacts } from '../../../../src/commands/checks/walk.ts'
import { OperationError } from '../../../../src/kernel/errors.ts'
import { limits } from '../../../../src/kernel/limits.ts'
import { seededDice } from '../../../../src/kernel/prng.ts'
import type { MemoryRiakKv } from '../../../../src/riak/memory-riak-kv.ts'
import type { RiakKv } from '../../../../src/riak/riak-kv.ts'
import { interceptRiak } from '../../../support/intercept-riak.ts'
import { memoryRiak } from '../../../support/open-blog.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

const content = { value: Buffer.from('{}'), contentType: 'application/json' }
const keyOf = (at: number): string => `k${String(at).padStart(5, '0')}`

async function filled(count: number, type = 'posts'): Promise<MemoryRiakKv> {
  const riak = memoryRiak()
  for (let at = 0; at < count; at++) {
    await riak.put({ type, bucket: 'blog', key: keyOf(at) }, content)
  }
  return riak
}

async function walked(
  riak: RiakKv,
  isWhole = false,
  clock = createVirtualClock(),
  of = 'posts',
): Promise<TypeFacts | undefined> {
  const facts = await walkStore({ riak, site: 'blog', clock, dice: seededDice(3), isWhole })
  return facts.find(({ type }) => type === of)
}

describe('the walk over what is stored', () => {
  test('looks at all that changes, the one object with many siblings among it', async () => {
    const riak = await filled(900)
    const crowded = { type: 'posts', bucket: 'blog', key: keyOf(300) }
    for (let more = 1; more < 50; more++) await riak.put(crowded, content)
    const seen = await walked(riak)
    expect(seen).toMatchObject({ keys: 900, looked: 900, isWhole: true })
    expect(seen?.siblings).toEqual([{ key: keyOf(300), count: 50 }])
  })

  test('looks at 500 objects of a type that never changes, the newest among them, after all that does', async () => {
    const read: string[] = []
    const riak = await filled(900, 'revisions')
    await riak.put({ type: 'posts', bucket: 'blog', key: 'a post' }, content)
    const large = interceptRiak(riak, { beforeGet: ({ key }) => void read.push(key) })
    const seen = await walked(large, false, createVirtualClock(), 'revisions')
    expect(seen).toMatchObject({ keys: 900, looked: limits.checkObjectsMax, isWhole: true })
    const newest = Array.from({ length: limits.checkObjectsMax / 2 }, (_, at) => keyOf(899 - at))
    expect(read).toEqual(expect.arrayContaining(newest))
    expect(read[0]).toBe('a post')
    expect(new Set(read).size).toBe(limits.checkObjectsMax + 1)
  })

  test('looks at every object where all are asked for', async () => {
    expect(await walked(await filled(900), true)).toMatchObject({ keys: 900, looked: 900 })
  })

  test('counts siblings, worst first, and names tombstones and values that cannot be read', async () => {
    const riak = await filled(3)
    const at = (key: string) => ({ type: 'posts', bucket: 'blog', key })
    for (let more = 1; more < 4; more++) await riak.put(at(keyOf(0)), content)
    for (let more = 1; more < 30; more++) await riak.put(at(keyOf(1)), content)
    const found = await riak.get(at(keyOf(2)))
    // Deleted by one who had not seen what another put meanwhile.
    await riak.put(at(keyOf(2)), content)
    await riak.delete(at(keyOf(2)), { context: found!.context })
    const seen = await walked(riak)
    expect(seen?.siblings).toEqual([
      { key: keyOf(1), count: 30 },
      { key: keyOf(0), count: 4 },
      { key: keyOf(2), count: 2 },
    ])
    expect(seen?.tombstones).toEqual([keyOf(2)])
    // An object with many siblings is a finding by itself: their bytes are not read.
    expect(seen?.unreadable.map(({ key }) => key)).toEqual([keyOf(0), keyOf(2)])
  })

  test('ends when its time is over, and says how far it came', async () => {
    const clock = createVirtualClock()
    let gets = 0
    const slow = interceptRiak(await filled(100), {
      beforeGet: () => {
        gets++
        clock.advance(limits.checkWalkMs / 20)
      },
    })
    const seen = await walked(slow, false, clock)
    expect(seen?.looked).toBeLessThan(40)
    expect(gets).toBeLessThan(60)
  })

  test('a node that fails meanwhile is told, not thrown', async () => {
    const failing = interceptRiak(await filled(5), {
      beforeGet: () => {
        throw new OperationError('BLOG_TIMEOUT', 'no answer')
      },
    })
    expect(await walked(failing)).toMatchObject({ looked: 0, failure: 'no answer' })
  })
})
