/**
 * Objects over HTTP: GET, HEAD, PUT, POST and DELETE of a key, POST without one.
 *
 *     GET     read before the negotiation: what is stored decides what can be given
 *     PUT     read only where a condition asks for it; a clock that cannot be read is a crash page
 *     DELETE  covers what the clock of `X-Riak-Vclock`, or a read, has seen
 *
 * Source: basho/riak_kv src/riak_kv_wm_object.erl; RIAK.md §5, captures/http.
 */

import { inflateRawSync } from 'node:zlib'
import { VclockError, decodeVclock, equalVclocks } from '../../causality/vclock.ts'
import { limits } from '../../kernel/limits.ts'
import type { Dice } from '../../kernel/ports.ts'
import { RiakError } from '../requests.ts'
import type { BucketId, NodeGetOptions, NodeGetResult } from '../requests.ts'
import type { RiakNode } from '../riak-node.ts'
import type { ObjectContent, ObjectValue, RiakObject } from '../vnode/riak-object.ts'
import { makeKey } from '../vnode/vtag.ts'
import { CrashError } from './crash-text.ts'
import { latin1 } from './erlang-text.ts'
import { formatDate } from './http-decisions.ts'
import type { HttpResource, Stop } from './http-decisions.ts'
import { stackOnly, tellRiakError } from './http-errors.ts'
import { chooseMediaType } from './http-negotiate.ts'
import {
  contentTypeOfValue,
  etagOf,
  lastModifiedOf,
  showValue,
  siblingsInParts,
  siblingsText,
  vclockHeader,
} from './http-object-body.ts'
import type { LinkForm } from './http-object-body.ts'
import {
  contentTypeOf,
  parseIndexes,
  parseLinks,
  parseParameters,
  userMetaOf,
} from './http-object-request.ts'
import type { ObjectParameters } from './http-object-request.ts'
import { typeExists } from './http-props.ts'
import type { Reply } from './http-reply.ts'
import type { ParsedRequest } from './http-request.ts'
import { quotePlus } from './http-target.ts'
import { given } from './pb-session.ts'

/** Which object, and how its path was written. */
export interface ObjectPath {
  readonly of: BucketId
  /** Undefined: the node makes one (POST). */
  readonly key: Uint8Array | undefined
  readonly form: LinkForm
}

const conditional = ['if-none-match', 'if-match', 'if-unmodified-since', 'x-riak-if-not-modified']

export class HttpObject implements HttpResource {
  readonly methods: readonly string[] = ['HEAD', 'GET', 'POST', 'PUT', 'DELETE']
  readonly #node: RiakNode
  readonly #dice: Dice
  readonly #path: ObjectPath
  readonly #request: ParsedRequest
  readonly #isRead: boolean
  readonly #isWrite: boolean
  #parameters: ObjectParameters | undefined
  #content: Pick<ObjectContent, 'links' | 'indexes'> = {}
  #object: RiakObject | undefined
  #madeKey: Uint8Array | undefined

  constructor(node: RiakNode, dice: Dice, path: ObjectPath, request: ParsedRequest) {
    this.#node = node
    this.#dice = dice
    this.#path = path
    this.#request = request
    this.#isRead = request.method === 'GET' || request.method === 'HEAD'
    this.#isWrite = request.method === 'PUT' || request.method === 'POST'
  }

  async judge(reply: Reply): Promise<Stop> {
    const malformed = this.#malformed()
    if (malformed !== undefined) {
      reply.say(malformed)
      return 400
    }
    if (this.#isRead) return this.#read(reply)
    if (typeExists(this.#node, this.#path.of.type)) return undefined
    return this.#tell(new RiakError('no_type'), reply)
  }

  #malformed(): string | undefined {
    const request = this.#request
    const contentType = request.header('content-type')
    if (this.#isWrite && contentType === undefined) return 'Missing Content-Type request header'
    if (this.#isWrite && contentTypeOf(contentType ?? '').type === '') throw emptyContentType()
    const parameters = parseParameters(request)
    if (parameters.kind === 'bad') return parameters.text
    this.#parameters = parameters.value
    if (!this.#isWrite) return undefined
    const links = parseLinks(request, this.#path.form, this.#path.of.bucket)
    if (links.kind === 'bad') return links.text
    const indexes = parseIndexes(request)
    if (indexes.kind === 'bad') return indexes.text
    this.#content = {
      ...(links.value.length > 0 && { links: links.value }),
      ...(indexes.value.length > 0 && { indexes: indexes.value }),
    }
    return undefined
  }

  #tell(error: RiakError, reply: Reply): number {
    return tellRiakError(error, reply, latin1(this.#path.of.type))
  }

  #get(): Promise<NodeGetResult> {
    const { key, of } = this.#path
    if (key === undefined) return Promise.resolve({ kind: 'notfound' })
    const { quorums, basicQuorum, notFoundOk, timeoutMs } = this.#parameters ?? emptyParameters
    const { r, pr, node_confirms: nodeConfirms } = quorums
    const options: NodeGetOptions = given({
      r,
      pr,
      nodeConfirms,
      basicQuorum,
      notFoundOk,
      timeoutMs,
    })
    return this.#node.get(of, key, options)
  }

  async #read(reply: Reply): Promise<Stop> {
    let found: NodeGetResult
    try {
      found = await this.#get()
    } catch (error) {
      if (error instanceof RiakError) return this.#tell(error, reply)
      throw error
    }
    if (found.kind === 'found') {
      this.#object = found.object
      return undefined
    }
    if (found.kind === 'deleted') {
      reply.set('X-Riak-Vclock', vclockHeader(found.object.vclock))
      reply.set('X-Riak-Deleted', 'true')
    }
    return this.#tell(new RiakError('notfound'), reply)
  }

  /** The one value to show, or undefined: there are several. */
  #chosen(): ObjectValue | undefined {
    const { values } = this.#object ?? { values: [] }
    const [single] = values
    if (values.length === 1) return single
    const vtag = this.#request.parameter('vtag')
    return values.find((value) => value.vtag === vtag)
  }

  types(): readonly string[] {
    if (this.#isWrite) return [contentTypeOf(this.#request.header('content-type') ?? '').type]
    if (this.#object === undefined) return ['text/html']
    const chosen = this.#chosen()
    return chosen === undefined ? ['text/plain', 'multipart/mixed'] : [contentTypeOfValue(chosen)]
  }

  charset(): string | undefined {
    if (this.#isWrite) return contentTypeOf(this.#request.header('content-type') ?? '').charset
    return this.#isRead ? this.#chosen()?.charset : undefined
  }

  encodings(): readonly string[] {
    const stored = this.#chosen()?.contentEncoding
    return stored === undefined ? ['identity', 'gzip'] : [stored]
  }

  async exists(): Promise<boolean> {
    if (this.#isRead) return this.#hasTag()
    const isConditional = conditional.some((name) => this.#request.header(name) !== undefined)
    // Nobody looks: what is deleted is taken to be there, what is put to be new.
    if (!isConditional) return !this.#isWrite
    try {
      const found = await this.#get()
      if (found.kind === 'found') this.#object = found.object
    } catch (error) {
      if (!(error instanceof RiakError)) throw error
    }
    return this.#object !== undefined && this.#hasTag()
  }

  #hasTag(): boolean {
    const vtag = this.#request.parameter('vtag')
    if (vtag === undefined) return true
    return this.#object?.values.some((value) => value.vtag === vtag) ?? false
  }

  etag(): string | undefined {
    if (this.#object === undefined) return this.#isUnread ? noObjectToTag() : undefined
    return this.#chosen()?.vtag ?? etagOf(this.#object)
  }

  /** A delete without a condition reads nothing; `If-Modified-Since` is none to Riak, and crashes. */
  get #isUnread(): boolean {
    return this.#request.method === 'DELETE' && this.#object === undefined
  }

  lastModified(): number | undefined {
    if (this.#object === undefined) return this.#isUnread ? 0 : undefined
    const chosen = this.#chosen()
    return chosen === undefined ? lastModifiedOf(this.#object.values) : chosen.lastModified.seconds
  }

  render(type: string, reply: Reply): Uint8Array {
    const object = this.#object
    if (object === undefined) return new Uint8Array(0)
    const body = this.#renderValues(object, type, reply)
    // Last, since what cannot be shown has no clock either.
    reply.set('X-Riak-Vclock', vclockHeader(object.vclock))
    return body
  }

  #renderValues(object: RiakObject, type: string, reply: Reply): Uint8Array {
    const { bucket } = this.#path.of
    const chosen = this.#chosen()
    if (chosen !== undefined) return showValue(reply, chosen, bucket, this.#path.form)
    if (type !== 'multipart/mixed') {
      reply.set('Content-Type', 'text/plain')
      return siblingsText(object)
    }
    const boundary = latin1(makeKey(this.#dice.bytes(20)))
    reply.set('Content-Type', `multipart/mixed; boundary=${boundary}`)
    return siblingsInParts(object, bucket, this.#path.form, boundary)
  }

  isMultiple(reply: Reply): boolean {
    const chosen = this.#chosen()
    if (chosen?.isTombstone === true) reply.set('X-Riak-Deleted', 'true')
    return this.#object !== undefined && chosen === undefined
  }

  takes(reply: Reply, mediaType: string): boolean {
    // The address is made first, and told whatever becomes of it.
    if (this.#path.key === undefined) reply.set('Location', this.#location(this.#key))
    // A POST to a key is no creation: nobody looks at its type.
    else if (this.#request.method === 'POST') return true
    return this.#isMediaTaken(reply, mediaType)
  }

  get #key(): Uint8Array {
    this.#madeKey ??= this.#path.key ?? makeKey(this.#dice.bytes(20))
    return this.#madeKey
  }

  #isMediaTaken(reply: Reply, mediaType: string): boolean {
    const [media = ''] = (this.#request.header('content-type') ?? '').split(';', 1)
    // As it was read, in small letters, and as it was sent: where they differ, none is taken.
    if (media.split('/').filter((part) => part !== '').length === 2) return media === mediaType
    reply.say(`"${media}" is not a valid media type for the Content-type header.\n`)
    return false
  }

  isConflict(): boolean {
    const header = this.#request.header('x-riak-if-not-modified')
    if (header === undefined) return false
    if (this.#object === undefined) return true
    try {
      const wanted = decodeVclock(decodeBase64(header), (deflated) =>
        inflateRawSync(deflated, { maxOutputLength: limits.objectBytesMax }),
      )
      return !equalVclocks(wanted, this.#object.vclock)
    } catch {
      // Riak takes a clock that it cannot read for no condition (captures/http/250).
      return false
    }
  }

  async accept(reply: Reply): Promise<Stop> {
    const request = this.#request
    const vclock = clockIn(request)
    const { quorums, asis, timeoutMs } = this.#parameters ?? emptyParameters
    const { w, dw, pw, node_confirms: nodeConfirms } = quorums
    const returnBody = request.parameter('returnbody') === 'true'
    const options = given({ vclock, w, dw, pw, nodeConfirms, asis, timeoutMs, returnBody })
    try {
      const stored = await this.#node.put(this.#path.of, this.#key, this.#contentOf(), options)
      if (stored.object !== undefined) this.#showStored(stored.object, reply)
      return undefined
    } catch (error) {
      if (error instanceof RiakError) return this.#tell(error, reply)
      throw error
    }
  }

  #contentOf(): ObjectContent {
    const request = this.#request
    const { type, charset } = contentTypeOf(request.header('content-type') ?? '')
    const contentEncoding = request.header('content-encoding')
    const userMeta = userMetaOf(request)
    return {
      value: request.body,
      contentType: type,
      ...(charset !== undefined && { charset }),
      ...(contentEncoding !== undefined && { contentEncoding }),
      ...(userMeta.length > 0 && { userMeta }),
      ...this.#content,
    }
  }

  #showStored(object: RiakObject, reply: Reply): void {
    this.#object = object
    const parts = ['multipart/mixed', 'text/plain']
    const accept = this.#request.header('accept')
    reply.body = this.render(chooseMediaType(parts, accept) ?? 'text/plain', reply)
    reply.set('ETag', `"${this.etag() ?? ''}"`)
    reply.set('Last-Modified', formatDate(this.lastModified() ?? 0))
    const encoding = this.#chosen()?.contentEncoding
    if (encoding !== undefined && reply.has('Content-Encoding')) {
      reply.set('Content-Encoding', encoding)
    }
  }

  #location(key: Uint8Array): string {
    const { form, of } = this.#path
    const bucket = quotePlus(of.bucket)
    if (form === 'riak') return `/riak/${bucket}/${latin1(key)}`
    const prefix = form === 'types' ? `/types/${quotePlus(of.type)}` : ''
    return `${prefix}/buckets/${bucket}/keys/${latin1(key)}`
  }

  async remove(reply: Reply): Promise<Stop> {
    const { of, key } = this.#path
    const vclock = clockIn(this.#request)
    const { quorums, timeoutMs } = this.#parameters ?? emptyParameters
    const { rw, r, w, pr, pw, dw } = quorums
    try {
      const options = given({ vclock, rw, r, w, pr, pw, dw, timeoutMs })
      const done = await this.#node.delete(of, key ?? new Uint8Array(0), options)
      return done === 'deleted' ? undefined : this.#tell(new RiakError('notfound'), reply)
    } catch (error) {
      if (error instanceof RiakError) return this.#tell(error, reply)
      throw error
    }
  }
}

/** @throws CrashTerm */
function noObjectToTag(): never {
  throw stackOnly([
    ['webmachine_util', 'escape_quotes', 2],
    ['webmachine_decision_core', 'respond', 1],
    ['webmachine_decision_core', 'handle_request', 2],
    ['webmachine_mochiweb', 'loop', 2],
  ])
}

/** @throws VclockError where it is empty: what is there must inflate. */
function clockIn(request: ParsedRequest): Uint8Array | undefined {
  const header = request.header('x-riak-vclock')
  if (header === undefined) return undefined
  const clock = decodeBase64(header)
  if (clock.length === 0) throw new VclockError('data_error')
  return clock
}

function emptyContentType(): CrashError {
  return new CrashError(
    ['{badmatch,[]}'],
    [{ module: 'riak_kv_wm_object', function: 'malformed_content_type', args: 2 }],
  )
}

const emptyParameters: ObjectParameters = {
  quorums: {},
  basicQuorum: undefined,
  notFoundOk: undefined,
  asis: undefined,
  timeoutMs: undefined,
}

/** @throws CrashError for anything else, as Erlang's decoder. */
function decodeBase64(text: string): Uint8Array {
  const packed = text.replace(/\s/g, '')
  if (packed.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(packed)) {
    throw new CrashError(
      ['function_clause'],
      [
        { module: 'base64', function: 'decode_list', args: 4 },
        { module: 'riak_kv_wm_object', function: 'decode_vclock_header', args: 1 },
      ],
    )
  }
  return Buffer.from(packed, 'base64')
}
