/**
 * The client's connection with four repairs, by subclassing:
 *
 * - An answer that cannot be decoded (unknown code, empty frame, garbage) threw out of the socket's
 *   data event and ended the process. It closes this connection instead.
 * - `close` only sent FIN: to a node that hangs the socket stayed open and kept the process alive.
 *   It is destroyed.
 * - Answers were copied twice, byte by byte (`answer-frames.ts`).
 * - Every attempt to connect looked its node's name up for itself (`shared-lookup.ts`).
 *
 * Source: basho-riak-client 2.4.0 lib/core/riakconnection.js `_receiveData`, `close`.
 */

import type { Socket } from 'node:net'
import { AnswerFrames } from './answer-frames.ts'
import { sharedLookup } from './shared-lookup.ts'
import type {
  Client,
  ClientConnectionClass,
  ClientConnectionOptions,
  ClientMessageClass,
} from './client-types.ts'

const lookup = sharedLookup()

export interface RepairParts {
  readonly ByteBuffer: Client['ByteBuffer']
  readonly classOf: (code: number) => ClientMessageClass
}

/** The client connects by port and host alone, and leaves no room for a lookup. */
function lookTogether(socket: Socket): void {
  const connect = socket.connect.bind(socket) as (...args: readonly unknown[]) => Socket
  const together = (port: number, host: string, connected: () => void): Socket =>
    connect({ port, host, lookup }, connected)
  Object.assign(socket, { connect: together })
}

export function repairConnection(
  Connection: ClientConnectionClass,
  { ByteBuffer, classOf }: RepairParts,
): ClientConnectionClass {
  return class RepairedConnection extends Connection {
    constructor(options: ClientConnectionOptions) {
      super(options)
      const frames = new AnswerFrames(ByteBuffer, classOf)
      this._buildProtobufArray = (data) => frames.take(data)
    }

    override connect(): void {
      const socket = this._connection
      if (socket !== null) lookTogether(socket)
      super.connect()
    }

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
