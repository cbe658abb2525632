/**
 * An embedded Riak node in this process: disk, node, bucket types, listeners, and the file by which
 * other commands find it.
 *
 *     <RINGPOST_DATA>/riak/node.json          who runs, and where it listens (0600)
 *     <RINGPOST_DATA>/riak/dev1/leveldb/      what it stores; LevelDB's lock lets one process in
 *
 * Opened in that order, closed in the other: the file is written when the node answers and is gone before
 * it stops answering.
 */

import { mkdir } from 'node:fs/promises'
import { roomTypes } from '../../buckets/rooms.ts'
import { ringpostModule, ringpostModuleName } from '../../mapreduce/ringpost-mapreduce.ts'
import { openJavascriptEngine } from '../embedded/javascript/open-javascript-engine.ts'
import { startControlListener } from '../embedded/listen/control-listener.ts'
import { startHttpListener, type HttpListener } from '../embedded/listen/http-listener.ts'
import { startPbListener } from '../embedded/listen/pb-listener.ts'
import type { RegisteredModules } from '../embedded/mapreduce/functions.ts'
import { openRiakNode } from '../embedded/node.ts'
import type { RiakNode } from '../embedded/riak-node.ts'
import type { BucketTypeChange, BucketTypes } from '../embedded/ring/bucket-types.ts'
import { StoreError } from '../kernel/errors.ts'
import { nodeCheckpoints } from './checkpoint.ts'
import { CommandError } from './command-error.ts'
import { markNewStore } from './first-account.ts'
import type { Machine } from './machine.ts'
import { levelFolder, removeNodeFile, writeNodeFile, type NodeFile } from './node-file.ts'

export interface EmbeddedNodeOptions {
  readonly machine: Machine
  readonly dataFolder: string
  /** 0: any free port. */
  readonly pbPort: number
  /** 0: any free port; undefined: no HTTP, as for a node that lives as long as one command. */
  readonly httpPort?: number
  /** Where both ports come from, if not from their variables: `--base-port 8000`. */
  readonly portsFrom?: string
  /** `storage.sync`: an acknowledged write survives a power cut. */
  readonly sync: boolean
  /** `riak.javascript`: whether JavaScript phases run, or are refused as by Riak 3. */
  readonly javascript: boolean
  readonly lifetime: NodeFile['lifetime']
  readonly program: string
}

export interface RunningNode {
  readonly name: string
  readonly pb: { readonly host: string; readonly port: number }
  readonly http: { readonly host: string; readonly port: number } | undefined
  stop(): Promise<void>
}

/** Node 1 of the laboratory: `serve` and `riak start` open the same one. */
const nodeName = 'dev1@127.0.0.1'
const loopback = '127.0.0.1'
/** A command works beside its node in one process, and writes little twice. */
const commandWriteBufferBytes = 16 * 1_048_576
/** Jobs name them as on a cluster, where the Erlang module of that name is compiled and loaded. */
const modules: RegisteredModules = new Map([[ringpostModuleName, ringpostModule]])

/**
 * @throws CommandError where a port is taken (it names RINGPOST_PB_PORT or RINGPOST_RIAK_HTTP_PORT).
 * @throws OperationError where the disk cannot be opened, e.g. by another process's lock.
 */
export async function startEmbeddedNode(options: EmbeddedNodeOptions): Promise<RunningNode> {
  const { machine, dataFolder } = options
  const closers: (() => Promise<void>)[] = []
  const stop = async (): Promise<void> => {
    for (let close = closers.pop(); close !== undefined; close = closers.pop()) await close()
  }
  try {
    const { clock, dice, log, network } = machine
    const folder = levelFolder(dataFolder)
    await markNewStore(dataFolder, folder)
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const disk = await machine.openDisk(
      folder,
      options.lifetime === 'command' ? { writeBufferBytes: commandWriteBufferBytes } : {},
    )
    closers.push(() => disk.close())
    const engine = options.javascript
      ? openJavascriptEngine({ clock, log, threads: machine.threads })
      : undefined
    if (engine !== undefined) closers.unshift(() => engine.close())
    const node = await openRiakNode({
      name: nodeName,
      disk,
      clock,
      dice,
      log,
      sync: options.sync,
      modules,
      ...(engine !== undefined && { javascript: engine }),
    })
    // From here on the node closes its disk.
    closers[closers.length - 1] = () => node.stop()
    await ensureBucketTypes(node.bucketTypes)
    const pb = await startPbListener({
      node,
      network,
      clock,
      log,
      host: loopback,
      port: options.pbPort,
    }).catch((error: unknown) => {
      throw portInUse(error, options.portsFrom ?? 'RINGPOST_PB_PORT', options.pbPort)
    })
    closers.push(() => pb.close())
    const http = await listenHttp(options, node)
    if (http !== undefined) closers.push(() => http.close())
    const secret = Buffer.from(dice.bytes(24)).toString('base64url')
    const { answer } = nodeCheckpoints({ disk, dataFolder, machine })
    const own = new Map([['checkpoint', answer]])
    const control = await startControlListener({ node, network, clock, log, secret, own })
    closers.push(() => control.close())
    await writeNodeFile(dataFolder, {
      pid: process.pid,
      name: node.name,
      lifetime: options.lifetime,
      program: options.program,
      pb: { host: pb.host, port: pb.port },
      ...(http !== undefined && { http: { host: http.host, port: http.port } }),
      control: { host: control.host, port: control.port, secret },
    })
    closers.push(() => removeNodeFile(dataFolder, process.pid))
    return {
      name: node.name,
      pb: { host: pb.host, port: pb.port },
      http: http === undefined ? undefined : { host: http.host, port: http.port },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function listenHttp(
  { machine, httpPort, portsFrom }: EmbeddedNodeOptions,
  node: RiakNode,
): Promise<HttpListener | undefined> {
  if (httpPort === undefined) return Promise.resolve(undefined)
  const { clock, dice, log, httpNetwork: network } = machine
  const at = { host: loopback, port: httpPort }
  return startHttpListener({ node, network, clock, dice, log, ...at }).catch((error: unknown) => {
    throw portInUse(error, portsFrom ?? 'RINGPOST_RIAK_HTTP_PORT', httpPort)
  })
}

/**
 * What an operator does once with riak-admin on a cluster: every type the blog needs, created and
 * activated, and brought up to date after an upgrade.
 */
export async function ensureBucketTypes(types: BucketTypes): Promise<void> {
  for (const { type, props } of roomTypes) {
    const wanted = new Map(Object.entries(props))
    const status = types.status(type)
    if (status.kind === 'active') {
      const changed = [...wanted].filter(([name, value]) => status.props.get(name) !== value)
      if (changed.length > 0) assertDone(type, await types.update(type, new Map(changed)))
      continue
    }
    assertDone(type, await types.create(type, wanted))
    assertDone(type, await types.activate(type))
  }
}

function assertDone(type: string, change: BucketTypeChange): void {
  if (change.kind === 'done') return
  const why =
    change.kind === 'refused'
      ? change.reason
      : change.errors.map(({ property, reason }) => `${property}: ${reason}`).join(', ')
  throw new CommandError(`the embedded node refused the bucket type ${type} (${why})`)
}

/** @param named - the variable, or the option, that the port comes from. */
function portInUse(error: unknown, named: string, port: number): unknown {
  if (!(error instanceof StoreError) || error.code !== 'BLOG_UNAVAILABLE') return error
  const isOption = named.startsWith('--')
  const what = isOption ? `port ${port} (of ${named})` : `${named} ${port}`
  const advice = isOption ? 'choose another' : `set ${named} to a free one`
  const sentence = `${what} on ${loopback} is in use by another program: ${advice}`
  return new CommandError(sentence, 1, { cause: error })
}
