/** Attackers: each opens connections one after another, sends what it was given, and takes what comes. */

import { connect } from 'node:net'
import fc from 'fast-check'

/** How a connection ended: what came back, and whether the server closed it. */
export interface Sent {
  readonly answer: Buffer
  readonly isClosed: boolean
}

/** What came back is kept up to this much: enough to see what it is. */
const keptBytesMax = 65_536

/**
 * Send, and wait for the end of the connection, or until nothing has come for `quietMs` after the
 * first byte, or for `patienceMs` at all. Never rejects: a reset is an answer like another.
 *
 * @param isAll - say that no more will come: a server that waits for more gives up at once.
 */
export function sendTo(
  port: number,
  bytes: Uint8Array,
  { quietMs = 30, patienceMs = 4_000, isAll = false } = {},
): Promise<Sent> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    const pieces: Buffer[] = []
    let length = 0
    let isClosed = false
    let timer = setTimeout(end, patienceMs)
    function end(): void {
      clearTimeout(timer)
      socket.destroy()
      resolve({ answer: Buffer.concat(pieces), isClosed })
    }
    socket.on('connect', () => {
      if (isAll) socket.end(bytes)
      else socket.write(bytes)
    })
    socket.on('data', (piece) => {
      if (length < keptBytesMax) pieces.push(piece)
      length += piece.length
      clearTimeout(timer)
      timer = setTimeout(end, quietMs)
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      isClosed = true
      end()
    })
  })
}

export interface Attack {
  readonly name: string
  /** Connections at once. */
  readonly parallel: number
  readonly port: number
  readonly what: fc.Arbitrary<Buffer>
}

/** @returns how many connections were used up. The same seed sends the same things. */
export async function attack(
  { parallel, port, what }: Attack,
  seed: number,
  isOver: () => boolean,
): Promise<number> {
  let sent = 0
  const one = async (who: number): Promise<void> => {
    for (let round = 0; !isOver(); round++) {
      const samples = fc.sample(what, { seed: seed + who * 1_000_003 + round, numRuns: 20 })
      for (const bytes of samples) {
        if (isOver()) return
        // A server that waits for the rest of a broken request is waited for now and then only.
        await sendTo(port, bytes, { isAll: sent % 8 !== 0 })
        sent++
      }
    }
  }
  await Promise.all(Array.from({ length: parallel }, (_, who) => one(who)))
  return sent
}
