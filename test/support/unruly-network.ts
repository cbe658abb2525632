/**
 * TCP behind the `Network` port that misbehaves as a machine does: its process stops running (silent:
 * the kernel still accepts, nothing is read and nothing written), is far away (every byte is late), or
 * dies (connections are reset).
 *
 * Not here: refusing connections (close the listener).
 */

import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import type { Connection, Network } from '../../src/kernel/ports.ts'

export interface UnrulyNetwork extends Network {
  /** Nothing is read or written any more, on old connections and new ones; until `thaw`. */
  freeze(): void
  /** What was held back is delivered, in order: late requests are carried out after all. */
  thaw(): void
  /** Each piece of data, in either direction, arrives this much later. */
  delay(ms: number): void
  /** As a killed process does it: RST. */
  resetAll(): void
  readonly connections: number
}

/** One direction of one connection: pieces go through in order, late, or not at all. */
class Lane {
  readonly #world: World
  readonly #deliver: (piece: Uint8Array) => void
  readonly #held: { readonly piece: Uint8Array; readonly dueMs: number }[] = []
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(world: World, deliver: (piece: Uint8Array) => void) {
    this.#world = world
    this.#deliver = deliver
  }

  /** @returns false while earlier pieces wait. */
  push(piece: Uint8Array): boolean {
    const { isFrozen, delayMs } = this.#world
    if (this.#held.length === 0 && !isFrozen && delayMs === 0) {
      this.#deliver(piece)
      return true
    }
    const last = this.#held.at(-1)?.dueMs ?? 0
    this.#held.push({ piece, dueMs: Math.max(last, performance.now() + delayMs) })
    this.flow()
    return false
  }

  flow(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    for (let next = this.#held[0]; next !== undefined; next = this.#held[0]) {
      if (this.#world.isFrozen) return
      const waitMs = next.dueMs - performance.now()
      if (waitMs > 0) {
        this.#timer = setTimeout(() => {
          this.flow()
        }, waitMs)
        return
      }
      this.#held.shift()
      this.#deliver(next.piece)
    }
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#held.length = 0
  }
}

interface World {
  isFrozen: boolean
  delayMs: number
}

interface Line {
  readonly socket: Socket
  readonly lanes: readonly Lane[]
}

function connectionOf(socket: Socket, world: World): { connection: Connection; line: Line } {
  let receive: (piece: Uint8Array) => void = () => undefined
  let closed = (): void => undefined
  const inward = new Lane(world, (piece) => {
    receive(piece)
  })
  const outward = new Lane(world, (piece) => {
    if (!socket.destroyed) socket.write(piece)
  })
  socket.setNoDelay(true)
  socket.on('error', () => undefined)
  socket.on('close', () => {
    inward.close()
    outward.close()
    closed()
  })
  const connection: Connection = {
    remote: `${socket.remoteAddress ?? 'unknown'}:${socket.remotePort ?? 0}`,
    onData: (taken) => {
      receive = taken
      socket.on('data', (piece) => {
        inward.push(piece)
      })
    },
    onClose: (done) => {
      closed = done
      if (socket.destroyed) done()
    },
    // The peers of these tests read what they asked for: nothing has to wait for them.
    write: (piece) => {
      outward.push(piece)
      return true
    },
    onDrain: () => undefined,
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
  return { connection, line: { socket, lanes: [inward, outward] } }
}

export function unrulyNetwork(): UnrulyNetwork {
  const world: World = { isFrozen: false, delayMs: 0 }
  const lines = new Set<Line>()
  const flow = (): void => {
    for (const { lanes } of lines) for (const lane of lanes) lane.flow()
  }
  return {
    listen: ({ host, port }, accept) =>
      new Promise((resolve, reject) => {
        const server = createServer((socket) => {
          const { connection, line } = connectionOf(socket, world)
          lines.add(line)
          socket.on('close', () => lines.delete(line))
          accept(connection)
        })
        server.once('error', reject)
        server.listen({ host, port }, () => {
          const bound = server.address() as AddressInfo
          const close = (): Promise<void> =>
            new Promise((done) => {
              server.close(() => {
                done()
              })
              for (const { socket } of lines) socket.destroy()
            })
          resolve({ host: bound.address, port: bound.port, close })
        })
      }),
    freeze: () => {
      world.isFrozen = true
    },
    thaw: () => {
      world.isFrozen = false
      flow()
    },
    delay: (ms) => {
      world.delayMs = ms
    },
    resetAll: () => {
      for (const { socket } of lines) socket.resetAndDestroy()
    },
    get connections() {
      return lines.size
    },
  }
}
