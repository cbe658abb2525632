/**
 * A counter as an object's value, in the two forms that Riak stores.
 *
 * Pure. Numbers are big-endian, terms in Erlang's external format.
 *
 *     typed   69 │ 2 │ length:32 │ "riak_dt_pncounter" │ 71 │ 2 │ [{actor, up, down}]
 *     old     69 │ 1 │ 71 │ 1 │ length:32 │ 70, 1, [{actor, up}] │ length:32 │ 70, 1, [{actor, down}]
 *
 * Typed ones belong to bucket types with `datatype=counter`, old ones (of Riak 1.4) to buckets of the
 * default type. Riak may store a term compressed: that is read; what is written is plain, which Riak
 * reads as well.
 *
 * Invariant: any bytes give a counter or `undefined`, never an exception.
 *
 * Source: basho/riak_kv src/riak_kv_crdt.erl, riak_kv_pncounter.erl, riak_kv_gcounter.erl;
 * basho/riak_dt src/riak_dt_pncounter.erl, riak_dt.erl.
 */

import { inflateSync } from 'node:zlib'
import {
  TermError,
  decodeTerm,
  encodeTerm,
  isInteger,
  isList,
  isTuple,
} from '../../causality/external-term.ts'
import type { Term } from '../../causality/external-term.ts'
import { limits } from '../../kernel/limits.ts'
import { counterFrom, mergeCounters } from './pn-counter.ts'
import type { CounterEntry, PnCounter } from './pn-counter.ts'

export type CounterForm = 'typed' | 'old'

export const counterContentType = 'application/riak_counter'

/** The first byte of every data type's value. */
export const datatypeTag = 69
const moduleName = Buffer.from('riak_dt_pncounter')
const counterTag = 71
const sumTag = 70
const compressedTag = 80

export function encodeCounter(form: CounterForm, counter: PnCounter): Buffer {
  if (form === 'typed') {
    const term = counter.map(({ actor, up, down }) => ({ tuple: [actor, up, down] }))
    return Buffer.concat([
      Buffer.of(datatypeTag, 2),
      uint32(moduleName.length),
      moduleName,
      Buffer.of(counterTag, 2),
      encodeTerm(term),
    ])
  }
  const ups = encodeSums(counter, ({ up }) => up)
  const downs = encodeSums(counter, ({ down }) => down)
  const head = Buffer.of(datatypeTag, 1, counterTag, 1)
  return Buffer.concat([head, uint32(ups.length), ups, uint32(downs.length), downs])
}

function encodeSums(counter: PnCounter, sumOf: (entry: CounterEntry) => bigint): Buffer {
  const present = counter.filter((entry) => sumOf(entry) > 0n)
  const term = present.map((entry) => ({ tuple: [entry.actor, sumOf(entry)] }))
  return Buffer.concat([Buffer.of(sumTag, 1), encodeTerm(term)])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** @returns undefined where the bytes are no counter: a client's own value that begins alike. */
export function decodeCounter(
  bytes: Uint8Array,
): { readonly form: CounterForm; readonly counter: PnCounter } | undefined {
  if (bytes[0] !== datatypeTag) return undefined
  const value = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  try {
    if (value[1] === 1) return { form: 'old', counter: readPair(value.subarray(2)) }
    if (value[1] === 2) return { form: 'typed', counter: readTyped(value.subarray(2)) }
    return undefined
  } catch (error) {
    if (error instanceof TermError || error instanceof RangeError) return undefined
    throw error
  }
}

function readTyped(bytes: Buffer): PnCounter {
  const nameEnd = 4 + bytes.readUInt32BE(0)
  if (!bytes.subarray(4, nameEnd).equals(moduleName)) throw new TermError('another data type')
  const body = bytes.subarray(nameEnd)
  if (body[0] === counterTag && body[1] === 2) return readEntries(body.subarray(2), 3)
  return readPair(body)
}

/** Increments and decrements apart: the old form, and version 1 of the typed one. */
function readPair(bytes: Buffer): PnCounter {
  if (bytes[0] !== counterTag || bytes[1] !== 1) throw new TermError('no counter')
  const upsEnd = 6 + bytes.readUInt32BE(2)
  const downsEnd = upsEnd + 4 + bytes.readUInt32BE(upsEnd)
  if (downsEnd !== bytes.length) throw new TermError('bytes after the counter')
  const ups = readSums(bytes.subarray(6, upsEnd))
  const downs = readSums(bytes.subarray(upsEnd + 4))
  return mergeCounters(
    ups,
    downs.map(({ actor, up }) => ({ actor, up: 0n, down: up })),
  )
}

function readSums(bytes: Buffer): PnCounter {
  if (bytes[0] !== sumTag || bytes[1] !== 1) throw new TermError('no sums')
  return readEntries(bytes.subarray(2), 2)
}

/** @param arity - 2: actor and up; 3: actor, up and down. */
function readEntries(bytes: Buffer, arity: 2 | 3): PnCounter {
  const term = decodeTerm(inflated(bytes))
  if (!isList(term)) throw new TermError('no list')
  return counterFrom(term.map((entry) => readEntry(entry, arity)))
}

function readEntry(term: Term, arity: 2 | 3): CounterEntry {
  if (!isTuple(term) || term.tuple.length !== arity) throw new TermError('no entry')
  const [actor, up, down = 0] = term.tuple
  if (!(actor instanceof Uint8Array)) throw new TermError('no actor')
  return { actor, up: readSum(up), down: readSum(down) }
}

function readSum(term: Term | undefined): bigint {
  if (!isInteger(term) || term < 0) throw new TermError('no sum')
  return BigInt(term)
}

/** Erlang's `compressed`: 131, 80, the length, and a zlib stream of the term after its 131. */
function inflated(bytes: Buffer): Uint8Array {
  if (bytes[1] !== compressedTag) return bytes
  const length = bytes.readUInt32BE(2)
  if (length > limits.objectBytesMax) throw new TermError('the term is too long')
  try {
    const body = inflateSync(bytes.subarray(6), { maxOutputLength: length })
    return Buffer.concat([bytes.subarray(0, 1), body])
  } catch (cause) {
    throw new TermError('the term does not inflate', { cause })
  }
}
