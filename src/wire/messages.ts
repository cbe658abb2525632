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

  varint64(): bigint {
    let value = 0n
    for (let i = 0; i < varint64BytesMax; i++) {
      const byte = this.pos < this.len ? this.buf[this.pos++] : undefined
      if (byte === undefined) throw new RangeError('a varint ends beyond the message')
      value |= BigInt(byte & 0x7f) << BigInt(7 * i)
      if (byte < 0x80) return BigInt.asUintN(64, value)
    }
    throw new RangeError('a varint is longer than ten bytes')
  }
}

/** Writes what `BigintReader` reads. */
class BigintWriter extends protobuf.BufferWriter {
  varint64(value: bigint): this {
    let rest = BigInt.asUintN(64, value)
    const bytes: number[] = []
    while (rest > 0x7fn) {
      bytes.push(Number(rest & 0x7fn) | 0x80)
      rest >>= 7n
    }
    bytes.push(Number(rest))
    this.raw(Uint8Array.from(bytes))
    return this
  }
}

// protobufjs declares these as Long; the generated code only passes the value through.
Object.assign(BigintReader.prototype, {
  uint64(this: BigintReader): bigint {
    return this.varint64()
  },
  sint64(this: BigintReader): bigint {
    const zigzag = this.varint64()
    return BigInt.asIntN(64, (zigzag >> 1n) ^ -(zigzag & 1n))
  },
})
Object.assign(BigintWriter.prototype, {
  uint64(this: BigintWriter, value: bigint): BigintWriter {
    return this.varint64(value)
  },
  sint64(this: BigintWriter, value: bigint): BigintWriter {
    // A larger number is written as its low 64 bits, which is what a decoder keeps of Riak's own.
    return this.varint64(value >= 0n ? value << 1n : -(value << 1n) - 1n)
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
