/**
 * Requests as the client's commands want them: options checked by joi (gets and puts are copies of a
 * checked one), quorums as numbers, contents as RiakObjects.
 *
 * Where a command would send something unasked (`notfound_ok=false`, no timeout), it is always said.
 */

import { OperationError } from '../../kernel/errors.ts'
import type { Location } from '../../kernel/ids.ts'
import type { BucketProps, Content, DeleteOptions, GetOptions } from '../riak-kv.ts'
import type { IndexQuery, JobBucket, JobKey, MapReduceJob, PutOptions, Quorum } from '../riak-kv.ts'
import type { Client, ClientCommand, ClientCommands } from './client-types.ts'
import { QuickCommand } from './quick-command.ts'

/** Riak's words as uint32 on the wire. */
const words = {
  one: 4_294_967_294,
  quorum: 4_294_967_293,
  all: 4_294_967_292,
  default: 4_294_967_291,
} as const

function toNumber(quorum: Quorum): number {
  return typeof quorum === 'number' ? quorum : words[quorum]
}

const wordsByNumber: ReadonlyMap<number, Quorum> = new Map(
  Object.entries(words).map(([word, number]) => [number, word as keyof typeof words]),
)

/** A quorum as it came in bucket properties. */
export function toQuorum(value: number): Quorum {
  return wordsByNumber.get(value) ?? value
}

type Quorums = Partial<Record<'r' | 'pr' | 'w' | 'dw' | 'pw' | 'rw', Quorum | undefined>>

function quorums(asked: Quorums): Record<string, number> {
  const numbers: Record<string, number> = {}
  for (const name in asked) {
    const quorum = asked[name as keyof Quorums]
    if (quorum !== undefined) numbers[name] = toNumber(quorum)
  }
  return numbers
}

/** A view, no copy. */
function buffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function place(at: Location): Record<string, unknown> {
  return { bucketType: at.type, bucket: at.bucket, key: Buffer.from(at.key, 'utf8') }
}

/** Roughly. */
function nameBytes({ type, bucket, key }: Location): number {
  return type.length + bucket.length + key.length
}

/** Answers are read from the message itself (`decode.ts`): the client's callback is never called. */
function ignore(): void {
  return undefined
}

export class Encoder {
  readonly #commands: ClientCommands
  readonly #get: QuickCommand
  readonly #put: QuickCommand

  constructor({ commands, ByteBuffer }: Pick<Client, 'commands' | 'ByteBuffer'>) {
    this.#commands = commands
    const { FetchValue, StoreValue, RiakObject } = commands.KV
    const least = place({ type: 'type', bucket: 'bucket', key: 'key' })
    this.#get = new QuickCommand(ByteBuffer, (asked) => new FetchValue(asked, ignore), least)
    this.#put = new QuickCommand(ByteBuffer, (asked) => new StoreValue(asked, ignore), {
      ...least,
      value: new RiakObject(),
    })
  }

  ping(): ClientCommand {
    return new this.#commands.Ping(ignore)
  }

  serverInfo(): ClientCommand {
    return new this.#commands.FetchServerInfo(ignore)
  }

  get(at: Location, options: GetOptions, timeout: number): ClientCommand {
    const asked = {
      ...place(at),
      ...quorums({ r: options.r, pr: options.pr }),
      notFoundOk: options.notFoundOk ?? true,
      useBasicQuorum: options.basicQuorum ?? false,
      returnDeletedVClock: options.deletedContext ?? true,
      headOnly: options.head ?? false,
      timeout,
    }
    return this.#get.with(asked, nameBytes(at))
  }

  put(at: Location, content: Content, options: PutOptions, timeout: number): ClientCommand {
    const asked = {
      ...place(at),
      value: this.#object(content),
      ...quorums({ w: options.w, dw: options.dw, pw: options.pw }),
      ...(options.context === undefined ? {} : { vclock: buffer(options.context) }),
      returnBody: options.returnBody ?? false,
      ifNoneMatch: options.ifNoneMatch ?? false,
      ifNotModified: options.ifNotModified ?? false,
      timeout,
    }
    return this.#put.with(asked, nameBytes(at) + content.value.length)
  }

  delete(at: Location, options: DeleteOptions, timeout: number): ClientCommand {
    const asked = {
      ...place(at),
      ...quorums({ rw: options.rw }),
      ...(options.context === undefined ? {} : { vclock: buffer(options.context) }),
      timeout,
    }
    return new this.#commands.KV.DeleteValue(asked, ignore)
  }

  listKeys(of: { readonly type: string; readonly bucket: string }, timeout: number): ClientCommand {
    const asked = { bucketType: of.type, bucket: of.bucket, timeout }
    return new this.#commands.KV.ListKeys(asked, ignore)
  }

  listBuckets(type: string, timeout: number): ClientCommand {
    return new this.#commands.KV.ListBuckets({ bucketType: type, timeout }, ignore)
  }

  queryIndex(query: IndexQuery, timeout: number): ClientCommand {
    const isExact = query.equals !== undefined
    // joi refuses an empty term, which Riak takes (the lower end of everything): a placeholder is
    // checked, the term itself put in its place.
    const terms = isExact
      ? { indexKey: query.equals }
      : { rangeStart: query.from, rangeEnd: query.to }
    const placeholders = isExact ? { indexKey: '-' } : { rangeStart: '-', rangeEnd: '-' }
    const asked = {
      bucketType: query.type,
      bucket: query.bucket,
      indexName: query.field,
      ...placeholders,
      // Riak returns no terms for an exact query; `decode.ts` fills them in.
      returnKeyAndIndex: query.returnTerms === true && !isExact,
      ...(query.maxResults === undefined ? {} : { maxResults: query.maxResults }),
      ...(query.continuation === undefined ? {} : { continuation: buffer(query.continuation) }),
      timeout,
    }
    const command = new this.#commands.KV.SecondaryIndexQuery(asked, ignore)
    Object.assign(command.options, terms)
    return command
  }

  bucketProps(of: { readonly type: string; readonly bucket: string }): ClientCommand {
    const asked = { bucketType: of.type, bucket: of.bucket }
    return new this.#commands.KV.FetchBucketProps(asked, ignore)
  }

  setBucketProps(
    of: { readonly type: string; readonly bucket: string },
    props: BucketProps,
  ): ClientCommand {
    const asked = { bucketType: of.type, bucket: of.bucket, ...propsOptions(props) }
    return new this.#commands.KV.StoreBucketProps(asked, ignore)
  }

  resetBucketProps(of: { readonly type: string; readonly bucket: string }): ClientCommand {
    const asked = { bucketType: of.type, bucket: of.bucket }
    return new this.#commands.KV.ResetBucketProps(asked, ignore)
  }

  typeProps(type: string): ClientCommand {
    return new this.#commands.KV.FetchBucketTypeProps({ bucketType: type }, ignore)
  }

  setTypeProps(type: string, props: BucketProps): ClientCommand {
    const asked = { bucketType: type, ...propsOptions(props) }
    return new this.#commands.KV.StoreBucketTypeProps(asked, ignore)
  }

  preflist(at: Location): ClientCommand {
    return new this.#commands.KV.FetchPreflist(place(at), ignore)
  }

  mapReduce(job: MapReduceJob, timeout: number): ClientCommand {
    const inputs = 'bucket' in job.inputs ? bucketInputs(job.inputs) : job.inputs.map(keyInput)
    const text = JSON.stringify({ inputs, query: job.query, timeout })
    return new this.#commands.MR.MapReduce(text, ignore, true)
  }

  fetchCounter(at: Location, timeout: number): ClientCommand {
    return new this.#commands.CRDT.FetchCounter({ ...place(at), timeout }, ignore)
  }

  updateCounter(at: Location, increment: number, timeout: number): ClientCommand {
    return new this.#commands.CRDT.UpdateCounter({ ...place(at), increment, timeout }, ignore)
  }

  #object(content: Content): unknown {
    const object = new this.#commands.KV.RiakObject()
      .setValue(buffer(content.value))
      .setContentType(content.contentType)
    const byField = new Map<string, string[]>()
    for (const { field, value } of content.indexes ?? []) {
      const values = byField.get(field)
      if (values === undefined) byField.set(field, [value])
      else values.push(value)
    }
    for (const [field, values] of byField) object.setIndex(field, values)
    const meta = Object.entries(content.userMeta ?? {})
    if (meta.length > 0) object.setUserMeta(meta.map(([key, value]) => ({ key, value })))
    return object
  }
}

/** A key as a job names it: `["b","k"]`, or with its type `["b","k",keydata,"t"]`. */
function keyInput({ type, bucket, key, keyData }: JobKey): readonly unknown[] {
  if (type !== 'default') return [bucket, key, keyData ?? null, type]
  return keyData === undefined ? [bucket, key] : [bucket, key, keyData]
}

function bucketInputs(of: JobBucket): unknown {
  const bucket = of.type === 'default' ? of.bucket : [of.type, of.bucket]
  if (of.field === undefined) return bucket
  return 'equals' in of
    ? { bucket, index: of.field, key: of.equals }
    : { bucket, index: of.field, start: of.from, end: of.to }
}

/** @throws OperationError `BLOG_BAD_REQUEST` for a property that Protocol Buffers cannot carry. */
function propsOptions(props: BucketProps): Record<string, unknown> {
  for (const name of ['dvv_enabled', 'datatype'] as const) {
    if (props[name] !== undefined) {
      throw new OperationError(
        'BLOG_BAD_REQUEST',
        `${name} cannot be set over Protocol Buffers (use riak-admin bucket-type, or HTTP)`,
      )
    }
  }
  const { r, w, dw, rw, pr, pw } = props
  const options: Record<string, unknown> = quorums({ r, w, dw, rw, pr, pw })
  const names = {
    n_val: 'nVal',
    allow_mult: 'allowMult',
    last_write_wins: 'lastWriteWins',
    notfound_ok: 'notFoundOk',
    basic_quorum: 'basicQuorum',
  } as const
  for (const [name, option] of Object.entries(names)) {
    const value = props[name as keyof typeof names]
    if (value !== undefined) options[option] = value
  }
  return options
}
