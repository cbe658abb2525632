/**
 * The part of basho-riak-client 2.4.0 that the facade uses, typed from its source: the package has
 * no types of its own.
 *
 * Messages are protobufjs 5 objects: an absent field is `null`, `bytes` are ByteBuffers.
 */

import type { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'

/** A ByteBuffer (bytebuffer 5). */
export interface ClientBytes {
  /** A view of the bytes, without a copy. */
  toBuffer(): Buffer
}

/** A Long. */
export interface ClientLong {
  toNumber(): number
}

export interface PairMessage {
  readonly key: ClientBytes
  readonly value: ClientBytes | null
}

export interface ContentMessage {
  readonly value: ClientBytes | null
  readonly content_type: ClientBytes | null
  readonly vtag: ClientBytes | null
  /** Seconds since 1970. */
  readonly last_mod: number | null
  readonly last_mod_usecs: number | null
  readonly usermeta: readonly PairMessage[]
  readonly indexes: readonly PairMessage[]
  readonly deleted: boolean | null
}

/** RpbGetResp and RpbPutResp. */
export interface ObjectMessage {
  readonly content: readonly ContentMessage[]
  readonly vclock: ClientBytes | null
}

export interface ErrorMessage {
  readonly errmsg: ClientBytes | null
}

export interface ServerInfoMessage {
  readonly node: ClientBytes | null
  readonly server_version: ClientBytes | null
}

export interface ListKeysMessage {
  readonly keys: readonly ClientBytes[]
  readonly done: boolean | null
}

export interface ListBucketsMessage {
  readonly buckets: readonly ClientBytes[]
  readonly done: boolean | null
}

export interface IndexMessage {
  readonly keys: readonly ClientBytes[]
  readonly results: readonly PairMessage[]
  readonly continuation: ClientBytes | null
  readonly done: boolean | null
}

export interface PropsMessage {
  readonly props: {
    readonly n_val: number | null
    readonly allow_mult: boolean | null
    readonly last_write_wins: boolean | null
    readonly notfound_ok: boolean | null
    readonly basic_quorum: boolean | null
    readonly r: number | null
    readonly w: number | null
    readonly dw: number | null
    readonly rw: number | null
    readonly pr: number | null
    readonly pw: number | null
    readonly datatype: ClientBytes | null
  }
}

export interface PreflistMessage {
  readonly preflist: readonly {
    readonly partition: ClientLong
    readonly node: ClientBytes
    readonly primary: boolean
  }[]
}

export interface MapReduceMessage {
  readonly phase: number | null
  readonly response: ClientBytes | null
  readonly done: boolean | null
}

/** DtFetchResp. */
export interface FetchedCounterMessage {
  readonly value: { readonly counter_value: ClientLong | null } | null
}

/** DtUpdateResp. */
export interface UpdatedCounterMessage {
  readonly counter_value: ClientLong | null
}

/** A request, ready to be encoded. */
export interface ClientCommand {
  readonly name: string
  /** The message code of its answers. */
  readonly expectedCode: number
  /** Checked by joi; read when the command is encoded. */
  readonly options: Record<string, unknown>
  /** Five bytes: room for the length, and the code. */
  readonly header: Buffer
  /** @throws where an option makes no message. */
  constructPbRequest(): ClientMessage
}

/** A message whose fields are set. */
export interface ClientMessage {
  /** @param isVerified - its fields are what their types say: not to be looked at again. */
  encode(into: ClientByteBuffer, isVerified: boolean): unknown
}

/** A ByteBuffer that is written, or read: from `offset`, which moves, up to `limit`. */
export interface ClientByteBuffer {
  offset: number
  limit: number
  /** Another one when it had to grow. */
  buffer: Buffer
}

/** A class of messages (protobufjs 5). */
export interface ClientMessageClass {
  /** @throws on bytes that are no such message. Its `bytes` are views of what was given. */
  decode(from: ClientByteBuffer): unknown
}

export interface ClientAnswer {
  readonly msgCode: number
  /** Null where the answer is a code alone. */
  readonly protobuf: unknown
}

type Callback = (error: unknown, answer: unknown) => void
type CommandClass = new (options: Record<string, unknown>, callback: Callback) => ClientCommand
type JobCommandClass = new (query: string, callback: Callback, stream?: boolean) => ClientCommand
type BareCommandClass = new (callback: Callback) => ClientCommand

export interface ClientRiakObject {
  setValue(value: Buffer): this
  setContentType(contentType: string): this
  setUserMeta(pairs: readonly { readonly key: string; readonly value: string }[]): this
  setIndex(field: string, values: readonly string[]): this
}

export interface ClientCommands {
  readonly Ping: BareCommandClass
  readonly FetchServerInfo: BareCommandClass
  readonly KV: {
    readonly RiakObject: new () => ClientRiakObject
    readonly FetchValue: CommandClass
    readonly StoreValue: CommandClass
    readonly DeleteValue: CommandClass
    readonly ListKeys: CommandClass
    readonly ListBuckets: CommandClass
    readonly SecondaryIndexQuery: CommandClass
    readonly FetchBucketProps: CommandClass
    readonly StoreBucketProps: CommandClass
    readonly ResetBucketProps: CommandClass
    readonly FetchBucketTypeProps: CommandClass
    readonly StoreBucketTypeProps: CommandClass
    readonly FetchPreflist: CommandClass
  }
  readonly MR: { readonly MapReduce: JobCommandClass }
  readonly CRDT: { readonly FetchCounter: CommandClass; readonly UpdateCounter: CommandClass }
}

/**
 * One socket, at most one request in flight on it.
 *
 * Events: `connected` (connection), `connectFailed` (connection, reason), `connectionClosed`
 * (connection, reason?), `responseReceived` (connection, command, code, message | null).
 */
export interface ClientConnection extends EventEmitter {
  readonly closed: boolean
  readonly _connection: Socket | null
  connect(): void
  /** @returns false where a request is in flight already. */
  execute(command: ClientCommand): boolean
  executeDone(): void
  close(): void
  _receiveData(data: Buffer): void
  _buildProtobufArray: (data: Buffer) => ClientAnswer[]
  _emitAndClose(event: 'connectionClosed' | 'connectFailed', reason?: unknown): void
}

export interface ClientConnectionOptions {
  readonly remoteAddress: string
  readonly remotePort: number
  /** Milliseconds until the connection must be open. */
  readonly connectionTimeout: number
  /** Milliseconds of silence on the socket during a request. */
  readonly requestTimeout: number
  /** Header and body leave in one packet. */
  readonly cork: boolean
}

export type ClientConnectionClass = new (options: ClientConnectionOptions) => ClientConnection

export interface Client {
  readonly commands: ClientCommands
  readonly ByteBuffer: new (capacity: number) => ClientByteBuffer
  readonly Connection: ClientConnectionClass
}
