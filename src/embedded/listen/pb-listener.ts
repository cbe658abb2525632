/**
 * The Protocol Buffers listener: what `basho-riak-client` and every other Riak client talks to.
 *
 * Depends on the world through `Network` (sockets), `Clock` (patience with slow peers) and `Log`.
 *
 * Bounds: connections (`pbConnectionsMax`: one more is closed at once), a frame
 * (`pbFrameBytesMax`), and the bytes of all requests in memory together (`pbHeldBytesMax`: the
 * connection that holds most is refused, so that half-sent requests cannot starve whole ones). A
 * silent connection costs its socket and no buffer.
 *
 * Source: basho/riak_api src/riak_api_pb_listener.erl.
 */

import { limits } from '../../kernel/limits.ts'
import type { Clock, Connection, Log, Network } from '../../kernel/ports.ts'
import type { RiakNode } from '../riak-node.ts'
import { PbConnection } from './pb-connection.ts'

export interface PbListenerOptions {
  readonly node: RiakNode
  readonly network: Network
  readonly clock: Clock
  readonly log: Log
  readonly host: string
  /** 0: any free one. */
  readonly port: number
}

export interface PbListener {
  readonly host: string
  readonly port: number
  readonly connections: number
  /** Bytes of requests held in memory, of all connections. */
  readonly heldBytes: number
  /** Stop accepting, let requests under way be answered, close every connection. Idempotent. */
  close(): Promise<void>
}

/**
 * @throws OperationError `BLOG_UNAVAILABLE` where the port is taken.
 */
export async function startPbListener(options: PbListenerOptions): Promise<PbListener> {
  const connections = new Set<PbConnection>()
  let heldBytes = 0
  let emptied: (() => void) | undefined
  let isFull = false

  /** Refuse the unfinished requests that hold most until the rest fits. */
  const relieve = (): void => {
    while (heldBytes > limits.pbHeldBytesMax) {
      const largest = [...connections].reduce((a, b) =>
        b.unfinishedBytes > a.unfinishedBytes ? b : a,
      )
      if (largest.unfinishedBytes === 0) return
      options.log.write('warn', 'a connection was closed: requests fill the memory', { heldBytes })
      largest.refuse('overload')
    }
  }

  const owner = {
    node: options.node,
    clock: options.clock,
    log: options.log,
    onHeld: (deltaBytes: number): void => {
      heldBytes += deltaBytes
      if (heldBytes > limits.pbHeldBytesMax) relieve()
    },
    onClosed: (connection: PbConnection): void => {
      connections.delete(connection)
      if (connections.size === 0) emptied?.()
    },
  }

  let isClosing = false
  const accept = (socket: Connection): void => {
    if (isClosing) {
      socket.destroy()
      return
    }
    if (connections.size >= limits.pbConnectionsMax) {
      if (!isFull) options.log.write('warn', 'connections are refused: there are too many')
      isFull = true
      socket.destroy()
      return
    }
    isFull = false
    connections.add(new PbConnection(socket, owner))
  }

  const listening = await options.network.listen({ host: options.host, port: options.port }, accept)
  let closing: Promise<void> | undefined
  const close = async (): Promise<void> => {
    isClosing = true
    const allClosed = new Promise<void>((resolve) => {
      emptied = resolve
      if (connections.size === 0) resolve()
    })
    for (const connection of [...connections]) connection.finish()
    const patience = options.clock.after(limits.pbLingerMsMax, () => {
      for (const connection of [...connections]) connection.destroy()
    })
    await allClosed
    patience.cancel()
    // Last, because it ends what is still open.
    await listening.close()
  }

  return {
    host: listening.host,
    port: listening.port,
    get connections() {
      return connections.size
    },
    get heldBytes() {
      return heldBytes
    },
    close: () => (closing ??= close()),
  }
}
