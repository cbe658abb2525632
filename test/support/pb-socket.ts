/** A bare Protocol Buffers client over a real socket: it sends any bytes, and reads frames. */

import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { createFrameDecoder } from '../../src/wire/frame.ts'

export interface Frame {
  readonly code: number
  readonly body: Buffer
}

export interface PbSocket {
  readonly socket: Socket
  send(bytes: Uint8Array): void
  /** The next `count` frames. @throws Error where the connection closes before they are there. */
  read(count: number): Promise<readonly Frame[]>
  /** Resolves when the connection is closed, with the frames that nobody has read. */
  readonly closed: Promise<readonly Frame[]>
  destroy(): void
}

export async function pbConnect(port: number): Promise<PbSocket> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  const decoder = createFrameDecoder(1_000_000_000)
  const frames: Frame[] = []
  let isClosed = false
  let wake = (): void => undefined
  socket.on('data', (piece) => {
    decoder.push(piece)
    for (let event = decoder.next(); event.kind === 'frame'; event = decoder.next()) {
      frames.push({ code: event.code, body: Buffer.from(event.body) })
    }
    wake()
  })
  socket.on('error', () => undefined)
  const closed = new Promise<readonly Frame[]>((resolve) => {
    socket.on('close', () => {
      isClosed = true
      resolve(frames)
      wake()
    })
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  return {
    socket,
    closed,
    send: (bytes) => {
      socket.write(bytes)
    },
    read: async (count) => {
      while (frames.length < count) {
        if (isClosed) throw new Error(`closed after ${frames.length} of ${count} frames`)
        await new Promise<void>((resolve) => (wake = resolve))
      }
      return frames.splice(0, count)
    },
    destroy: () => {
      socket.destroy()
    },
  }
}
