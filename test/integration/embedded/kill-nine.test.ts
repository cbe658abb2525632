/** A node on LevelDB killed at any moment (RIAK.md §13.2: 54): nothing acknowledged is lost. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, readdirSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, test } from 'vitest'
import { openRiakNode } from '../../../src/embedded/node.ts'
import type { EmbeddedRiakNode } from '../../../src/embedded/node.ts'
import { cryptoDice } from '../../../src/runtime/crypto-dice.ts'
import { openLevelDisk } from '../../../src/runtime/level-disk.ts'
import { systemClock } from '../../../src/runtime/system-clock.ts'
import { freshFolder } from '../../support/program.ts'

const of = { type: Buffer.from('posts'), bucket: Buffer.from('site') }
const writer = new URL('../../support/kill-nine-writer.ts', import.meta.url).pathname

/** Write until `count` puts were acknowledged, then kill. @returns the acknowledged keys. */
async function writeAndKill(folder: string, round: number, count: number, sync: string) {
  const child = spawn(process.execPath, ['--import', 'tsx', writer, folder, String(round), sync], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const acked: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    acked.push(line)
    if (acked.length === count) child.kill('SIGKILL')
  }
  await exited
  return acked
}

async function open(folder: string): Promise<EmbeddedRiakNode> {
  return openRiakNode({
    name: 'dev1@127.0.0.1',
    disk: await openLevelDisk({ folder }),
    clock: systemClock(),
    dice: cryptoDice(),
    log: { write: () => undefined },
  })
}

async function keysByIndex(node: EmbeddedRiakNode, round: number): Promise<Set<string>> {
  const keys = new Set<string>()
  const match = { kind: 'equals', value: Buffer.from(String(round)) } as const
  for await (const batch of node.index({
    of,
    field: Buffer.from('round_bin'),
    match,
    returnTerms: false,
  })) {
    for (const { key } of batch) keys.add(Buffer.from(key).toString())
  }
  return keys
}

async function listed(node: EmbeddedRiakNode): Promise<Set<string>> {
  const keys = new Set<string>()
  for await (const batch of node.listKeys(of, {})) {
    for (const key of batch) keys.add(Buffer.from(key).toString())
  }
  return keys
}

describe('kill -9 while writing', () => {
  test.each(['nosync', 'sync'])(
    'every acknowledged put is there, whole and indexed (%s)',
    async (sync) => {
      const folder = freshFolder('kill-nine')
      const acked: string[][] = []
      for (let round = 0; round < 5; round++) {
        acked.push(await writeAndKill(folder.path, round, 40 + round * 97, sync))
      }
      const node = await open(folder.path)
      for (const [round, names] of acked.entries()) {
        expect(names.length).toBeGreaterThanOrEqual(40 + round * 97)
        for (const name of names) {
          const read = await node.get(of, Buffer.from(name), { r: 3, pr: 3, notFoundOk: false })
          expect(read.kind, name).toBe('found')
          if (read.kind !== 'found') continue
          expect(read.object.values.map((v) => Buffer.from(v.value).toString())).toEqual([
            `value of ${name} `.repeat(50),
          ])
        }
        const indexed = await keysByIndex(node, round)
        for (const name of names) expect(indexed.has(name), name).toBe(true)
      }
      const all = new Set<string>()
      for (const round of acked.keys())
        for (const key of await keysByIndex(node, round)) all.add(key)
      // An object and its index entry are there together or not at all.
      expect(all).toEqual(await listed(node))
      expect(node.stats()['read_repairs_total']).toBe(0)
      await node.stop()
      folder.remove()
    },
  )

  test('a log file that was torn in the middle of a record opens without help', async () => {
    const folder = freshFolder('torn')
    await writeAndKill(folder.path, 0, 300, 'nosync')
    for (const cut of [1, 7, 100, 5_000]) {
      const copy = freshFolder('torn-copy')
      cpSync(folder.path, copy.path, { recursive: true })
      const log = readdirSync(copy.path).find((name) => name.endsWith('.log')) ?? ''
      const at = join(copy.path, log)
      truncateSync(at, Math.max(0, statSync(at).size - cut))
      const node = await open(copy.path)
      const keys = await listed(node)
      expect(keys.size).toBeGreaterThan(0)
      expect(keys).toEqual(await keysByIndex(node, 0))
      for (const key of keys) {
        expect((await node.get(of, Buffer.from(key), { r: 3 })).kind).toBe('found')
      }
      await node.stop()
      copy.remove()
    }
    folder.remove()
  })
})
