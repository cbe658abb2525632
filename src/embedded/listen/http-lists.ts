/**
 * Lists of keys and of buckets over HTTP: whole, or batch by batch as the vnodes answer.
 *
 *     ?keys=true     {"keys":[…]}                     ?buckets=true     {"buckets":[…]}
 *     ?keys=stream   {"keys":[…]}{"keys":[…]}…        an empty list is the last one
 *
 * An error on the way is a 200 that says so, as in Riak.
 *
 * Source: basho/riak_kv src/riak_kv_wm_keylist.erl, riak_kv_wm_buckets.erl; captures/http/060 to 068.
 */

import { limits } from '../../kernel/limits.ts'
import type { HttpAnswer } from '../../kernel/ports.ts'
import { RiakError } from '../requests.ts'
import type { BucketId } from '../requests.ts'
import type { RiakNode } from '../riak-node.ts'
import { CrashError } from './crash-text.ts'
import { toBytes } from './erlang-text.ts'
import type { HttpResource, Stop } from './http-decisions.ts'
import { stackOnly } from './http-errors.ts'
import { ListJson, jsonText, riakJson } from './http-json.ts'
import { parseTimeout } from './http-object-request.ts'
import { typeExists } from './http-props.ts'
import type { Reply } from './http-reply.ts'
import type { ParsedRequest } from './http-request.ts'
import { given } from './pb-session.ts'

type Batches = AsyncIterable<readonly Uint8Array[]>
type How = { readonly timeoutMs?: number }

abstract class HttpList implements HttpResource {
  protected readonly node: RiakNode
  protected readonly request: ParsedRequest
  readonly #type: Uint8Array
  readonly #noun: 'keys' | 'buckets'
  #how: How = {}

  constructor(node: RiakNode, type: Uint8Array, request: ParsedRequest, noun: 'keys' | 'buckets') {
    this.node = node
    this.#type = type
    this.request = request
    this.#noun = noun
  }

  protected abstract list(how: How): Batches
  /** What stands before the list in one object. */
  protected abstract preamble(): Readonly<Record<string, unknown>>
  /** The body of a whole list that failed. */
  protected abstract failed(error: unknown): Uint8Array
  /** Where no list is asked for. */
  protected abstract nothing(): Uint8Array

  judge(reply: Reply): Stop {
    const timeout = parseTimeout(this.request)
    if (timeout.kind === 'bad') {
      reply.say(timeout.text)
      return 400
    }
    this.#how = given({ timeoutMs: timeout.value })
    return undefined
  }

  types(): readonly string[] {
    return ['application/json']
  }

  encodings(): readonly string[] {
    return ['identity', 'gzip']
  }

  exists(): boolean {
    return typeExists(this.node, this.#type)
  }

  render(): Promise<HttpAnswer['body']> | HttpAnswer['body'] {
    const how = this.request.parameter(this.#noun)
    // Nobody reads the body of a HEAD, so nobody is asked for it.
    if (this.request.method === 'HEAD') return new Uint8Array(0)
    if (how === 'stream') return this.#stream()
    return how === 'true' ? this.#whole() : this.nothing()
  }

  async #whole(): Promise<Uint8Array> {
    const body = new ListJson(this.preamble(), this.#noun)
    try {
      for await (const batch of this.#batches()) {
        body.add(batch.map(jsonText))
        // What is larger is to be streamed.
        if (body.bytes > limits.pbFrameBytesMax) throw new RiakError(`{too_large,${body.bytes}}`)
      }
    } catch (error) {
      return this.failed(error)
    }
    return body.finish()
  }

  /** No time at all is over before the first answer. */
  #batches(): Batches {
    if ((this.#how.timeoutMs ?? 1) <= 0) throw new RiakError('timeout')
    return this.list(this.#how)
  }

  async *#stream(): AsyncGenerator<Uint8Array, void, undefined> {
    const batchJson = (names: readonly string[]): Uint8Array =>
      toBytes(riakJson({ [this.#noun]: names }))
    const preamble = this.preamble()
    if (Object.keys(preamble).length > 0) yield toBytes(riakJson(preamble))
    try {
      for await (const batch of this.#batches()) {
        if (batch.length > 0) yield batchJson(batch.map(jsonText))
      }
      yield batchJson([])
    } catch (error) {
      yield toBytes(errorJson(error))
    }
  }
}

/** @throws what is no error of Riak's. */
export function errorJson(error: unknown): string {
  if (error instanceof RiakError) return riakJson({ error: error.text })
  throw error
}

export class HttpKeyList extends HttpList {
  readonly #of: BucketId
  readonly #isOldForm: boolean

  /** @param isOldForm - `/riak/B?keys=…`: the properties come first. */
  constructor(node: RiakNode, of: BucketId, request: ParsedRequest, isOldForm: boolean) {
    super(node, of.type, request, 'keys')
    this.#of = of
    this.#isOldForm = isOldForm
  }

  protected list(how: How): Batches {
    return this.node.listKeys(this.#of, how)
  }

  protected preamble(): Readonly<Record<string, unknown>> {
    const isWithProps = this.#isOldForm && this.request.parameter('props') !== 'false'
    if (!isWithProps) return {}
    return { props: Object.fromEntries(this.node.bucketProps(this.#of)) }
  }

  protected failed(error: unknown): Uint8Array {
    return toBytes(errorJson(error))
  }

  protected nothing(): Uint8Array {
    return toBytes('{}')
  }
}

export class HttpBucketList extends HttpList {
  readonly #of: Uint8Array

  constructor(node: RiakNode, type: Uint8Array, request: ParsedRequest) {
    super(node, type, request, 'buckets')
    this.#of = type
  }

  protected list(how: How): Batches {
    return this.node.listBuckets(this.#of, how)
  }

  protected preamble(): Readonly<Record<string, unknown>> {
    return {}
  }

  /** @throws CrashError: Riak matches nothing but a list. */
  protected failed(error: unknown): Uint8Array {
    if (!(error instanceof RiakError)) throw error
    const maker = { module: 'riak_kv_wm_buckets', function: 'produce_bucket_list', args: 2 }
    throw new CrashError([`{badmatch,{error,${error.text}}}`], [maker])
  }

  /** @throws CrashTerm: all buckets are listed only where that is said (captures/http/063). */
  protected nothing(): Uint8Array {
    const callers = [
      ['webmachine_resource', 'do', 3],
      ['webmachine_decision_core', 'resource_call', 1],
      ['webmachine_decision_core', 'decision', 1],
      ['webmachine_decision_core', 'handle_request', 2],
    ] as const
    throw stackOnly(callers)
  }
}
