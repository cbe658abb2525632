/** Reads the body of one HTTP request into memory, within its own bound and that of all together. */

import type { IncomingMessage } from 'node:http'

/** Shared by all requests of a listener. */
export interface BodyBudget {
  heldBytes: number
}

export type ReadBody =
  /** `release` gives the bytes back to the budget, once the request has been answered. */
  | { readonly kind: 'whole'; readonly body: Uint8Array; readonly release: () => void }
  /** Too long (413), or too much in memory already (503); nothing of it is held. */
  | { readonly kind: 'refused'; readonly status: 413 | 503 }
  /** The client went away before its end. */
  | { readonly kind: 'gone' }

export interface BodyBounds {
  readonly bytesMax: number
  readonly heldBytesMax: number
  /** Called where the body is wanted, before it is read: `100 Continue`. */
  readonly onStart: () => void
}

const nothing = new Uint8Array(0)

export async function readRequestBody(
  incoming: IncomingMessage,
  budget: BodyBudget,
  bounds: BodyBounds,
): Promise<ReadBody> {
  const declared = Number(incoming.headers['content-length'] ?? 0)
  if (declared > bounds.bytesMax) return { kind: 'refused', status: 413 }
  bounds.onStart()
  const hasBody = declared > 0 || incoming.headers['transfer-encoding'] !== undefined
  if (!hasBody) {
    incoming.resume()
    return { kind: 'whole', body: nothing, release: () => undefined }
  }
  return new Promise<ReadBody>((resolve) => {
    const pieces: Buffer[] = []
    let bytes = 0
    let isSettled = false
    const settle = (read: ReadBody): void => {
      if (isSettled) return
      isSettled = true
      incoming.off('data', onData)
      if (read.kind !== 'whole') {
        budget.heldBytes -= bytes
        pieces.length = 0
      }
      resolve(read)
    }
    const onData = (piece: Buffer): void => {
      bytes += piece.length
      budget.heldBytes += piece.length
      if (bytes > bounds.bytesMax) settle({ kind: 'refused', status: 413 })
      else if (budget.heldBytes > bounds.heldBytesMax) settle({ kind: 'refused', status: 503 })
      else pieces.push(piece)
    }
    incoming.on('data', onData)
    incoming.once('end', () => {
      const [first] = pieces
      const body = pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces)
      let isHeld = true
      const release = (): void => {
        if (isHeld) budget.heldBytes -= bytes
        isHeld = false
      }
      settle({ kind: 'whole', body, release })
    })
    incoming.once('error', () => undefined)
    incoming.once('close', () => {
      settle({ kind: 'gone' })
    })
  })
}
