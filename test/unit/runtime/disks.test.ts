/** The `Disk` port's promises, kept by memory and by LevelDB. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { OperationError } from '../../../src/kernel/errors.ts'
import type { Disk, DiskChange, DiskRange } from '../../../src/kernel/ports.ts'
import { openLevelDisk } from '../../../src/runtime/level-disk.ts'
import { MemoryDisk } from '../../../src/runtime/memory-disk.ts'

const folders: string[] = []
const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'ringpost-disk-'))
  folders.push(made)
  return made
}
afterAll(() => {
  for (const made of folders) rmSync(made, { recursive: true, force: true })
})

const b = (text: string): Uint8Array => Buffer.from(text, 'latin1')
const put = (key: string, value: string): DiskChange => ({
  kind: 'put',
  key: b(key),
  value: b(value),
})
const del = (key: string): DiskChange => ({ kind: 'del', key: b(key) })
const show = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
async function all(disk: Disk, range: DiskRange): Promise<string[]> {
  const found: string[] = []
  for await (const [key, value] of disk.scan(range)) found.push(`${show(key)}=${show(value)}`)
  return found
}
const everything = { gte: b(''), lt: b('\xff\xff\xff\xff') }

const kinds: [string, () => Promise<Disk>][] = [
  ['memory', () => Promise.resolve(new MemoryDisk())],
  ['LevelDB', () => openLevelDisk({ folder: folder() })],
]

describe.each(kinds)('%s disk', (_, open) => {
  test('what was written is read, what was deleted is absent', async () => {
    const disk = await open()
    await disk.write([put('a', '1'), put('b', ''), put('\0', 'zero')], { sync: false })
    expect(await disk.get(b('a'))).toEqual(Buffer.from('1'))
    expect((await disk.get(b('b')))?.length).toBe(0)
    await disk.write([del('a'), put('b', '2')], { sync: true })
    expect(await disk.get(b('a'))).toBeUndefined()
    expect(show((await disk.get(b('b'))) ?? b(''))).toBe('2')
    await disk.close()
  })

  test('scans are in byte order, gte inclusive, lt exclusive, both ways, with limit and keys alone', async () => {
    const disk = await open()
    await disk.write(
      ['b', 'a', '\xff', 'c', 'aa', ''].filter(Boolean).map((k) => put(k, k)),
      { sync: false },
    )
    expect(await all(disk, { gte: b('a'), lt: b('c') })).toEqual(['a=a', 'aa=aa', 'b=b'])
    expect(await all(disk, { gte: b('a'), lt: b('c'), reverse: true })).toEqual([
      'b=b',
      'aa=aa',
      'a=a',
    ])
    expect(await all(disk, { gte: b('a'), lt: b('c'), limit: 2 })).toEqual(['a=a', 'aa=aa'])
    expect(await all(disk, { gte: b('a'), lt: b('c'), reverse: true, limit: 1 })).toEqual(['b=b'])
    expect(await all(disk, { gte: b('x'), lt: b('z') })).toEqual([])
    expect((await all(disk, { ...everything, keysOnly: true })).length).toBe(5)
    await disk.close()
  })

  test('a scan shows the disk as it was at its first step, whatever is written meanwhile', async () => {
    const disk = await open()
    const names = Array.from({ length: 1_500 }, (__, n) => `k${String(n).padStart(4, '0')}`)
    await disk.write(
      names.map((name) => put(name, 'old')),
      { sync: false },
    )
    const found: string[] = []
    for await (const [key, value] of disk.scan(everything)) {
      if (found.length === 0) {
        await disk.write(
          [...names.slice(700).map(del), put('k0001', 'new'), put('k0000x', 'new')],
          { sync: false },
        )
      }
      found.push(`${show(key)}=${show(value)}`)
    }
    expect(found).toEqual(names.map((name) => `${name}=old`))
    expect((await all(disk, everything)).length).toBe(701)
    await disk.close()
  })

  test('a scan may be left early, again and again', async () => {
    const disk = await open()
    await disk.write([put('a', '1'), put('b', '2')], { sync: false })
    for (let round = 0; round < 50; round++) {
      for await (const entry of disk.scan(everything)) {
        expect(show(entry[0])).toBe('a')
        break
      }
    }
    await disk.close()
  })

  test('of one key written twice in a batch the last change holds', async () => {
    const disk = await open()
    await disk.write([put('a', '1'), put('a', '2'), put('b', '1'), del('b')], { sync: false })
    expect(await all(disk, everything)).toEqual(['a=2'])
    await disk.close()
  })

  test('many are read in the order asked, the absent and the repeated among them', async () => {
    const disk = await open()
    const names = Array.from({ length: 20 }, (__, n) => `k${n}`)
    await disk.write(
      names.map((name) => put(name, `${name}!`)),
      { sync: false },
    )
    for (const asked of [[], ['k3'], ['k9', 'gone', 'k9'], [...names, 'gone', ...names]]) {
      const values = await disk.getMany(asked.map(b))
      expect(values.map((value) => (value === undefined ? '' : show(value)))).toEqual(
        asked.map((name) => (name === 'gone' ? '' : `${name}!`)),
      )
    }
    await disk.close()
  })

  test('a closed disk refuses', async () => {
    const disk = await open()
    await disk.close()
    await expect(disk.get(b('a'))).rejects.toThrow()
    for (const count of [1, 100]) {
      const keys = Array.from({ length: count }, () => b('a'))
      await expect(Promise.resolve(disk.getMany(keys))).rejects.toThrow()
    }
    await expect(disk.write([put('a', '1')], { sync: false })).rejects.toThrow()
  })
})

describe('memory disk', () => {
  test('behaves as a sorted map, whatever is done to it', async () => {
    const keys = fc.stringMatching(/^[ab\0]{0,3}$/)
    const change = fc.record({
      key: keys,
      value: fc.option(fc.string({ maxLength: 2 }), { nil: undefined }),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(change, { maxLength: 60 }),
        keys,
        keys,
        fc.boolean(),
        async (changes, from, to, reverse) => {
          const disk = new MemoryDisk()
          const model = new Map<string, string>()
          for (const { key, value } of changes) {
            await disk.write([value === undefined ? del(key) : put(key, value)])
            if (value === undefined) model.delete(key)
            else model.set(key, value)
          }
          const expected = [...model]
            .filter(([key]) => key >= from && key < to)
            .toSorted(([x], [y]) => (x < y ? -1 : 1))
          if (reverse) expected.reverse()
          expect(await all(disk, { gte: b(from), lt: b(to), reverse })).toEqual(
            expected.map(([key, value]) => `${key}=${show(b(value))}`),
          )
        },
      ),
    )
  })

  test('a hundred thousand keys in random order stay sorted and found', async () => {
    const disk = new MemoryDisk()
    const count = 100_000
    const name = (n: number): string => `k${String((n * 7_919) % count).padStart(6, '0')}`
    for (let n = 0; n < count; n += 1_000) {
      await disk.write(Array.from({ length: 1_000 }, (_, at) => put(name(n + at), 'v')))
    }
    let last = ''
    let seen = 0
    for await (const [key] of disk.scan(everything)) {
      const next = show(key)
      expect(next > last).toBe(true)
      last = next
      seen++
    }
    expect(seen).toBe(count)
    expect(await disk.get(b('k000777'))).toBeDefined()
  })
})

describe('LevelDB disk', () => {
  test('keeps what it holds when it is closed and opened again', async () => {
    const at = folder()
    const first = await openLevelDisk({ folder: at })
    await first.write([put('a', '1')], { sync: true })
    await first.close()
    const second = await openLevelDisk({ folder: at })
    expect(show((await second.get(b('a'))) ?? b(''))).toBe('1')
    await second.close()
  })

  test('a folder that is open already is refused by name', async () => {
    const at = folder()
    const first = await openLevelDisk({ folder: at })
    const error = await openLevelDisk({ folder: at }).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(OperationError)
    expect((error as OperationError).code).toBe('BLOG_UNAVAILABLE')
    expect((error as OperationError).message).toBe(
      `the data folder ${at} is in use by another process`,
    )
    await first.close()
  })

  test('a folder that cannot be made is refused by name', async () => {
    const error = await openLevelDisk({ folder: '/dev/null/x' }).catch((e: unknown) => e)
    expect((error as OperationError).message).toContain('/dev/null/x cannot be opened')
  })

  test('few values are there at once while reads are quick, and are waited for where they are slow', async () => {
    const quick = await openLevelDisk({ folder: folder(), slowReadMs: Infinity })
    const slow = await openLevelDisk({ folder: folder(), slowReadMs: 0 })
    for (const disk of [quick, slow]) await disk.write([put('a', '1')], { sync: false })
    const keys = [b('a'), b('gone'), b('a')]
    expect(quick.getMany(keys)).toEqual([Buffer.from('1'), undefined, Buffer.from('1')])
    const waitedFor = slow.getMany(keys)
    expect(waitedFor).toBeInstanceOf(Promise)
    expect(await waitedFor).toEqual([Buffer.from('1'), undefined, Buffer.from('1')])
    await slow.close()
    await expect(Promise.resolve(slow.getMany(keys))).rejects.toThrow()
    await quick.close()
  })

  test.each([
    ['quick', Infinity],
    ['slow', 0],
  ])('gets of one turn are answered each with its own value (%s)', async (_, slowReadMs) => {
    const disk = await openLevelDisk({ folder: folder(), slowReadMs })
    await disk.write(
      Array.from({ length: 100 }, (_, n) => put(`k${n}`, `v${n}`)),
      { sync: false },
    )
    const values = await Promise.all(Array.from({ length: 120 }, (_, n) => disk.get(b(`k${n}`))))
    expect(values.map((value) => (value === undefined ? '' : show(value)))).toEqual(
      Array.from({ length: 120 }, (_, n) => (n < 100 ? `v${n}` : '')),
    )
    await disk.close()
  })
})
