/**
 * A Protocol Buffers server on a real socket that answers, or misbehaves, as a test says: what a
 * broken, overloaded or half-dead Riak node does to its client.
 *
 * By default it is a polite empty node: ping, server info, not-found, stored.
 */

import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { createFrameDecoder } from '../../src/wire/frame.ts'
import { messageNameOf } from '../../src/wire/message-codes.ts'
import type { MessageName } from '../../src/wire/message-codes.ts'
import { decodeMessage, encodeFrame } from '../../src/wire/messages.ts'
import type { Messages } from '../../src/wire/message-types.ts'

export interface StubRequest {
  readonly name: MessageName
  readonly message: Messages[MessageName]
  readonly socket: Socket
  /** Counted from 1, for this message name, over all connections. */
  readonly serial: number
  reply<N extends MessageName>(name: N, message: Messages[N]): void
  error(text: string): void
}

type Handler = (request: StubRequest) => void

export interface StubRiak {
  readonly port: number
  readonly address: string
  /** How a kind of request is answered from now on; undefined restores the default. */
  on(name: MessageName, handler: Handler | undefined): void
  /** Called for each new connection, before anything is read. */
  onConnection(handler: ((socket: Socket) => void) | undefined): void
  /** Requests received so far. */
  received(name: MessageName): number
  /** Requests received, as they came. */
  readonly requests: readonly StubRequest[]
  openConnections(): number
  /** Reset every connection. */
  resetAll(): void
  /** Close the listener and every connection, as a killed process does. */
  close(): Promise<void>
}

const polite: Partial<Record<MessageName, Handler>> = {
  RpbPingReq: (request) => {
    request.reply('RpbPingResp', {})
  },
  RpbGetServerInfoReq: (request) => {
    const bytes = (text: string): Buffer => Buffer.from(text)
    request.reply('RpbGetServerInfoResp', {
      node: bytes('stub@127.0.0.1'),
      server_version: bytes('3.2.3'),
    })
  },
  RpbGetReq: (request) => {
    request.reply('RpbGetResp', {})
  },
  RpbPutReq: (request) => {
    request.reply('RpbPutResp', {})
  },
  RpbDelReq: (request) => {
    request.reply('RpbDelResp', {})
  },
  RpbSetBucketReq: (request) => {
    request.reply('RpbSetBucketResp', {})
  },
}

const frameBytesMax = 64 * 1024 * 1024

/** @param port - 0: any free one. */
export async function openStubRiak(port = 0): Promise<StubRiak> {
  const handlers = new Map<MessageName, Handler>()
  const sockets = new Set<Socket>()
  const counts = new Map<MessageName, number>()
  const requests: StubRequest[] = []
  let greet: ((socket: Socket) => void) | undefined

  const serve = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
    greet?.(socket)
    const decoder = createFrameDecoder(frameBytesMax)
    socket.on('data', (chunk) => {
      decoder.push(chunk)
      for (;;) {
        const event = decoder.next()
        if (event.kind !== 'frame') return
        const name = messageNameOf(event.code)
        if (name === undefined) throw new Error(`the client sent code ${event.code}`)
        const serial = (counts.get(name) ?? 0) + 1
        counts.set(name, serial)
        const request: StubRequest = {
          name,
          message: decodeMessage(name, event.body),
          socket,
          serial,
          reply: (answer, message) => {
            if (!socket.destroyed) socket.write(encodeFrame(answer, message))
          },
          error: (text) => {
            request.reply('RpbErrorResp', { errmsg: Buffer.from(text), errcode: 0 })
          },
        }
        requests.push(request)
        const handler = handlers.get(name) ?? polite[name]
        handler?.(request)
      }
    })
  }

  const server = createServer(serve)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const bound = (server.address() as AddressInfo).port
  return {
    port: bound,
    address: `127.0.0.1:${bound}`,
    on: (name, handler) => {
      if (handler === undefined) handlers.delete(name)
      else handlers.set(name, handler)
    },
    onConnection: (handler) => {
      greet = handler
    },
    received: (name) => counts.get(name) ?? 0,
    requests,
    openConnections: () => sockets.size,
    resetAll: () => {
      for (const socket of sockets) socket.resetAndDestroy()
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => {
        server.close(() => {
          resolve()
        })
      })
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
