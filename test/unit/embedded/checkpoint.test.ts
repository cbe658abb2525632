/** A copy of a node's disk while the node runs on it. */

import { describe, expect, test } from 'vitest'

import { encodeVclock } from '../../../src/causality/vclock.ts'
import { copyDisk } from '../../../src/embedded/checkpoint.ts'
import type { EmbeddedRiakNode } from '../../../src/embedded/node.ts'
import { metaKeys } from '../../../src/embedded/vnode/meta-keys.ts'
import type { Disk } from '../../../src/kernel/ports.ts'
import { seededDice } from '../../../src/kernel/prng.ts'
import { MemoryDisk } from '../../../src/runtime/memory-disk.ts'
import { bucketId, bytes, openEmbedded, text, withType } from '../../support/open-embedded.ts'

const of = bucketId('posts', 'site')

async function valuesOf(node: EmbeddedRiakNode, key: string): Promise<readonly string[]> {
  const read = await node.get(of, bytes(key), {})
  if (read.kind === 'notfound') return []
  return read.object.values.map(({ value }) => text(value)).sort()
}

/** @returns the causal context after it. */
async function put(node: EmbeddedRiakNode, key: string, value: string, context?: Uint8Array) {
  const indexes = [{ field: 'v_bin', value: bytes(value) }]
  const seen = context === undefined ? {} : { vclock: context }
  const { object } = await node.put(
    of,
    bytes(key),
    { value: bytes(value), indexes },
    { returnBody: true, ...seen },
  )
  return encodeVclock(object?.vclock ?? [])
}

async function vnodeIds(disk: Disk): Promise<readonly string[]> {
  const ids: string[] = []
  for await (const [, value] of disk.scan(metaKeys.allVnodes())) {
    ids.push((JSON.parse(text(value)) as { readonly id: string }).id)
  }
  return ids
}

describe('a checkpoint', () => {
  test('has objects, index entries, bucket types and properties, as they were when it began', async () => {
    const { node, disk } = await openEmbedded()
    await withType(node, 'posts', { allow_mult: true })
    for (let n = 0; n < 200; n++) await put(node, `k${n}`, `v${n}`)
    const into = new MemoryDisk()
    const copying = copyDisk(disk, into)
    await put(node, 'k7', 'later')
    const { records } = await copying
    expect(records).toBeGreaterThan(200 * 3 * 2)

    const copy = await openEmbedded({ disk: into, dice: seededDice(12) })
    expect(copy.node.bucketTypes.status('posts')).toEqual(node.bucketTypes.status('posts'))
    for (let n = 0; n < 200; n++) expect(await valuesOf(copy.node, `k${n}`)).toEqual([`v${n}`])
    const keys: string[] = []
    const query = { of, field: bytes('v_bin'), returnTerms: false } as const
    const match = { kind: 'equals', value: bytes('v7') } as const
    for await (const found of copy.node.index({ ...query, match })) {
      keys.push(...found.map(({ key }) => text(key)))
    }
    expect(keys).toEqual(['k7'])
  })

  test('is opened by vnodes with identities of their own', async () => {
    const { node, disk } = await openEmbedded()
    await withType(node, 'posts')
    const into = new MemoryDisk()
    await copyDisk(disk, into)
    expect(await vnodeIds(into)).toEqual([])
    await openEmbedded({ disk: into, dice: seededDice(12) })
    const [before, after] = [await vnodeIds(disk), await vnodeIds(into)]
    expect(after).toHaveLength(before.length)
    expect(after.filter((id) => before.includes(id))).toEqual([])
  })

  test('gone back to, loses no write to one that a client knows of the time that is gone', async () => {
    const { node, disk } = await openEmbedded()
    await withType(node, 'posts', { allow_mult: true, dvv_enabled: true })
    const early = await put(node, 'k', 'one')
    const into = new MemoryDisk()
    await copyDisk(disk, into)
    // Written after the checkpoint: gone with the old disk, but a client has its context.
    const late = await put(node, 'k', 'two', early)

    const back = await openEmbedded({ disk: into, dice: seededDice(12) })
    expect(await valuesOf(back.node, 'k')).toEqual(['one'])
    await put(back.node, 'k', 'two instead', early)
    await put(back.node, 'k', 'three', late)
    expect(await valuesOf(back.node, 'k')).toEqual(['three', 'two instead'])
  })
})
