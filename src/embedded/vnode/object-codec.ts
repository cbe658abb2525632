/**
 * An object as bytes: Riak's own binary form, version 1.
 *
 * Pure. All numbers are big-endian.
 *
 *     53 │ 1 │ clock length:32 │ clock term │ values:32 │ value…
 *     value:  length:32 │ 1, bytes │ length:32 │ metadata
 *     metadata:  mega:32 │ seconds:32 │ micros:32 │ length:8 │ vtag │ deleted:8 │ pair…
 *     pair:  length:32 │ 1, name │ length:32 │ 1, bytes  or  0, external term
 *
 * Invariants: equal objects have equal bytes; whatever the bytes are, reading them gives an object or
 * an `ObjectCodecError`, nothing else. Values are views into the bytes read.
 *
 * Source: basho/riak_kv src/riak_object.erl `to_binary/2`, `binary_to_object/3`; RIAK.md §9.3.
 */

import { decodeTerm, encodeTerm, isList, isTuple, tuple } from '../../causality/external-term.ts'
import type { Term } from '../../causality/external-term.ts'
import { vclockFromTerm, vclockToTerm } from '../../causality/vclock.ts'
import type { Dot } from '../../causality/vclock.ts'
import type { ObjectValue, RiakObject } from './riak-object.ts'

/** Bytes that are no object of version 1. */
export class ObjectCodecError extends Error {
  override readonly name = 'ObjectCodecError'
}

const magic = 53
const version = 1
const rawTag = Buffer.of(1)
const termTag = Buffer.of(0)

function uint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeUInt32BE(value)
  return bytes
}

export function encodeObject(object: RiakObject): Buffer {
  const clock = encodeTerm(vclockToTerm(object.vclock))
  const parts: Uint8Array[] = [
    Buffer.of(magic, version),
    uint32(clock.length),
    clock,
    uint32(object.values.length),
  ]
  for (const value of object.values) {
    const meta = encodeMetadata(value)
    parts.push(uint32(value.value.length + 1), rawTag, value.value, uint32(meta.length), meta)
  }
  return Buffer.concat(parts)
}

function encodeMetadata(value: ObjectValue): Buffer {
  const { seconds, micros } = value.lastModified
  const stamp = Buffer.allocUnsafe(13)
  stamp.writeUInt32BE(Math.floor(seconds / 1_000_000), 0)
  stamp.writeUInt32BE(seconds % 1_000_000, 4)
  stamp.writeUInt32BE(micros, 8)
  stamp[12] = value.vtag.length
  const parts: Uint8Array[] = [
    stamp,
    Buffer.from(value.vtag, 'latin1'),
    Buffer.of(value.isTombstone ? 1 : 0),
  ]
  const text = (name: string, of: string | undefined): void => {
    if (of !== undefined) pushPair(parts, name, rawTag, Buffer.from(of))
  }
  text('content-type', value.contentType)
  text('charset', value.charset)
  text('content-encoding', value.contentEncoding)
  const term = (name: string, of: Term | undefined): void => {
    const isEmpty = of === undefined || (isList(of) && of.length === 0)
    if (!isEmpty) pushPair(parts, name, termTag, encodeTerm(of))
  }
  term(
    'Links',
    value.links?.map((link) => tuple(tuple(link.bucket, link.key), link.tag)),
  )
  term(
    'X-Riak-Meta',
    value.userMeta?.map((pair) => tuple(pair.key, pair.value)),
  )
  term(
    'index',
    value.indexes?.map((entry) => tuple(Buffer.from(entry.field), entry.value)),
  )
  term('dot', value.dot && dotToTerm(value.dot))
  return Buffer.concat(parts)
}

function dotToTerm(dot: Dot): Term {
  return tuple(dot.actor, tuple(dot.counter, dot.timestamp))
}

function pushPair(parts: Uint8Array[], name: string, tag: Buffer, bytes: Uint8Array): void {
  parts.push(uint32(name.length + 1), rawTag, Buffer.from(name), uint32(bytes.length + 1))
  parts.push(tag, bytes)
}

/** @throws {ObjectCodecError} */
export function decodeObject(bytes: Uint8Array): RiakObject {
  try {
    return readObject(new Reader(bytes))
  } catch (cause) {
    if (cause instanceof ObjectCodecError) throw cause
    throw new ObjectCodecError('a part of the object is unreadable', { cause })
  }
}

function readObject(reader: Reader): RiakObject {
  if (reader.byte() !== magic || reader.byte() !== version) {
    throw new ObjectCodecError('not an object of version 1')
  }
  const vclock = vclockFromTerm(decodeTerm(reader.block()))
  const count = reader.uint32()
  if (count === 0) throw new ObjectCodecError('an object without a value')
  const values: ObjectValue[] = []
  for (let n = 0; n < count; n++) values.push(readValue(reader))
  if (reader.left() > 0) throw new ObjectCodecError('bytes after the object')
  return { vclock, values }
}

function readValue(reader: Reader): ObjectValue {
  const tagged = reader.block()
  if (tagged[0] !== 1) throw new ObjectCodecError('a value that is not a binary')
  const meta = new Reader(reader.block())
  const seconds = meta.uint32() * 1_000_000 + meta.uint32()
  const micros = meta.uint32()
  const vtag = Buffer.from(meta.take(meta.byte())).toString('latin1')
  const isTombstone = meta.byte() === 1
  let dot: Dot | undefined
  const value: Mutable = { value: tagged.subarray(1) }
  while (meta.left() > 0) {
    const name = Buffer.from(meta.block().subarray(1)).toString()
    const content = meta.block()
    if (name === 'dot') dot = dotFromTerm(decodeTerm(content.subarray(1)))
    else readPair(value, name, content.subarray(1))
  }
  return { ...value, isTombstone, vtag, lastModified: { seconds, micros }, dot }
}

type Mutable = { -readonly [K in keyof Omit<ObjectValue, keyof Stamp>]: ObjectValue[K] }
type Stamp = Pick<ObjectValue, 'isTombstone' | 'vtag' | 'lastModified' | 'dot'>

function readPair(value: Mutable, name: string, bytes: Uint8Array): void {
  switch (name) {
    case 'content-type':
      value.contentType = Buffer.from(bytes).toString()
      return
    case 'charset':
      value.charset = Buffer.from(bytes).toString()
      return
    case 'content-encoding':
      value.contentEncoding = Buffer.from(bytes).toString()
      return
    case 'Links':
      value.links = tuplesOf(decodeTerm(bytes)).map(([target, tag]) => {
        const [bucket, key] = elementsOf(target)
        return { bucket: binaryOf(bucket), key: binaryOf(key), tag: binaryOf(tag) }
      })
      return
    case 'X-Riak-Meta':
      value.userMeta = tuplesOf(decodeTerm(bytes)).map(([key, of]) => ({
        key: binaryOf(key),
        value: binaryOf(of),
      }))
      return
    case 'index':
      value.indexes = tuplesOf(decodeTerm(bytes)).map(([field, of]) => ({
        field: Buffer.from(binaryOf(field)).toString(),
        value: binaryOf(of),
      }))
      return
    default:
      throw new ObjectCodecError(`unknown metadata ${name}`)
  }
}

function dotFromTerm(term: Term): Dot {
  const [dot] = vclockFromTerm([term])
  if (dot === undefined) throw new ObjectCodecError('an empty dot')
  return dot
}

function tuplesOf(term: Term): readonly (readonly Term[])[] {
  if (!isList(term)) throw new ObjectCodecError('not a list')
  return term.map(elementsOf)
}

function elementsOf(term: Term | undefined): readonly Term[] {
  if (term === undefined || !isTuple(term)) throw new ObjectCodecError('not a tuple')
  return term.tuple
}

function binaryOf(term: Term | undefined): Uint8Array {
  if (!(term instanceof Uint8Array)) throw new ObjectCodecError('not a binary')
  return term
}

class Reader {
  private at = 0
  private readonly bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  left(): number {
    return this.bytes.length - this.at
  }

  take(length: number): Uint8Array {
    if (length > this.left()) throw new ObjectCodecError('the object ends early')
    this.at += length
    return this.bytes.subarray(this.at - length, this.at)
  }

  byte(): number {
    return this.take(1)[0] ?? 0
  }

  uint32(): number {
    const at = this.take(4)
    return (at[0] ?? 0) * 2 ** 24 + (at[1] ?? 0) * 65_536 + (at[2] ?? 0) * 256 + (at[3] ?? 0)
  }

  /** A length and that many bytes. */
  block(): Uint8Array {
    return this.take(this.uint32())
  }
}
