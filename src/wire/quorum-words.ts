/**
 * Quorum words as Protocol Buffers carry them: uint32 at the top of the range.
 *
 * Source: basho/riak_pb src/riak_pb_kv_codec.erl `encode_quorum/1`.
 */

export type WireQuorum = number | 'one' | 'quorum' | 'all' | 'default'

const words: ReadonlyMap<number, WireQuorum> = new Map([
  [4_294_967_294, 'one'],
  [4_294_967_293, 'quorum'],
  [4_294_967_292, 'all'],
  [4_294_967_291, 'default'],
])

const numbers: Readonly<Record<Exclude<WireQuorum, number>, number>> = {
  one: 4_294_967_294,
  quorum: 4_294_967_293,
  all: 4_294_967_292,
  default: 4_294_967_291,
}

export function decodeQuorum(value: number): WireQuorum {
  return words.get(value) ?? value
}

/** @param value - a number in [0, 2^32 - 6], or a word. */
export function encodeQuorum(value: WireQuorum): number {
  return typeof value === 'number' ? value : numbers[value]
}
