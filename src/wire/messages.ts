/**
 * Bytes ↔ messages: encoders and decoders built by protobufjs from the table in `fields.ts`.
 *
 *     socket ──FrameDecoder──▶ code + body ──decodeMessage──▶ message
 *     message ──encodeFrame──▶ length + code + body ──▶ socket
 *
 * Invariants: decoding copies no `bytes` field (views into the body), keeps no unknown field, and an
 * absent field reads `undefined`; encoding writes fields in ascending order, as Riak does.
 * Not here: what the messages mean (`embedded/listen`, `riak`).
 *
 * Source: basho/riak_pb src/riak_pb_codec.erl; RIAK.md §6.
 */

import protobuf from 'protobufjs/light.js'
import { fieldTable } from './fields.ts'
import type { FieldSpec } from './fields.ts'
import { messageCodes } from './message-codes.ts'
import type { MessageName } from './message-codes.ts'
import type { Messages } from './message-types.ts'

/** A body that is not the Protocol Buffers message its code promises. */
export class MalformedMessageError extends Error {
  readonly messageName: MessageName

  constructor(messageName: MessageName, options: ErrorOptions) {
    super(`the body is not a ${messageName}`, options)
    this.name = 'MalformedMessageError'
    this.messageName = messageName
  }
}

const varint64BytesMax = 10

/** Reads 64-bit integers as bigint: no counter value is rounded on its way through. */
class BigintReader extends protobuf.BufferReader {
  constructor(bytes: Uint8Array) {
    super(
      Buffer.isBuffer(bytes)
        ? bytes
        : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    )
    this.discardUnknown = true
  }

  /** Two halves of 32 bits, the lower first; what a varint holds beyond 64 bits is dropped. */
  varint64(): readonly [low: number, high: number] {
    let low = 0
    let high = 0
    for (let i = 0; i < varint64BytesMax; i++) {
      const byte = this.pos < this.len ? this.buf[this.pos++] : undefined
      if (byte === undefined) throw new RangeError('a varint ends beyond the message')
      const bits = byte & 0x7f
      if (i < 5) low |= bits << (7 * i)
      if (i === 4) high = bits >>> 4
      if (i > 4) high |= bits << (7 * i - 32)
      if (byte < 0x80) return [low, high]
    }
    throw new RangeError('a varint is longer than ten bytes')
  }
}

/** Writes what `BigintReader` reads. */
class BigintWriter extends protobuf.BufferWriter {
  varint64(low: number, high: number): this {
    let rest = low >>> 0
    let above = high >>> 0
    const bytes: number[] = []
    while (above !== 0 || rest > 0x7f) {
      bytes.push((rest & 0x7f) | 0x80)
      rest = ((rest >>> 7) | (above << 25)) >>> 0
      above >>>= 7
    }
    bytes.push(rest)
    this.raw(Uint8Array.from(bytes))
    return this
  }
}

/**
 * A bigint is cut into halves here, never by `BigInt.asUintN`: V8 11 (Node.js 20) may end the process
 * while it optimises a loop over the result (`RepresentationChangerError`).
 */
const halves = new DataView(new ArrayBuffer(8))

function halvesOf(value: bigint): readonly [low: number, high: number] {
  halves.setBigInt64(0, value, true)
  return [halves.getInt32(0, true), halves.getInt32(4, true)]
}

// protobufjs declares these as Long; the generated code only passes the value through.
Object.assign(BigintReader.prototype, {
  uint64(this: BigintReader): bigint {
    const [low, high] = this.varint64()
    halves.setInt32(0, low, true)
    halves.setInt32(4, high, true)
    return halves.getBigUint64(0, true)
  },
  sint64(this: BigintReader): bigint {
    const [low, high] = this.varint64()
    const sign = -(low & 1)
    halves.setInt32(0, ((low >>> 1) | (high << 31)) ^ sign, true)
    halves.setInt32(4, (high >>> 1) ^ sign, true)
    return halves.getBigInt64(0, true)
  },
})
Object.assign(BigintWriter.prototype, {
  uint64(this: BigintWriter, value: bigint): BigintWriter {
    return this.varint64(...halvesOf(value))
  },
  sint64(this: BigintWriter, value: bigint): BigintWriter {
    const [low, high] = halvesOf(value)
    // A larger number is written as its low 64 bits, which is what a decoder keeps of Riak's own.
    const sign = value < 0n ? -1 : 0
    return this.varint64((low << 1) ^ sign, ((high << 1) | (low >>> 31)) ^ sign)
  },
})

/** Length (4 bytes, big endian) and code. */
const frameHeaderBytes = 5
const emptyHeader = new Uint8Array(frameHeaderBytes)

function buildTypes(): ReadonlyMap<MessageName, protobuf.Type> {
  const root = new protobuf.Root()
  for (const [name, fields] of Object.entries(fieldTable)) {
    const type = new protobuf.Type(name)
    for (const [field, spec] of Object.entries(fields as Readonly<Record<string, FieldSpec>>)) {
      type.add(new protobuf.Field(field, spec.id, spec.type, spec.rule))
    }
    root.add(type)
  }
  root.resolveAll()
  for (const name of Object.keys(fieldTable)) {
    const type = root.lookupType(name).setup()
    for (const field of type.fieldsArray) {
      // An absent field is absent, not a default: `timeout` unset and `timeout` 0 differ.
      if (!field.repeated) Reflect.set(type.ctor.prototype, field.name, undefined)
    }
  }
  const names = Object.keys(messageCodes) as MessageName[]
  return new Map(names.map((name) => [name, root.lookupType(name)]))
}

const types = buildTypes()

function typeOf(name: MessageName): protobuf.Type {
  const type = types.get(name)
  if (type === undefined) throw new TypeError(`no message is called ${name}`)
  return type
}

/**
 * One whole frame: length, code, body.
 *
 * @returns bytes of their own, to be given away.
 */
export function encodeFrame<N extends MessageName>(name: N, message: Messages[N]): Buffer {
  const writer = new BigintWriter()
  writer.raw(emptyHeader)
  typeOf(name).encode(message, writer)
  // `finish()` would copy once more; the writer is dropped here, so its buffer can be given away.
  const { buf, pos } = writer
  const frame = Buffer.from(buf.buffer, buf.byteOffset, pos)
  frame.writeUInt32BE(frame.length - 4, 0)
  frame[4] = messageCodes[name]
  return frame
}

/** The body alone, without length and code. */
export function encodeBody<N extends MessageName>(name: N, message: Messages[N]): Buffer {
  return encodeFrame(name, message).subarray(frameHeaderBytes)
}

/**
 * @param body - what follows the code in the frame; the result's `bytes` fields look into it.
 * @throws MalformedMessageError where the body cannot be read; never anything else.
 */
export function decodeMessage<N extends MessageName>(name: N, body: Uint8Array): Messages[N] {
  try {
    return typeOf(name).decode(new BigintReader(body)) as unknown as Messages[N]
  } catch (error) {
    throw new MalformedMessageError(name, { cause: error })
  }
}
