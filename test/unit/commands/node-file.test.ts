import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readNodeFile, removeNodeFile, writeNodeFile } from '../../../src/commands/node-file.ts'

const content = {
  pid: process.pid,
  name: 'dev1@127.0.0.1',
  lifetime: 'server',
  program: 'ringpost serve',
  pb: { host: '127.0.0.1', port: 8087 },
  control: { host: '127.0.0.1', port: 1234, secret: 'abc' },
} as const

describe('the file that says where the node is', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ringpost-node-file-'))
  })
  afterEach(() => {
    rmSync(folder, { recursive: true })
  })

  test('what was written is read, and only its owner may read it', async () => {
    await writeNodeFile(folder, content)
    expect(await readNodeFile(folder)).toEqual(content)
    const listening = { ...content, http: { host: '127.0.0.1', port: 8098 } }
    await writeNodeFile(folder, listening)
    expect(await readNodeFile(folder)).toEqual(listening)
    expect(statSync(join(folder, 'riak/node.json')).mode & 0o777).toBe(0o600)
    expect(statSync(join(folder, 'riak')).mode & 0o777).toBe(0o700)
  })

  test('no file, a broken one, half a one: no node', async () => {
    expect(await readNodeFile(folder)).toBeUndefined()
    mkdirSync(join(folder, 'riak'))
    for (const text of ['', '{', '[]', '{"pid":1}', JSON.stringify({ ...content, pid: -1 })]) {
      writeFileSync(join(folder, 'riak/node.json'), text)
      expect(await readNodeFile(folder)).toBeUndefined()
    }
  })

  test('a file left by a process that was killed: no node', async () => {
    const dead = spawnSync(process.execPath, ['-e', '0']).pid
    await writeNodeFile(folder, { ...content, pid: dead })
    expect(await readNodeFile(folder)).toBeUndefined()
  })

  test('a process removes its own file, never its successor\u2019s', async () => {
    await writeNodeFile(folder, content)
    await removeNodeFile(folder, content.pid + 1)
    expect(await readNodeFile(folder)).toEqual(content)
    await removeNodeFile(folder, content.pid)
    expect(await readNodeFile(folder)).toBeUndefined()
    await removeNodeFile(folder, content.pid)
  })
})
