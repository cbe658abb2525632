/**
 * What the handlers of Protocol Buffers requests share: the session of one connection, the shape of
 * an answer, and the reading of the fields that most requests have.
 *
 * Source: basho/riak_api src/riak_api_pb_service.erl; riak_kv_pb_object.erl `make_option/2`.
 */

import type { MessageName } from '../../wire/message-codes.ts'
import type { Messages } from '../../wire/message-types.ts'
import { decodeMessage, MalformedMessageError } from '../../wire/messages.ts'
import { decodeQuorum } from '../../wire/quorum-words.ts'
import { RiakError } from '../requests.ts'
import type { BucketId, QuorumWord } from '../requests.ts'
import type { RiakNode } from '../riak-node.ts'
import { undecodable } from './crash-text.ts'
import { latin1, toBytes } from './erlang-text.ts'

/** One connection's own state: all that Riak keeps between two requests. */
export interface Session {
  readonly node: RiakNode
  /** Accepted, given back, and without effect: clocks are the vnodes'. */
  clientId: Uint8Array
}

/** Several frames; each is taken when the one before has been taken by the socket. */
export interface FrameStream {
  readonly frames: AsyncGenerator<Buffer, void, undefined>
  /** The client is gone: what the next frame waits for is of no use. Idempotent. */
  readonly abort?: () => void
}

/**
 * Answers one request. Throws (or rejects with) a `RiakError`: its text is answered and the
 * connection stays; with anything else: answered as a crash, and the connection is closed.
 */
export type Handler = (session: Session, body: Uint8Array) => Buffer | Promise<Buffer> | FrameStream

/** The body as a message, or a crash as Riak's. */
export function read<N extends MessageName>(name: N, body: Uint8Array): Messages[N] {
  try {
    return decodeMessage(name, body)
  } catch (error) {
    if (error instanceof MalformedMessageError) throw undecodable(name.toLowerCase(), body)
    throw error
  }
}

const defaultType = toBytes('default')

export function typeOr(type: Uint8Array | undefined): Uint8Array {
  return type ?? defaultType
}

export function bucketId(type: Uint8Array | undefined, bucket: Uint8Array): BucketId {
  return { type: typeOr(type), bucket }
}

/** @throws RiakError where one of these is there and empty. */
export function refuseEmpty(parts: {
  readonly bucket?: Uint8Array | undefined
  readonly key?: Uint8Array | undefined
  readonly type?: Uint8Array | undefined
}): void {
  if (parts.bucket?.length === 0) throw new RiakError('Bucket cannot be zero-length')
  if (parts.key?.length === 0) throw new RiakError('Key cannot be zero-length')
  if (parts.type?.length === 0) throw new RiakError('Type cannot be zero-length')
}

/** @returns undefined where nothing was asked for; `default` is the same as nothing. */
export function quorum(value: number | undefined): QuorumWord | undefined {
  if (value === undefined) return undefined
  const word = decodeQuorum(value)
  return word === 'default' ? undefined : word
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

/** The options a client sent, without those it did not. */
export function given<T extends object>(options: T): Given<T> {
  const present: Given<T> = {}
  // In a loop: it runs with every request, and `Object.fromEntries` takes three times as long.
  for (const name in options) {
    const value = options[name]
    if (value !== undefined) present[name] = value as Exclude<T[typeof name], undefined>
  }
  return present
}

/** Riak words an unknown bucket type differently here and there. */
export function rewordNoType(error: unknown, words: string): unknown {
  return error instanceof RiakError && error.text === 'no_type' ? new RiakError(words) : error
}

export function noTypeNamed(type: Uint8Array | undefined): string {
  return `No bucket-type named '${latin1(typeOr(type))}'`
}
