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
const rawTag = 1
const termTag = 0
/** A length, and the tag that is counted in it. */
const taggedHead = 5
/** Dates, and the lengths of vtag and `deleted`. */
const stampBytes = 14

/** The names of metadata as they are stored: length, tag, bytes. */
const names = {
  contentType: nameBytes('content-type'),
  charset: nameBytes('charset'),
  contentEncoding: nameBytes('content-encoding'),
  links: nameBytes('Links'),
  userMeta: nameBytes('X-Riak-Meta'),
  index: nameBytes('index'),
  dot: nameBytes('dot'),
}

function nameBytes(name: string): Buffer {
  const bytes = Buffer.alloc(taggedHead + name.length, rawTag)
  bytes.writeUInt32BE(name.length + 1)
  bytes.write(name, taggedHead)
  return bytes
}

/** One entry of metadata, ready to be written. */
interface Pair {
  readonly name: Buffer
  readonly tag: number
  readonly bytes: Uint8Array
}

export function encodeObject(object: RiakObject): Buffer {
  const clock = encodeTerm(vclockToTerm(object.vclock))
  const pairs = object.values.map(pairsOf)
  let size = 2 + 4 + clock.length + 4
  for (const [n, value] of object.values.entries()) {
    size += taggedHead + value.value.length + 4 + metadataBytes(value, pairs[n] ?? [])
  }
  const to = Buffer.allocUnsafe(size)
  to[0] = magic
  to[1] = version
  let at = to.writeUInt32BE(clock.length, 2)
  to.set(clock, at)
  at = to.writeUInt32BE(object.values.length, at + clock.length)
  for (const [n, value] of object.values.entries()) {
    at = writeTagged(to, at, rawTag, value.value)
    at = writeMetadata(to, at, value, pairs[n] ?? [])
  }
  return to
}

function writeTagged(to: Buffer, at: number, tag: number, bytes: Uint8Array): number {
  to.writeUInt32BE(bytes.length + 1, at)
  to[at + 4] = tag
  to.set(bytes, at + taggedHead)
  return at + taggedHead + bytes.length
}

function metadataBytes(value: ObjectValue, pairs: readonly Pair[]): number {
  let size = stampBytes + value.vtag.length
  for (const { name, bytes } of pairs) size += name.length + taggedHead + bytes.length
  return size
}

function writeMetadata(
  to: Buffer,
  start: number,
  value: ObjectValue,
  pairs: readonly Pair[],
): number {
  const { seconds, micros } = value.lastModified
  let at = to.writeUInt32BE(metadataBytes(value, pairs), start)
  at = to.writeUInt32BE(Math.floor(seconds / 1_000_000), at)
  at = to.writeUInt32BE(seconds % 1_000_000, at)
  at = to.writeUInt32BE(micros, at)
  to[at] = value.vtag.length
  at += 1 + to.write(value.vtag, at + 1, 'latin1')
  to[at++] = value.isTombstone ? 1 : 0
  for (const { name, tag, bytes } of pairs) {
    to.set(name, at)
    at = writeTagged(to, at + name.length, tag, bytes)
  }
  return at
}

function pairsOf(value: ObjectValue): readonly Pair[] {
  const pairs: Pair[] = []
  const text = (name: Buffer, of: string | undefined): void => {
    if (of !== undefined) pairs.push({ name, tag: rawTag, bytes: Buffer.from(of) })
  }
  const term = (name: Buffer, of: Term): void => {
    pairs.push({ name, tag: termTag, bytes: encodeTerm(of) })
  }
  const { links = [], userMeta = [], indexes = [], dot } = value
  text(names.contentType, value.contentType)
  text(names.charset, value.charset)
  text(names.contentEncoding, value.contentEncoding)
  if (links.length > 0) {
    term(
      names.links,
      links.map((link) => tuple(tuple(link.bucket, link.key), link.tag)),
    )
  }
  if (userMeta.length > 0) {
    term(
      names.userMeta,
      userMeta.map((pair) => tuple(pair.key, pair.value)),
    )
  }
  if (indexes.length > 0) {
    term(
      names.index,
      indexes.map((entry) => tuple(Buffer.from(entry.field), entry.value)),
    )
  }
  if (dot !== undefined) {
    term(names.dot, tuple(dot.actor, tuple(dot.counter, dot.timestamp)))
  }
  return pairs
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
  if (tagged[0] !== rawTag) throw new ObjectCodecError('a value that is not a binary')
  const meta = new Reader(reader.block())
  const seconds = meta.uint32() * 1_000_000 + meta.uint32()
  const micros = meta.uint32()
  const vtag = meta.latin1(meta.byte())
  const isTombstone = meta.byte() === 1
  let dot: Dot | undefined
  const value: Mutable = { value: tagged.subarray(1) }
  while (meta.left() > 0) {
    const name = meta.name()
    const content = meta.block().subarray(1)
    if (name === 'dot') dot = dotFromTerm(decodeTerm(content))
    else readPair(value, name, content)
  }
  return { ...value, isTombstone, vtag, lastModified: { seconds, micros }, dot }
}

type Mutable = { -readonly [K in keyof Omit<ObjectValue, keyof Stamp>]: ObjectValue[K] }
type Stamp = Pick<ObjectValue, 'isTombstone' | 'vtag' | 'lastModified' | 'dot'>

function readPair(value: Mutable, name: string, bytes: Buffer): void {
  switch (name) {
    case 'content-type':
      value.contentType = bytes.toString()
      return
    case 'charset':
      value.charset = bytes.toString()
      return
    case 'content-encoding':
      value.contentEncoding = bytes.toString()
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
  private readonly bytes: Buffer

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  left(): number {
    return this.bytes.length - this.at
  }

  byte(): number {
    return this.bytes[this.skip(1)] ?? 0
  }

  uint32(): number {
    return this.bytes.readUInt32BE(this.skip(4))
  }

  /** A length and that many bytes. */
  block(): Buffer {
    const start = this.skip(this.uint32())
    return this.bytes.subarray(start, this.at)
  }

  latin1(length: number): string {
    const start = this.skip(length)
    return this.bytes.toString('latin1', start, this.at)
  }

  /** A length, a tag, and the name of an entry of metadata. */
  name(): string {
    return this.latin1(this.uint32()).slice(1)
  }

  /** @returns where the bytes that were passed over begin. */
  private skip(length: number): number {
    const start = this.at
    if (length > this.bytes.length - start) throw new ObjectCodecError('the object ends early')
    this.at = start + length
    return start
  }
}
