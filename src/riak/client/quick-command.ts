/**
 * Gets and puts without what the client does twice: nearly half of what they cost the sender.
 *
 * - joi checks the options of each command, which `check-request.ts` has done. Only one command of a
 *   class is made that way, from the least options, and shows what joi fills in; the others are it, with
 *   options of their own.
 * - Fields are verified when they are set, and again when they are encoded; the bytes go into a buffer
 *   that grows from sixteen, and leave behind a header of their own. Here they are encoded as they were
 *   set, into a buffer that is large enough, behind their header: one piece.
 *
 * Source: basho-riak-client 2.4.0 lib/commands/commandbase.js; protobufjs 5 `Message#encode`.
 */

import type { Client, ClientCommand } from './client-types.ts'

type Make = (options: Record<string, unknown>) => ClientCommand

/** Length (4 bytes, big endian) and code. */
const headerBytes = 5
/** Fields that are numbers or flags, and the heads of the others. */
const fieldBytes = 128

export class QuickCommand {
  readonly #ByteBuffer: Client['ByteBuffer']
  readonly #checked: ClientCommand

  /** @param least - the options without which joi refuses the command. */
  constructor(ByteBuffer: Client['ByteBuffer'], make: Make, least: Record<string, unknown>) {
    this.#ByteBuffer = ByteBuffer
    this.#checked = make(least)
  }

  /**
   * @param options - as joi would leave them: what is absent is joi's default.
   * @param valueBytes - roughly what names and values take, so that the buffer need not grow.
   */
  with(options: Record<string, unknown>, valueBytes: number): ClientCommand {
    const checked = this.#checked
    const command = Object.create(checked) as ClientCommand
    return Object.assign(command, {
      options: { ...checked.options, ...options },
      getRiakMessage: () => ({ header: this.#frame(command, valueBytes) }),
    })
  }

  /** The whole frame, where the client looks for its header. */
  #frame(command: ClientCommand, valueBytes: number): Buffer {
    const into = new this.#ByteBuffer(headerBytes + fieldBytes + valueBytes)
    into.offset = headerBytes
    command.constructPbRequest().encode(into, true)
    const frame = into.buffer.subarray(0, into.offset)
    frame.writeInt32BE(frame.length - 4, 0)
    frame[4] = this.#checked.header[4] ?? 0
    return frame
  }
}
