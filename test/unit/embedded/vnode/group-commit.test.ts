import { describe, expect, test } from 'vitest'
import { GroupCommit } from '../../../../src/embedded/vnode/group-commit.ts'
import { KeyLocks } from '../../../../src/embedded/vnode/key-locks.ts'
import type { Disk, DiskChange } from '../../../../src/kernel/ports.ts'

const change = (name: string, size = 1): DiskChange => ({
  kind: 'put',
  key: Buffer.from(name),
  value: Buffer.alloc(size),
})

/** A disk whose writes end when the test says so. */
function heldDisk() {
  const writes: { names: string[]; sync: boolean; land: () => void; fail: (e: Error) => void }[] =
    []
  const disk: Disk = {
    get: () => Promise.resolve(undefined),
    getMany: (keys) => keys.map(() => undefined),
    scan: () => ({
      [Symbol.asyncIterator]: () => ({
        next: () => Promise.resolve({ done: true, value: undefined }),
      }),
    }),
    close: () => Promise.resolve(),
    write: (changes, { sync }) =>
      new Promise((land, fail) => {
        writes.push({
          names: changes.map(({ key }) => Buffer.from(key).toString()),
          sync,
          land,
          fail,
        })
      }),
  }
  return { disk, writes }
}
const turns = async (): Promise<void> => {
  for (let n = 0; n < 10; n++) await Promise.resolve()
}

describe('group commit', () => {
  test('writes of one turn share one batch and one sync', async () => {
    const { disk, writes } = heldDisk()
    const commits = new GroupCommit(disk, true)
    const all = ['a', 'b', 'c'].map((name) => commits.write([change(name)]))
    await turns()
    expect(writes.map(({ names, sync }) => [names, sync])).toEqual([[['a', 'b', 'c'], true]])
    writes[0]?.land()
    await Promise.all(all)
  })

  test('while a batch is on its way the next gathers, and waits for it', async () => {
    const { disk, writes } = heldDisk()
    const commits = new GroupCommit(disk, false)
    const first = commits.write([change('a')])
    await turns()
    const rest = [commits.write([change('b'), change('b2')]), commits.write([change('c')])]
    await turns()
    expect(writes.length).toBe(1)
    writes[0]?.land()
    await first
    await turns()
    expect(writes[1]?.names).toEqual(['b', 'b2', 'c'])
    writes[1]?.land()
    await Promise.all(rest)
  })

  test('eight gathered writes leave beside the batch before them, four batches at once (no sync)', async () => {
    const { disk, writes } = heldDisk()
    const commits = new GroupCommit(disk, false)
    const all = [commits.write([change('first')])]
    await turns()
    for (let n = 0; n < 40; n++) all.push(commits.write([change(`w${n}`)]))
    expect(writes.map(({ names }) => names.length)).toEqual([1, 8, 8, 8])
    // In any order.
    writes[2]?.land()
    await turns()
    expect(writes.map(({ names }) => names.length)).toEqual([1, 8, 8, 8, 16])
    for (const { land } of writes) land()
    await Promise.all(all)
    await commits.idle()
  })

  test('with sync, all that gather wait for one batch, and share the next one’s fsync', async () => {
    const { disk, writes } = heldDisk()
    const commits = new GroupCommit(disk, true)
    const all = [commits.write([change('first')])]
    await turns()
    for (let n = 0; n < 40; n++) all.push(commits.write([change(`w${n}`)]))
    await turns()
    expect(writes.length).toBe(1)
    writes[0]?.land()
    await turns()
    expect(writes.map(({ names }) => names.length)).toEqual([1, 40])
    writes[1]?.land()
    await Promise.all(all)
    await commits.idle()
  })

  test('idle waits for what is in flight and for what gathers behind it', async () => {
    const { disk, writes } = heldDisk()
    const commits = new GroupCommit(disk, false)
    const first = commits.write([change('a')])
    await turns()
    const second = commits.write([change('b')])
    let isIdle = false
    const idle = commits.idle().then(() => (isIdle = true))
    writes[0]?.land()
    await first
    await turns()
    expect(isIdle).toBe(false)
    writes[1]?.land()
    await second
    await idle
  })

  test('nobody hears before the disk has it', async () => {
    const { disk, writes } = heldDisk()
    const commits = new GroupCommit(disk, false)
    let heard = false
    const write = commits.write([change('a')]).then(() => (heard = true))
    await turns()
    expect(heard).toBe(false)
    writes[0]?.land()
    await write
  })

  test('a failed batch fails its writers and no other', async () => {
    const { disk, writes } = heldDisk()
    const commits = new GroupCommit(disk, false)
    const first = commits.write([change('a')])
    await turns()
    const second = commits.write([change('b')])
    writes[0]?.fail(new Error('disk full'))
    await expect(first).rejects.toThrow('disk full')
    await turns()
    writes[1]?.land()
    await second
    await commits.idle()
  })

  test('a batch is bounded, but a write is never split', async () => {
    const { disk, writes } = heldDisk()
    const commits = new GroupCommit(disk, false)
    const big = 3 * 1_048_576
    const all = [
      commits.write([change('a', big), change('a2', big)]),
      commits.write([change('b', big)]),
    ]
    await turns()
    expect(writes[0]?.names).toEqual(['a', 'a2'])
    writes[0]?.land()
    await turns()
    expect(writes[1]?.names).toEqual(['b'])
    writes[1]?.land()
    await Promise.all(all)
  })
})

describe('key locks', () => {
  test('holders of one key run one after another, of two keys side by side', async () => {
    const locks = new KeyLocks()
    const log: string[] = []
    let open = (): void => undefined
    const gate = new Promise<void>((resolve) => (open = resolve))
    const held = locks.hold('k', async () => {
      await gate
      log.push('first')
    })
    const next = locks.hold('k', async () => {
      log.push('second')
    })
    await locks.hold('other', async () => {
      log.push('other')
    })
    open()
    await Promise.all([held, next])
    expect(log).toEqual(['other', 'first', 'second'])
    expect(locks.size).toBe(0)
  })

  test('a holder that fails lets the next one in', async () => {
    const locks = new KeyLocks()
    const failing = locks.hold('k', () => Promise.reject(new Error('no')))
    const next = locks.hold('k', () => Promise.resolve('yes'))
    await expect(failing).rejects.toThrow('no')
    expect(await next).toBe('yes')
  })
})
