/**
 * An embedded node for a run without RIAK_NODES: a process of its own, on free ports, in a folder that
 * is gone afterwards. Its writes survive the kill that stops it, not a power cut, which nobody plans. It is stopped and started by commands, as a cluster that is somebody else's.
 */

import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { freeBasePort, freshFolder, until } from '../support/program.ts'
import { connectTo } from './connection.ts'
import { shell } from './power.ts'

export interface OwnNode {
  readonly address: string
  readonly riakAdmin: string
  /** For sh; the first is as hard as a power cut is to a process. */
  readonly stop: string
  readonly start: string
  end(): Promise<void>
}

/** Commands name the runtime that runs us, and files from the root of the project. */
export const commandEnv: Readonly<Record<string, string>> = {
  PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
}

export async function startOwnNode(): Promise<OwnNode> {
  const folder = freshFolder('live')
  const data = join(folder.path, 'data')
  const pidFile = join(folder.path, 'pid')
  const basePort = await freeBasePort()
  const address = `127.0.0.1:${basePort + 17}`
  const log = join(folder.path, 'log')
  const start =
    `node bin/ringpost.js riak start --data ${data} --base-port ${basePort} --storage-sync off ` +
    `</dev/null >>${log} 2>&1 & echo $! >${pidFile}`
  const stop = `kill -KILL "$(cat ${pidFile})"`
  const end = async (): Promise<void> => {
    await shell(stop, [], { env: commandEnv })
    folder.remove()
  }
  try {
    await shell(start, [], { env: commandEnv })
    await until(`the embedded node answers at ${address}`, 60_000, async () => {
      const riak = await connectTo([address])
      await riak.stop()
      return true
    })
  } catch (error) {
    const said = readFileSync(log, 'utf8')
    await end()
    throw new Error(`the embedded node did not start: ${said}`, { cause: error })
  }
  const riakAdmin = `env RINGPOST_DATA=${data} node bin/riak-admin.js`
  return { address, riakAdmin, stop, start, end }
}
