/**
 * The client's connection with three repairs, by subclassing:
 *
 * - An answer that cannot be decoded (unknown code, empty frame, garbage) threw out of the socket's
 *   data event and ended the process. It closes this connection instead.
 * - `close` only sent FIN: to a node that hangs the socket stayed open and kept the process alive.
 *   It is destroyed.
 * - Answers were copied twice, byte by byte (`answer-frames.ts`).
 *
 * Source: basho-riak-client 2.4.0 lib/core/riakconnection.js `_receiveData`, `close`.
 */

import { AnswerFrames } from './answer-frames.ts'
import type {
  Client,
  ClientConnectionClass,
  ClientConnectionOptions,
  ClientMessageClass,
} from './client-types.ts'

export interface RepairParts {
  readonly ByteBuffer: Client['ByteBuffer']
  readonly classOf: (code: number) => ClientMessageClass
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
