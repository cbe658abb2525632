/**
 * Frames out of a byte stream, whatever the pieces they arrive in.
 *
 *     │ length: uint32 big endian │ code: 1 byte │ body: length - 1 bytes │
 *
 * Pure and incremental: `push` what the socket gave, `next` until it says `more`. A frame that came
 * in one piece is a view of that piece; one that came in several is gathered once, in a buffer that
 * grows with what has arrived and not with what the length claims.
 *
 * Invariant: never holds more than one frame of `frameBytesMax` and the last piece pushed.
 *
 * Source: basho/riak_api src/riak_api_pb_server.erl `decode_buffer/2` (erlang:decode_packet, 4).
 */

import { assert } from '../kernel/assert.ts'

export type FrameEvent =
  | { readonly kind: 'frame'; readonly code: number; readonly body: Uint8Array }
  /** Nothing whole yet. */
  | { readonly kind: 'more' }
  /** Length 0: not even a code. Riak closes the connection without a word. */
  | { readonly kind: 'empty' }
  /** Longer than allowed: the stream cannot be followed any further. */
  | { readonly kind: 'too-long'; readonly frameBytes: number }

export interface FrameDecoder {
  /** The decoder owns `piece` from here on. */
  push(piece: Uint8Array): void
  next(): FrameEvent
  /** Bytes held that do not make a whole frame yet, or that nobody asked for yet. */
  readonly heldBytes: number
}

const lengthBytes = 4
/** First allocation for a frame in pieces; doubles from there. */
const gatherBytesMin = 512
const more: FrameEvent = { kind: 'more' }
const nothing = new Uint8Array(0)

/** @param frameBytesMax - the largest length field accepted (code and body). */
export function createFrameDecoder(frameBytesMax: number): FrameDecoder {
  return new GatheringDecoder(frameBytesMax)
}

class GatheringDecoder implements FrameDecoder {
  readonly #frameBytesMax: number
  /** Unread part: `#buffer[#start, #end)`. */
  #buffer: Uint8Array = nothing
  #start = 0
  #end = 0
  /** Whether `#buffer` is ours to write behind `#end`; a piece of the socket's is not. */
  #isOwn = false

  constructor(frameBytesMax: number) {
    assert(frameBytesMax > 0, 'a frame has at least its code')
    this.#frameBytesMax = frameBytesMax
  }

  get heldBytes(): number {
    return this.#end - this.#start
  }

  push(piece: Uint8Array): void {
    if (this.heldBytes === 0) {
      this.#buffer = piece
      this.#start = 0
      this.#end = piece.length
      this.#isOwn = false
      return
    }
    const needed = this.heldBytes + piece.length
    if (!this.#isOwn || this.#end + piece.length > this.#buffer.length) this.#grow(needed)
    this.#buffer.set(piece, this.#end)
    this.#end += piece.length
  }

  next(): FrameEvent {
    if (this.heldBytes < lengthBytes) return more
    const frameBytes = this.#length()
    if (frameBytes === 0) {
      this.#start += lengthBytes
      if (this.#start === this.#end) this.#forget()
      return { kind: 'empty' }
    }
    if (frameBytes > this.#frameBytesMax) return { kind: 'too-long', frameBytes }
    const bodyStart = this.#start + lengthBytes + 1
    const frameEnd = this.#start + lengthBytes + frameBytes
    if (this.#end < frameEnd) return more
    const frame: FrameEvent = {
      kind: 'frame',
      code: this.#buffer[bodyStart - 1] ?? 0,
      body: this.#buffer.subarray(bodyStart, frameEnd),
    }
    this.#start = frameEnd
    // What was handed out lies before `#start`, so the next piece never writes over it.
    if (this.#start === this.#end) this.#forget()
    return frame
  }

  #length(): number {
    const b = this.#buffer
    const at = this.#start
    return (
      (b[at] ?? 0) * 0x1000000 +
      (((b[at + 1] ?? 0) << 16) | ((b[at + 2] ?? 0) << 8) | (b[at + 3] ?? 0))
    )
  }

  #forget(): void {
    this.#buffer = nothing
    this.#start = 0
    this.#end = 0
    this.#isOwn = false
  }

  /** Move what is held to a buffer of our own with room for `needed` bytes. */
  #grow(needed: number): void {
    let size = gatherBytesMin
    while (size < needed) size *= 2
    const held = this.heldBytes
    const larger = Buffer.allocUnsafe(size)
    larger.set(this.#buffer.subarray(this.#start, this.#end), 0)
    this.#buffer = larger
    this.#start = 0
    this.#end = held
    this.#isOwn = true
  }
}
