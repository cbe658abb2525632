/**
 * A process that puts into an embedded node on LevelDB as fast as it can and tells each acknowledged key
 * on standard output; made to be killed. Arguments: folder, round, `sync` or `nosync`.
 */

import { openRiakNode } from '../../src/embedded/node.ts'
import { cryptoDice } from '../../src/runtime/crypto-dice.ts'
import { openLevelDisk } from '../../src/runtime/level-disk.ts'
import { openLog } from '../../src/runtime/log.ts'
import { systemClock } from '../../src/runtime/system-clock.ts'

const [folder = '', round = '0', sync = 'nosync'] = process.argv.slice(2)
const node = await openRiakNode({
  name: 'dev1@127.0.0.1',
  disk: await openLevelDisk({ folder }),
  clock: systemClock(),
  dice: cryptoDice(),
  log: openLog({ level: 'warn' }),
  sync: sync === 'sync',
})
await node.bucketTypes.create('posts', new Map())
await node.bucketTypes.activate('posts')
const of = { type: Buffer.from('posts'), bucket: Buffer.from('site') }
let next = 0
const write = async (): Promise<void> => {
  for (;;) {
    const name = `${round}-${next++}`
    const indexes = [{ field: 'round_bin', value: Buffer.from(round) }]
    const value = Buffer.from(`value of ${name} `.repeat(50))
    await node.put(of, Buffer.from(name), { value, indexes }, {})
    process.stdout.write(`${name}\n`)
  }
}
await Promise.all(Array.from({ length: 16 }, write))
