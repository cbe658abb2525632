/**
 * How every command finds its store:
 *
 *     RIAK_NODES set ─────────────────────────────▶ those nodes
 *     a server's node runs on this data folder ───▶ that node
 *     another command's node runs there ──────────▶ wait until it has ended
 *     none ───────────────────────────────────────▶ a node of our own, on a free port, until we end
 *
 * LevelDB's lock decides between two that start at once: the loser looks again. A command never uses
 * another command's node, because that one ends when its own work does.
 */

import { StoreError } from '../kernel/errors.ts'
import { connectRiak } from '../riak/basho-riak-kv.ts'
import type { RiakKv } from '../riak/riak-kv.ts'
import type { Blog } from '../store/blog.ts'
import { openBlog } from '../store/open-blog.ts'
import { whenFolderIsFree } from './data-folder.ts'
import { startEmbeddedNode, type RunningNode } from './embedded-node.ts'
import type { Environment } from './environment.ts'
import type { Machine } from './machine.ts'
import { readNodeFile, type NodeFile } from './node-file.ts'

export interface StoreRequest {
  readonly environment: Environment
  readonly machine: Machine
  /** e.g. `ringpost import`, told to others that wait for us. */
  readonly program: string
  /** For a node of our own; a server's node has its own setting. */
  readonly sync?: boolean
  /** Said once where we have to wait. */
  readonly tell: (text: string) => void
  /** Go on although no node of RIAK_NODES answers: calls fail until one does. Default: an error. */
  readonly mayStartDown?: boolean
}

export interface OpenRiak {
  readonly riak: RiakKv
  /** `host:port` of each node that it talks to. */
  readonly addresses: readonly string[]
  /** Where it is, for people: `the node at 127.0.0.1:8087`. */
  readonly where: string
  /** Others use it at the same time: a server on this machine, or whoever else has RIAK_NODES. */
  readonly isShared: boolean
  /** Idempotent. */
  close(): Promise<void>
}

export interface OpenStore extends OpenRiak {
  readonly blog: Blog
}

/** A server's node that has the folder but does not answer: it may be starting, or under load. */
const serverPatienceMs = 10_000

/** @throws CommandError, or StoreError where the store does not answer. */
export async function openStore(request: StoreRequest): Promise<OpenStore> {
  const open = await openRiak(request)
  try {
    const blog = await openBlogOn(open.riak, request.environment, request.machine)
    const close = async (): Promise<void> => {
      await blog.stop()
      await open.close()
    }
    return { ...open, blog, close }
  } catch (error) {
    await open.close()
    throw error
  }
}

/** The cluster has been looked at: whether "not found" means it is known before the first read. */
export async function openBlogOn(
  riak: RiakKv,
  environment: Environment,
  { clock, dice, log, passwords }: Machine,
): Promise<Blog> {
  const isSingleNode = environment.riakNodes === undefined
  const blog = await openBlog({
    riak,
    clock,
    dice,
    log,
    passwords,
    site: environment.site,
    isSingleNode,
  })
  await blog.ring.start()
  return blog
}

export async function openRiak(request: StoreRequest): Promise<OpenRiak> {
  const { environment, machine } = request
  if (environment.riakNodes !== undefined) {
    const mayStartDown = request.mayStartDown ?? false
    const riak = await connect(machine, environment.riakNodes, mayStartDown)
    return {
      riak,
      addresses: environment.riakNodes,
      where: `the Riak nodes ${environment.riakNodes.join(', ')}`,
      isShared: true,
      close: () => riak.stop(),
    }
  }
  const found = await findOrStart(request)
  const address = `${found.pb.host}:${found.pb.port}`
  try {
    const riak = found.riak ?? (await connect(machine, [address]))
    const close = async (): Promise<void> => {
      await riak.stop()
      await found.node?.stop()
    }
    const where = `the embedded node at ${address}`
    return { riak, addresses: [address], where, isShared: found.node === undefined, close }
  } catch (error) {
    await found.node?.stop()
    throw error
  }
}

function connect(
  { clock, dice, log }: Machine,
  nodes: readonly string[],
  mayStartDown = false,
): Promise<RiakKv> {
  return connectRiak({ nodes, clock, dice, log, mayStartDown })
}

interface Found {
  readonly pb: { readonly host: string; readonly port: number }
  /** Set where the node is ours. */
  readonly node?: RunningNode
  /** Set where it is a server's. */
  readonly riak?: RiakKv
}

function findOrStart({ environment, machine, program, tell, sync }: StoreRequest): Promise<Found> {
  const { dataFolder } = environment
  const attempt = async (): Promise<Found> => {
    const there = await readNodeFile(dataFolder)
    // Our own process number on it: left by a container whose first process had it as well.
    if (there?.lifetime === 'server' && there.pid !== process.pid) {
      const riak = await connectTo(there, machine)
      if (riak !== undefined) return { pb: there.pb, riak }
    }
    const node = await startEmbeddedNode({
      machine,
      dataFolder,
      pbPort: 0,
      sync: sync ?? true,
      javascript: false,
      lifetime: 'command',
      program,
    })
    return { pb: node.pb, node }
  }
  return whenFolderIsFree({ environment, machine, tell, attempt, serverPatienceMs })
}

/** @returns undefined where what listens there is not that node: the file outlived its process. */
export async function connectTo(file: NodeFile, machine: Machine): Promise<RiakKv | undefined> {
  let riak: RiakKv
  try {
    riak = await connect(machine, [`${file.pb.host}:${file.pb.port}`])
  } catch (error) {
    if (error instanceof StoreError) return undefined
    throw error
  }
  const info = await riak.serverInfo().catch(() => undefined)
  if (info?.node === file.name) return riak
  await riak.stop()
  return undefined
}
