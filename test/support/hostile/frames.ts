/**
 * Protocol Buffers frames that mean harm: noise, messages of the right grammar with wild values, and
 * such messages with their bytes changed. All stay in buckets named `fuzz`.
 */

import fc from 'fast-check'
import { fieldTable } from '../../../src/wire/fields.ts'
import type { FieldSpec } from '../../../src/wire/fields.ts'
import { messageCodes } from '../../../src/wire/message-codes.ts'
import type { MessageName } from '../../../src/wire/message-codes.ts'
import { encodeFrame } from '../../../src/wire/messages.ts'
import { anyJob } from './jobs.ts'

const texts = (...words: string[]): fc.Arbitrary<Buffer> =>
  fc.constantFrom(...words).map((word) => Buffer.from(word))

/** Bucket types of the attack's own; the blog's are never named. */
const types = texts('fuzz', 'fuzz', 'fuzzcounters', 'default', 'nosuch', '')
const buckets = texts('fuzz', 'fuzz', 'fuzz', 'fuzz2', '', 'fuzz\u0000\u0001')
const keys = fc.oneof(
  { weight: 6, arbitrary: texts('k1', 'k2', 'k3', 'big', 'none') },
  { weight: 1, arbitrary: fc.nat(70_000).map((length) => Buffer.alloc(length, 'k')) },
)
const someBytes = fc.oneof(
  {
    weight: 5,
    arbitrary: texts('a', 'k1', 'tag_bin', 'n_int', '$key', '$bucket', '12', '-1', 'é'),
  },
  { weight: 3, arbitrary: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: fc.nat(300_000).map((length) => Buffer.alloc(length, 'x')) },
)
/** Small numbers, quorum words, and the ends of the range. A timeout of an hour is nobody's harm. */
const numbers = fc.oneof(
  { weight: 6, arbitrary: fc.nat(5) },
  { weight: 2, arbitrary: fc.integer({ min: 4_294_967_290, max: 4_294_967_295 }) },
  { weight: 1, arbitrary: fc.nat(0xffffffff) },
)

function anyField(name: string, spec: FieldSpec, depth: number): fc.Arbitrary<unknown> {
  const value = anyValue(name, spec, depth)
  return spec.rule === 'repeated' ? fc.array(value, { minLength: 1, maxLength: 4 }) : value
}

function anyValue(name: string, { type }: FieldSpec, depth: number): fc.Arbitrary<unknown> {
  if (type === 'bytes') {
    if (name === 'type') return types
    if (name === 'bucket') return buckets
    return name === 'key' ? fc.oneof(keys, someBytes) : someBytes
  }
  if (type === 'uint32') return numbers
  if (type === 'bool') return fc.boolean()
  if (type === 'sint64') return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
  if (type === 'uint64') return fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
  return depth === 0 ? fc.constant({}) : anyRecord(type, depth - 1)
}

function anyRecord(name: keyof typeof fieldTable, depth: number): fc.Arbitrary<object> {
  const fields = fieldTable[name] as Readonly<Record<string, FieldSpec>>
  const parts = Object.entries(fields).map(
    ([field, spec]) => [field, anyField(field, spec, depth)] as const,
  )
  return fc.record(Object.fromEntries(parts), { requiredKeys: [] })
}

const requests = (Object.keys(messageCodes) as MessageName[]).filter(
  (name) => name.endsWith('Req') && name !== 'RpbMapRedReq',
)

/** A message that decodes, whatever it asks for. */
const anyMessage: fc.Arbitrary<Buffer> = fc
  .constantFrom(...requests)
  .chain((name) => anyRecord(name, 3).map((message) => encodeFrame(name, message as never)))

const anyJobFrame: fc.Arbitrary<Buffer> = fc
  .record({
    request: anyJob,
    content_type: texts('application/json', 'application/json', 'application/x-erlang-binary', 'x'),
  })
  .map((message) => encodeFrame('RpbMapRedReq', message))

/** A frame whose length is right and whose body is noise. */
const anyNoise: fc.Arbitrary<Buffer> = fc
  .tuple(fc.oneof(fc.constantFrom(...Object.values(messageCodes)), fc.nat(255)), noise(200))
  .map(([code, body]) => framed(code, body))

function noise(maxLength: number): fc.Arbitrary<Buffer> {
  return fc.uint8Array({ maxLength }).map((bytes) => Buffer.from(bytes))
}

function framed(code: number, body: Uint8Array): Buffer {
  const frame = Buffer.alloc(5 + body.length)
  frame.writeUInt32BE(body.length + 1, 0)
  frame[4] = code
  frame.set(body, 5)
  return frame
}

/** Bytes overwritten, cut out, doubled; the length of the frame right again, or left wrong. */
export function mutated(whole: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  const change = fc.record({ at: fc.nat(), byte: fc.nat(255), how: fc.nat(3), count: fc.nat(20) })
  return fc.tuple(whole, fc.array(change, { minLength: 1, maxLength: 6 })).map(([bytes, changes]) =>
    changes.reduce<Buffer>((before, { at, byte, how, count }) => {
      if (before.length === 0) return before
      const place = at % before.length
      if (how === 0)
        return Buffer.concat([before.subarray(0, place), before.subarray(place + count)])
      if (how === 1) {
        return Buffer.concat([before.subarray(0, place + count), before.subarray(place)])
      }
      const changed = Buffer.from(before)
      changed[place] = how === 2 ? byte : (changed[place] ?? 0) ^ (1 << (byte & 7))
      return changed
    }, bytes),
  )
}

function relengthed(bytes: Buffer): Buffer {
  return bytes.length < 6 ? bytes : framed(bytes[4] ?? 0, bytes.subarray(5))
}

/** What one connection sends: one frame or a few, of any of these kinds. */
export const hostileFrames: fc.Arbitrary<Buffer> = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: anyMessage },
      { weight: 4, arbitrary: mutated(anyMessage).map(relengthed) },
      { weight: 2, arbitrary: mutated(anyMessage) },
      { weight: 2, arbitrary: anyNoise },
      { weight: 2, arbitrary: anyJobFrame },
      { weight: 1, arbitrary: mutated(anyJobFrame).map(relengthed) },
      { weight: 1, arbitrary: noise(3_000) },
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((frames) => Buffer.concat(frames))
