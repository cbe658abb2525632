import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { wholeFile } from '../../../src/runtime/whole-file.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ringpost-file-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('a file that is replaced whole', () => {
  test('is read as it was written, over shared memory (3 MB, folder missing)', async () => {
    const file = wholeFile(join(folder, 'deep', 'er', 'index'))
    expect(await file.read()).toBeUndefined()
    const bytes = new Uint8Array(new SharedArrayBuffer(3_000_001)).map((_, at) => at % 251)
    await file.replace(bytes)
    const read = await file.read()
    expect(Buffer.compare(Buffer.from(read ?? []), Buffer.from(bytes))).toBe(0)
    expect(read?.buffer).toBeInstanceOf(SharedArrayBuffer)
  })

  test('is its owner’s alone, and leaves nothing beside it', async () => {
    const path = join(folder, 'index')
    await wholeFile(path).replace(Uint8Array.of(1, 2, 3))
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder)).toEqual(['index'])
  })

  test('stays the old one while the new one is being written, and where that fails', async () => {
    const path = join(folder, 'index')
    const file = wholeFile(path)
    await file.replace(Uint8Array.of(1))
    // What a crash in the middle leaves.
    writeFileSync(`${path}.new`, 'half of it')
    expect(await file.read()).toEqual(Uint8Array.of(1))
    await file.replace(Uint8Array.of(2))
    expect([...readFileSync(path)]).toEqual([2])
  })

  test('an error that is not its absence is told', async () => {
    await expect(wholeFile(folder).read()).rejects.toThrow()
  })
})
