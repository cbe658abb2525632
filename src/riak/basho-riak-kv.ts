/**
 * The facade over basho-riak-client: its commands, codecs and connections, behind typed promises.
 *
 *     RiakKv call ──check──▶ Encoder ──command──▶ Dispatcher ──▶ NodePool ──▶ socket
 *     value or StoreError ◀──decode / to-store-error──┘
 *
 * Sole importer of the client (with `client/`). What it gets wrong, and where that is handled, is
 * listed in README.md.
 *
 * Invariant: every call ends exactly once, at the latest `riakGraceMs` after its timeout.
 */

import { OperationError } from '../kernel/errors.ts'
import type { Location } from '../kernel/ids.ts'
import type { JsonValue } from '../kernel/json.ts'
import { limits } from '../kernel/limits.ts'
import type { Clock, Dice, Log } from '../kernel/ports.ts'
import { parseAddresses } from './addresses.ts'
import {
  checkAmount,
  checkBucket,
  checkContent,
  checkIndexQuery,
  checkJob,
  checkJobTimeout,
  checkLocation,
  checkQuorum,
  checkTimeout,
  checkType,
} from './check-request.ts'
import type { ClientCommand, IndexMessage } from './client/client-types.ts'
import type {
  ListBucketsMessage,
  ListKeysMessage,
  MapReduceMessage,
} from './client/client-types.ts'
import { decodeContinuation, decodeFetched, decodeIndexEntries } from './client/decode.ts'
import { decodeFetchedCounter, decodeRows, decodeUpdatedCounter } from './client/decode.ts'
import { decodeNames, decodePreflist, decodeProps, decodeServerInfo } from './client/decode.ts'
import { Dispatcher } from './client/dispatcher.ts'
import { Encoder } from './client/encode.ts'
import type { Attempt } from './client/job.ts'
import { loadClient } from './client/load-client.ts'
import type { CallKind } from './riak-calls.ts'
import type * as kv from './riak-kv.ts'

export interface ConnectOptions {
  /** `host:port`, `host` (port 8087), `[ipv6]:port`. */
  readonly nodes: readonly string[]
  readonly clock: Clock
  readonly dice: Dice
  readonly log: Log
  /** Go on although no node answers: calls fail until one does. Default: an error. */
  readonly mayStartDown?: boolean
}

/**
 * Connect to the Riak nodes. Resolves when each was tried once (about 2 s at most); some may be down.
 *
 * @throws OperationError `BLOG_BAD_REQUEST` for an address that cannot be read; `BLOG_UNAVAILABLE`
 *   where none answers, with the reason of each; `BLOG_SECURITY_ON` where that is one of them.
 */
export async function connectRiak(options: ConnectOptions): Promise<kv.RiakKv> {
  const addresses = parseAddresses(options.nodes)
  const client = loadClient()
  const { clock, dice, log } = options
  const dispatcher = new Dispatcher({ addresses, client, clock, dice, log })
  try {
    await dispatcher.start({ mayBeDown: options.mayStartDown === true })
  } catch (error) {
    dispatcher.stop()
    throw error
  }
  return new BashoRiakKv(dispatcher, new Encoder(client))
}

/** An answer in one message. */
function single<T>(command: ClientCommand, decode: (message: unknown) => T): Attempt<T> {
  let value: T | undefined
  return {
    command,
    receive: (message) => {
      value = decode(message)
      return true
    },
    result: () => value as T,
  }
}

/** An answer in parts, the last of which says `done`. */
function streamed<T>(
  command: ClientCommand,
  /** @returns the part's `done`. */
  take: (part: unknown) => boolean | null,
  result: () => T,
): Attempt<T> {
  return {
    command,
    receive: (part) => {
      if (part === null) throw new Error('a part of a stream without content')
      return take(part) === true
    },
    result,
  }
}

function tooLarge(): OperationError {
  const message = `mapReduce: more than ${limits.jobAnswerBytesMax} bytes of results`
  return new OperationError('BLOG_TOO_LARGE', message)
}

function nothing(): undefined {
  return undefined
}

class BashoRiakKv implements kv.RiakKv {
  readonly #dispatcher: Dispatcher
  readonly #encoder: Encoder

  constructor(dispatcher: Dispatcher, encoder: Encoder) {
    this.#dispatcher = dispatcher
    this.#encoder = encoder
  }

  async ping(options: kv.CallOptions = {}): Promise<void> {
    const command = (): ClientCommand => this.#encoder.ping()
    await this.#read('ping', options, () => single(command(), nothing))
  }

  async serverInfo(
    options: kv.CallOptions = {},
  ): Promise<{ readonly node: string; readonly version: string }> {
    return this.#read('serverInfo', options, () =>
      single(this.#encoder.serverInfo(), decodeServerInfo),
    )
  }

  async get(at: Location, options: kv.GetOptions = {}): Promise<kv.Fetched | undefined> {
    checkLocation(at)
    checkQuorum('r', options.r)
    checkQuorum('pr', options.pr)
    const found = await this.#read('get', options, (timeoutMs) =>
      single(this.#encoder.get(at, options, timeoutMs), decodeFetched),
    )
    const isDeleted = found?.siblings.every((sibling) => sibling.isTombstone) === true
    return isDeleted && options.deletedContext === false ? undefined : found
  }

  async put(
    at: Location,
    content: kv.Content,
    options: kv.PutOptions = {},
  ): Promise<kv.Fetched | undefined> {
    checkLocation(at)
    checkContent(content)
    for (const name of ['w', 'dw', 'pw'] as const) checkQuorum(name, options[name])
    return this.#dispatcher.submit({
      call: 'put',
      timeoutMs: checkTimeout(options.timeoutMs),
      isRepeatable: options.isRepeatable === true,
      bytes: content.value.length,
      avoid: options.avoid,
      attempt: (timeoutMs) =>
        single(
          this.#encoder.put(at, content, options, timeoutMs),
          options.returnBody === true ? decodeFetched : nothing,
        ),
    })
  }

  async delete(at: Location, options: kv.DeleteOptions = {}): Promise<void> {
    checkLocation(at)
    checkQuorum('rw', options.rw)
    await this.#dispatcher.submit({
      call: 'delete',
      timeoutMs: checkTimeout(options.timeoutMs),
      // A second delete could cover what was written after the first.
      isRepeatable: false,
      bytes: 0,
      avoid: options.avoid,
      attempt: (timeoutMs) => single(this.#encoder.delete(at, options, timeoutMs), nothing),
    })
  }

  async listKeys(
    of: { readonly type: string; readonly bucket: string },
    options: kv.CallOptions = {},
  ): Promise<readonly string[]> {
    checkBucket(of)
    return this.#read('listKeys', options, (timeoutMs) => {
      const keys: string[] = []
      const take = (part: unknown): boolean | null => {
        const message = part as ListKeysMessage
        for (const key of decodeNames(message.keys)) keys.push(key)
        return message.done
      }
      return streamed(this.#encoder.listKeys(of, timeoutMs), take, () => keys)
    })
  }

  async listBuckets(type: string, options: kv.CallOptions = {}): Promise<readonly string[]> {
    checkType(type)
    return this.#read('listBuckets', options, (timeoutMs) => {
      const buckets: string[] = []
      const take = (part: unknown): boolean | null => {
        const message = part as ListBucketsMessage
        for (const bucket of decodeNames(message.buckets)) buckets.push(bucket)
        return message.done
      }
      return streamed(this.#encoder.listBuckets(type, timeoutMs), take, () => buckets)
    })
  }

  async queryIndex(query: kv.IndexQuery): Promise<kv.IndexPage> {
    checkIndexQuery(query)
    return this.#read('queryIndex', query, (timeoutMs) => {
      const entries: { key: string; term?: string }[] = []
      let continuation: Uint8Array | undefined
      const take = (part: unknown): boolean | null => {
        const message = part as IndexMessage
        for (const entry of decodeIndexEntries(query, message)) entries.push(entry)
        continuation = decodeContinuation(message) ?? continuation
        return message.done
      }
      const command = this.#encoder.queryIndex(query, timeoutMs)
      return streamed(command, take, () => ({ entries, continuation }))
    })
  }

  async bucketProps(of: {
    readonly type: string
    readonly bucket: string
  }): Promise<kv.BucketProps> {
    checkBucket(of)
    return this.#read('bucketProps', {}, () => single(this.#encoder.bucketProps(of), decodeProps))
  }

  async setBucketProps(
    of: { readonly type: string; readonly bucket: string },
    props: kv.BucketProps,
  ): Promise<void> {
    checkBucket(of)
    await this.#set('setBucketProps', () => this.#encoder.setBucketProps(of, props))
  }

  async resetBucketProps(of: { readonly type: string; readonly bucket: string }): Promise<void> {
    checkBucket(of)
    await this.#set('resetBucketProps', () => this.#encoder.resetBucketProps(of))
  }

  async typeProps(type: string): Promise<kv.BucketProps> {
    checkType(type)
    return this.#read('typeProps', {}, () => single(this.#encoder.typeProps(type), decodeProps))
  }

  async setTypeProps(type: string, props: kv.BucketProps): Promise<void> {
    checkType(type)
    await this.#set('setTypeProps', () => this.#encoder.setTypeProps(type, props))
  }

  async preflist(at: Location): Promise<readonly kv.PreflistEntry[]> {
    checkLocation(at)
    return this.#read('preflist', {}, () => single(this.#encoder.preflist(at), decodePreflist))
  }

  async mapReduce(job: kv.MapReduceJob): Promise<readonly JsonValue[]> {
    const answering = checkJob(job)
    const timeoutMs = checkJobTimeout(job.timeoutMs)
    return this.#read('mapReduce', { ...job, timeoutMs }, (leftMs) => {
      const rows: JsonValue[] = []
      let bytes = 0
      const take = (part: unknown): boolean | null => {
        const { phase, response, done } = part as MapReduceMessage
        if (response === null) return done
        bytes += response.toBuffer().length
        if (bytes > limits.jobAnswerBytesMax) throw tooLarge()
        if ((phase ?? 0) !== answering) return done
        for (const row of decodeRows(response)) rows.push(row)
        return done
      }
      return streamed(this.#encoder.mapReduce(job, leftMs), take, () => rows)
    })
  }

  async updateCounter(at: Location, amount: number, options: kv.CallOptions = {}): Promise<number> {
    checkLocation(at)
    checkAmount(amount)
    return this.#dispatcher.submit({
      call: 'updateCounter',
      timeoutMs: checkTimeout(options.timeoutMs),
      // Sent twice it would count twice.
      isRepeatable: false,
      bytes: 0,
      avoid: options.avoid,
      attempt: (timeoutMs) =>
        single(this.#encoder.updateCounter(at, amount, timeoutMs), decodeUpdatedCounter),
    })
  }

  async fetchCounter(at: Location, options: kv.CallOptions = {}): Promise<number | undefined> {
    checkLocation(at)
    return this.#read('fetchCounter', options, (timeoutMs) =>
      single(this.#encoder.fetchCounter(at, timeoutMs), decodeFetchedCounter),
    )
  }

  health(): kv.RiakHealth {
    return this.#dispatcher.health()
  }

  counts(): Readonly<Record<string, number>> {
    return this.#dispatcher.counts()
  }

  stop(): Promise<void> {
    this.#dispatcher.stop()
    return Promise.resolve()
  }

  #read<T>(
    call: CallKind,
    options: kv.CallOptions,
    attempt: (timeoutMs: number) => Attempt<T>,
  ): Promise<T> {
    return this.#dispatcher.submit({
      call,
      timeoutMs: checkTimeout(options.timeoutMs),
      isRepeatable: true,
      bytes: 0,
      avoid: options.avoid,
      attempt,
    })
  }

  /** Properties are set to a value, so that setting them twice is setting them once. */
  #set(call: CallKind, command: () => ClientCommand): Promise<undefined> {
    return this.#read(call, {}, () => single(command(), nothing))
  }
}
