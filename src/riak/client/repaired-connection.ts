/**
 * The client's connection with two repairs, by subclassing:
 *
 * - An answer that cannot be decoded (unknown code, empty frame, garbage) threw out of the socket's
 *   data event and ended the process. It closes this connection instead.
 * - `close` only sent FIN: to a node that hangs the socket stayed open and kept the process alive.
 *   It is destroyed.
 *
 * Source: basho-riak-client 2.4.0 lib/core/riakconnection.js `_receiveData`, `close`.
 */

import type { ClientConnectionClass } from './client-types.ts'

export function repairConnection(Connection: ClientConnectionClass): ClientConnectionClass {
  return class RepairedConnection extends Connection {
    override _receiveData(data: Buffer): void {
      try {
        super._receiveData(data)
      } catch (error) {
        this._emitAndClose('connectionClosed', error)
      }
    }

    override close(): void {
      const socket = this._connection
      super.close()
      socket?.destroy()
    }
  }
}
