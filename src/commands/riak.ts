/** `ringpost riak start` and `riak status`: the embedded node alone. */

import { CommandError } from './command-error.ts'
import { whenFolderIsFree } from './data-folder.ts'
import { startEmbeddedNode } from './embedded-node.ts'
import { listenForEnding } from './ending.ts'
import type { Environment } from './environment.ts'
import type { Machine } from './machine.ts'
import { readNodeFile } from './node-file.ts'
import { connectTo } from './open-store.ts'
import type { Terminal } from './terminal.ts'

export interface RiakStartOptions {
  readonly environment: Environment
  readonly machine: Machine
  readonly terminal: Terminal
  readonly sync: boolean
  /** `riak.javascript`. */
  readonly javascript: boolean
  /** P: node 1 listens on P + 17 and P + 18; undefined: the two variables of the environment. */
  readonly basePort: number | undefined
}

/** Resolves when a signal has ended it. */
export async function startRiak(options: RiakStartOptions): Promise<void> {
  const { environment, machine, terminal, sync, javascript } = options
  const ending = listenForEnding(terminal.tell)
  const { basePort } = options
  const pbPort = basePort === undefined ? environment.pbPort : basePort + 17
  const httpPort = basePort === undefined ? environment.riakHttpPort : basePort + 18
  const node = await whenFolderIsFree({
    environment,
    machine,
    tell: terminal.tell,
    serverPatienceMs: 0,
    attempt: () =>
      startEmbeddedNode({
        machine,
        dataFolder: environment.dataFolder,
        pbPort,
        httpPort,
        ...(basePort !== undefined && { portsFrom: `--base-port ${basePort}` }),
        sync,
        javascript,
        lifetime: 'server',
        program: 'ringpost riak start',
      }),
  })
  try {
    terminal.print(`${node.name} is up: Protocol Buffers on ${node.pb.host}:${node.pb.port}`)
    if (node.http !== undefined) {
      terminal.print(`HTTP: http://${node.http.host}:${node.http.port}`)
    }
    terminal.print(`A blog on it: RIAK_NODES=${node.pb.host}:${node.pb.port} ringpost serve`)
    const signal = await ending.asked
    terminal.tell(`${signal}: stopping. Once more ends it at once.`)
  } finally {
    await node.stop()
    ending.forget()
  }
}

/** @throws CommandError (1) where no node runs on this data folder. */
export async function showRiakStatus(
  environment: Environment,
  machine: Machine,
  terminal: Terminal,
): Promise<void> {
  const file = await readNodeFile(environment.dataFolder)
  const riak = file === undefined ? undefined : await connectTo(file, machine)
  if (file === undefined || riak === undefined) {
    throw new CommandError(`no embedded node runs on the data folder ${environment.dataFolder}`)
  }
  try {
    const { version } = await riak.serverInfo()
    const places = [`pb ${file.pb.host}:${file.pb.port}`]
    if (file.http !== undefined) places.push(`http ${file.http.host}:${file.http.port}`)
    const process = `${file.program} (process ${file.pid})`
    terminal.print([file.name, 'up', ...places, `Riak ${version}`, process].join('  '))
  } finally {
    await riak.stop()
  }
}
