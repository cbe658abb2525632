/** A node that loses power at any of its writes (RIAK.md §13.2: 54; §13.3: 2, 3, 8). */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { descends, encodeVclock } from '../../../src/causality/vclock.ts'
import type { Vclock } from '../../../src/causality/vclock.ts'
import { KeyReader, partitionRange } from '../../../src/embedded/vnode/disk-keys.ts'
import { indexTermsOf } from '../../../src/embedded/vnode/index-entries.ts'
import type { EmbeddedRiakNode } from '../../../src/embedded/node.ts'
import { decodeObject } from '../../../src/embedded/vnode/object-codec.ts'
import type { MemoryDisk } from '../../../src/runtime/memory-disk.ts'
import { FaultyDisk } from '../../support/faulty-disk.ts'
import { bucketId, bytes, openEmbedded, text, withType } from '../../support/open-embedded.ts'

const of = bucketId('posts', 'site')
const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 60; turn++) await Promise.resolve()
}

interface Acked {
  readonly key: string
  readonly value: string
  readonly vclock: Vclock
}

/** Puts one after another, some with context, until the power goes. */
async function work(node: EmbeddedRiakNode, steps: readonly { key: number; blind: boolean }[]) {
  const acked: Acked[] = []
  const superseded = new Set<string>()
  for (const [n, { key: k, blind }] of steps.entries()) {
    const key = `k${k}`
    const value = `v${n}`
    const step = async (): Promise<void> => {
      const read = blind ? undefined : await node.get(of, bytes(key), {})
      const seen = read === undefined || read.kind === 'notfound' ? undefined : read.object
      const { object } = await node.put(
        of,
        bytes(key),
        { value: bytes(value), indexes: [{ field: 'v_bin', value: bytes(value) }] },
        { returnBody: true, ...(seen === undefined ? {} : { vclock: encodeVclock(seen.vclock) }) },
      )
      for (const sibling of seen?.values ?? []) superseded.add(`${key}=${text(sibling.value)}`)
      acked.push({ key, value, vclock: object?.vclock ?? [] })
    }
    const end = await Promise.race([step().then(() => 'done'), turns().then(() => 'hangs')])
    if (end === 'hangs') return { acked, superseded, isCut: true, lost: seenBy(steps, n) }
  }
  return { acked, superseded, isCut: false, lost: '' }
}
const seenBy = (steps: readonly { key: number; blind: boolean }[], n: number): string =>
  steps[n]?.blind === false ? `k${steps[n].key}` : ''

/** Every index entry is an object's, and every object's entry is there; objects are whole. */
async function checkDisk(disk: MemoryDisk): Promise<void> {
  for (let partition = 0; partition < 8; partition++) {
    const expected = new Set<string>()
    for await (const [key, value] of disk.scan(partitionRange('o', partition))) {
      const reader = new KeyReader(key)
      const [, bucket, name] = [reader.part(), reader.part(), reader.rest()]
      const object = decodeObject(value)
      expect(object.values.length).toBeGreaterThan(0)
      for (const { field, term } of indexTermsOf(object).values()) {
        expected.add([bucket, field, term, name].map(text).join('/'))
      }
    }
    const there = new Set<string>()
    for await (const [key] of disk.scan(partitionRange('i', partition))) {
      const reader = new KeyReader(key)
      reader.part()
      const parts = [reader.part(), reader.part(), reader.part(), reader.rest()]
      there.add(parts.map(text).join('/'))
    }
    expect(there).toEqual(expected)
  }
}

describe('power lost at a write', () => {
  test('whatever was acknowledged is there after opening again, and indexes match objects', async () => {
    const step = fc.record({ key: fc.nat(2), blind: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 10 }),
        fc.integer({ min: 1, max: 12 }),
        fc.constantFrom('before' as const, 'after' as const),
        async (steps, at, cut) => {
          const disk = new FaultyDisk()
          const before = (await openEmbedded({ disk, ringSize: 8 })).node
          await withType(before, 'posts')
          disk.crashAt(at, cut)
          const { acked, superseded, lost } = await work(before, steps)
          if (!disk.isDead()) expect(acked.length).toBe(steps.length)
          const { node } = await openEmbedded({ disk: disk.kept, ringSize: 8 })
          await checkDisk(disk.kept)
          for (const { key, value, vclock } of acked) {
            const read = await node.get(of, bytes(key), { r: 3 })
            expect(read.kind).toBe('found')
            if (read.kind !== 'found') continue
            expect(descends(read.object.vclock, vclock)).toBe(true)
            const isThere = read.object.values.some((v) => text(v.value) === value)
            // A write that was cut off, unacknowledged, may have superseded it all the same.
            const mayBeGone = superseded.has(`${key}=${value}`) || lost === key
            expect(isThere || mayBeGone).toBe(true)
          }
        },
      ),
      { numRuns: 150 },
    )
  })

  test('a node that lost power while it was first opened opens again', async () => {
    for (const cut of ['before', 'after'] as const) {
      for (const at of [1, 2]) {
        const disk = new FaultyDisk()
        disk.crashAt(at, cut)
        const end = await Promise.race([
          openEmbedded({ disk }).then(() => 'open'),
          turns().then(() => 'hangs'),
        ])
        expect(end).toBe('hangs')
        const { node } = await openEmbedded({ disk: disk.kept })
        await node.put(bucketId('default', 'b'), bytes('k'), { value: bytes('v') }, {})
        expect((await node.get(bucketId('default', 'b'), bytes('k'), {})).kind).toBe('found')
      }
    }
  })

  test('a put is one batch: all three replicas and their index entries, or none of them', async () => {
    const disk = new FaultyDisk()
    const { node } = await openEmbedded({ disk, ringSize: 8 })
    await withType(node, 'posts')
    const before = disk.writes
    const content = { value: bytes('v'), indexes: [{ field: 'a_bin', value: bytes('x') }] }
    await node.put(of, bytes('k'), content, { dw: 'all' })
    expect(disk.writes - before).toBe(1)
    expect(disk.sizes.at(-1)).toBe(6)
  })

  test.each([
    ['three with sync', true, 3],
    ['one for eight without', false, 7],
  ])('fifty puts of one turn share batches: %s', async (_, sync, batchesMax) => {
    const disk = new FaultyDisk()
    const { node } = await openEmbedded({ disk, sync })
    await withType(node, 'posts')
    const before = disk.writes
    const puts = Array.from({ length: 50 }, (_, n) =>
      node.put(of, bytes(`k${n}`), { value: bytes('v') }, {}),
    )
    await Promise.all(puts)
    expect(disk.writes - before).toBeLessThanOrEqual(batchesMax)
  })

  test('epochs handed out before a crash are never handed out again', async () => {
    const disk = new FaultyDisk()
    const first = (await openEmbedded({ disk })).node
    await withType(first, 'posts')
    const dots = new Set<string>()
    let node = first
    for (let restart = 0; restart < 4; restart++) {
      for (let n = 0; n < 5; n++) {
        const key = `r${restart} k${n}`
        const { object } = await node.put(
          of,
          bytes(key),
          { value: bytes('v') },
          { returnBody: true },
        )
        for (const { actor } of object?.vclock ?? []) {
          const id = Buffer.from(actor).toString('hex')
          expect(dots.has(id)).toBe(false)
          dots.add(id)
        }
      }
      node = (await openEmbedded({ disk: disk.kept })).node
    }
    expect(dots.size).toBe(20)
  })
})
