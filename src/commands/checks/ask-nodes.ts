/** Each address of RIAK_NODES by itself, on a connection of its own: who answers there? */

import { StoreError } from '../../kernel/errors.ts'
import type { Clock, Dice, Log } from '../../kernel/ports.ts'
import { connectRiak } from '../../riak/basho-riak-kv.ts'
import type { RiakKv } from '../../riak/riak-kv.ts'

export interface AnsweringNode {
  readonly kind: 'answers'
  /** As RIAK_NODES has it. */
  readonly address: string
  /** To this node only. */
  readonly riak: RiakKv
  /** Its own name in its cluster, e.g. `riak@10.0.0.1`. */
  readonly node: string
  readonly version: string
  /** The best of a few pings, ms. */
  readonly roundTripMs: number
}

export interface SilentNode {
  readonly kind: 'silent'
  readonly address: string
  readonly error: StoreError
}

export type AskedNode = AnsweringNode | SilentNode

/** Whoever judges needs no connection. */
export type NodeFacts = Omit<AnsweringNode, 'riak'> | SilentNode

export interface AskedNodes {
  readonly nodes: readonly AskedNode[]
  readonly answering: readonly AnsweringNode[]
  close(): Promise<void>
}

const pings = 3
/** What these connections meet is told as findings. */
export const quietLog: Log = { write: () => undefined }

/** Resolves when each has answered or failed to: about 2 s where one is silent, never longer than 7. */
export async function askNodes(
  addresses: readonly string[],
  ports: { readonly clock: Clock; readonly dice: Dice },
): Promise<AskedNodes> {
  const nodes = await Promise.all(addresses.map((address) => askNode(address, ports)))
  const answering = nodes.filter((node) => node.kind === 'answers')
  return {
    nodes,
    answering,
    close: async () => {
      await Promise.all(answering.map(({ riak }) => riak.stop()))
    },
  }
}

async function askNode(
  address: string,
  { clock, dice }: { readonly clock: Clock; readonly dice: Dice },
): Promise<AskedNode> {
  let riak: RiakKv | undefined
  try {
    riak = await connectRiak({ nodes: [address], clock, dice, log: quietLog })
    const { node, version } = await riak.serverInfo()
    let roundTripMs = Infinity
    for (let nth = 0; nth < pings; nth++) {
      const sentMs = clock.monotonicMs()
      await riak.ping()
      roundTripMs = Math.min(roundTripMs, clock.monotonicMs() - sentMs)
    }
    return { kind: 'answers', address, riak, node, version, roundTripMs }
  } catch (error) {
    await riak?.stop()
    if (!(error instanceof StoreError)) throw error
    return { kind: 'silent', address, error }
  }
}
