/**
 * A `Network` without sockets: a test is the peer, holds every byte and decides when one is taken.
 */

import type { Connection, Listening, Network } from '../../src/kernel/ports.ts'
import { createFrameDecoder } from '../../src/wire/frame.ts'

/** The far end of one connection. */
export interface Peer {
  send(bytes: Uint8Array): void
  close(): void
  /** All that was written and taken so far. */
  readonly received: Buffer
  /** Frames received so far: code and body. */
  readonly frames: readonly { readonly code: number; readonly body: Buffer }[]
  /** Bytes written to this peer that it has not taken. */
  readonly waitingBytes: number
  /** Take what waits, and let the writer go on. */
  take(): void
  readonly isPaused: boolean
  readonly isEnded: boolean
  readonly isDestroyed: boolean
}

export interface FakeNetwork extends Network {
  /** @param windowBytes - how much is taken before the peer must `take()`; default without limit. */
  connect(windowBytes?: number): Peer
}

export function fakeNetwork(): FakeNetwork {
  let accept: ((connection: Connection) => void) | undefined
  return {
    listen: async (at, accepted): Promise<Listening> => {
      accept = accepted
      return {
        host: at.host,
        port: at.port,
        close: async () => {
          accept = undefined
        },
      }
    },
    connect: (windowBytes = Infinity) => {
      if (accept === undefined) throw new Error('nobody listens')
      const connection = new FakeConnection(windowBytes)
      accept(connection)
      return connection
    },
  }
}

class FakeConnection implements Connection, Peer {
  readonly remote = 'test'
  readonly #windowBytes: number
  #receive: (chunk: Uint8Array) => void = () => undefined
  #closed: () => void = () => undefined
  #drained: () => void = () => undefined
  /** Sent by the peer while paused. */
  #unread: Uint8Array[] = []
  #written: Buffer[] = []
  #waiting: Buffer[] = []
  isPaused = false
  isEnded = false
  isDestroyed = false

  constructor(windowBytes: number) {
    this.#windowBytes = windowBytes
  }

  send(bytes: Uint8Array): void {
    if (this.isDestroyed) return
    if (this.isPaused) this.#unread.push(bytes)
    else this.#receive(bytes)
  }

  close(): void {
    this.#closed()
  }

  get received(): Buffer {
    return Buffer.concat(this.#written)
  }

  get frames(): readonly { readonly code: number; readonly body: Buffer }[] {
    const decoder = createFrameDecoder(1_000_000_000)
    decoder.push(this.received)
    const frames: { code: number; body: Buffer }[] = []
    for (;;) {
      const event = decoder.next()
      if (event.kind !== 'frame') return frames
      frames.push({ code: event.code, body: Buffer.from(event.body) })
    }
  }

  get waitingBytes(): number {
    return this.#waiting.reduce((sum, bytes) => sum + bytes.length, 0)
  }

  take(): void {
    this.#written.push(...this.#waiting)
    this.#waiting = []
    this.#drained()
  }

  onData(receive: (chunk: Uint8Array) => void): void {
    this.#receive = receive
  }

  onClose(closed: () => void): void {
    this.#closed = closed
  }

  write(bytes: Uint8Array): boolean {
    if (this.isEnded || this.isDestroyed) throw new Error('written after the end')
    const copy = Buffer.from(bytes)
    if (this.#windowBytes === Infinity) {
      this.#written.push(copy)
      return true
    }
    this.#waiting.push(copy)
    return this.waitingBytes < this.#windowBytes
  }

  onDrain(drained: () => void): void {
    this.#drained = drained
  }

  pause(): void {
    this.isPaused = true
  }

  resume(): void {
    this.isPaused = false
    const unread = this.#unread
    this.#unread = []
    // The receiver may pause again at any piece: `send` keeps the rest.
    for (const bytes of unread) this.send(bytes)
  }

  end(): void {
    this.isEnded = true
  }

  destroy(): void {
    this.isDestroyed = true
  }
}
