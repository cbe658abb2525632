/** Copies of objects as several partitions of one disk hold them. */

import { describe, expect, test } from 'vitest'
import { LocalVnodes } from '../../../../src/embedded/vnode/local-vnodes.ts'
import { VnodeActors } from '../../../../src/embedded/vnode/actor.ts'
import { VnodeBackend } from '../../../../src/embedded/vnode/backend.ts'
import { objectKey } from '../../../../src/embedded/vnode/disk-keys.ts'
import { GroupCommit } from '../../../../src/embedded/vnode/group-commit.ts'
import { encodeObject } from '../../../../src/embedded/vnode/object-codec.ts'
import type { RiakObject } from '../../../../src/embedded/vnode/riak-object.ts'
import type { GetAnswer } from '../../../../src/embedded/vnode/vnode-transport.ts'
import type { Disk } from '../../../../src/kernel/ports.ts'
import { seededDice } from '../../../../src/kernel/prng.ts'
import { MemoryDisk } from '../../../../src/runtime/memory-disk.ts'
import { fakeClock } from '../../../support/fake-clock.ts'

const node = 'dev1@127.0.0.1'
const bkey = (key: string) => ({
  type: Buffer.from('posts'),
  bucket: Buffer.from('site'),
  key: Buffer.from(key),
})

function object(text: string): RiakObject {
  const value = {
    value: Buffer.from(text),
    isTombstone: false,
    vtag: 'tag',
    lastModified: { seconds: 1, micros: 2 },
    dot: undefined,
  }
  return { vclock: [], values: [value] }
}

async function diskWith(copies: readonly (readonly [number, string, Uint8Array])[]) {
  const disk = new MemoryDisk()
  await disk.write(
    copies.map(([partition, key, value]) => ({
      kind: 'put',
      key: objectKey(partition, bkey(key)),
      value,
    })),
  )
  return disk
}

async function vnodesOn(disk: Disk) {
  const actors = new VnodeActors(disk, seededDice(1), node)
  await actors.load(8)
  const log = { write: () => undefined }
  return new LocalVnodes({
    node,
    backend: new VnodeBackend(disk, log),
    actors,
    commits: new GroupCommit(disk, false),
    clock: fakeClock(),
    log,
    deleteMode: 'keep',
    counters: { onGet: () => undefined, onPut: () => undefined },
  })
}

const textOf = (answer: GetAnswer | undefined): string =>
  answer?.kind === 'object'
    ? Buffer.from(answer.object.values[0]?.value ?? []).toString()
    : (answer?.kind ?? '')

describe('copies of one object', () => {
  test('are one object where their bytes are equal, wherever a copy is missing or differs', async () => {
    const [old, now] = [encodeObject(object('old')), encodeObject(object('now'))]
    const disk = await diskWith([
      [1, 'k', old],
      [2, 'k', now],
      [3, 'k', Buffer.from(now)],
      [5, 'k', Buffer.from(now)],
    ])
    const backend = new VnodeBackend(disk, { write: () => undefined })
    const read = await backend.readCopies([1, 2, 3, 4, 5], bkey('k'))
    const texts = read.map((copy) => copy && Buffer.from(copy.values[0]?.value ?? []).toString())
    expect(texts).toEqual(['old', 'now', 'now', undefined, 'now'])
    expect(read[2]).toBe(read[1])
    expect(read[1]).not.toBe(read[0])
  })

  test('that cannot be read are absent, each told with its partition', async () => {
    const damaged = Buffer.from('rubbish')
    const disk = await diskWith([
      [1, 'k', damaged],
      [2, 'k', encodeObject(object('v'))],
      [3, 'k', damaged],
    ])
    const told: unknown[] = []
    const log = {
      write: (_level: string, _event: string, fields?: object) => told.push(fields),
    }
    const read = await new VnodeBackend(disk, log).readCopies([1, 2, 3], bkey('k'))
    expect(read.map((copy) => copy !== undefined)).toEqual([false, true, false])
    expect(told).toMatchObject([{ partition: 1 }, { partition: 3 }])
  })
})

describe('many objects at one vnode each', () => {
  test('are answered in the order asked, the absent among them', async () => {
    const disk = await diskWith([
      [1, 'a', encodeObject(object('A'))],
      [2, 'b', encodeObject(object('B'))],
    ])
    const vnodes = await vnodesOn(disk)
    const reads = [
      [2, 'b'],
      [1, 'b'],
      [1, 'a'],
      [2, 'b'],
    ] as const
    const answers = await vnodes.getMany(
      reads.map(([partition, key]) => ({ vnode: { partition, node }, at: bkey(key) })),
    )
    expect(answers.map(textOf)).toEqual(['B', 'notfound', 'A', 'B'])
  })

  test('fail each where the disk fails', async () => {
    const disk = new MemoryDisk()
    const vnodes = await vnodesOn(disk)
    await disk.close()
    const reads = ['a', 'b'].map((key) => ({ vnode: { partition: 1, node }, at: bkey(key) }))
    expect(await vnodes.getMany(reads)).toEqual([
      { kind: 'failed', reason: 'disk_failure' },
      { kind: 'failed', reason: 'disk_failure' },
    ])
    const heard: GetAnswer[] = []
    vnodes.get([{ partition: 1, node }], bkey('a'), (_from, answer) => heard.push(answer))
    await expect.poll(() => heard).toEqual([{ kind: 'failed', reason: 'disk_failure' }])
  })
})
