import { describe, expect, test } from 'vitest'
import { VnodeActors, hasAmnesia, highestActor } from '../../../../src/embedded/vnode/actor.ts'
import type { Disk, DiskChange } from '../../../../src/kernel/ports.ts'
import { seededDice } from '../../../../src/kernel/prng.ts'
import { MemoryDisk } from '../../../../src/runtime/memory-disk.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
async function opened(disk: Disk, seed = 1) {
  const actors = new VnodeActors(disk, seededDice(seed), 'dev1@127.0.0.1')
  await actors.load(64)
  return actors
}

describe('actor ids', () => {
  test('64 vnodes of one node have 64 ids, kept through restarts (kv679_uid)', async () => {
    const disk = new MemoryDisk()
    const ids = (actors: VnodeActors) => Array.from({ length: 64 }, (_, p) => hex(actors.id(p)))
    const first = ids(await opened(disk))
    expect(new Set(first).size).toBe(64)
    expect(first.every((id) => id.length === 16)).toBe(true)
    expect(ids(await opened(disk, 2))).toEqual(first)
  })

  test('ids of a wiped node differ from those it had (another throw, the same second)', async () => {
    const before = hex((await opened(new MemoryDisk(), 1)).id(5))
    expect(hex((await opened(new MemoryDisk(), 2)).id(5))).not.toBe(before)
  })

  test('an epoch is the id and a number never used before, restarts included', async () => {
    const disk = new MemoryDisk()
    const seen = new Set<string>()
    for (let restart = 0; restart < 3; restart++) {
      const actors = await opened(disk)
      for (let n = 0; n < 5; n++) {
        const actor = hex(await actors.newEpoch(7))
        expect(actor.startsWith(hex(actors.id(7)))).toBe(true)
        expect(seen.has(actor)).toBe(false)
        seen.add(actor)
      }
    }
  })

  test('a lease is on the disk, synced, before a number of it is used', async () => {
    const inner = new MemoryDisk()
    const log: string[] = []
    const disk: Disk = {
      get: (key) => inner.get(key),
      getMany: (keys) => inner.getMany(keys),
      scan: (range) => inner.scan(range),
      close: () => inner.close(),
      write: async (changes: readonly DiskChange[], options) => {
        await Promise.resolve()
        for (const change of changes) {
          if (change.kind !== 'put') continue
          const { lease } = JSON.parse(Buffer.from(change.value).toString()) as { lease: number }
          log.push(`${options.sync ? 'synced' : 'unsynced'} ${lease}`)
        }
        await inner.write(changes)
      },
    }
    const actors = new VnodeActors(disk, seededDice(1), 'dev1@127.0.0.1')
    await actors.load(8)
    expect(new Set(log)).toEqual(new Set(['synced 10000']))
    log.length = 0
    let leased = 10_000
    for (let n = 1; n <= 20_500; n++) {
      const actor = await actors.newEpoch(3)
      for (const line of log.splice(0)) leased = Number(line.replace('synced ', ''))
      expect(Buffer.from(actor).readUInt32BE(8)).toBeLessThanOrEqual(leased)
    }
    expect(leased).toBeGreaterThanOrEqual(20_500)
  })

  test('a lease that cannot be written gives no epoch', async () => {
    const inner = new MemoryDisk()
    let fails = false
    const disk: Disk = {
      get: (key) => inner.get(key),
      getMany: (keys) => inner.getMany(keys),
      scan: (range) => inner.scan(range),
      close: () => inner.close(),
      write: (changes) => (fails ? Promise.reject(new Error('disk full')) : inner.write(changes)),
    }
    const actors = new VnodeActors(disk, seededDice(1), 'dev1@127.0.0.1')
    await actors.load(8)
    fails = true
    const last = async () => {
      for (let n = 0; n < 10_000; n++) await actors.newEpoch(0)
    }
    await last()
    await expect(actors.newEpoch(0)).rejects.toThrow('disk full')
    fails = false
    expect(Buffer.from(await actors.newEpoch(0)).readUInt32BE(8)).toBe(10_001)
  })

  test('a damaged record stops the node in words', async () => {
    const disk = new MemoryDisk()
    await disk.write([{ kind: 'put', key: Buffer.from('m:vnode\0\0'), value: Buffer.from('{') }])
    await expect(opened(disk)).rejects.toThrow('vnode status is damaged')
  })
})

describe('amnesia', () => {
  const base = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
  const epoch = (n: number): Uint8Array => Uint8Array.of(...base, 0, 0, 0, n)
  const dot = (actor: Uint8Array, counter: number) => ({ actor, counter, timestamp: 0 })
  const other = dot(Uint8Array.of(9, 9, 9, 9, 9, 9, 9, 9), 50)

  test('the highest actor is that of the highest epoch', () => {
    expect(highestActor(base, [dot(base, 9), dot(epoch(2), 1), dot(epoch(1), 7), other])).toEqual({
      actor: epoch(2),
      epoch: 2,
      counter: 1,
    })
    expect(highestActor(base, [other])).toBeUndefined()
  })

  test.each<[string, Parameters<typeof hasAmnesia>[1], Parameters<typeof hasAmnesia>[2], boolean]>([
    ['nothing stored, nothing of ours incoming', undefined, [other], false],
    ['nothing stored, but our count comes in', undefined, [dot(base, 1)], true],
    ['stored without us, and our count comes in', [other], [dot(base, 1)], true],
    ['we know as much', [dot(base, 3)], [dot(base, 3)], false],
    ['we know more', [dot(base, 4)], [dot(base, 3)], false],
    ['they know a later count', [dot(base, 3)], [dot(base, 4)], true],
    ['they know a later epoch', [dot(epoch(1), 9)], [dot(epoch(2), 1)], true],
    ['they know an earlier epoch', [dot(epoch(2), 1)], [dot(epoch(1), 9)], false],
  ])('%s', (_, stored, incoming, expected) => {
    expect(hasAmnesia(base, stored, incoming)).toBe(expected)
  })
})
