/**
 * Answers cut out of what arrives, and decoded where they lie.
 *
 *     chunk, chunk … ─▶ length (4 bytes, big endian) │ code │ message ─▶ {msgCode, protobuf}
 *
 * The client copies every byte twice on its way, one at a time in JavaScript (bytebuffer's `wrap` does so where a
 * native module is not installed): for a post of ten kilobytes that was most of what an answer cost. A chunk that
 * came from the socket is nobody else's: its bytes can be looked at where they are.
 *
 * Source: basho-riak-client 2.4.0 lib/core/riakconnection.js `_buildProtobufArray`.
 */

import type { Client, ClientAnswer, ClientMessageClass } from './client-types.ts'

const lengthBytes = 4
const nothing = Buffer.alloc(0)

export class AnswerFrames {
  readonly #ByteBuffer: Client['ByteBuffer']
  readonly #classOf: (code: number) => ClientMessageClass
  /** Pieces of a frame that is not whole yet. */
  #pieces: Buffer[] = []
  #bytes = 0
  /** Of that frame with its length; until it is known, what is needed to read it. */
  #wanted = lengthBytes

  /** @param classOf - throws, or gives nothing, for a code that no message has. */
  constructor(ByteBuffer: Client['ByteBuffer'], classOf: (code: number) => ClientMessageClass) {
    this.#ByteBuffer = ByteBuffer
    this.#classOf = classOf
  }

  /** @throws where an answer cannot be decoded: nothing after it can be trusted. */
  take(chunk: Buffer): ClientAnswer[] {
    this.#pieces.push(chunk)
    this.#bytes += chunk.length
    const answers: ClientAnswer[] = []
    if (this.#bytes < this.#wanted) return answers
    const [first = nothing] = this.#pieces
    const all = this.#pieces.length === 1 ? first : Buffer.concat(this.#pieces, this.#bytes)
    let from = 0
    let wanted = lengthBytes
    while (all.length - from >= lengthBytes) {
      wanted = lengthBytes + all.readUInt32BE(from)
      if (all.length - from < wanted) break
      answers.push(this.#decode(all.subarray(from + lengthBytes, from + wanted)))
      from += wanted
      wanted = lengthBytes
    }
    const rest = all.subarray(from)
    this.#pieces = rest.length === 0 ? [] : [rest]
    this.#bytes = rest.length
    this.#wanted = wanted
    return answers
  }

  #decode(frame: Buffer): ClientAnswer {
    const msgCode = frame.readUInt8(0)
    // Some answers are a code alone.
    if (frame.length === 1) return { msgCode, protobuf: null }
    const bytes = new this.#ByteBuffer(0)
    bytes.buffer = frame
    bytes.offset = 1
    bytes.limit = frame.length
    return { msgCode, protobuf: this.#classOf(msgCode).decode(bytes) }
  }
}
