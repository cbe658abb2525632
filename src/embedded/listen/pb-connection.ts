/**
 * One Protocol Buffers connection: requests in order, one in flight, answers in order.
 *
 *     data ──▶ decoder ──frame──▶ handler ──▶ answer ──▶ socket
 *       ▲                            │                      │
 *       └── paused while one runs ◀──┴── waits while full ◀─┘
 *
 * - Requests that arrived together are answered one after the other; reading stops meanwhile, so a
 *   sender that does not wait fills its own socket and not our memory.
 * - A stream takes its next batch when the socket has taken the last one. A request that arrives in
 *   the middle of a stream is an error, and the end.
 * - A length that cannot be right is answered, and whatever follows is dropped unread: the frames
 *   can no longer be told apart. Riak leaves such a connection open, deaf; so do we.
 *
 * Invariants: after `#isEnding` nothing is written; each frame is answered at most once; no error
 * of a handler leaves this file.
 *
 * Source: basho/riak_api src/riak_api_pb_server.erl.
 */

import { VclockError } from '../../causality/vclock.ts'
import { limits } from '../../kernel/limits.ts'
import type { Clock, Connection, Log, Timer } from '../../kernel/ports.ts'
import { createFrameDecoder } from '../../wire/frame.ts'
import type { FrameDecoder } from '../../wire/frame.ts'
import { encodeFrame } from '../../wire/messages.ts'
import { RiakError } from '../requests.ts'
import type { RiakNode } from '../riak-node.ts'
import { CrashError, PrintedCrashError, crashText } from './crash-text.ts'
import type { Stage } from './crash-text.ts'
import { toBytes } from './erlang-text.ts'
import { handlerOf } from './pb-dispatch.ts'
import type { FrameStream, Session } from './pb-session.ts'

/** What a connection tells its listener. */
export interface ConnectionOwner {
  readonly node: RiakNode
  readonly clock: Clock
  readonly log: Log
  /** `heldBytes` has changed by this much. */
  onHeld(deltaBytes: number): void
  onClosed(connection: PbConnection): void
}

type Frames = FrameStream['frames']

const firstClientId = new Uint8Array(4)
/** Answers to requests that arrived together are sent together, up to this much. */
const batchBytesMax = 65_536

export class PbConnection {
  readonly #socket: Connection
  readonly #owner: ConnectionOwner
  readonly #session: Session
  #decoder: FrameDecoder
  /** Answers not handed to the socket yet. */
  #batch: Buffer[] = []
  #batchBytes = 0
  /** A request is being answered. */
  #isBusy = false
  #stream: Frames | undefined
  #abortStream: (() => void) | undefined
  #isPumping = false
  #isPaused = false
  /** The socket is full. */
  #isFull = false
  #drained: (() => void) | undefined
  #isDeaf = false
  #isEnding = false
  #isClosed = false
  /** Ends a connection whose peer takes no bytes, or does not close after our end. */
  #patience: Timer | undefined
  #heldBytes = 0

  constructor(socket: Connection, owner: ConnectionOwner) {
    this.#socket = socket
    this.#owner = owner
    this.#session = { node: owner.node, clientId: firstClientId }
    this.#decoder = createFrameDecoder(limits.pbFrameBytesMax)
    socket.onClose(() => {
      this.#closed()
    })
    socket.onDrain(() => {
      this.#onDrain()
    })
    socket.onData((piece) => {
      try {
        this.#onData(piece)
      } catch (error) {
        this.#broke(error)
      }
    })
  }

  /** Bytes of a request that has not arrived whole; none while another is being answered. */
  get unfinishedBytes(): number {
    return this.#isBusy ? 0 : this.#heldBytes
  }

  /** Close when the request under way is answered; at once where there is none. */
  finish(): void {
    if (this.#isBusy && this.#stream === undefined) this.#isDeaf = true
    else this.destroy()
  }

  /** Tell the client why, then close. */
  refuse(text: string): void {
    this.#answerError(toBytes(text))
    this.#end()
  }

  destroy(): void {
    this.#socket.destroy()
    this.#closed()
  }

  #onData(piece: Uint8Array): void {
    // Reading goes on after the end, so that the peer's own close is noticed.
    if (this.#isDeaf || this.#isEnding) return
    if (this.#stream !== undefined) {
      this.refuse('Cannot send another request while one is in progress')
      return
    }
    this.#decoder.push(piece)
    if (this.#isBusy || this.#isFull) this.#pause()
    this.#count(0)
    this.#pump()
  }

  /** Answer what is there until a request has to be waited for, or the socket is full. */
  #pump(): void {
    if (this.#isPumping) return
    this.#isPumping = true
    while (!this.#isBusy && !this.#isFull && !this.#isDeaf && !this.#isEnding) {
      if (!this.#step()) break
    }
    this.#isPumping = false
    this.#flush()
    if (!this.#isBusy && !this.#isFull) this.#resume()
  }

  /** @returns false where no whole frame is there. */
  #step(): boolean {
    const event = this.#decoder.next()
    switch (event.kind) {
      case 'more':
        return false
      case 'empty':
        this.#end()
        return false
      case 'too-long':
        this.#answerError(toBytes('Invalid message packet, reason: invalid'))
        this.#isDeaf = true
        this.#forgetUnread()
        return false
      case 'frame':
        this.#handle(event.code, event.body)
        return true
    }
  }

  #handle(code: number, body: Uint8Array): void {
    let answer: ReturnType<ReturnType<typeof handlerOf>>
    try {
      answer = handlerOf(code)(this.#session, body)
    } catch (error) {
      this.#failed('incoming', error)
      this.#count(0)
      return
    }
    if (answer instanceof Uint8Array) {
      this.#send(answer)
      this.#count(0)
      return
    }
    this.#isBusy = true
    this.#count(body.length)
    const answered = 'frames' in answer ? this.#sendStream(answer) : this.#awaitAnswer(answer)
    answered.catch((error: unknown) => {
      this.#broke(error)
    })
  }

  async #awaitAnswer(answer: Promise<Buffer>): Promise<void> {
    try {
      this.#send(await answer)
    } catch (error) {
      this.#failed('incoming', error)
    }
    this.#done()
  }

  async #sendStream({ frames, abort }: FrameStream): Promise<void> {
    this.#stream = frames
    this.#abortStream = abort
    // Answers to earlier requests go first, not after the stream's first wait.
    this.#flush()
    // Until there is a first frame the request itself is being judged.
    let stage: Stage = 'incoming'
    try {
      for await (const frame of frames) {
        if (this.#isEnding || this.#isClosed) break
        stage = 'stream'
        this.#send(frame)
        this.#flush()
        if (this.#isFull) await this.#untilDrained()
      }
    } catch (error) {
      this.#failed(stage, error)
    }
    this.#stream = undefined
    this.#abortStream = undefined
    this.#done()
  }

  #done(): void {
    this.#isBusy = false
    this.#count(0)
    this.#flush()
    if (this.#isDeaf) this.#end()
    else this.#pump()
  }

  #failed(stage: Stage, error: unknown): void {
    if (error instanceof RiakError) {
      this.#answerError(toBytes(error.text))
      return
    }
    // What a client can bring about at will is no alarm; anything else is a fault of ours.
    const isClientsFault =
      error instanceof CrashError ||
      error instanceof PrintedCrashError ||
      error instanceof VclockError
    this.#owner.log.write(isClientsFault ? 'info' : 'error', 'a Protocol Buffers request crashed', {
      remote: this.#socket.remote,
      ...(isClientsFault ? { reason: error.message } : { error }),
    })
    this.#answerError(crashText(stage, error))
    this.#end()
  }

  /** A fault in this file itself: the connection goes, the process stays. */
  #broke(error: unknown): void {
    this.#owner.log.write('error', 'a Protocol Buffers connection broke', {
      remote: this.#socket.remote,
      error,
    })
    this.destroy()
  }

  #answerError(errmsg: Uint8Array): void {
    this.#send(encodeFrame('RpbErrorResp', { errmsg, errcode: 0 }))
  }

  #send(frame: Buffer): void {
    if (this.#isEnding || this.#isClosed) return
    this.#batch.push(frame)
    this.#batchBytes += frame.length
    if (this.#batchBytes >= batchBytesMax) this.#flush()
  }

  #flush(): void {
    const [first] = this.#batch
    if (first === undefined || this.#isClosed) return
    const bytes = this.#batch.length === 1 ? first : Buffer.concat(this.#batch)
    this.#batch = []
    this.#batchBytes = 0
    if (this.#socket.write(bytes)) return
    this.#isFull = true
    this.#beginPatience(limits.pbStallMsMax)
  }

  #onDrain(): void {
    if (this.#isEnding || !this.#isFull) return
    this.#isFull = false
    this.#patience?.cancel()
    this.#drained?.()
    this.#drained = undefined
    this.#pump()
  }

  #untilDrained(): Promise<void> {
    return new Promise((resolve) => {
      this.#drained = resolve
    })
  }

  /** Send what is there, then close; give the peer a while to read it. */
  #end(): void {
    if (this.#isEnding || this.#isClosed) return
    this.#flush()
    this.#isEnding = true
    this.#forgetUnread()
    this.#stopStream()
    this.#resume()
    this.#socket.end()
    this.#beginPatience(limits.pbLingerMsMax)
  }

  #closed(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#isEnding = true
    this.#patience?.cancel()
    this.#stopStream()
    this.#owner.onHeld(-this.#heldBytes)
    this.#heldBytes = 0
    this.#owner.onClosed(this)
  }

  /** Wake a stream that waits for the socket; it sees `#isEnding` and gives its source back. */
  #stopStream(): void {
    this.#drained?.()
    this.#drained = undefined
    this.#abortStream?.()
  }

  #beginPatience(ms: number): void {
    this.#patience?.cancel()
    this.#patience = this.#owner.clock.after(ms, () => {
      this.destroy()
    })
  }

  #count(bodyBytes: number): void {
    if (this.#isClosed) return
    const held = this.#decoder.heldBytes + bodyBytes
    const delta = held - this.#heldBytes
    if (delta === 0) return
    this.#heldBytes = held
    this.#owner.onHeld(delta)
  }

  #forgetUnread(): void {
    this.#decoder = createFrameDecoder(limits.pbFrameBytesMax)
    this.#count(0)
  }

  #pause(): void {
    if (this.#isPaused) return
    this.#isPaused = true
    this.#socket.pause()
  }

  #resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#socket.resume()
  }
}
