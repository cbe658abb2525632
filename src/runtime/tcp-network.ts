/**
 * TCP behind the `Network` port.
 *
 * Source: basho/riak_api src/riak_api_pb_listener.erl `sock_opts/0` (nodelay, keepalive).
 */

import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { OperationError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import type { Connection, Listening, Network } from '../kernel/ports.ts'

export interface TcpOptions {
  /** Connections at once on one listener; more are closed as they arrive. */
  readonly connectionsMax?: number
}

function toConnection(socket: Socket): Connection {
  let onClose = (): void => undefined
  let isClosed = false
  socket.setNoDelay(true)
  // A peer that vanished without a word would hold its connection, and its place, for ever.
  socket.setKeepAlive(true, limits.pbKeepAliveMs)
  // A broken stream is a closed one: `close` follows every error.
  socket.on('error', () => undefined)
  socket.on('close', () => {
    isClosed = true
    onClose()
  })
  return {
    remote: `${socket.remoteAddress ?? 'unknown'}:${socket.remotePort ?? 0}`,
    onData: (receive) => {
      socket.on('data', receive)
    },
    onClose: (closed) => {
      onClose = closed
      if (isClosed) closed()
    },
    write: (bytes) => socket.write(bytes),
    onDrain: (drained) => {
      socket.on('drain', drained)
    },
    pause: () => {
      socket.pause()
    },
    resume: () => {
      socket.resume()
    },
    end: () => {
      socket.end()
    },
    destroy: () => {
      socket.destroy()
    },
  }
}

function listenError(host: string, port: number, cause: Error): OperationError {
  const code = 'code' in cause ? cause.code : undefined
  const reason =
    code === 'EADDRINUSE'
      ? 'is in use by another process'
      : code === 'EACCES'
        ? 'may not be opened by this user'
        : `cannot be opened: ${cause.message}`
  return new OperationError('BLOG_UNAVAILABLE', `port ${port} at ${host} ${reason}`, 'definite', {
    cause,
  })
}

export function tcpNetwork(options: TcpOptions = {}): Network {
  const { connectionsMax = limits.pbConnectionsMax } = options
  return {
    listen: ({ host, port }, accept) =>
      new Promise<Listening>((resolve, reject) => {
        const open = new Set<Socket>()
        const server = createServer({ allowHalfOpen: false }, (socket) => {
          open.add(socket)
          socket.on('close', () => open.delete(socket))
          accept(toConnection(socket))
        })
        server.maxConnections = connectionsMax
        server.once('error', (error) => {
          reject(listenError(host, port, error))
        })
        server.listen({ host, port }, () => {
          // From here on only accepting can fail, e.g. for want of descriptors: that client's loss.
          server.on('error', () => undefined)
          const address = server.address() as AddressInfo
          resolve({
            host: address.address,
            port: address.port,
            close: () => closeAll(server, open),
          })
        })
      }),
  }
}

function closeAll(server: ReturnType<typeof createServer>, open: Set<Socket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve()
    })
    for (const socket of open) socket.destroy()
  })
}
